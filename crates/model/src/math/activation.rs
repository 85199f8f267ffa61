//! The gated activation of a feed-forward block: `silu(gate) · up` with `silu(x) = x · σ(x)`.
//!
//! Source: Shazeer, arXiv 2002.05202 (SwiGLU).

use super::exp::exp;
use super::vectorised;

/// Floats of a row that are worked on at a time on the way back.
const PIECE: usize = 256;

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
                gated_silu_row(gate, up, out);
            }
        },
    );
}

/// A function of its own, because its arguments are then known not to overlap, and the loop vectorises.
#[inline(always)]
fn gated_silu_row(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
        *out = gate * sigmoid(*gate) * up;
    }
}

/// The way back through [`gated_silu`], in place: `gate_up` `[rows, 2·width]` becomes its own gradient, and `hidden`
/// `[rows, width]`, which holds the gradient of the output, becomes the output again.
pub fn gated_silu_backward(width: usize, gate_up: &mut [f32], hidden: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (row, hidden) in gate_up.chunks_exact_mut(2 * width).zip(hidden.chunks_exact_mut(width)) {
                let (gate, up) = row.split_at_mut(width);
                gated_silu_row_backward(gate, up, hidden);
            }
        },
    );
}

/// In pieces that stay in registers and the nearest cache: first the sigmoids, then the rest, because one loop over both
/// does not vectorise.
#[inline(always)]
fn gated_silu_row_backward(gate: &mut [f32], up: &mut [f32], hidden: &mut [f32]) {
    let mut shares = [0.0; PIECE];
    let pieces = gate.chunks_mut(PIECE).zip(up.chunks_mut(PIECE)).zip(hidden.chunks_mut(PIECE));
    for ((gate, up), hidden) in pieces {
        let shares = &mut shares[..gate.len()];
        sigmoids(gate, shares);
        piece_backward(gate, up, hidden, shares);
    }
}

#[inline(always)]
fn sigmoids(gate: &[f32], shares: &mut [f32]) {
    for (share, gate) in shares.iter_mut().zip(gate) {
        *share = sigmoid(*gate);
    }
}

#[inline(always)]
fn piece_backward(gate: &mut [f32], up: &mut [f32], hidden: &mut [f32], shares: &[f32]) {
    for (((hidden, gate), up), share) in hidden.iter_mut().zip(gate).zip(up).zip(shares) {
        let silu = *gate * share;
        let slope = share + silu * (1.0 - share);
        let gradient = *hidden;
        *hidden = silu * *up;
        *gate = gradient * *up * slope;
        *up = gradient * silu;
    }
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
