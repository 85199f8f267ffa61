//! The figures of one test: the ratio, its interval, the chances of error, the power, and how many items are wanting.

use serde::{Deserialize, Serialize};

use super::distribution::{halve, normal_cdf, normal_quantile, t_cdf, t_quantile};
use super::exact::{self, Side};
use super::linear::{Benchmark, Linear, guarded};
use super::matched::{Cells, Line, Matched, constrained, variance};

/// Four chances in five: what "enough items" means.
pub(crate) const POWER: f64 = 0.8;

/// Larger sums are not inverted for an interval; the limits then are those of the normal approximation.
const MOST_CELLS_INVERTED: f64 = 1e5;

/// How a test was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The score statistic for matched pairs, its tail summed exactly.
    ExactScore,
    /// The score statistic for matched pairs, its tail by the normal distribution.
    Score,
    /// The t-test over clusters and benchmarks, with half a cluster more, the worst possible.
    ClusteredT,
}

/// Everything that one test says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Figures {
    /// How it was done.
    pub method: Method,
    /// Pairs of items.
    pub pairs: u32,
    /// Clusters that they are in; as many as pairs where items stand alone.
    pub clusters: u32,
    /// The candidate's score on the scale that counts.
    pub candidate: f64,
    /// The frontier's.
    pub frontier: f64,
    /// The one over the other; none where the frontier's is not above 0.
    pub ratio: Option<f64>,
    /// The mean of `candidate − margin · frontier`.
    pub difference: f64,
    /// How many standard errors that lies above 0, as the test sees it.
    pub statistic: f64,
    /// Degrees of freedom of the t-test.
    pub df: Option<f64>,
    /// The chance of data that speak as much for "reached", were the candidate just at the line.
    pub p_reached: f64,
    /// The chance of data that speak as much for "not reached", were it just at the line.
    pub p_not_reached: f64,
    /// The interval of the ratio that belongs to the test: two-sided, with twice the level outside.
    pub interval: Interval,
    /// The two-sided 95 % interval of the ratio.
    pub interval_95: Interval,
    /// How often both, one or neither was right, where every item is one or the other.
    pub table: Option<Table>,
    /// The chance of "reached" with as many items, were the candidate exactly as good as the frontier.
    pub power_if_equal: f64,
    /// The chance of the word that the data lean to, with as many items, were the ratio what it seems to be.
    pub power_at_estimate: f64,
    /// Pairs with which that chance were four in five; none where the ratio lies on the line.
    pub needed_pairs: Option<u64>,
}

/// An interval of the ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interval {
    /// How sure it is, as 0.9.
    pub confidence: f64,
    /// The lower limit; none where there is no ratio.
    pub low: Option<f64>,
    /// The upper limit; none where nothing bounds it.
    pub high: Option<f64>,
}

/// How often both, one or neither was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Table {
    /// Both.
    pub both: u32,
    /// Only the candidate.
    pub candidate_only: u32,
    /// Only the frontier.
    pub frontier_only: u32,
    /// Neither.
    pub neither: u32,
}

/// What one test is done on.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// One benchmark whose items stand alone and are right or wrong.
    Table(Matched, Line),
    /// Anything else.
    Sums(Vec<Benchmark>, f64),
}

/// The two p-values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PValues {
    pub(crate) reached: f64,
    pub(crate) not_reached: f64,
}

impl Data {
    pub(crate) fn p_values(&self) -> PValues {
        match self {
            Self::Table(table, line) => PValues {
                reached: exact::p_value(*table, *line, Side::Upper),
                not_reached: exact::p_value(*table, *line, Side::Lower),
            },
            Self::Sums(benchmarks, margin) => {
                let p_value = |side| Linear::of(&guarded(benchmarks, side)).p_value(*margin, side);
                PValues { reached: p_value(Side::Upper), not_reached: p_value(Side::Lower) }
            }
        }
    }

    /// The scores of both on the scale that counts.
    pub(crate) fn means(&self) -> (f64, f64) {
        match self {
            Self::Table(table, line) => {
                let (candidate, frontier) = table.accuracies();
                let scaled = |score: f64| (score - line.chance) / (1.0 - line.chance);
                (scaled(candidate), scaled(frontier))
            }
            Self::Sums(benchmarks, _) => Linear::of(benchmarks).means(),
        }
    }

    /// All figures, at level `alpha`, for so many pairs and clusters.
    pub(crate) fn figures(&self, alpha: f64, (pairs, clusters): (u32, u32)) -> Figures {
        let (candidate, frontier) = self.means();
        let p_values = self.p_values();
        let planned = self.planned(alpha, f64::from(pairs));
        let (method, statistic, df) = self.statistic();
        Figures {
            method,
            pairs,
            clusters,
            candidate,
            frontier,
            ratio: (frontier > 0.0).then(|| candidate / frontier),
            difference: candidate - self.margin() * frontier,
            statistic,
            df,
            p_reached: p_values.reached,
            p_not_reached: p_values.not_reached,
            interval: self.interval(alpha, p_values),
            interval_95: self.interval(0.025, p_values),
            table: self.table(),
            power_if_equal: planned.if_equal,
            power_at_estimate: planned.at_estimate,
            needed_pairs: planned.needed,
        }
    }

    fn margin(&self) -> f64 {
        match self {
            Self::Table(_, line) => line.margin,
            Self::Sums(_, margin) => *margin,
        }
    }

    fn table(&self) -> Option<Table> {
        let Self::Table(table, _) = self else { return None };
        let Matched { both, candidate_only, frontier_only, neither } = *table;
        Some(Table { both, candidate_only, frontier_only, neither })
    }

    /// The method, the statistic of the side that the data lean to, and its degrees of freedom.
    fn statistic(&self) -> (Method, f64, Option<f64>) {
        match self {
            Self::Table(table, line) if exact::is_summed(*table, *line) => {
                (Method::ExactScore, table.score(*line), None)
            }
            Self::Table(table, line) => (Method::Score, table.score(*line), None),
            Self::Sums(benchmarks, margin) => {
                let leans_up = Linear::of(benchmarks).mean(*margin).value >= 0.0;
                let side = if leans_up { Side::Upper } else { Side::Lower };
                let mean = Linear::of(&guarded(benchmarks, side)).mean(*margin);
                (Method::ClusteredT, mean.t(), Some(mean.df))
            }
        }
    }

    /// The margins that neither side's test at level `alpha` refuses.
    fn interval(&self, alpha: f64, p_values: PValues) -> Interval {
        let limits = match self {
            Self::Table(table, line) => inverted(*table, *line, alpha, p_values),
            Self::Sums(benchmarks, _) => {
                let limit = |side| Linear::of(&guarded(benchmarks, side)).limit(alpha, side);
                (limit(Side::Upper), limit(Side::Lower))
            }
        };
        Interval { confidence: 1.0 - 2.0 * alpha, low: limits.0, high: limits.1 }
    }
}

/// Both limits of a table's ratio. What the test at the line said decides on which side of it a limit lies.
fn inverted(table: Matched, line: Line, alpha: f64, p_values: PValues) -> (Option<f64>, Option<f64>) {
    let (candidate, frontier) = table.accuracies();
    let (candidate, frontier) = (candidate - line.chance, frontier - line.chance);
    if frontier <= 0.0 {
        return (None, None);
    }
    let ratio = (candidate / frontier).max(0.0);
    let search = Search { table, chance: line.chance, alpha };
    let low = match (p_values.reached <= alpha, ratio > LEAST) {
        (_, false) => 0.0,
        (true, _) => search.turn(line.margin, ratio.max(line.margin), Side::Upper),
        (false, _) => search.turn(0.0, ratio.min(line.margin), Side::Upper),
    };
    let high = match p_values.not_reached <= alpha {
        true => Some(search.turn(ratio.min(line.margin), line.margin, Side::Lower)),
        false => {
            let from = ratio.max(line.margin);
            let far = (1..20).map(|doubling| from * f64::from(1_u32 << doubling));
            let far = far.into_iter().find(|at| search.approximate(*at, Side::Lower) <= alpha / 2.0);
            far.map(|far| search.turn(from, far, Side::Lower))
        }
    };
    (Some(low), high)
}

/// Margins below this are none.
const LEAST: f64 = 1e-6;

/// The margin at which a test at level `alpha` turns.
struct Search {
    table: Matched,
    chance: f64,
    alpha: f64,
}

impl Search {
    fn line(&self, margin: f64) -> Line {
        Line { margin: margin.max(LEAST), chance: self.chance }
    }

    fn approximate(&self, margin: f64, side: Side) -> f64 {
        exact::approximate(self.table, self.line(margin), side)
    }

    /// How far `margin` lies on the side of the ratio's limit that is refused, in units of the normal distribution.
    fn refusal(&self, margin: f64, side: Side) -> f64 {
        normal_quantile(self.alpha) - normal_quantile(exact::p_value(self.table, self.line(margin), side))
    }

    /// The limit in `low..high`: by the normal approximation, and from there by the exact test where that is cheap.
    fn turn(&self, low: f64, high: f64, side: Side) -> f64 {
        // The upper side refuses small margins, the lower side large ones.
        let falls = side == Side::Upper;
        let near = halve(low, high, |margin| (self.approximate(margin, side) <= self.alpha) == falls);
        if exact::cells(self.table, self.line(near)) > MOST_CELLS_INVERTED {
            return near;
        }
        let sign = if falls { 1.0 } else { -1.0 };
        let value = |margin: f64| sign * self.refusal(margin, side);
        let (mut left, mut right) = (near, near);
        let (mut at_left, mut width) = (value(near), 0.004 * near.max(0.1));
        let mut at_right = at_left;
        while at_left <= 0.0 && left > low {
            (right, at_right) = (left, at_left);
            left = (left - width).max(low);
            at_left = if left > low { value(left) } else { 1.0 };
            width *= 2.0;
        }
        while at_right > 0.0 && right < high {
            (left, at_left) = (right, at_right);
            right = (right + width).min(high);
            at_right = if right < high { value(right) } else { -1.0 };
            width *= 2.0;
        }
        falling((left, at_left), (right, at_right), value)
    }
}

/// Where a function falls through 0 between two points: false position with the Illinois step (Dowell and Jarratt
/// 1971, BIT 11:168), to seven digits, for no more are printed and each value costs a sum.
fn falling(mut left: (f64, f64), mut right: (f64, f64), value: impl Fn(f64) -> f64) -> f64 {
    let mut stayed = 0;
    for _ in 0..60 {
        let width = right.0 - left.0;
        if width <= 1e-7 * right.0.max(1e-3) {
            break;
        }
        let share = (left.1 / (left.1 - right.1)).clamp(0.01, 0.99);
        let middle = left.0 + width * if share.is_finite() { share } else { 0.5 };
        let at = value(middle);
        if at > 0.0 {
            left = (middle, at);
            right.1 *= if stayed > 0 { 0.5 } else { 1.0 };
            stayed = stayed.max(0) + 1;
        } else {
            right = (middle, at);
            left.1 *= if stayed < 0 { 0.5 } else { 1.0 };
            stayed = stayed.min(0) - 1;
        }
        if at == 0.0 {
            return middle;
        }
    }
    left.0
}

/// Power and size, by the normal approximation.
pub(crate) struct Planned {
    if_equal: f64,
    at_estimate: f64,
    needed: Option<u64>,
}

impl Data {
    fn planned(&self, alpha: f64, pairs: f64) -> Planned {
        match self {
            Self::Table(table, line) => {
                let seen = table.cells().map(|count| count / pairs);
                let half = (seen[1] + seen[2]) / 2.0;
                let frontier = seen[0] + seen[2];
                let equal = [(frontier - half).max(0.0), half, half, (1.0 - frontier - half).max(0.0)];
                let goal = Goal { line: *line, alpha, power: POWER };
                Planned {
                    if_equal: goal.power_of(equal, pairs),
                    at_estimate: goal.power_of(seen, pairs),
                    needed: goal.pairs_for(seen),
                }
            }
            Self::Sums(benchmarks, margin) => sums_planned(benchmarks, *margin, (alpha, pairs)),
        }
    }
}

/// The same from the standard error that was seen: it falls with the square root of the number of items.
fn sums_planned(benchmarks: &[Benchmark], margin: f64, (alpha, pairs): (f64, f64)) -> Planned {
    let linear = Linear::of(benchmarks);
    let mean = linear.mean(margin);
    let needed = t_quantile(1.0 - alpha, mean.df);
    let power = |effect: f64| {
        let away = if mean.error > 0.0 { effect / mean.error } else { f64::INFINITY };
        if effect > 0.0 { t_cdf(away - needed, mean.df) } else { t_cdf(-needed, mean.df) }
    };
    let effect = mean.value.abs();
    let more = (needed + t_quantile(POWER, mean.df)) * mean.error / effect;
    Planned {
        if_equal: power((1.0 - margin) * linear.means().1),
        at_estimate: power(effect),
        needed: whole(pairs * more * more),
    }
}

/// What is to be shown, and how surely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) line: Line,
    pub(crate) alpha: f64,
    pub(crate) power: f64,
}

impl Goal {
    /// The mean of `d` at these chances, its standard deviation there, and at the nearest point of the hypothesis.
    fn moments(self, chances: Cells) -> (f64, f64, f64) {
        let worth = self.line.worth();
        let mean: f64 = (0..4).map(|k| chances[k] * worth[k]).sum();
        let there = (variance(chances, worth) - mean * mean).max(0.0).sqrt();
        (mean, there, variance(constrained(chances, self.line), worth).sqrt())
    }

    /// The chance of the word that these chances lean to (Nam and Blackwelder 2002, section 4).
    pub(crate) fn power_of(self, chances: Cells, pairs: f64) -> f64 {
        let (mean, there, edge) = self.moments(chances);
        let away = mean.abs() * pairs.sqrt() - normal_quantile(1.0 - self.alpha) * edge;
        match there > 0.0 {
            true => normal_cdf(away / there),
            false => f64::from(u8::from(away > 0.0)),
        }
    }

    /// The pairs with which that chance is `power`; none where the mean is 0.
    pub(crate) fn pairs_for(self, chances: Cells) -> Option<u64> {
        let (mean, there, edge) = self.moments(chances);
        let root = (normal_quantile(1.0 - self.alpha) * edge + normal_quantile(self.power) * there) / mean.abs();
        whole(root * root)
    }
}

/// The next whole number; none where there is no number that large.
pub(crate) fn whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 10^15")]
    (number.is_finite() && number < 1e15).then(|| number.max(1.0).ceil() as u64)
}
