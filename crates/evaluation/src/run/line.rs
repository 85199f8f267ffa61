//! One endpoint as the scheduler sees it: how much it can take, and whether it is there at all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::limiter::{Concurrency, Limiter};
use crate::endpoint::Client;

/// So many failures in a row and an endpoint is rested.
const PATIENCE: u32 = 3;
/// The longest rest of an endpoint that does not answer.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// One endpoint.
pub(super) struct Line {
    pub(super) client: Arc<Client>,
    pub(super) name: Arc<str>,
    pub(super) limiter: Limiter,
    pub(super) in_flight: usize,
    /// Left alone until then.
    rests_until: Option<Instant>,
    /// Failures in a row.
    failing: u32,
    /// When the first of them was.
    pub(super) down_since: Option<Instant>,
    pub(super) is_probed: bool,
}

impl Line {
    pub(super) fn new(client: Client, name: &str, concurrency: Concurrency) -> Self {
        Self {
            client: Arc::new(client),
            name: name.into(),
            limiter: Limiter::new(concurrency),
            in_flight: 0,
            rests_until: None,
            failing: 0,
            down_since: None,
            is_probed: false,
        }
    }

    /// How many more requests it takes now. One that failed gets one at a time until it answers.
    pub(super) fn room(&self, now: Instant) -> usize {
        if self.rests_until.is_some_and(|until| now < until) {
            return 0;
        }
        let limit = if self.failing >= PATIENCE { 1 } else { self.limiter.limit() };
        limit.saturating_sub(self.in_flight)
    }

    /// When its rest is over.
    pub(super) fn wakes(&self, now: Instant) -> Option<Instant> {
        self.rests_until.filter(|until| now < *until)
    }

    /// It answered something, be it a refusal.
    pub(super) fn is_there(&mut self) {
        self.failing = 0;
        self.down_since = None;
    }

    /// Leaves it alone for a while; the longest rest counts.
    pub(super) fn rest(&mut self, wait: Duration, now: Instant) {
        // A wait beyond what a clock can count is a wait for ever.
        let until = now.checked_add(wait).unwrap_or(now + Duration::from_secs(86_400 * 365));
        self.rests_until = Some(self.rests_until.map_or(until, |known| known.max(until)));
    }

    /// It did not answer. Returns how long it is left alone, if it is.
    pub(super) fn failed(&mut self, now: Instant) -> Option<Duration> {
        self.failing = self.failing.saturating_add(1);
        self.down_since.get_or_insert(now);
        let over = self.failing.checked_sub(PATIENCE)?;
        if self.wakes(now).is_some() {
            return None;
        }
        let wait = Duration::from_secs(1).saturating_mul(1 << over.min(5)).min(LONGEST_REST);
        self.rest(wait, now);
        Some(wait)
    }
}
