//! The gated activation of a feed-forward block: `silu(gate) · up` with `silu(x) = x · σ(x)`.
//!
//! Source: Shazeer, arXiv 2002.05202 (SwiGLU).

use super::exp::exp;
use super::vectorised;

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// From rows `gate ‖ up` `[rows, 2·width]` writes `silu(gate) · up` `[rows, width]` to `out`.
pub fn gated_silu(width: usize, gate_up: &[f32], out: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (row, out) in gate_up.chunks_exact(2 * width).zip(out.chunks_exact_mut(width)) {
                let (gate, up) = row.split_at(width);
                for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
                    *out = gate * sigmoid(*gate) * up;
                }
            }
        },
    );
}

/// The way back through [`gated_silu`], in place: `gate_up` `[rows, 2·width]` becomes its own gradient, and `hidden`
/// `[rows, width]`, which holds the gradient of the output, becomes the output again.
pub fn gated_silu_backward(width: usize, gate_up: &mut [f32], hidden: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (row, hidden) in gate_up.chunks_exact_mut(2 * width).zip(hidden.chunks_exact_mut(width)) {
                let (gate, up) = row.split_at_mut(width);
                for ((hidden, gate), up) in hidden.iter_mut().zip(gate).zip(up) {
                    let share = sigmoid(*gate);
                    let silu = *gate * share;
                    let slope = share + silu * (1.0 - share);
                    let gradient = *hidden;
                    *hidden = silu * *up;
                    *gate = gradient * *up * slope;
                    *up = gradient * silu;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(gate: f64, up: f64) -> f64 {
        gate / (1.0 + (-gate).exp()) * up
    }

    #[test]
    fn values_and_slopes_agree_with_double_precision() {
        for step in -40..=40 {
            let (gate, up) = (step as f32 * 0.5, 1.5_f32);
            let (wide_gate, wide_up) = (f64::from(gate), f64::from(up));
            let mut out = [0.0];
            gated_silu(1, &[gate, up], &mut out);
            let value = exact(wide_gate, wide_up);
            assert!((f64::from(out[0]) - value).abs() <= 1e-6 * value.abs(), "{gate}");
            let (mut row, mut hidden) = ([gate, up], [1.0]);
            gated_silu_backward(1, &mut row, &mut hidden);
            let by_gate = (exact(wide_gate + 1e-5, wide_up) - exact(wide_gate - 1e-5, wide_up)) / 2e-5;
            let by_up = exact(wide_gate, 1.0);
            assert_eq!(hidden, out);
            let near = |one: f32, other: f64| (f64::from(one) - other).abs() <= 2e-6 * other.abs().max(1.0);
            assert!(near(row[0], by_gate), "{gate}: {} {by_gate}", row[0]);
            assert!(near(row[1], by_up), "{gate}: {} {by_up}", row[1]);
        }
    }
}
