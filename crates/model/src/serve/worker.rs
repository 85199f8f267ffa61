//! The threads that compute, and the queue before them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::metrics::Metrics;
use crate::Tokenizer;
use crate::infer::{Ask, Event, Hearer, Scheduler, Weights};

/// Hears the answer to one of the sequences of a request.
///
/// Nothing waits for a client here: what is written is bounded by what the request may ask for, so it is kept until the
/// client reads it.
#[derive(Debug)]
pub(crate) struct Ear {
    /// Which sequence of the request it is.
    pub(crate) number: usize,
    pub(crate) sender: UnboundedSender<(usize, Event)>,
    /// The request's place; it is free again when the last of its sequences has ended.
    pub(crate) _place: Arc<OwnedSemaphorePermit>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Hearer for Ear {
    fn hear(&mut self, event: Event) {
        if matches!(event, Event::Token { .. }) {
            self.metrics.written_tokens.fetch_add(1, Ordering::Relaxed);
        }
        // A client that hung up hears nothing; the scheduler finds out by `is_gone`.
        let _ = self.sender.send((self.number, event));
    }

    fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

/// A sequence that waits for its turn.
type Task = (Ask, Ear);

/// Sequences that wait.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Waiting>,
    bell: Condvar,
    /// Threads that are there to take from it.
    alive: AtomicUsize,
}

#[derive(Debug, Default)]
struct Waiting {
    tasks: VecDeque<Task>,
    is_closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, tasks: impl IntoIterator<Item = Task>) {
        self.lock().tasks.extend(tasks);
        self.bell.notify_all();
    }

    /// Strikes sequences off whose clients have hung up, so that their places are free.
    pub(crate) fn purge(&self) {
        self.lock().tasks.retain(|(_, ear)| !ear.is_gone());
    }

    pub(crate) fn waiting(&self) -> usize {
        self.lock().tasks.len()
    }

    /// Whether all threads are at work or ready for it.
    pub(crate) fn is_whole(&self, workers: usize) -> bool {
        self.alive.load(Ordering::SeqCst) == workers
    }

    /// Lets the threads end once nothing waits and nothing runs.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.bell.notify_all();
    }

    /// At most `room` sequences, and not more than this thread's share of those that wait; none for a thread that has
    /// nothing to do and never will.
    fn take(&self, room: usize, workers: usize, is_idle: bool) -> Option<Vec<Task>> {
        let mut waiting = self.lock();
        while is_idle && waiting.tasks.is_empty() {
            if waiting.is_closed {
                return None;
            }
            waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let share = waiting.tasks.len().div_ceil(workers).min(room);
        Some(waiting.tasks.drain(..share).collect())
    }
}

/// What every worker is given.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) weights: Arc<Weights>,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) queue: Arc<Queue>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) workers: usize,
    /// Sequences that a worker runs side by side.
    pub(crate) side_by_side: usize,
}

/// Counts a thread out, however it ends.
struct Present(Arc<Queue>);

impl Drop for Present {
    fn drop(&mut self) {
        let left = self.0.alive.fetch_sub(1, Ordering::SeqCst) - 1;
        if left == 0 {
            // Nobody will ever take them: their clients are told by the end of their channels.
            self.0.lock().tasks.clear();
        }
    }
}

impl Shop {
    /// Starts the threads.
    pub(crate) fn open(&self) -> std::io::Result<Vec<JoinHandle<()>>> {
        let start = |number: usize| {
            let shop = self.clone();
            shop.queue.alive.fetch_add(1, Ordering::SeqCst);
            let present = Present(Arc::clone(&shop.queue));
            std::thread::Builder::new().name(format!("infer-{number}")).spawn(move || {
                let _present = present;
                shop.work();
            })
        };
        (0..self.workers).map(start).collect()
    }

    fn work(&self) {
        let mut scheduler = Scheduler::new(Arc::clone(&self.weights), self.tokenizer.clone());
        loop {
            let before = scheduler.running();
            let room = self.side_by_side.saturating_sub(before);
            let Some(tasks) = self.queue.take(room, self.workers, before == 0) else { return };
            for (ask, ear) in tasks {
                if !ear.is_gone() {
                    self.metrics.prompt_tokens.fetch_add(ask.prompt.len() as u64, Ordering::Relaxed);
                    scheduler.add(ask, ear);
                }
            }
            self.note(before, scheduler.running());
            if scheduler.running() > 0 {
                let before = scheduler.running();
                scheduler.step();
                self.metrics.passes.fetch_add(1, Ordering::Relaxed);
                self.note(before, scheduler.running());
            }
        }
    }

    fn note(&self, before: usize, after: usize) {
        self.metrics.running.fetch_add(after as u64, Ordering::Relaxed);
        self.metrics.running.fetch_sub(before as u64, Ordering::Relaxed);
    }
}
