//! Rotary positions by rotated halves.
//!
//! Source: Su et al., arXiv 2104.09864; the pairing of float `i` with float `i + half`, and the stretch of Llama 3.1,
//! are those of Hugging Face transformers.

use crate::{RopeScaling, Shape};

/// Cosine and sine of every angle of every position.
#[derive(Debug, Clone)]
pub struct Rope {
    half: usize,
    /// `[positions, half]`.
    cosine: Vec<f32>,
    sine: Vec<f32>,
}

impl Rope {
    /// The angles of positions 0 to `positions` − 1.
    #[must_use]
    pub fn new(shape: &Shape, positions: usize) -> Self {
        let half = shape.head_size / 2;
        let frequencies: Vec<f64> = (0..half).map(|pair| frequency(shape, pair)).collect();
        let angles = || (0..positions).flat_map(|position| frequencies.iter().map(move |rate| position as f64 * rate));
        Self {
            half,
            cosine: angles().map(|angle| libm::cos(angle) as f32).collect(),
            sine: angles().map(|angle| libm::sin(angle) as f32).collect(),
        }
    }

    /// How many positions it knows.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.cosine.len() / self.half.max(1)
    }

    /// The cosines and the sines, each `[positions, head_size / 2]`.
    #[must_use]
    pub fn tables(&self) -> (&[f32], &[f32]) {
        (&self.cosine, &self.sine)
    }

    /// Turns one head of a query or key by the angles of its position.
    #[inline(always)]
    pub fn rotate(&self, head: &mut [f32], position: usize) {
        self.turn(head, position, 1.0);
    }

    /// Turns a head back; this is also how its gradient goes back through [`Rope::rotate`].
    #[inline(always)]
    pub fn rotate_back(&self, head: &mut [f32], position: usize) {
        self.turn(head, position, -1.0);
    }

    #[inline(always)]
    fn turn(&self, head: &mut [f32], position: usize, sign: f32) {
        let angles = position * self.half..(position + 1) * self.half;
        let (cosine, sine) = (&self.cosine[angles.clone()], &self.sine[angles]);
        let (first, second) = head.split_at_mut(self.half);
        turn_pairs(first, second, cosine, (sine, sign));
    }
}

/// A function of its own, because its arguments are then known not to overlap, and the loop vectorises.
#[inline(always)]
fn turn_pairs(first: &mut [f32], second: &mut [f32], cosine: &[f32], (sine, sign): (&[f32], f32)) {
    for (((first, second), cosine), sine) in first.iter_mut().zip(second).zip(cosine).zip(sine) {
        let sine = sign * sine;
        let (one, other) = (*first, *second);
        *first = one * cosine - other * sine;
        *second = other * cosine + one * sine;
    }
}

/// Radians a position of one pair of floats.
fn frequency(shape: &Shape, pair: usize) -> f64 {
    let plain = libm::pow(shape.rope_theta, -((2 * pair) as f64) / shape.head_size as f64);
    shape.rope_scaling.as_ref().map_or(plain, |scaling| stretched(scaling, plain))
}

/// Slow angles are divided by the factor, fast ones kept; between the two it blends linearly in the number of turns that
/// fit into the original context.
fn stretched(scaling: &RopeScaling, plain: f64) -> f64 {
    let turns = scaling.original_context as f64 * plain / std::f64::consts::TAU;
    let (low, high) = (scaling.low_frequency_factor, scaling.high_frequency_factor);
    let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
    plain * (kept + (1.0 - kept) / scaling.factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape {
            vocab: 8,
            width: 8,
            layers: 1,
            heads: 1,
            kv_heads: 1,
            head_size: 8,
            hidden: 8,
            context: 64,
            rope_theta: 100.0,
            rope_scaling: None,
            norm_epsilon: 1e-6,
            head_norms: true,
            attention_bias: false,
            tied: true,
        }
    }

    #[test]
    fn float_and_float_half_a_head_later_turn_together() {
        let rope = Rope::new(&shape(), 4);
        assert_eq!(rope.positions(), 4);
        let mut head = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0];
        rope.rotate(&mut head, 3);
        assert!((head[0] - 3.0_f32.cos()).abs() < 1e-6 && (head[4] - 3.0_f32.sin()).abs() < 1e-6);
        // The third pair turns by 3 / 100^(4/8) = 0.3; its second float was set.
        assert!((head[2] + 2.0 * 0.3_f32.sin()).abs() < 1e-6 && (head[6] - 2.0 * 0.3_f32.cos()).abs() < 1e-6);
        rope.rotate_back(&mut head, 3);
        assert!((head[0] - 1.0).abs() < 1e-6 && (head[6] - 2.0).abs() < 1e-6);
    }

    #[test]
    fn the_stretch_keeps_fast_angles_and_slows_slow_ones() {
        let scaling =
            RopeScaling { factor: 8.0, low_frequency_factor: 1.0, high_frequency_factor: 4.0, original_context: 64 };
        let turns = |turns: f64| turns * std::f64::consts::TAU / 64.0;
        assert_eq!(stretched(&scaling, turns(5.0)), turns(5.0));
        assert_eq!(stretched(&scaling, turns(0.5)), turns(0.5) / 8.0);
        let middle = stretched(&scaling, turns(2.5));
        assert!((middle - turns(2.5) * (0.5 + 0.5 / 8.0)).abs() < 1e-12);
    }
}
