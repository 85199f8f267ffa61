//! The transformer, forward and backward, by hand.
//!
//! One token's way through it, with `T` tokens side by side as rows of a matrix:
//!
//! 1. its id picks a row of the embedding: the *stream* `[T, width]`;
//! 2. each block (`block`) adds to the stream twice: what attention (`attention`) gathers from earlier tokens, and
//!    what a feed-forward network (`feed_forward`) makes of the token itself. Both read the stream through a norm;
//! 3. a last norm, and the head (`head`) scores each id of the vocabulary as the next one.
//!
//! The way back ([`Network::backward`]) walks the same in reverse: each part turns the gradient of what it wrote into
//! the gradient of what it read, and adds the gradients of its weights. A batch is walked a few sequences at a time, so
//! that what a block keeps for its way back stays in the cache; what is cheap to compute again is not kept.
//!
//! Everything runs on one thread, and every sum has one order: the same weights and batch give the same bits. (On one
//! kind of machine: the product of matrices chooses its blocks by the sizes of the caches.)

mod attention;
mod batch;
mod block;
mod feed_forward;
mod head;
mod heads;
mod initialise;
mod places;
mod scratch;

pub use self::batch::{Batch, Loss};
pub use self::initialise::initialise;

use self::batch::Part;
use self::places::Places;
use self::scratch::{Kept, Scratch};
use crate::Shape;
use crate::math::{Norm, Rope, add};

/// How many tokens are walked at a time, at least one sequence: what their blocks keep fits into a shared cache.
const TOKENS_AT_ONCE: usize = 1024;

/// A transformer of one shape with room to compute in, for one thread. It holds no weights: they come with each call as
/// one flat run of floats, in the order of [`Layout`](crate::Layout).
#[derive(Debug)]
pub struct Network {
    shape: Shape,
    places: Places,
    rope: Rope,
    /// Longest sequence.
    length: usize,
    /// Sequences walked at a time.
    sequences: usize,
    /// By block; only the first where nothing is kept.
    kept: Vec<Kept>,
    scratch: Scratch,
}

/// What stays the same while a few sequences are walked through all blocks.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    shape: &'a Shape,
    rope: &'a Rope,
    weights: &'a [f32],
    sequences: usize,
    length: usize,
}

impl<'a> Pass<'a> {
    fn tokens(&self) -> usize {
        self.sequences * self.length
    }

    fn norm(&self, gain: &std::ops::Range<usize>) -> Norm<'a> {
        Norm { gain: &self.weights[gain.clone()], epsilon: self.shape.norm_epsilon as f32 }
    }
}

impl Network {
    /// Room for batches of sequences of up to `length` tokens, most often `rows` of them; a batch may have more rows.
    ///
    /// # Panics
    ///
    /// If `heads` is not a multiple of `kv_heads`, or `head_size` is odd.
    #[must_use]
    pub fn new(shape: &Shape, rows: usize, length: usize) -> Self {
        assert!(
            shape.kv_heads > 0 && shape.heads.is_multiple_of(shape.kv_heads) && shape.head_size.is_multiple_of(2),
            "{} heads of {} floats cannot share {} heads of keys",
            shape.heads,
            shape.head_size,
            shape.kv_heads
        );
        let length = length.max(1);
        let sequences = (TOKENS_AT_ONCE / length).clamp(1, rows.max(1));
        Self {
            shape: shape.clone(),
            places: Places::of(shape),
            rope: Rope::new(shape, length),
            length,
            sequences,
            kept: vec![Kept::new(shape, sequences, length)],
            scratch: Scratch::new(shape, sequences, length),
        }
    }

    /// The shape it computes.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The loss of each target, forward only: writes `−ln p(target)` in nats, unweighted, to `out` `[rows · length]`, and
    /// returns their weighted sum.
    ///
    /// # Panics
    ///
    /// If a slice has not the length that the shape or the batch asks for, the sequences are longer than this network has
    /// room for, or an id is outside the vocabulary.
    pub fn token_losses(&mut self, weights: &[f32], batch: &Batch<'_>, out: &mut [f32]) -> Loss {
        self.check(weights, batch);
        assert_eq!(out.len(), batch.targets.len(), "`out` wants one float a target");
        let mut loss = Loss::default();
        for part in batch.parts(self.sequences) {
            self.forward(weights, &part, false);
            let pass = pass(&self.shape, &self.rope, weights, &part);
            let out = &mut out[part.tokens.clone()];
            head::losses(&pass, &self.places, &part, &mut self.scratch, out);
            loss.add(&part, out);
        }
        loss
    }

    /// Forward and backward: adds `scale · d(Σ weight · loss)/dw` to `gradient`, which stands as the weights do, and returns
    /// the loss. The loss itself is not scaled.
    ///
    /// # Panics
    ///
    /// As [`Network::token_losses`], and if `gradient` is not as long as `weights`.
    pub fn backward(&mut self, weights: &[f32], batch: &Batch<'_>, scale: f32, gradient: &mut [f32]) -> Loss {
        self.check(weights, batch);
        assert_eq!(gradient.len(), weights.len(), "the gradient stands as the weights do");
        while self.kept.len() < self.shape.layers {
            self.kept.push(Kept::new(&self.shape, self.sequences, self.length));
        }
        let mut loss = Loss::default();
        for part in batch.parts(self.sequences) {
            self.forward(weights, &part, true);
            let pass = pass(&self.shape, &self.rope, weights, &part);
            let (places, scratch) = (&self.places, &mut self.scratch);
            loss += head::backward(&pass, places, (&part, scale), scratch, gradient);
            for (block, kept) in places.blocks.iter().zip(&mut self.kept).rev() {
                block::backward(&pass, block, kept, scratch, gradient);
            }
            let rows = scratch.stream_gradient.chunks_exact(self.shape.width);
            for (id, row) in part.inputs.iter().zip(rows) {
                add(&mut gradient[places.embedded(*id)], row);
            }
        }
        loss
    }

    /// The logits of one sequence, `[length, vocab]`: row `t` scores the token after `inputs[t]`.
    ///
    /// # Panics
    ///
    /// As [`Network::token_losses`].
    pub fn logits(&mut self, weights: &[f32], inputs: &[u32]) -> Vec<f32> {
        let batch = Batch { inputs, targets: inputs, weights: None, rows: 1, length: inputs.len() };
        self.check(weights, &batch);
        let mut logits = vec![0.0; inputs.len() * self.shape.vocab];
        for part in batch.parts(1) {
            self.forward(weights, &part, false);
            let pass = pass(&self.shape, &self.rope, weights, &part);
            head::logits(&pass, &self.places, &mut self.scratch, &mut logits);
        }
        logits
    }

    /// Embeds a few sequences and walks them through all blocks; the stream after the last is in the scratch.
    fn forward(&mut self, weights: &[f32], part: &Part<'_>, keeps: bool) {
        let rows = self.scratch.stream.chunks_exact_mut(self.shape.width);
        for (id, row) in part.inputs.iter().zip(rows) {
            row.copy_from_slice(&weights[self.places.embedded(*id)]);
        }
        let pass = pass(&self.shape, &self.rope, weights, part);
        for (layer, block) in self.places.blocks.iter().enumerate() {
            block::forward(&pass, block, &mut self.kept[if keeps { layer } else { 0 }], &mut self.scratch);
        }
    }

    fn check(&self, weights: &[f32], batch: &Batch<'_>) {
        assert_eq!(weights.len(), self.places.floats, "the weights are not those of this shape");
        batch.check(&self.shape);
        assert!(
            batch.length <= self.length,
            "sequences of {} tokens want a network made for them; this one takes {}",
            batch.length,
            self.length
        );
    }
}

fn pass<'a>(shape: &'a Shape, rope: &'a Rope, weights: &'a [f32], part: &Part<'_>) -> Pass<'a> {
    Pass { shape, rope, weights, sequences: part.inputs.len() / part.length, length: part.length }
}
