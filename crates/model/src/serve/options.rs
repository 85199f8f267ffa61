//! How a server is set up.

use std::time::Duration;

use crate::infer::Precision;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The model's name in requests and answers.
    pub name: String,
    /// How weights are kept.
    pub precision: Precision,
    /// Longest sequence, in tokens, where it shall be less than the model's context.
    pub limit: Option<usize>,
    /// Threads that compute, each on a batch of its own; they share the weights.
    pub workers: usize,
    /// Sequences that a thread runs side by side.
    pub side_by_side: usize,
    /// Requests that are taken in at once; those beyond are answered 429.
    pub most_requests: usize,
    /// Texts that one request may ask for: its prompts times `n`.
    pub most_sequences: usize,
    /// Most `logprobs` and `top_logprobs`.
    pub most_logprobs: usize,
    /// Longest body of a request, in bytes.
    pub most_body: usize,
    /// How long a client may take to send the body.
    pub body_time: Duration,
    /// Tokens with which the model ends a text; none takes the tokenizer's end of text and end of turn.
    pub ends: Option<Vec<u32>>,
    /// Seeds requests that give no seed: the n-th of them samples with this number plus n.
    pub seed: u64,
    /// Tells the seconds since 1970, for `created`.
    pub clock: fn() -> u64,
}

impl Options {
    /// The usual set-up for a model of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, clock: fn() -> u64) -> Self {
        Self {
            name: name.into(),
            precision: Precision::Float,
            limit: None,
            workers: 1,
            side_by_side: 16,
            most_requests: 256,
            most_sequences: 1024,
            most_logprobs: 20,
            most_body: 16 << 20,
            body_time: Duration::from_secs(30),
            ends: None,
            seed: 0,
            clock,
        }
    }
}
