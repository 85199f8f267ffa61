//! What a backend offers to the loop.

use thiserror::Error;

use crate::Shape;
use crate::network::{Batch, Loss};

/// All that a training knows besides its recipe and its text: what a checkpoint holds.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// The weights, as [`crate::Layout`] says.
    pub weights: Vec<f32>,
    /// First moments (AdamW) or momenta (Muon) of the gradient, a float a weight.
    pub first: Vec<f32>,
    /// Second moments (AdamW), a float a weight; nothing but zeros where Muon steps.
    pub second: Vec<f32>,
}

impl State {
    /// First weights, before any step.
    #[must_use]
    pub fn new(weights: Vec<f32>) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self { step: 0, first: zeros.clone(), second: zeros, weights }
    }
}

/// The rates of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// AdamW's.
    pub adamw: f64,
    /// Muon's.
    pub muon: f64,
}

/// Why a backend could not do what it was asked.
#[derive(Debug, Error)]
pub enum EngineFault {
    /// A state of another model.
    #[error("the state holds {found} floats, but the model of the recipe {expected}; load a state of the same shape")]
    Size {
        /// Floats of the model.
        expected: usize,
        /// Floats of the state.
        found: usize,
    },
    /// A batch that is none.
    #[error(
        "a batch of {rows} rows of {length} tokens, at most {most} each, holds {found}; \
         give rows · length inputs, targets and weights"
    )]
    Batch {
        /// Rows that were announced.
        rows: usize,
        /// Their length.
        length: usize,
        /// The model's context.
        most: usize,
        /// What is there.
        found: usize,
    },
    /// What the machine of the backend said.
    #[error("the machine that computes failed: {0}; take the run up again from its last checkpoint")]
    Device(String),
}

/// What a backend offers: it holds weights and moments, sums gradients, and steps. The loop knows no more of it, so that
/// the same loop drives a CPU and whatever comes after it.
pub trait Engine {
    /// The sizes of its model.
    fn shape(&self) -> &Shape;

    /// Puts a state in place; gradients are forgotten.
    ///
    /// # Errors
    /// [`EngineFault::Size`] for a state of another model.
    fn load(&mut self, state: State) -> Result<(), EngineFault>;

    /// Adds `scale` times the gradient of a batch's weighted loss to what was added since the last step, and gives that
    /// loss. A batch may have any number of rows.
    ///
    /// # Errors
    /// [`EngineFault::Batch`], [`EngineFault::Device`].
    fn accumulate(&mut self, batch: &Batch<'_>, scale: f32) -> Result<Loss, EngineFault>;

    /// Clips what was added, takes a step with it, and forgets it; gives the gradient's norm before it was clipped.
    ///
    /// # Errors
    /// [`EngineFault::Device`].
    fn apply(&mut self, rates: Rates) -> Result<f64, EngineFault>;

    /// The loss of each target of a batch, in nats and without its weight; nothing is learned.
    ///
    /// # Errors
    /// [`EngineFault::Batch`], [`EngineFault::Device`].
    fn losses(&mut self, batch: &Batch<'_>, out: &mut [f32]) -> Result<Loss, EngineFault>;

    /// The weights as they are now.
    ///
    /// # Errors
    /// [`EngineFault::Device`].
    fn weights(&mut self) -> Result<&[f32], EngineFault>;

    /// All of the state as it is now; gradients are no part of it.
    ///
    /// # Errors
    /// [`EngineFault::Device`].
    fn state(&mut self) -> Result<&State, EngineFault>;

    /// Threads, or whatever else computes side by side: what the peak is multiplied by.
    fn width(&self) -> usize;
}

/// Whether a batch holds what it announces, and fits into the model's context.
pub(crate) fn check(batch: &Batch<'_>, shape: &Shape) -> Result<(), EngineFault> {
    let tokens = batch.rows * batch.length;
    let lengths = [batch.inputs.len(), batch.targets.len(), batch.weights.map_or(tokens, <[f32]>::len)];
    let found = lengths.into_iter().find(|length| *length != tokens);
    let fits = (1..=shape.context).contains(&batch.length);
    match found.or((!fits).then_some(tokens)) {
        Some(found) => Err(EngineFault::Batch { rows: batch.rows, length: batch.length, most: shape.context, found }),
        None => Ok(()),
    }
}
