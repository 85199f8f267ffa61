//! A block: attention, then a feed-forward network, each added to the stream.

use super::places::BlockPlaces;
use super::scratch::{Kept, Scratch};
use super::{Pass, attention, feed_forward};

/// Walks the stream `[T, width]` of the scratch through a block:
/// `middle = stream + attention(norm(stream))`, `stream = middle + feed_forward(norm(middle))`.
pub(super) fn forward(pass: &Pass<'_>, places: &BlockPlaces, kept: &mut Kept, scratch: &mut Scratch) {
    std::mem::swap(&mut kept.stream, &mut scratch.stream);
    attention::forward(pass, places, kept, scratch);
    feed_forward::forward(pass, places, kept, scratch);
}

/// Turns the gradient of the stream after a block into that of the stream before it, and adds those of its weights. What
/// goes past attention and feed-forward network goes back unchanged: they add to `stream_gradient`.
pub(super) fn backward(
    pass: &Pass<'_>,
    places: &BlockPlaces,
    kept: &mut Kept,
    scratch: &mut Scratch,
    gradient: &mut [f32],
) {
    feed_forward::backward(pass, places, kept, scratch, gradient);
    attention::backward(pass, places, kept, scratch, gradient);
}
