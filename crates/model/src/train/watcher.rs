//! Who looks on while a model learns.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::validation::BitsPerByte;

/// Something to be shown.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run is about to take its first step of this session.
    Started {
        /// Steps that are done already: 0 for a new run.
        done: u64,
        /// Steps in all.
        steps: u64,
        /// Floats of the model.
        parameters: usize,
        /// Products of matrices of the model's own sizes, in floating-point operations a second: one thread's, measured.
        peak: f64,
    },
    /// A step was taken.
    Step(&'a StepReport),
    /// The validation text was looked at.
    Validated {
        /// Steps done.
        step: u64,
        /// By language.
        bits_per_byte: &'a BitsPerByte,
    },
    /// What the model says by now.
    Samples {
        /// Steps done.
        step: u64,
        /// What it was given and what it made of it.
        samples: &'a [Sample],
    },
    /// A checkpoint was written.
    Saved(&'a Checkpoint),
    /// Something that went wrong and was mended: a damaged checkpoint that was passed over, a torn line of the log.
    Mended(&'a str),
    /// The page with the curves was written.
    Page(&'a Path),
}

/// A step, for whoever looks on.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Steps done, this one among them.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Tokens seen in all.
    pub tokens: u64,
    /// Mean nats a token in this step.
    pub loss: f64,
    /// Norm of the gradient before it was clipped.
    pub norm: f64,
    /// The rate, as a share of its peak.
    pub rate_share: f64,
    /// Tokens a second in this session.
    pub tokens_per_second: f64,
    /// Operations a second of the training as a share of what the threads could do if they did nothing but products of
    /// matrices of the same sizes.
    pub peak_share: f64,
    /// Seconds that are left if it goes on like this.
    pub seconds_left: f64,
}

/// What a model made of a beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The beginning.
    pub prompt: String,
    /// What it added.
    pub text: String,
}

/// Looks on, and may say that it is enough.
pub trait Watcher {
    /// Something happened.
    fn see(&mut self, event: &Event<'_>);

    /// Whether to go on. A run that is stopped writes a checkpoint and can be taken up again.
    fn goes_on(&self) -> bool {
        true
    }
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Watcher for Quiet {
    fn see(&mut self, _event: &Event<'_>) {}
}
