//! How likely a table at least as good is at the edge of the hypothesis: summed over all tables, not approximated.
//!
//! The score statistic is nearly normal, but it jumps: with few items, or few on which the models differ, its actual level
//! strays from the nominal one by the height of a step. So the statistic only *orders* the tables, and its tail is
//! summed exactly at the chances that make the table that was seen most likely under the hypothesis (the estimated, or
//! "E", p-value: Lloyd 2008, Australian and New Zealand Journal of Statistics 50:329; for matched pairs Lloyd and
//! Moldovan 2008, Statistics in Medicine 27:3540).
//!
//! With `i` items that both had right and `j` that only the candidate had, the tables in the tail are those with at most
//! `f(i, j)` items that only the frontier had, because the statistic falls with each of them. So the sum runs over two
//! counts and not over three, and the third is a binomial chance that is carried along.

use super::distribution::normal_cdf;
use super::matched::{Cells, Line, Matched};

/// Cells of the sum that are less likely than this are left out; all of them together are beyond any printed digit.
const NEGLIGIBLE: f64 = 1e-13;

/// Statistics closer than this are the same table or a tie.
const TIE: f64 = 1e-9;

/// Sums of more cells than this are left to the normal approximation, whose steps are then too fine to matter.
const MOST_CELLS: f64 = 1e6;

/// Where the tail is summed: standard errors more of items on which the models differ, and of items that somebody has
/// right.
const POINTS: [(f64, f64); 9] =
    [(0.0, 0.0), (-2.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.0, 1.0), (0.0, 2.0), (-2.0, 1.0), (-2.0, 2.0)];

/// A tail of the statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Statistics at least as high: little of it speaks for "reached".
    Upper,
    /// Statistics at most as high: little of it speaks for "not reached".
    Lower,
}

impl Matched {
    /// The p-value of "reached": the chance of a table that speaks as much for it, were the candidate just at the line.
    ///
    /// ```
    /// use evaluation::verdict::{Line, Matched};
    ///
    /// // 1,000 items, 850 right against 860: on 60 of them the models differ.
    /// let table = Matched { both: 825, candidate_only: 25, frontier_only: 35, neither: 115 };
    /// let line = Line { margin: 0.95, chance: 0.0 };
    /// assert!(table.p_reached(line) < 0.05);
    /// ```
    pub fn p_reached(self, line: Line) -> f64 {
        p_value(self, line, Side::Upper)
    }

    /// The p-value of "not reached".
    pub fn p_not_reached(self, line: Line) -> f64 {
        p_value(self, line, Side::Lower)
    }
}

/// The p-value of `seen`: the chance of a statistic at least as far out, at the edge of the hypothesis.
///
/// The largest of nine: at the likeliest chances; with one and two standard errors less and more of items on which the
/// models differ, for that is what the chance hangs on most; and with one and two standard errors more of items that
/// somebody has right, where they differ as seen and where they differ least (a partial maximisation, in the spirit of
/// Berger and Boos 1994, JASA 89:1012). Tables so large that the sum would take long get the normal approximation.
pub(crate) fn p_value(seen: Matched, line: Line, side: Side) -> f64 {
    if !is_summed(seen, line) {
        return approximate(seen, line, side);
    }
    let likeliest = seen.constrained(line);
    let tails = POINTS.map(|(differ, known)| {
        let at = known_more(seen, line, differing(seen, line, likeliest, differ), known);
        tail(seen, line, (side, at))
    });
    tails.into_iter().fold(0.0, f64::max)
}

/// Whether the tail is summed, or left to the normal approximation.
pub(crate) fn is_summed(seen: Matched, line: Line) -> bool {
    cells(seen, line) <= MOST_CELLS
}

/// The p-value by the normal approximation.
pub(crate) fn approximate(seen: Matched, line: Line, side: Side) -> f64 {
    let score = seen.score(line);
    normal_cdf(if side == Side::Upper { -score } else { score })
}

/// About how many cells the sum would run over.
pub(crate) fn cells(seen: Matched, line: Line) -> f64 {
    let chances = seen.constrained(line);
    let spread = |chance: f64| 1.0 + 14.0 * (f64::from(seen.pairs()) * chance * (1.0 - chance)).max(0.0).sqrt();
    spread(chances[0]) * spread(chances[1])
}

fn tail(seen: Matched, line: Line, (side, at): (Side, Cells)) -> f64 {
    let from = |away: f64| Tail { pairs: seen.pairs(), line, from: seen.score(line) + away };
    match side {
        Side::Upper => from(-TIE).chance(at),
        Side::Lower => (1.0 - from(TIE).chance(at)).max(0.0),
    }
}

/// The likeliest chances with `errors` standard errors more of items on which the models differ, taken from those that
/// both have right, and split so that the mean of `d` stays 0.
fn differing(seen: Matched, line: Line, at: Cells, errors: f64) -> Cells {
    let (pairs, margin) = (f64::from(seen.pairs()), line.margin);
    let share = at[1] + at[2];
    let error = (pairs * share * (1.0 - share) + 0.25).max(0.0).sqrt() / pairs;
    let least = (-at[1] * (1.0 + margin)).max(-at[2] * (1.0 + margin) / margin);
    let more = (errors * error).max(least).min(at[0]);
    let (candidate, frontier) = (more / (1.0 + margin), more * margin / (1.0 + margin));
    [at[0] - more, at[1] + candidate, at[2] + frontier, at[3]].map(|chance| chance.max(0.0))
}

/// The chances with `errors` standard errors more of items that somebody has right, taken from those that neither has,
/// and split so that the mean of `d` stays 0.
fn known_more(seen: Matched, line: Line, at: Cells, errors: f64) -> Cells {
    let (pairs, margin) = (f64::from(seen.pairs()), line.margin);
    let error = (pairs * at[3] * (1.0 - at[3]) + 0.25).max(0.0).sqrt() / pairs;
    let more = (errors * error).min(at[3]) * margin;
    // At a margin above 1 the frontier's own items shrink.
    let frontier = more * (1.0 - margin) / margin;
    let scale = if frontier < -at[2] { -at[2] / frontier } else { 1.0 };
    let (more, frontier) = (more * scale, frontier * scale);
    [at[0] + more, at[1], at[2] + frontier, at[3] - more - frontier].map(|chance| chance.max(0.0))
}

/// The tables of `pairs` items whose statistic is `from` or more.
struct Tail {
    pairs: u32,
    line: Line,
    from: f64,
}

impl Tail {
    /// How likely they are together, where the four cells have these chances.
    fn chance(&self, cells: Cells) -> f64 {
        let logs = LogFactorials::up_to(self.pairs);
        let outer = Binomial::new(&logs, cells[0]);
        let inner = Binomial::new(&logs, share(cells[1], 1.0 - cells[0]));
        let last = Binomial::new(&logs, share(cells[2], cells[2] + cells[3]));
        let window = outer.window(self.pairs, NEGLIGIBLE);
        let sum: f64 = window.map(|both| self.slice(both, outer.at(self.pairs, both), (inner, last))).sum();
        sum.clamp(0.0, 1.0)
    }

    /// The part of it with so many items that both had right, which has the chance `outer`.
    fn slice(&self, both: u32, outer: f64, (inner, last): (Binomial<'_>, Binomial<'_>)) -> f64 {
        let rest = self.pairs - both;
        let mut below = Below { last, of: 0, most: -1, sum: 0.0 };
        let mut sum = 0.0;
        for candidate in inner.window(rest, NEGLIGIBLE / outer) {
            let of = rest - candidate;
            below.go_to(of, self.most(both, candidate, of, below.most));
            sum += inner.at(rest, candidate) * below.sum;
        }
        outer * sum
    }

    /// The most items "only the frontier" with which the table is in the tail, or -1; at least `known`.
    fn most(&self, both: u32, candidate_only: u32, of: u32, known: i64) -> i64 {
        let inside = |frontier_only: i64| {
            let frontier_only = u32::try_from(frontier_only).unwrap_or(u32::MAX).min(of);
            let table = Matched { both, candidate_only, frontier_only, neither: of - frontier_only };
            table.score(self.line) >= self.from
        };
        let (mut low, mut step) = (known.min(i64::from(of)), 1);
        // The bound grows by a step or two from one count to the next; only the first search is long.
        while low < i64::from(of) && inside((low + step).min(i64::from(of))) {
            low = (low + step).min(i64::from(of));
            step *= 2;
        }
        let mut high = (low + step).min(i64::from(of) + 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if inside(middle) { low = middle } else { high = middle }
        }
        low
    }
}

/// `part / whole`, and 0 where there is nothing to share.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// The chance of at most `most` of `of`, carried along as `most` grows and `of` shrinks.
struct Below<'l> {
    last: Binomial<'l>,
    of: u32,
    most: i64,
    sum: f64,
}

impl Below<'_> {
    fn go_to(&mut self, of: u32, most: i64) {
        let Ok(count) = u32::try_from(most) else {
            (self.of, self.most, self.sum) = (of, -1, 0.0);
            return;
        };
        if count >= of {
            (self.of, self.most, self.sum) = (of, most, 1.0);
            return;
        }
        match u32::try_from(self.most) {
            // P(X ≤ k | n − 1) = P(X ≤ k | n) + p · P(X = k | n − 1), and then one more count at a time.
            Ok(before) if self.of == of + 1 && before <= count => {
                self.sum += self.last.chance * self.last.at(of, before);
                self.sum += (before + 1..=count).map(|k| self.last.at(of, k)).sum::<f64>();
            }
            _ => {
                let window = self.last.window(of, NEGLIGIBLE);
                self.sum = window.take_while(|k| *k <= count).map(|k| self.last.at(of, k)).sum();
            }
        }
        (self.of, self.most) = (of, most);
    }
}

/// The logarithms of the factorials.
struct LogFactorials(Vec<f64>);

impl LogFactorials {
    fn up_to(most: u32) -> Self {
        Self((0..=most).map(|count| libm::lgamma(f64::from(count) + 1.0)).collect())
    }

    fn of(&self, count: u32) -> f64 {
        self.0.get(count as usize).copied().unwrap_or(f64::INFINITY)
    }
}

/// Counts of successes with one chance each.
#[derive(Clone, Copy)]
struct Binomial<'l> {
    logs: &'l LogFactorials,
    chance: f64,
    /// The logarithms of the chance and of its opposite.
    yes: f64,
    no: f64,
}

impl<'l> Binomial<'l> {
    fn new(logs: &'l LogFactorials, chance: f64) -> Self {
        Self { logs, chance, yes: libm::log(chance), no: libm::log1p(-chance) }
    }

    /// The chance of `count` successes among `of`.
    fn at(&self, of: u32, count: u32) -> f64 {
        if self.chance <= 0.0 {
            return if count == 0 { 1.0 } else { 0.0 };
        }
        if self.chance >= 1.0 {
            return if count == of { 1.0 } else { 0.0 };
        }
        let (yes, no) = (f64::from(count), f64::from(of - count));
        let ways = self.logs.of(of) - self.logs.of(count) - self.logs.of(of - count);
        libm::exp(ways + yes * self.yes + no * self.no)
    }

    /// The counts that are not negligible: one run around the likeliest.
    fn window(&self, of: u32, negligible: f64) -> std::ops::RangeInclusive<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is a count")]
        let likeliest = (((f64::from(of) + 1.0) * self.chance) as u32).min(of);
        let counts = |count: u32| self.at(of, count) > negligible;
        if !counts(likeliest) {
            return likeliest..=likeliest;
        }
        let edge = |mut inside: u32, mut outside: u32| {
            while inside.abs_diff(outside) > 1 {
                let middle = inside.midpoint(outside);
                if counts(middle) { inside = middle } else { outside = middle }
            }
            inside
        };
        let low = if counts(0) { 0 } else { edge(likeliest, 0) };
        let high = if counts(of) { of } else { edge(likeliest, of) };
        low..=high
    }
}

#[cfg(test)]
mod tests;
