//! Bounds on sums along a random relabelling that hold for any number of units, without a limit theorem.
//!
//! Take any matrix `c` of numbers not below 0, with `n` rows and columns, and a uniformly random permutation π. Multiply
//! out: the mean of `Π (1 + c[i, π(i)])` is the sum over sets `R` of rows of the mean of `Π_{i∈R} c[i, π(i)]`. For `r`
//! rows that mean is a sum over different columns divided by `n(n−1)…(n−r+1)`, so at most the product of the row sums
//! divided by it; by Maclaurin's inequality the sum over all `R` of one size is at most `s^r / r!`, where `s` is the mean
//! row sum. So
//!
//! ```text
//! mean of Π (1 + c[i, π(i)])  ≤  exp( Σ c[i, j] / n ).
//! ```
//!
//! Two bounds follow. With `c = exp(θ·a) − 1` for scores `a` not below 0, Chernoff's: for every `θ ≥ 0`
//!
//! ```text
//! P( Σ a[i, π(i)] ≥ t )  ≤  exp( Σ (exp(θ·a[i, j]) − 1) / n − θ·t ).
//! ```
//!
//! It is what a Poisson sum would obey, and for scores between 0 and 1 it implies Chatterjee's bound
//! `exp(−(t − m)² / (4m + 2(t − m)))` around the mean `m` (Probability Theory and Related Fields 138, 2007, proposition
//! 1.1). With 0 and 1 for scores the factorial moments of the number `K` of hits are at most those of a Poisson number,
//! hence `P(K ≥ k) ≤ 1/k!` where each row has one hit.
//!
//! Permutations of several blocks of units are independent; means multiply, so exponents add.

use super::log_p;

/// Scores are kept at multiples of this. A score between two multiples counts partly at each, which for a convex
/// function is never too little.
const STEP: f64 = 1.0 / 16.0;
/// No score counts for more.
const CEILING: f64 = 48.0;

/// Sizes that entries of a matrix are counted at, for the same reason.
const SIZES: usize = 256;

/// The scores of all pairs of units, and the sum of those that were observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Weight of each multiple of [`STEP`]: the sum of `1/n` over pairs with that score.
    weights: Vec<f64>,
    /// The sum over pairs of one label.
    observed: f64,
}

impl Default for Scores {
    fn default() -> Self {
        Self { weights: vec![0.0; (CEILING / STEP) as usize + 2], observed: 0.0 }
    }
}

impl Scores {
    /// Takes in one pair of units of a block of `1 / share` units.
    #[inline]
    pub fn add(&mut self, score: f64, share: f64) {
        if score.is_nan() || score <= 0.0 {
            return;
        }
        let steps = score.min(CEILING) / STEP;
        let (low, above) = (steps as usize, steps.fract());
        if let Some([at, next]) = self.weights.get_mut(low..low + 2) {
            *at += share * (1.0 - above);
            *next += share * above;
        }
    }

    /// Adds the score of a pair of units of one label to the sum that was observed. Call [`Self::add`] for it too.
    #[inline]
    pub fn observe(&mut self, score: f64) {
        self.observed += score.clamp(0.0, CEILING);
    }

    /// The same scores with another sum.
    #[must_use]
    pub fn with_observed(&self, observed: f64) -> Self {
        Self { weights: self.weights.clone(), observed }
    }

    /// Takes in the scores of further blocks.
    pub fn extend(&mut self, other: &Self) {
        self.weights.iter_mut().zip(&other.weights).for_each(|(one, two)| *one += two);
        self.observed += other.observed;
    }

    /// Logarithm of the bound on the chance of a sum as large as the one observed: the least over θ.
    #[must_use]
    pub fn ln_p(&self) -> f64 {
        let filled: Vec<(f64, f64)> = self
            .weights
            .iter()
            .enumerate()
            .filter(|(place, weight)| *place > 0 && **weight > 0.0)
            .map(|(place, weight)| (place as f64 * STEP, *weight))
            .collect();
        let exponent = |theta: f64| {
            filled.iter().map(|(score, weight)| weight * (theta * score).exp_m1()).sum::<f64>() - theta * self.observed
        };
        least(exponent).min(0.0)
    }
}

/// The least value of a convex function of a number not below 0 that is 0 at 0. Every value is a bound, so a search that
/// ends early is only a worse bound.
fn least(function: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1e-6;
    while high < 1e4 && function(high * 2.0) < function(high) {
        high *= 2.0;
    }
    let (mut low, mut high) = (0.0, high * 2.0);
    let golden = 0.5 * (5.0f64.sqrt() - 1.0);
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 0..48 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = function(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = function(right);
        }
    }
    at_left.min(at_right)
}

/// Logarithm of the bound on `P(K ≥ count)`, where `K` counts units that are nearest to the one of their own label, in
/// `blocks` blocks that are relabelled each for itself.
///
/// The factorial moment of order `r` is at most `blocksʳ`, so `P(K ≥ k) ≤ blocksʳ / (k(k−1)…(k−r+1))` for every `r ≤ k`,
/// which is least at `r = k − blocks`; with one block this is `1/k!` (its best `r`, `k − 1`, gives the same).
#[must_use]
pub fn fixed_points(count: u64, blocks: u64) -> f64 {
    let order = count.saturating_sub(blocks.max(1));
    let falling = log_p::factorial(count) - log_p::factorial(count - order.min(count));
    (order as f64 * (blocks.max(1) as f64).ln() - falling).min(0.0)
}

/// Logarithm of the bound on the chance that the trace of `m`, `side × side`, is at least `trace`, if its columns are
/// permuted and given signs at random.
///
/// The mean of `exp(θ Σ ±m[r, π(r)])` over the signs is the mean of `Π cosh(θ·m[r, π(r)])`, and `cosh − 1` is not below
/// 0, so the inequality above bounds it.
#[must_use]
pub fn signed_trace(m: &[f64], side: usize, trace: f64) -> f64 {
    let largest = m.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
    if trace <= 0.0 || largest <= 0.0 {
        return 0.0;
    }
    // The hyperbolic cosine is convex, so that an entry between two of these sizes may be shared out between them.
    let mut sizes = vec![0.0; SIZES + 2];
    for entry in m {
        let steps = entry.abs() / largest * SIZES as f64;
        if let Some([low, high]) = sizes.get_mut(steps as usize..steps as usize + 2) {
            *low += 1.0 - steps.fract();
            *high += steps.fract();
        }
    }
    let exponent = |theta: f64| {
        let cosh = |(size, count): (usize, &f64)| count * ((theta * size as f64 / SIZES as f64).cosh() - 1.0);
        sizes.iter().enumerate().map(cosh).sum::<f64>() / side as f64 - theta * trace / largest
    };
    least(exponent).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_points_follow_the_factorial() {
        let falls = |count: u64, blocks: u64| fixed_points(count, blocks);
        assert!((falls(10, 1) + log_p::factorial(10)).abs() < 1e-9);
        assert!((falls(14_336, 1) / std::f64::consts::LN_10 + 53_365.0).abs() < 100.0);
        assert_eq!(falls(0, 1), 0.0);
        assert_eq!(falls(1, 1), 0.0);
        assert_eq!(falls(40, 56), 0.0);
        assert!(falls(200, 56) < -80.0, "{}", falls(200, 56));
    }

    #[test]
    fn zeros_and_ones_give_the_tail_of_a_poisson_number() {
        // 1,000 units, one hit a row: mean 1.
        let mut scores = Scores::default();
        (0..1_000).for_each(|_| scores.add(1.0, 1.0 / 1_000.0));
        let tail = scores.with_observed(20.0).ln_p();
        // Chernoff: k − 1 − k·ln k.
        assert!((tail - (19.0 - 20.0 * 20.0f64.ln())).abs() < 1e-6, "{tail}");
        assert!(tail < -(19.0f64 * 19.0) / (4.0 + 38.0), "below Chatterjee's bound");
        assert_eq!(scores.with_observed(0.5).ln_p(), 0.0);
    }

    #[test]
    fn a_sum_of_signs_is_bounded() {
        let side = 64;
        let mut m = vec![0.0; side * side];
        assert_eq!(signed_trace(&m, side, 0.0), 0.0);
        (0..side).for_each(|r| m[r * side + r] = 3.0);
        // Of 2^64·64! signed permutations only one has this trace.
        let exact = -(64.0 * 2.0f64.ln() + log_p::factorial(64));
        let bound = signed_trace(&m, side, 192.0);
        assert!(bound >= exact && bound < 0.95 * exact, "{bound} against {exact}");
    }
}
