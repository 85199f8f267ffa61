//! Two models, each right or wrong on the same items: the score statistic for the ratio of their accuracies.
//!
//! With `p_c` and `p_f` the chances of being right, the question is whether `p_c ≥ m·p_f`, or with what guessing earns
//! (`g`) taken off on both sides `p_c − g ≥ m·(p_f − g)`. Every item is worth `d = (y_c − g) − m·(y_f − g)`, and the
//! question becomes whether the mean of `d` is at least 0. The statistic divides the mean that was seen by its standard
//! error *at the edge of the hypothesis*, where the mean of `d` is 0: the chances of the four cells are those that make
//! the table most likely under that condition (Nam and Blackwelder 2002, Statistics in Medicine 21:689, for `g = 0`;
//! the same argument for any `g`).

/// How often two models were right on the same items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matched {
    /// Both were right.
    pub both: u32,
    /// Only the candidate was right.
    pub candidate_only: u32,
    /// Only the frontier was right.
    pub frontier_only: u32,
    /// Neither was right.
    pub neither: u32,
}

/// Where the line runs: the candidate's score is to be at least `margin` times the frontier's, after `chance` is taken
/// off both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The share of the frontier's score that is to be reached, above 0.
    pub margin: f64,
    /// What guessing earns, from 0 to below 1; 0 for scores as they are.
    pub chance: f64,
}

/// The chances of the four cells, in the order of [`Matched`].
pub(crate) type Cells = [f64; 4];

impl Line {
    /// What each cell is worth, in the order of [`Matched`]; divided by nothing, so `chance` shifts and does not stretch.
    pub(crate) fn worth(self) -> Cells {
        let shift = self.chance * (1.0 - self.margin);
        [1.0 - self.margin - shift, 1.0 - shift, -self.margin - shift, -shift]
    }
}

impl Matched {
    /// The number of items.
    pub fn pairs(self) -> u32 {
        self.both + self.candidate_only + self.frontier_only + self.neither
    }

    pub(crate) fn cells(self) -> Cells {
        [self.both, self.candidate_only, self.frontier_only, self.neither].map(f64::from)
    }

    /// The shares of items that the candidate and the frontier had right.
    pub(crate) fn accuracies(self) -> (f64, f64) {
        let pairs = f64::from(self.pairs());
        (f64::from(self.both + self.candidate_only) / pairs, f64::from(self.both + self.frontier_only) / pairs)
    }

    /// The chances of the four cells that make this table most likely among all with a mean of exactly 0.
    pub(crate) fn constrained(self, line: Line) -> Cells {
        constrained(self.cells(), line)
    }

    /// The score statistic: how many standard errors the mean of `d` lies above 0; 0 where nothing varies.
    pub fn score(self, line: Line) -> f64 {
        let (worth, counts, pairs) = (line.worth(), self.cells(), f64::from(self.pairs()));
        let total: f64 = (0..4).map(|k| counts[k] * worth[k]).sum();
        let variance = variance(self.constrained(line), worth);
        if variance > 0.0 { total / (pairs * variance).sqrt() } else { 0.0 }
    }
}

/// The chances of the four cells that make these counts, whole or not, most likely among all with a mean of exactly 0.
pub(crate) fn constrained(counts: Cells, line: Line) -> Cells {
    if line.chance * (1.0 - line.margin) == 0.0 { homogeneous(counts, line.margin) } else { shifted(counts, line) }
}

/// The variance of `d` at these chances, where its mean is 0 there.
pub(crate) fn variance(chances: Cells, worth: Cells) -> f64 {
    (0..4).map(|k| chances[k] * worth[k] * worth[k]).sum()
}

/// Without chance taken off, the share of items that neither had right drops out, and what is left is the larger
/// root of a quadratic (Nam and Blackwelder 2002, section 2): with `a` the chance of "only the frontier" among the
/// items that at least one had right, `(1+m)N·a² − (F(2−m²) + C + (1−m²)B)·a + F(1−m) = 0`.
fn homogeneous(counts: Cells, margin: f64) -> Cells {
    let [both, candidate, frontier, neither] = counts;
    let seen = both + candidate + frontier;
    if seen == 0.0 {
        return [0.0, 0.0, 0.0, 1.0];
    }
    let (less, more) = (1.0 - margin, 1.0 + margin);
    let middle = frontier * (1.0 + less * more) + candidate + less * more * both;
    let inner = (middle * middle - 4.0 * more * seen * frontier * less).max(0.0).sqrt();
    let root = ((middle + inner) / (2.0 * more * seen)).clamp(less.max(0.0), 1.0 / more);
    let share = seen / (seen + neither);
    [(1.0 - more * root) / margin * share, (root - less) / margin * share, root * share, 1.0 - share]
}

/// The general case: the multiplier `l` of the condition solves `Σ n·d / (1 + l·d) = 0`, and a cell has the chance
/// `n / (N·(1 + l·d))`. Where no multiplier within bounds does, the cell on the far side was never seen and takes
/// what mass the condition needs.
fn shifted(counts: Cells, line: Line) -> Cells {
    let (worth, pairs) = (line.worth(), counts.iter().sum::<f64>());
    let slope = |at: f64| -> f64 { (0..4).map(|k| nonzero(counts[k], worth[k] / (1.0 + at * worth[k]))).sum() };
    let (low, high) = (-1.0 / worth[1], -1.0 / worth[2]);
    if counts[1] == 0.0 && slope(low) <= 0.0 {
        return filled(counts.map(|count| count / pairs), worth, low, 1);
    }
    if counts[2] == 0.0 && slope(high) >= 0.0 {
        return filled(counts.map(|count| count / pairs), worth, high, 2);
    }
    let at = root(&counts, &worth, (low, high));
    [0, 1, 2, 3].map(|k| counts[k] / (pairs * (1.0 + at * worth[k])))
}

/// `count × value`, and nothing where the count is nothing, whatever the value.
fn nonzero(count: f64, value: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * value }
}

/// Cells at the multiplier's bound: `open` takes what is left.
fn filled(shares: Cells, worth: Cells, at: f64, open: usize) -> Cells {
    let mut cells = [0, 1, 2, 3].map(|k| if k == open { 0.0 } else { shares[k] / (1.0 + at * worth[k]) });
    cells[open] = (1.0 - cells.iter().sum::<f64>()).max(0.0);
    cells
}

/// Newton's method, kept inside a bracket: the slope falls from one bound to the other.
fn root(counts: &Cells, worth: &Cells, (mut low, mut high): (f64, f64)) -> f64 {
    let mut at = 0.0;
    for _ in 0..100 {
        let (mut value, mut fall) = (0.0, 0.0);
        for k in 0..4 {
            if counts[k] != 0.0 {
                let part = worth[k] / (1.0 + at * worth[k]);
                value += counts[k] * part;
                fall += counts[k] * part * part;
            }
        }
        if value > 0.0 {
            low = at;
        } else {
            high = at;
        }
        let next = at + value / fall;
        let next = if next > low && next < high { next } else { low + (high - low) / 2.0 };
        if (next - at).abs() <= 1e-14 * (1.0 + at.abs()) {
            return next;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests;
