//! Weights rounded to few values, and written out again.

use crate::{Plain, Tensor};

/// To which values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// Eight bits, symmetric, one scale a row.
    Int8,
    /// Four bits, symmetric, one scale for each 32 weights of a row.
    Int4,
    /// Eight-bit floats with four bits of exponent, one scale a row.
    Fp8,
}

/// Every matrix rounded; vectors stay, as is usual.
#[must_use]
pub fn quantise(parent: &Plain, grid: Grid) -> Plain {
    let mut child = parent.clone();
    child.tensors.values_mut().filter(|tensor| tensor.shape.len() > 1).for_each(|tensor| round(tensor, grid));
    child
}

fn round(tensor: &mut Tensor, grid: Grid) {
    let columns = tensor.columns().max(1);
    for row in tensor.values.chunks_exact_mut(columns) {
        match grid {
            Grid::Int8 => round_to(row, 127.0, f32::round),
            Grid::Int4 => row.chunks_mut(32).for_each(|group| round_to(group, 7.0, f32::round)),
            Grid::Fp8 => round_to(row, 448.0, e4m3),
        }
    }
}

/// Rounds values after the longest of them is brought to `most`.
fn round_to(values: &mut [f32], most: f32, round: impl Fn(f32) -> f32) {
    let longest = values.iter().fold(0.0_f32, |longest, value| longest.max(value.abs()));
    if longest > 0.0 {
        let scale = longest / most;
        values.iter_mut().for_each(|value| *value = scale * round(*value / scale));
    }
}

/// The nearest number with four bits of exponent and three of mantissa, ties to even; 448 is the largest.
///
/// Source: Micikevicius et al., "FP8 Formats for Deep Learning", arXiv 2209.05433, section 3.
pub(crate) fn e4m3(value: f32) -> f32 {
    let exponent = value.abs().max(2.0_f32.powi(-6)).log2().floor();
    let step = (exponent - 3.0).exp2();
    ((value / step).round_ties_even() * step).clamp(-448.0, 448.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_floats_are_the_nearest_there_are() {
        let all: Vec<f32> = (0..127_u8)
            .map(|bits| {
                let (exponent, mantissa) = (i32::from(bits >> 3), f32::from(bits & 7));
                if exponent == 0 { mantissa * 2.0_f32.powi(-9) } else { (8.0 + mantissa) * 2.0_f32.powi(exponent - 10) }
            })
            .collect();
        assert_eq!(all.last(), Some(&448.0));
        for value in &all {
            assert_eq!((e4m3(*value), e4m3(-value)), (*value, -value));
        }
        for pair in all.windows(2) {
            let (low, high) = (pair[0], pair[1]);
            assert_eq!(e4m3(low + 0.49 * (high - low)), low);
            assert_eq!(e4m3(low + 0.51 * (high - low)), high);
        }
    }

    #[test]
    fn rounding_errs_by_half_a_step_at_most() {
        let row: Vec<f32> = (0..64).map(|place| ((place * 37) % 64) as f32 / 64.0 - 0.5).collect();
        for (grid, step) in [(Grid::Int8, 0.5 / 127.0), (Grid::Int4, 0.5 / 7.0)] {
            let mut tensor = Tensor::matrix(1, 64, row.clone());
            round(&mut tensor, grid);
            let worst = tensor.values.iter().zip(&row).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 0.501 * step && worst > 0.2 * step, "{grid:?}: {worst} of {step}");
        }
    }
}
