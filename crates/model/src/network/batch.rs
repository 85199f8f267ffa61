//! What a network is asked: sequences of token ids, what should follow each, and how much it counts.

use std::ops::{AddAssign, Range};

use crate::Shape;

/// Sequences of token ids of one length, row by row. A shorter sequence is filled up with any ids whose targets have
/// weight 0: a token never sees what comes after it.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Ids that are read, `[rows, length]`.
    pub inputs: &'a [u32],
    /// The id that should follow each, `[rows, length]`.
    pub targets: &'a [u32],
    /// What each target's loss is multiplied by, `[rows, length]`; none: all by 1.
    pub weights: Option<&'a [f32]>,
    /// Sequences.
    pub rows: usize,
    /// Tokens of a sequence.
    pub length: usize,
}

/// The loss of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loss {
    /// Σ weight · loss, in nats.
    pub sum: f64,
    /// Targets whose weight is not 0.
    pub counted: usize,
}

impl Loss {
    /// The sum over the targets that count: the mean loss of a token where all weights are 1. NaN where none counts.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.counted as f64
    }

    /// Adds the losses of a part of a batch, in order.
    pub(super) fn add(&mut self, part: &Part<'_>, losses: &[f32]) {
        for (place, loss) in losses.iter().enumerate() {
            self.add_one(part.weight(place), *loss);
        }
    }

    pub(super) fn add_one(&mut self, weight: f32, loss: f32) {
        if weight != 0.0 {
            self.sum += f64::from(weight) * f64::from(loss);
            self.counted += 1;
        }
    }
}

impl AddAssign for Loss {
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.counted += other.counted;
    }
}

/// A few whole sequences of a batch.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) inputs: &'a [u32],
    pub(super) targets: &'a [u32],
    weights: Option<&'a [f32]>,
    pub(super) length: usize,
    /// Where its tokens stand in the batch.
    pub(super) tokens: Range<usize>,
}

impl Part<'_> {
    /// The weight of a target of this part.
    pub(super) fn weight(&self, place: usize) -> f32 {
        self.weights.map_or(1.0, |weights| weights[place])
    }
}

impl<'a> Batch<'a> {
    /// The batch, so many sequences at a time.
    pub(super) fn parts(&self, sequences: usize) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let Batch { inputs, targets, weights, rows, length } = *self;
        (0..rows).step_by(sequences).map(move |first| {
            let tokens = first * length..(first + sequences).min(rows) * length;
            Part {
                inputs: &inputs[tokens.clone()],
                targets: &targets[tokens.clone()],
                weights: weights.map(|weights| &weights[tokens.clone()]),
                length,
                tokens,
            }
        })
    }

    pub(super) fn check(&self, shape: &Shape) {
        let tokens = self.rows * self.length;
        let lengths = [self.inputs.len(), self.targets.len(), self.weights.map_or(tokens, <[f32]>::len)];
        assert_eq!(lengths, [tokens; 3], "a batch of {} × {} ids, targets and weights", self.rows, self.length);
        assert!(self.length > 0, "a sequence has at least one token");
        let outside = self.inputs.iter().chain(self.targets).find(|id| **id as usize >= shape.vocab);
        assert!(outside.is_none(), "the id {outside:?} is not among the {} of the vocabulary", shape.vocab);
    }
}
