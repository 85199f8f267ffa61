//! What the server has done, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper borders of the latency histogram, in seconds.
const BORDERS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Counters of a server.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    latencies: Mutex<Latencies>,
    pub(crate) prompt_tokens: AtomicU64,
    pub(crate) written_tokens: AtomicU64,
    pub(crate) passes: AtomicU64,
    /// Sequences that are in a worker's batch.
    pub(crate) running: AtomicU64,
    /// Requests turned away because too many were there.
    pub(crate) refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Latencies {
    counts: [u64; BORDERS.len()],
    all: u64,
    seconds: f64,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn answered(&self, route: &'static str, status: u16, took: Duration) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry((route, status)).or_default() += 1;
        let seconds = took.as_secs_f64();
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.all += 1;
        latencies.seconds += seconds;
        for (count, border) in latencies.counts.iter_mut().zip(BORDERS) {
            *count += u64::from(seconds <= border);
        }
    }

    /// Whole seconds that a request takes on average, between 1 and 60.
    pub(crate) fn mean_seconds(&self) -> u64 {
        let latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let mean = if latencies.all == 0 { 0.0 } else { latencies.seconds / latencies.all as f64 };
        mean.ceil().clamp(1.0, 60.0) as u64
    }

    /// All of it as text; `waiting` sequences stand in the queue.
    pub(crate) fn text(&self, waiting: usize) -> String {
        let mut text = String::new();
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let singles = [
            ("prompt_tokens_total", "counter", "Tokens of prompts taken in.", load(&self.prompt_tokens)),
            ("written_tokens_total", "counter", "Tokens written.", load(&self.written_tokens)),
            ("passes_total", "counter", "Passes over the weights.", load(&self.passes)),
            ("refused_total", "counter", "Requests turned away because of load.", load(&self.refused)),
            ("running_sequences", "gauge", "Sequences in a batch.", load(&self.running)),
            ("waiting_sequences", "gauge", "Sequences in the queue.", waiting as u64),
        ];
        for (name, kind, help, value) in singles {
            let _ = writeln!(text, "# HELP daepyo_{name} {help}\n# TYPE daepyo_{name} {kind}\ndaepyo_{name} {value}");
        }
        text.push_str("# HELP daepyo_requests_total Requests answered.\n# TYPE daepyo_requests_total counter\n");
        for ((route, status), count) in self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(text, "daepyo_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}");
        }
        self.write_latencies(&mut text);
        text
    }

    fn write_latencies(&self, text: &mut String) {
        const NAME: &str = "daepyo_request_seconds";
        let latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(text, "# HELP {NAME} From the request to the answer.\n# TYPE {NAME} histogram");
        for (border, count) in BORDERS.iter().zip(latencies.counts) {
            let _ = writeln!(text, "{NAME}_bucket{{le=\"{border}\"}} {count}");
        }
        let Latencies { all, seconds, .. } = &*latencies;
        let _ = writeln!(text, "{NAME}_bucket{{le=\"+Inf\"}} {all}\n{NAME}_sum {seconds}\n{NAME}_count {all}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::default();
        metrics.answered("/v1/completions", 200, Duration::from_millis(7));
        metrics.answered("/v1/completions", 400, Duration::from_secs(90));
        metrics.written_tokens.fetch_add(3, Ordering::Relaxed);
        let text = metrics.text(5);
        for line in [
            "daepyo_requests_total{route=\"/v1/completions\",status=\"400\"} 1",
            "daepyo_written_tokens_total 3",
            "daepyo_waiting_sequences 5",
            "daepyo_request_seconds_bucket{le=\"0.005\"} 0",
            "daepyo_request_seconds_bucket{le=\"0.01\"} 1",
            "daepyo_request_seconds_bucket{le=\"60\"} 1",
            "daepyo_request_seconds_bucket{le=\"+Inf\"} 2",
            "daepyo_request_seconds_count 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert_eq!(metrics.mean_seconds(), 46);
        assert_eq!(Metrics::default().mean_seconds(), 1);
    }
}
