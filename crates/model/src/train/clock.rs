//! How fast it goes, and how long it takes still.

use std::time::Instant;

use super::peak::Peak;
use crate::Shape;

/// The times of one session.
#[derive(Debug)]
pub(crate) struct Clock {
    began: Instant,
    lap: Instant,
    /// Operations a second of all threads if they did nothing but products of matrices.
    peak: Peak,
    width: usize,
    steps: u64,
    tokens: u64,
    operations: f64,
    stepping: f64,
}

impl Clock {
    /// Measures the peak for so many tokens at once, and starts.
    pub(crate) fn start(shape: &Shape, tokens: usize, width: usize) -> Self {
        let peak = Peak::measure(shape, tokens);
        let now = Instant::now();
        Self { began: now, lap: now, peak, width, steps: 0, tokens: 0, operations: 0.0, stepping: 0.0 }
    }

    /// One thread's peak, in operations a second.
    pub(crate) fn peak(&self) -> f64 {
        self.peak.0
    }

    /// A step begins.
    pub(crate) fn begin(&mut self) {
        self.lap = Instant::now();
    }

    /// A step over sequences of so many tokens has come to its end.
    pub(crate) fn end(&mut self, shape: &Shape, tokens: usize, length: usize) {
        self.steps += 1;
        self.tokens += tokens as u64;
        self.operations += tokens as f64 * shape.training_flops_per_token(length);
        self.stepping += self.lap.elapsed().as_secs_f64();
    }

    /// Over the time of the steps alone, without looks and checkpoints.
    pub(crate) fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.stepping.max(1e-9)
    }

    /// Operations of the training, as a share of what could have been done in the time of the steps.
    pub(crate) fn peak_share(&self) -> f64 {
        self.operations / (self.stepping.max(1e-9) * self.peak.0 * self.width as f64)
    }

    /// Seconds for so many more steps, with all that comes between them.
    pub(crate) fn seconds_left(&self, steps: u64) -> f64 {
        self.began.elapsed().as_secs_f64() / self.steps.max(1) as f64 * steps as f64
    }
}
