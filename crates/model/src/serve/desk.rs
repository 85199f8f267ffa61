//! What every request handler knows of the server, and how a request becomes sequences in the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::ApiFault;
use super::metrics::Metrics;
use super::options::Options;
use super::template::Template;
use super::wishes::Rules;
use super::worker::{Ear, Queue};
use crate::Tokenizer;
use crate::infer::{Ask, Event};

/// What every request handler knows of the server.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) options: Options,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) vocab: usize,
    /// Longest sequence.
    pub(crate) limit: usize,
    /// Tokens with which the model ends a text.
    pub(crate) ends: Vec<u32>,
    /// The chat template as it was given, and ready for use.
    pub(crate) template: Option<(String, Template)>,
    pub(crate) queue: Arc<Queue>,
    /// Places for requests.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) counter: AtomicU64,
    /// When the server started, in seconds since 1970.
    pub(crate) started: u64,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) events: UnboundedReceiver<(usize, Event)>,
}

impl Desk {
    pub(crate) fn rules(&self) -> Rules {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        Rules {
            vocab: self.vocab,
            limit: self.limit,
            most_texts: self.options.most_sequences,
            seed: self.options.seed.wrapping_add(number),
        }
    }

    /// Refuses a request for another model.
    pub(crate) fn check_model(&self, name: Option<&str>) -> Result<(), ApiFault> {
        match name {
            Some(name) if name != self.options.name => Err(self.unknown_model(name)),
            _ => Ok(()),
        }
    }

    pub(crate) fn unknown_model(&self, name: &str) -> ApiFault {
        let message = format!("there is no model `{name}` here; the model is `{}`", self.options.name);
        let fault = ApiFault::new(axum::http::StatusCode::NOT_FOUND, message).with_code("model_not_found");
        ApiFault { field: Some("model".to_owned()), ..fault }
    }

    /// How many tokens may follow a prompt of this length: what was asked for, or `unless_said` and what there is room
    /// for.
    pub(crate) fn room(
        &self,
        field: &'static str,
        prompt: usize,
        asked: Option<usize>,
        unless_said: usize,
    ) -> Result<usize, ApiFault> {
        let limit = self.limit;
        let least = asked.unwrap_or(1);
        if prompt.checked_add(least).is_none_or(|whole| whole > limit) {
            let message = format!(
                "this model's maximum context length is {limit} tokens, and this request asks for more: {prompt} in the \
                 prompt and {least} to write; shorten the prompt, or ask for fewer tokens"
            );
            return Err(ApiFault::field(field, message).with_code("context_length_exceeded"));
        }
        Ok(asked.unwrap_or_else(|| unless_said.min(limit - prompt)))
    }

    /// Puts the sequences of a request into the queue.
    pub(crate) fn submit(&self, prefix: &str, asks: Vec<Ask>) -> Result<Ticket, ApiFault> {
        let most = self.options.most_sequences;
        if asks.len() > most {
            let message = format!("this request asks for {} texts; one may ask for {most}: split it", asks.len());
            return Err(ApiFault::field("prompt", message));
        }
        if !self.queue.is_whole(self.options.workers) {
            return Err(ApiFault::worker_stopped());
        }
        let place = Arc::new(self.place()?);
        let (sender, events) = unbounded_channel();
        let tasks = asks.into_iter().enumerate().map(|(number, ask)| {
            let (place, metrics) = (Arc::clone(&place), Arc::clone(&self.metrics));
            (ask, Ear { number, sender: sender.clone(), _place: place, metrics })
        });
        self.queue.push(tasks.collect::<Vec<_>>());
        Ok(Ticket { id: format!("{prefix}-{}", self.name_of_next()), created: self.now(), events })
    }

    /// A place for a request.
    fn place(&self) -> Result<OwnedSemaphorePermit, ApiFault> {
        let place = || Arc::clone(&self.places).try_acquire_owned();
        let again = |_| {
            self.queue.purge();
            place()
        };
        place().or_else(again).map_err(|_| {
            self.metrics.refused.fetch_add(1, Ordering::Relaxed);
            ApiFault::overloaded(self.metrics.mean_seconds())
        })
    }

    pub(crate) fn now(&self) -> u64 {
        (self.options.clock)()
    }

    fn name_of_next(&self) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut digest = Sha256::new();
        for part in [self.options.seed, self.started, number] {
            digest.update(part.to_le_bytes());
        }
        digest.finalize().iter().take(12).fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
    }
}
