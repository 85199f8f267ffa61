//! The feed-forward network of a block: `down(silu(gate(x)) · up(x))`, with `x` the normalised stream.

use super::Pass;
use super::places::BlockPlaces;
use super::scratch::{Kept, Scratch};
use crate::math::{
    View, ViewMut, gated_silu, gated_silu_backward, multiply, multiply_add, rms_norm, rms_norm_backward,
};

/// From `middle` `[T, width]` writes the stream that goes on: `middle + down(silu(gate) · up)`.
pub(super) fn forward(pass: &Pass<'_>, places: &BlockPlaces, kept: &mut Kept, scratch: &mut Scratch) {
    let (tokens, width, hidden) = (pass.tokens(), pass.shape.width, pass.shape.hidden);
    let middle = &kept.middle[..tokens * width];
    rms_norm(pass.norm(&places.feed_forward_norm), middle, &mut kept.feed_forward_inverse, &mut scratch.normed);
    multiply(
        1.0,
        View::new(&scratch.normed, tokens, width),
        View::new(&pass.weights[places.gate_up.clone()], 2 * hidden, width).transposed(),
        ViewMut::new(&mut kept.gate_up, tokens, 2 * hidden),
    );
    gated_silu(hidden, &kept.gate_up[..tokens * 2 * hidden], &mut scratch.hidden);
    scratch.stream[..tokens * width].copy_from_slice(middle);
    multiply_add(
        1.0,
        View::new(&scratch.hidden, tokens, hidden),
        View::new(&pass.weights[places.down.clone()], width, hidden).transposed(),
        ViewMut::new(&mut scratch.stream, tokens, width),
    );
}

/// The way back: reads the gradient of the stream after, adds to it what comes back through the network, so that it is
/// the gradient of `middle`.
pub(super) fn backward(
    pass: &Pass<'_>,
    places: &BlockPlaces,
    kept: &mut Kept,
    scratch: &mut Scratch,
    gradient: &mut [f32],
) {
    let (tokens, width, hidden) = (pass.tokens(), pass.shape.width, pass.shape.hidden);
    let after = View::new(&scratch.stream_gradient, tokens, width);
    let down = View::new(&pass.weights[places.down.clone()], width, hidden);
    multiply(1.0, after, down, ViewMut::new(&mut scratch.hidden, tokens, hidden));
    gated_silu_backward(hidden, &mut kept.gate_up[..tokens * 2 * hidden], &mut scratch.hidden);
    let down_gradient = ViewMut::new(&mut gradient[places.down.clone()], width, hidden);
    multiply_add(1.0, after.transposed(), View::new(&scratch.hidden, tokens, hidden), down_gradient);

    let (middle, norm) = (&kept.middle[..tokens * width], pass.norm(&places.feed_forward_norm));
    rms_norm(norm, middle, &mut kept.feed_forward_inverse, &mut scratch.normed);
    let split = View::new(&kept.gate_up, tokens, 2 * hidden);
    let gate_up = View::new(&pass.weights[places.gate_up.clone()], 2 * hidden, width);
    let gate_up_gradient = ViewMut::new(&mut gradient[places.gate_up.clone()], 2 * hidden, width);
    multiply_add(1.0, split.transposed(), View::new(&scratch.normed, tokens, width), gate_up_gradient);
    multiply(1.0, split, gate_up, ViewMut::new(&mut scratch.normed_gradient, tokens, width));
    rms_norm_backward(
        norm.gain,
        middle,
        &kept.feed_forward_inverse,
        &scratch.normed_gradient,
        &mut scratch.stream_gradient,
        &mut gradient[places.feed_forward_norm.clone()],
    );
}
