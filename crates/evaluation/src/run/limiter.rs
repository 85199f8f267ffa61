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
///
/// It begins where the one before it ended, but not before its own first answer was asked for: a first answer is no
/// beginning (twenty answers that come at once would look like twenty in no time, and no doubling could beat that), and
/// neither is an end after which nothing was asked for a while.
#[derive(Debug, Default)]
struct Window {
    /// Where the window before ended.
    before: Option<Instant>,
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

    /// An answer came to what was sent at `sent`; `in_flight` counts it.
    ///
    /// A window that never was full says nothing about the endpoint, nor does what was sent before the limit was last
    /// halved.
    pub(crate) fn answered(&mut self, in_flight: usize, sent: Instant, now: Instant) {
        if self.is_of_before(sent) {
            return;
        }
        let begins = self.window.before.map_or(sent, |before| before.max(sent));
        let since = *self.window.since.get_or_insert(begins);
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
        self.window = Window { before: Some(now), ..Window::default() };
    }

    /// Whether what was sent at `sent` met the limit before it was last halved.
    fn is_of_before(&self, sent: Instant) -> bool {
        self.eased.is_some_and(|eased| sent <= eased)
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
        if self.is_of_before(sent) {
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
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const ROUND: Duration = Duration::from_millis(250);

    /// An endpoint that takes `ROUND` for each request and `most` requests at a time; the rest wait in line.
    struct Endpoint {
        now: Instant,
        /// When requests were sent, by when they are answered.
        flights: BTreeMap<(Instant, u32), Instant>,
        sent: u32,
        /// When each of its places is free again.
        places: BTreeSet<(Instant, usize)>,
    }

    impl Endpoint {
        fn new(most: usize) -> Self {
            let now = Instant::now();
            let places = (0..most).map(|place| (now, place)).collect();
            Self { now, flights: BTreeMap::new(), sent: 0, places }
        }

        /// Keeps it as busy as the limiter allows; says after how many round trips `until` held.
        fn serve(&mut self, limiter: &mut Limiter, rounds: f64, until: impl Fn(&Limiter) -> bool) -> f64 {
            let start = self.now;
            let passed = |now: Instant| now.duration_since(start).as_secs_f64() / ROUND.as_secs_f64();
            while passed(self.now) < rounds && !until(limiter) {
                while self.flights.len() < limiter.limit() {
                    self.send();
                }
                let ((at, _), sent) = self.flights.pop_first().unwrap();
                self.now = at;
                limiter.answered(self.flights.len() + 1, sent, at);
            }
            passed(self.now)
        }

        fn send(&mut self) {
            let (free, place) = self.places.pop_first().unwrap();
            // A tenth more or less, so that answers do not come in step for ever.
            let takes = ROUND.mul_f64(f64::from(self.sent % 7) / 30.0 + 0.9);
            let answered = free.max(self.now) + takes;
            self.places.insert((answered, place));
            self.flights.insert((answered, self.sent), self.now);
            self.sent += 1;
        }
    }

    #[test]
    fn it_doubles_with_each_round_trip_up_to_the_bound() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 512 });
        let rounds = Endpoint::new(10_000).serve(&mut limiter, 100.0, |limiter| limiter.limit() == 512);
        // From 20 to 512 it doubles five times.
        assert!(rounds < 6.5, "{rounds}");
    }

    #[test]
    fn answers_that_come_all_at_once_took_as_long_as_their_round_trip() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 512 });
        let mut now = Instant::now();
        for round in 1..=5 {
            let (sent, flights) = (now, limiter.limit());
            now += ROUND;
            for gone in 0..flights {
                limiter.answered(flights - gone, sent, now);
            }
            assert_eq!(limiter.limit(), (20 << round).min(512));
        }
    }

    #[test]
    fn a_pause_between_windows_is_not_held_against_the_endpoint() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 512 });
        let mut endpoint = Endpoint::new(10_000);
        endpoint.serve(&mut limiter, 100.0, |limiter| limiter.limit() == 80);
        assert_eq!(limiter.limit(), 80);
        endpoint.flights.clear();
        endpoint.now += 1_000 * ROUND;
        let rounds = endpoint.serve(&mut limiter, 100.0, |limiter| limiter.limit() == 512);
        assert!(rounds < 4.5, "{rounds}");
    }

    #[test]
    fn it_creeps_where_doubling_does_not_help() {
        let mut limiter = Limiter::new(Concurrency { start: 20, most: 100_000 });
        Endpoint::new(40).serve(&mut limiter, 50.0, |_| false);
        assert!((40..400).contains(&limiter.limit()), "{}", limiter.limit());
    }

    #[test]
    fn it_creeps_on_as_soon_as_it_was_halved() {
        let mut limiter = Limiter::new(Concurrency { start: 64, most: 512 });
        let sent = Instant::now();
        assert!(limiter.congested(sent, sent + ROUND));
        // What was on its way comes back in one burst: no window of the new limit.
        for gone in 0..63 {
            limiter.answered(63 - gone, sent, sent + ROUND);
        }
        assert_eq!(limiter.limit(), 32);
        let mut endpoint = Endpoint::new(10_000);
        endpoint.now = sent + 2 * ROUND;
        let rounds = endpoint.serve(&mut limiter, 100.0, |limiter| limiter.limit() >= 36);
        assert!(rounds < 3.0, "{rounds}");
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
            limiter.answered(3, now - ROUND, now);
        }
        assert_eq!(limiter.limit(), 20);
    }
}
