//! How many requests may be on their way to one endpoint at the same time.
//!
//! Additive increase, multiplicative decrease (Chiu and Jain, 1989), with the slow start of TCP (RFC 5681): the limit doubles
//! with every window of answers for as long as that brings more answers a second, then creeps; it is halved once for each
//! congestion (429, 503, a timeout), however many requests met it.

use std::time::{Duration, Instant};

/// Bounds of the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Where it begins.
    pub start: u32,
    /// Where it ends.
    pub most: u32,
}

impl Concurrency {
    /// Up to `most`, from 20 or `most` on.
    pub fn up_to(most: u32) -> Self {
        let most = most.max(1);
        Self { start: most.min(20), most }
    }
}

/// The limit of one endpoint.
#[derive(Debug)]
pub(crate) struct Limiter {
    bounds: Concurrency,
    limit: f64,
    is_slow_start: bool,
    /// Requests sent before this met the same congestion.
    eased: Option<Instant>,
    window: Window,
    before: f64,
}

/// Answers since the limit was last looked at.
#[derive(Debug, Default)]
struct Window {
    since: Option<Instant>,
    answers: u32,
    was_full: bool,
}

impl Limiter {
    pub(crate) fn new(bounds: Concurrency) -> Self {
        let limit = f64::from(bounds.start.clamp(1, bounds.most.max(1)));
        Self { bounds, limit, is_slow_start: true, eased: None, window: Window::default(), before: 0.0 }
    }

    pub(crate) fn limit(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a u32")]
        let whole = self.limit as usize;
        whole.max(1)
    }

    /// An answer came; `in_flight` counts it. A window that never was full says nothing about the endpoint.
    pub(crate) fn answered(&mut self, in_flight: usize, now: Instant) {
        let since = *self.window.since.get_or_insert(now);
        self.window.answers += 1;
        self.window.was_full |= in_flight >= self.limit();
        if (self.window.answers as usize) < self.limit().max(8) {
            return;
        }
        let seconds = now.duration_since(since).max(Duration::from_micros(1)).as_secs_f64();
        let rate = f64::from(self.window.answers) / seconds;
        if self.window.was_full {
            self.grow(rate);
        }
        self.window = Window { since: Some(now), ..Window::default() };
    }

    fn grow(&mut self, rate: f64) {
        if self.is_slow_start && rate >= self.before * 1.1 {
            self.limit *= 2.0;
        } else {
            self.is_slow_start = false;
            if rate >= self.before * 0.9 {
                self.limit += (self.limit / 16.0).max(1.0);
            }
        }
        self.limit = self.limit.min(f64::from(self.bounds.most));
        self.before = rate;
    }

    /// The endpoint could not keep up with a request that was sent at `sent`. Returns whether the limit was halved.
    pub(crate) fn congested(&mut self, sent: Instant, now: Instant) -> bool {
        if self.eased.is_some_and(|eased| sent <= eased) {
            return false;
        }
        self.eased = Some(now);
        self.is_slow_start = false;
        self.limit = (self.limit / 2.0).max(1.0);
        self.window = Window::default();
        self.before = 0.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays windows against an endpoint that serves `most` at a time in 100 ms and makes the rest wait.
    fn play(limiter: &mut Limiter, most: usize, windows: usize) {
        let mut now = Instant::now();
        for _ in 0..windows {
            let sent = limiter.limit();
            let round = Duration::from_millis(100 * sent.div_ceil(most) as u64);
            for _ in 0..sent.max(8) {
                now += round / u32::try_from(sent).unwrap();
                limiter.answered(sent, now);
            }
        }
    }

    #[test]
    fn it_doubles_while_that_helps_and_ends_at_the_bound() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 512 });
        play(&mut limiter, 10_000, 6);
        assert_eq!(limiter.limit(), 512);
    }

    #[test]
    fn it_creeps_where_doubling_does_not_help() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 100_000 });
        play(&mut limiter, 40, 8);
        assert!((40..400).contains(&limiter.limit()), "{}", limiter.limit());
    }

    #[test]
    fn one_congestion_halves_it_once() {
        let mut limiter = Limiter::new(Concurrency { start: 64, most: 512 });
        let sent = Instant::now();
        let later = sent + Duration::from_millis(50);
        assert!(limiter.congested(sent, later));
        assert!(!limiter.congested(sent, later));
        assert_eq!(limiter.limit(), 32);
        assert!(limiter.congested(later + Duration::from_millis(1), later + Duration::from_millis(2)));
        assert_eq!(limiter.limit(), 16);
    }

    #[test]
    fn a_window_that_was_not_full_says_nothing() {
        let mut limiter = Limiter::new(Concurrency::up_to(512));
        let mut now = Instant::now();
        for _ in 0..1000 {
            now += Duration::from_millis(1);
            limiter.answered(3, now);
        }
        assert_eq!(limiter.limit(), 20);
    }
}
