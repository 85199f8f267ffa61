//! What a run tells while it goes on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Spent;
use crate::{Class, Failure, Usage};

/// Who is told how a run goes on. Both methods are called from the run's own threads and should come back at once.
pub trait Observer: Sync {
    /// How far the run is; told some ten times a second, and at the end.
    fn progress(&self, progress: &Progress);

    /// Something worth a line in a log.
    fn event(&self, event: &Event<'_>);
}

/// An observer that does not look.
impl Observer for () {
    fn progress(&self, _: &Progress) {}

    fn event(&self, _: &Event<'_>) {}
}

/// Something worth a line in a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A request is asked again.
    Retry {
        /// What went wrong.
        failure: &'a Failure,
        /// After how long.
        wait: Duration,
    },
    /// A request ended in a failure.
    Failed(&'a Failure),
    /// The limit of requests at the same time was halved.
    Eased {
        /// The endpoint.
        endpoint: &'a str,
        /// The new limit.
        limit: usize,
    },
    /// An endpoint is left alone.
    Rested {
        /// The endpoint.
        endpoint: &'a str,
        /// For how long.
        wait: Duration,
        /// Why.
        reason: &'a str,
    },
    /// Answers come under another name than the one asked for. Told once for each name.
    AnsweredBy {
        /// The name asked for.
        asked: &'a str,
        /// The name in the answer.
        told: &'a str,
    },
    /// An endpoint passed the test of its log-probabilities.
    Probed {
        /// The endpoint.
        endpoint: &'a str,
    },
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Items handed over by class, in the order of [`Class::ALL`]. What a scorer makes of an answer is not known here: an item
    /// whose requests were all answered counts as scored, any other by its first failure.
    pub items: [u64; 6],
    /// Requests that were answered by a model.
    pub answered: u64,
    /// Requests that were answered by the journal.
    pub from_journal: u64,
    /// Requests that ended in a failure.
    pub failed: u64,
    /// Requests that were asked again.
    pub retries: u64,
    /// Requests on their way.
    pub in_flight: usize,
    /// How many may be.
    pub limit: usize,
    /// Tokens that were cut off contexts.
    pub cut: u64,
    /// Tokens, as endpoints tell them.
    pub usage: Usage,
    /// What was spent, as the budget counts it.
    pub spent: Spent,
    /// How long answers took.
    pub latency: Latency,
    /// Since the run began.
    pub elapsed: Duration,
}

impl Progress {
    /// Items handed over so far.
    pub fn delivered(&self) -> u64 {
        self.items.iter().sum()
    }

    /// Items handed over in one class.
    pub fn items_in(&self, class: Class) -> u64 {
        Class::ALL.iter().zip(self.items).find(|(known, _)| **known == class).map_or(0, |(_, count)| count)
    }
}

/// How long answers took: a histogram with four steps to each doubling, from 1 ms on.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    counts: [u64; 96],
    sum: Duration,
}

impl Default for Latency {
    fn default() -> Self {
        Self { counts: [0; 96], sum: Duration::ZERO }
    }
}

impl Latency {
    fn add(&mut self, latency: Duration) {
        let place = (libm::log2(latency.as_secs_f64() * 1e3).max(0.0) * 4.0).min(95.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 95")]
        let place = place as usize;
        self.counts[place] += 1;
        self.sum += latency;
    }

    /// The mean; none without an answer.
    pub fn mean(&self) -> Option<Duration> {
        let count = u32::try_from(self.counts.iter().sum::<u64>()).ok()?;
        self.sum.checked_div(count)
    }

    /// The duration that this share of answers (0 to 1) stayed under, a fifth too long at most; none without an answer.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count: u64 = self.counts.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 answers")]
        let wanted = (count as f64 * share).max(1.0);
        let mut seen = 0.0;
        for (place, counted) in (0_u8..).zip(self.counts) {
            #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 answers")]
            let counted = counted as f64;
            seen += counted;
            if counted > 0.0 && seen >= wanted {
                return Some(Duration::from_secs_f64(libm::exp2(f64::from(place + 1) / 4.0) / 1e3));
            }
        }
        None
    }
}

/// Counts for both threads of a run, and tells the observer.
pub(crate) struct Meter<'a> {
    pub(crate) observer: &'a dyn Observer,
    began: Instant,
    state: Mutex<(Progress, Instant)>,
}

/// How often the observer is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

impl<'a> Meter<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        let began = Instant::now();
        Self { observer, began, state: Mutex::new((Progress::default(), began)) }
    }

    /// Changes the counts.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.state().0);
    }

    /// An answer came.
    pub(crate) fn answered(&self, latency: Duration, usage: Option<Usage>, cut: u32) {
        self.count(|progress| {
            progress.answered += 1;
            progress.latency.add(latency);
            progress.cut += u64::from(cut);
            let usage = usage.unwrap_or_default();
            progress.usage.prompt += usage.prompt;
            progress.usage.completion += usage.completion;
            progress.usage.reasoning += usage.reasoning;
        });
    }

    /// Tells the observer, unless that was just done.
    pub(crate) fn tell(&self) {
        let mut state = self.state();
        let now = Instant::now();
        if now.duration_since(state.1) >= TELL_EVERY {
            state.1 = now;
            state.0.elapsed = now.duration_since(self.began);
            let progress = state.0.clone();
            drop(state);
            self.observer.progress(&progress);
        }
    }

    /// Tells the observer for the last time.
    pub(crate) fn finish(&self) -> Progress {
        let mut state = self.state();
        state.0.elapsed = self.began.elapsed();
        state.0.in_flight = 0;
        let progress = state.0.clone();
        drop(state);
        self.observer.progress(&progress);
        progress
    }

    fn state(&self) -> MutexGuard<'_, (Progress, Instant)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_not_far_off() {
        let mut latency = Latency::default();
        assert_eq!((latency.mean(), latency.quantile(0.5)), (None, None));
        for millis in 1..=1000 {
            latency.add(Duration::from_millis(millis));
        }
        let median = latency.quantile(0.5).unwrap().as_secs_f64();
        assert!((0.5..0.6).contains(&median), "{median}");
        assert!(latency.quantile(1.0).unwrap() >= Duration::from_secs(1));
        assert_eq!(latency.mean(), Some(Duration::from_micros(500_500)));
    }
}
