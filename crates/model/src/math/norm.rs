//! Root mean square normalisation: `y = gain · x / √(mean(x²) + ε)`.
//!
//! Source: Zhang and Sennrich, arXiv 1910.07467.

use super::lanes::{sum_of_squares, sum_pairs};
use super::vectorised;

/// What a norm knows besides its input.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// One factor a column.
    pub gain: &'a [f32],
    /// Added to the mean square.
    pub epsilon: f32,
}

/// Normalises each row of `input` `[rows, width]` into `out`, and writes the row's factor `1/√(mean(x²) + ε)` to
/// `inverse` `[rows]`, which [`rms_norm_backward`] wants.
pub fn rms_norm(norm: Norm<'_>, input: &[f32], inverse: &mut [f32], out: &mut [f32]) {
    let width = norm.gain.len();
    vectorised(
        #[inline(always)]
        || {
            let rows = input.chunks_exact(width).zip(out.chunks_exact_mut(width));
            for ((input, out), inverse) in rows.zip(inverse) {
                *inverse = factor(norm, input);
                scale_row(*inverse, norm.gain, input, out);
            }
        },
    );
}

/// `1/√(mean(x²) + ε)` of one row.
#[inline(always)]
fn factor(norm: Norm<'_>, row: &[f32]) -> f32 {
    1.0 / (sum_of_squares(row) / row.len() as f32 + norm.epsilon).sqrt()
}

/// A function of its own, because its arguments are then known not to overlap, and the loop vectorises.
#[inline(always)]
fn scale_row(factor: f32, gain: &[f32], input: &[f32], out: &mut [f32]) {
    for ((out, input), gain) in out.iter_mut().zip(input).zip(gain) {
        *out = input * (factor * gain);
    }
}

/// Normalises one row in place and returns its factor.
#[inline(always)]
pub(crate) fn normalise_row(norm: Norm<'_>, row: &mut [f32]) -> f32 {
    let inverse = factor(norm, row);
    for (value, gain) in row.iter_mut().zip(norm.gain) {
        *value *= inverse * gain;
    }
    inverse
}

/// The way back through [`rms_norm`]: from `gradient` of its output `[rows, width]` it adds the gradient of its `input`
/// to `input_gradient` and that of its gain to `gain_gradient` `[width]`.
pub fn rms_norm_backward(
    gain: &[f32],
    input: &[f32],
    inverse: &[f32],
    gradient: &[f32],
    input_gradient: &mut [f32],
    gain_gradient: &mut [f32],
) {
    let width = gain.len();
    vectorised(
        #[inline(always)]
        || {
            let rows = input.chunks_exact(width).zip(inverse).zip(gradient.chunks_exact(width));
            for (((input, inverse), gradient), to) in rows.zip(input_gradient.chunks_exact_mut(width)) {
                let back = Back::of(gain, input, *inverse, gradient);
                back.add_input(gain, input, gradient, to);
                back.add_gain(input, gradient, gain_gradient);
            }
        },
    );
}

/// The way back for one row, in place: `input` becomes its own gradient.
#[inline(always)]
pub(crate) fn normalise_row_backward(
    gain: &[f32],
    input: &mut [f32],
    inverse: f32,
    gradient: &[f32],
    gain_gradient: &mut [f32],
) {
    let back = Back::of(gain, input, inverse, gradient);
    back.add_gain(input, gradient, gain_gradient);
    back.put_input(gain, input, gradient);
}

/// The way back for one row. With `r` its factor: `dx = r · (gain · dy) − x · r³/width · Σ gain · dy · x`.
#[derive(Clone, Copy)]
struct Back {
    inverse: f32,
    along: f32,
}

impl Back {
    #[inline(always)]
    fn of(gain: &[f32], input: &[f32], inverse: f32, gradient: &[f32]) -> Self {
        let mut sum = 0.0;
        // In pieces of the stack, because three slices are multiplied where the lanes take two.
        let mut piece = [0.0; 256];
        for ((gain, input), gradient) in gain.chunks(256).zip(input.chunks(256)).zip(gradient.chunks(256)) {
            let piece = &mut piece[..gain.len()];
            for ((to, gain), gradient) in piece.iter_mut().zip(gain).zip(gradient) {
                *to = gain * gradient;
            }
            sum += sum_pairs(piece, input, |sum, left, right| left.mul_add(right, sum));
        }
        Self { inverse, along: sum * inverse * inverse * inverse / input.len() as f32 }
    }

    #[inline(always)]
    fn at(self, gain: f32, input: f32, gradient: f32) -> f32 {
        self.inverse * gain * gradient - input * self.along
    }

    #[inline(always)]
    fn put_input(self, gain: &[f32], input: &mut [f32], gradient: &[f32]) {
        for ((input, gain), gradient) in input.iter_mut().zip(gain).zip(gradient) {
            *input = self.at(*gain, *input, *gradient);
        }
    }

    #[inline(always)]
    fn add_input(self, gain: &[f32], input: &[f32], gradient: &[f32], to: &mut [f32]) {
        for (((to, gain), input), gradient) in to.iter_mut().zip(gain).zip(input).zip(gradient) {
            *to += self.at(*gain, *input, *gradient);
        }
    }

    #[inline(always)]
    fn add_gain(self, input: &[f32], gradient: &[f32], gain_gradient: &mut [f32]) {
        for ((to, input), gradient) in gain_gradient.iter_mut().zip(input).zip(gradient) {
            *to += input * self.inverse * gradient;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAIN: [f32; 3] = [1.0, 0.5, 2.0];

    #[test]
    fn a_row_is_divided_by_its_root_mean_square() {
        let mut inverse = [0.0; 1];
        let mut out = [0.0; 3];
        rms_norm(Norm { gain: &GAIN, epsilon: 0.0 }, &[3.0, 0.0, 3.0], &mut inverse, &mut out);
        let root = 6.0_f32.sqrt();
        assert!((inverse[0] - 1.0 / root).abs() < 1e-7);
        assert!((out[0] - 3.0 / root).abs() < 1e-6 && out[1] == 0.0 && (out[2] - 6.0 / root).abs() < 1e-6, "{out:?}");
    }

    /// Σ gradient · norm(x), in f64.
    fn exact(input: &[f64; 3], gain: &[f64; 3], gradient: &[f64; 3]) -> f64 {
        let mean = input.iter().map(|value| value * value).sum::<f64>() / 3.0;
        let terms = input.iter().zip(gain).zip(gradient);
        terms.map(|((input, gain), gradient)| gradient * gain * input / (mean + 1e-5).sqrt()).sum()
    }

    #[test]
    fn the_way_back_agrees_with_finite_differences_in_double_precision() {
        let (input, gradient) = ([0.3_f32, -1.2, 0.8], [0.7_f32, 0.1, -0.4]);
        let mut inverse = [0.0];
        rms_norm(Norm { gain: &GAIN, epsilon: 1e-5 }, &input, &mut inverse, &mut [0.0; 3]);
        let (mut to, mut gain_to) = ([0.0; 3], [0.0; 3]);
        rms_norm_backward(&GAIN, &input, &inverse, &gradient, &mut to, &mut gain_to);
        let wide = |row: &[f32; 3]| row.map(f64::from);
        for place in 0..3 {
            let difference = |of_gain: bool| {
                let at = |step: f64| {
                    let (mut input, mut gain) = (wide(&input), wide(&GAIN));
                    if of_gain {
                        gain[place] += step
                    } else {
                        input[place] += step
                    }
                    exact(&input, &gain, &wide(&gradient))
                };
                (at(1e-5) - at(-1e-5)) / 2e-5
            };
            assert!((difference(false) - f64::from(to[place])).abs() < 1e-6);
            assert!((difference(true) - f64::from(gain_to[place])).abs() < 1e-6);
        }
    }
}
