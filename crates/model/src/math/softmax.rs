//! Softmax and what rests on it: cross-entropy over the vocabulary, and attention that sees no later token.

use super::exp::exp;
use super::lanes::{fold, join};
use super::vectorised;

/// The greatest float of a row, for use inside [`vectorised`]; NaN is passed over, and found by what comes after.
#[inline(always)]
fn greatest(row: &[f32]) -> f32 {
    let greater = |one: f32, other: f32| if other > one { other } else { one };
    join(fold(row, f32::NEG_INFINITY, greater), greater)
}

/// Puts `exp(x − shift)` for each float of a row and returns their sum.
#[inline(always)]
fn exponentiate(row: &mut [f32], shift: f32) -> f32 {
    row.iter_mut().for_each(|value| *value = exp(*value - shift));
    sum(row)
}

#[inline(always)]
fn sum(row: &[f32]) -> f32 {
    join(fold(row, 0.0, |sum, value| sum + value), |one, other| one + other)
}

/// Makes a row of logits into probabilities and returns the logarithm of the sum of their exponentials.
#[inline(always)]
fn softmax_row(row: &mut [f32]) -> f32 {
    let shift = greatest(row);
    let total = exponentiate(row, shift);
    let factor = 1.0 / total;
    row.iter_mut().for_each(|value| *value *= factor);
    shift + libm::logf(total)
}

/// Makes scores into attention again, and the gradient of the attention into that of the scores.
#[inline(always)]
fn softmax_row_backward(scores: &mut [f32], gradient: &mut [f32], log_sum: f32, mean: f32) {
    for (score, gradient) in scores.iter_mut().zip(gradient) {
        let attention = exp(*score - log_sum);
        *gradient = attention * (*gradient - mean);
        *score = attention;
    }
}

/// Makes a row of logits into probabilities, in place, and returns `ln Σ eˡ`, so that `ln p = l − ln Σ eˡ`.
pub fn softmax(logits: &mut [f32]) -> f32 {
    vectorised(
        #[inline(always)]
        || softmax_row(logits),
    )
}

/// `ln Σ eˡ` of a row of logits.
#[must_use]
pub fn log_sum_exp(logits: &[f32]) -> f32 {
    vectorised(
        #[inline(always)]
        || {
            let shift = greatest(logits);
            let total: f32 = join(fold(logits, 0.0, |sum, value| sum + exp(value - shift)), |one, other| one + other);
            shift + libm::logf(total)
        },
    )
}

/// The loss of each row of logits `[rows, vocab]`: `−ln p` of its target, in nats.
///
/// # Panics
///
/// If a target is not below the number of logits in a row.
pub fn cross_entropy(logits: &[f32], targets: &[u32], losses: &mut [f32]) {
    let vocab = logits.len() / targets.len().max(1);
    for ((row, target), loss) in logits.chunks_exact(vocab.max(1)).zip(targets).zip(losses) {
        *loss = log_sum_exp(row) - row[*target as usize];
    }
}

/// As [`cross_entropy()`], and makes `logits` into the gradient of `Σ scale · loss`, where `scales` has one factor a row:
/// `scale · (p − 1)` at the target and `scale · p` elsewhere.
///
/// # Panics
///
/// If a target is not below the number of logits in a row.
pub fn cross_entropy_backward(logits: &mut [f32], targets: &[u32], scales: &[f32], losses: &mut [f32]) {
    let vocab = logits.len() / targets.len().max(1);
    vectorised(
        #[inline(always)]
        || {
            let rows = logits.chunks_exact_mut(vocab.max(1)).zip(targets).zip(scales);
            for (((row, target), scale), loss) in rows.zip(losses) {
                let target = *target as usize;
                let logit = row[target];
                let shift = greatest(row);
                let total = exponentiate(row, shift);
                *loss = shift + libm::logf(total) - logit;
                let factor = scale / total;
                row.iter_mut().for_each(|value| *value *= factor);
                row[target] -= scale;
            }
        },
    );
}

/// Which keys the rows of a block of attention scores see: row `r` the first `first + r / group`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Causal {
    /// Floats of a row.
    pub(crate) columns: usize,
    /// Keys that the first query sees, itself among them.
    pub(crate) first: usize,
    /// Heads that share a key: rows of one token stand side by side.
    pub(crate) group: usize,
}

impl Causal {
    #[inline(always)]
    fn seen(&self, row: usize) -> usize {
        self.first + row / self.group
    }
}

/// Makes scores `[rows, columns]` into attention, with 0 for keys that are not seen, and writes each row's `ln Σ eˢ`.
pub(crate) fn causal_softmax(causal: Causal, scores: &mut [f32], log_sums: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (row, (scores, log_sum)) in scores.chunks_exact_mut(causal.columns).zip(log_sums).enumerate() {
                let (seen, unseen) = scores.split_at_mut(causal.seen(row));
                *log_sum = softmax_row(seen);
                unseen.fill(0.0);
            }
        },
    );
}

/// The way back through [`causal_softmax`]. `scores` becomes the attention again, from `log_sums`; `gradient` of the
/// attention `[rows, columns]` becomes that of the scores: `p · (dp − Σ p · dp)`, with `Σ p · dp` given in `means`.
pub(crate) fn causal_softmax_backward(
    causal: Causal,
    scores: &mut [f32],
    log_sums: &[f32],
    means: &[f32],
    gradient: &mut [f32],
) {
    vectorised(
        #[inline(always)]
        || {
            let columns = causal.columns;
            let rows = scores.chunks_exact_mut(columns).zip(gradient.chunks_exact_mut(columns));
            for (row, ((scores, gradient), (log_sum, mean))) in rows.zip(log_sums.iter().zip(means)).enumerate() {
                let (seen, unseen) = scores.split_at_mut(causal.seen(row));
                let (seen_gradient, unseen_gradient) = gradient.split_at_mut(causal.seen(row));
                softmax_row_backward(seen, seen_gradient, *log_sum, *mean);
                unseen.fill(0.0);
                unseen_gradient.fill(0.0);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(count: usize) -> Vec<f32> {
        (0..count).map(|place| ((place * 37) % 23) as f32 * 0.7 - 5.0).collect()
    }

    fn exact(logits: &[f32]) -> Vec<f64> {
        let total: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
        logits.iter().map(|logit| f64::from(*logit).exp() / total).collect()
    }

    fn close(one: &[f32], other: &[f64]) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (f64::from(*one) - other).abs() < 2e-7)
    }

    #[test]
    fn probabilities_agree_with_double_precision_at_every_length() {
        for count in [1, 2, 15, 16, 17, 100] {
            let mut row = logits(count);
            let total: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            assert!((f64::from(log_sum_exp(&row)) - total.ln()).abs() < 2e-6);
            let expected = exact(&row);
            assert!((f64::from(softmax(&mut row)) - total.ln()).abs() < 2e-6);
            assert!(close(&row, &expected), "{count}");
        }
    }

    #[test]
    fn logits_far_from_zero_neither_overflow_nor_vanish() {
        let mut row = [1000.0, 1000.0 - std::f32::consts::LN_2];
        softmax(&mut row);
        assert!(close(&row, &[2.0 / 3.0, 1.0 / 3.0]) || (row[0] - 2.0 / 3.0).abs() < 1e-4, "{row:?}");
        assert!(softmax(&mut [0.0, f32::NAN]).is_nan(), "a fault upstream is not hidden");
    }

    #[test]
    fn the_gradient_of_the_loss_is_probability_less_truth() {
        let mut rows = logits(2 * 19);
        let (targets, scales) = ([3, 18], [1.0, -0.5]);
        let mut losses = [0.0; 2];
        cross_entropy(&rows, &targets, &mut losses);
        let expected: Vec<f64> = rows
            .chunks_exact(19)
            .zip(targets.iter().zip(&scales))
            .flat_map(|(row, (target, scale))| {
                let mut row = exact(row);
                row[*target as usize] -= 1.0;
                row.into_iter().map(|value| value * f64::from(*scale)).collect::<Vec<_>>()
            })
            .collect();
        let mut again = [0.0; 2];
        cross_entropy_backward(&mut rows, &targets, &scales, &mut again);
        assert!(close(&rows, &expected));
        assert!(losses.iter().zip(&again).all(|(one, other)| (one - other).abs() < 1e-5), "{losses:?} {again:?}");
    }

    #[test]
    fn no_row_sees_a_later_key() {
        let causal = Causal { columns: 5, first: 2, group: 2 };
        let mut scores = logits(30);
        let (raw, mut log_sums) = (scores.clone(), [0.0; 6]);
        causal_softmax(causal, &mut scores, &mut log_sums);
        for (row, seen) in [2, 2, 3, 3, 4, 4].into_iter().enumerate() {
            let expected = exact(&raw[row * 5..row * 5 + seen]);
            assert!(close(&scores[row * 5..row * 5 + seen], &expected));
            assert!(scores[row * 5 + seen..row * 5 + 5].iter().all(|score| *score == 0.0));
        }
        let (mut again, mut gradient) = (raw, vec![1.0; 30]);
        causal_softmax_backward(causal, &mut again, &log_sums, &[0.25; 6], &mut gradient);
        for (place, (again, score)) in again.iter().zip(&scores).enumerate() {
            assert!((again - score).abs() < 1e-6, "float {place}");
            assert!((gradient[place] - score * 0.75).abs() < 1e-6, "float {place}");
        }
    }
}
