//! The head: a last norm, a score for each id of the vocabulary, and the loss of the one that came.
//!
//! All logits of a batch would be the largest matrix of all, so they are made some rows at a time: product, softmax, loss
//! and gradient of those, in one piece of memory, before the next.

use super::Pass;
use super::batch::{Loss, Part};
use super::places::Places;
use super::scratch::{Logits, ROWS, Scratch};
use crate::math::{
    View, ViewMut, cross_entropy, cross_entropy_backward, multiply, multiply_add, rms_norm, rms_norm_backward,
};

/// Writes the loss of each target of a part, `[T]`, in nats.
pub(super) fn losses(pass: &Pass<'_>, places: &Places, part: &Part<'_>, scratch: &mut Scratch, out: &mut [f32]) {
    normalise(pass, places, scratch);
    let (width, vocab) = (pass.shape.width, pass.shape.vocab);
    let rows = scratch.normed.chunks(ROWS * width).zip(part.targets.chunks(ROWS)).zip(out.chunks_mut(ROWS));
    for ((normed, targets), out) in rows {
        score(pass, places, normed, targets.len(), &mut scratch.logits.logits);
        cross_entropy(&scratch.logits.logits[..targets.len() * vocab], targets, out);
    }
}

/// Writes the logits of one sequence, `[T, vocab]`.
pub(super) fn logits(pass: &Pass<'_>, places: &Places, scratch: &mut Scratch, out: &mut [f32]) {
    normalise(pass, places, scratch);
    score(pass, places, &scratch.normed, pass.tokens(), out);
}

/// The loss of a part, and the gradient of `Σ scale · weight · loss`: of the stream in the scratch, and added for the head
/// and its norm. Rows whose targets have weight 0 are left out of it.
pub(super) fn backward(
    pass: &Pass<'_>,
    places: &Places,
    (part, scale): (&Part<'_>, f32),
    scratch: &mut Scratch,
    gradient: &mut [f32],
) -> Loss {
    normalise(pass, places, scratch);
    let width = pass.shape.width;
    let counted: Vec<usize> = (0..pass.tokens()).filter(|row| part.weight(*row) != 0.0).collect();
    for (to, row) in scratch.logits.normed.chunks_exact_mut(width).zip(&counted) {
        to.copy_from_slice(&scratch.normed[row * width..][..width]);
    }
    let mut loss = Loss::default();
    for (chunk, counted) in counted.chunks(ROWS).enumerate() {
        let targets: Vec<u32> = counted.iter().map(|row| part.targets[*row]).collect();
        let scales: Vec<f32> = counted.iter().map(|row| scale * part.weight(*row)).collect();
        chunk_backward(pass, places, (chunk * ROWS, &targets, &scales), &mut scratch.logits, gradient);
        for (row, row_loss) in counted.iter().zip(&scratch.logits.losses) {
            loss.add_one(part.weight(*row), *row_loss);
        }
    }
    scratch.normed_gradient[..pass.tokens() * width].fill(0.0);
    for (from, row) in scratch.logits.normed_gradient.chunks_exact(width).zip(&counted) {
        scratch.normed_gradient[row * width..][..width].copy_from_slice(from);
    }
    scratch.stream_gradient[..pass.tokens() * width].fill(0.0);
    rms_norm_backward(
        &pass.weights[places.norm.clone()],
        &scratch.stream[..pass.tokens() * width],
        &scratch.inverse,
        &scratch.normed_gradient,
        &mut scratch.stream_gradient,
        &mut gradient[places.norm.clone()],
    );
    loss
}

/// Some packed rows from `first` on: their losses, the gradient of their normalised stream, and that of the head.
fn chunk_backward(
    pass: &Pass<'_>,
    places: &Places,
    (first, targets, scales): (usize, &[u32], &[f32]),
    of: &mut Logits,
    gradient: &mut [f32],
) {
    let (rows, width, vocab) = (targets.len(), pass.shape.width, pass.shape.vocab);
    let normed = &of.normed[first * width..];
    score(pass, places, normed, rows, &mut of.logits);
    let logits = &mut of.logits[..rows * vocab];
    cross_entropy_backward(logits, targets, scales, &mut of.losses);
    let (slopes, head) = (View::new(logits, rows, vocab), &pass.weights[places.head.clone()]);
    let normed_gradient = ViewMut::new(&mut of.normed_gradient[first * width..], rows, width);
    multiply(1.0, slopes, View::new(head, vocab, width), normed_gradient);
    let head_gradient = ViewMut::new(&mut gradient[places.head.clone()], vocab, width);
    multiply_add(1.0, slopes.transposed(), View::new(normed, rows, width), head_gradient);
}

/// Normalises the stream of the scratch.
fn normalise(pass: &Pass<'_>, places: &Places, scratch: &mut Scratch) {
    let stream = &scratch.stream[..pass.tokens() * pass.shape.width];
    rms_norm(pass.norm(&places.norm), stream, &mut scratch.inverse, &mut scratch.normed);
}

/// Writes the logits `[rows, vocab]` of the normalised stream `[rows, width]`.
fn score(pass: &Pass<'_>, places: &Places, normed: &[f32], rows: usize, logits: &mut [f32]) {
    let (width, vocab) = (pass.shape.width, pass.shape.vocab);
    multiply(
        1.0,
        View::new(normed, rows, width),
        View::new(&pass.weights[places.head.clone()], vocab, width).transposed(),
        ViewMut::new(logits, rows, vocab),
    );
}
