//! How a corpus is seen while it is read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use provenance::contamination::Watcher;

use crate::say;

/// Whether the person at the terminal said that it is enough.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A line that counts on standard error.
pub(super) struct Counter {
    bar: ProgressBar,
    began: Instant,
    documents: AtomicU64,
    bytes: AtomicU64,
}

impl Counter {
    pub(super) fn new(is_quiet: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        if is_quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        stop_on_interrupt();
        Self { bar, began: Instant::now(), documents: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for Counter {
    fn read(&self, documents: u64, bytes: u64) {
        let documents = self.documents.fetch_add(documents, Ordering::Relaxed) + documents;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let (read, seconds) = (bytes as f64 / 1e6, self.began.elapsed().as_secs_f64().max(0.001));
        self.bar.set_message(format!("{documents} documents, {read:.1} MB, {:.1} MB/s", read / seconds));
    }

    fn is_to_end(&self) -> bool {
        INTERRUPTED.load(Ordering::Relaxed)
    }
}

/// The first interrupt ends the scan; a second one ends the program.
fn stop_on_interrupt() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say::note(&format!("an interrupt will end the program at once: {error}"));
    }
}
