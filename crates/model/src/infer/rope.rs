//! Rotary positions by rotated halves.

use crate::{RopeScaling, Shape};

/// Cosines and sines for every position, `positions × head_size / 2` each.
#[derive(Debug, Clone)]
pub(crate) struct Rope {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rope {
    /// Angles are made in f64: position `p` and pair `i` turn by `p · θ^(-2i / head_size)`.
    ///
    /// Source: RoFormer, arXiv 2104.09864, section 3.2.2.
    pub(crate) fn new(shape: &Shape, positions: usize) -> Self {
        let half = shape.head_size / 2;
        let frequency = |pair: usize| {
            let plain = libm::pow(shape.rope_theta, -(pair as f64) / half as f64);
            shape.rope_scaling.as_ref().map_or(plain, |scaling| stretched(plain, scaling))
        };
        let frequencies: Vec<f64> = (0..half).map(frequency).collect();
        let angles = |position: usize| frequencies.iter().map(move |frequency| position as f64 * frequency);
        Self {
            half,
            cosines: (0..positions).flat_map(angles).map(|angle| libm::cos(angle) as f32).collect(),
            sines: (0..positions).flat_map(angles).map(|angle| libm::sin(angle) as f32).collect(),
        }
    }

    /// Turns every head of a row that stands at `position`.
    pub(crate) fn turn(&self, row: &mut [f32], position: usize) {
        let range = position * self.half..(position + 1) * self.half;
        let (cosines, sines) = (&self.cosines[range.clone()], &self.sines[range]);
        for head in row.chunks_exact_mut(2 * self.half) {
            let (left, right) = head.split_at_mut(self.half);
            for ((left, right), (cosine, sine)) in left.iter_mut().zip(right).zip(cosines.iter().zip(sines)) {
                (*left, *right) = (*left * cosine - *right * sine, *right * cosine + *left * sine);
            }
        }
    }
}

fn stretched(frequency: f64, scaling: &RopeScaling) -> f64 {
    let wavelength = std::f64::consts::TAU / frequency;
    let context = scaling.original_context as f64;
    if wavelength > context / scaling.low_frequency_factor {
        frequency / scaling.factor
    } else if wavelength < context / scaling.high_frequency_factor {
        frequency
    } else {
        let width = scaling.high_frequency_factor - scaling.low_frequency_factor;
        let kept = (context / wavelength - scaling.low_frequency_factor) / width;
        (1.0 - kept) * frequency / scaling.factor + kept * frequency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_keeps_fast_angles_and_divides_slow_ones() {
        let scaling =
            RopeScaling { factor: 8.0, low_frequency_factor: 1.0, high_frequency_factor: 4.0, original_context: 8192 };
        assert_eq!(stretched(1.0, &scaling), 1.0);
        assert_eq!(stretched(1e-5, &scaling), 1e-5 / 8.0);
        // Halfway between the two borders: 8192 / 2.5 a turn.
        let between = std::f64::consts::TAU / (8192.0 / 2.5);
        assert!((stretched(between, &scaling) / between - (0.5 / 8.0 + 0.5)).abs() < 1e-12);
    }
}
