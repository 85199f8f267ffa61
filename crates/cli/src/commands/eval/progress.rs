//! How a run is seen while it goes on: a bar with rate, cost and time left, and lines for what is worth one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use evaluation::Class;
use evaluation::run::{Event, Observer, Progress};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// So many kinds of failures are told once each; the report has the rest.
const MOST_LINES: usize = 20;

pub(super) struct Bar {
    bar: ProgressBar,
    has_price: bool,
    told: Mutex<BTreeSet<String>>,
}

impl Bar {
    /// A bar for so many items on standard error; where that is no terminal, lines alone.
    pub(super) fn new(items: usize, has_price: bool) -> Self {
        let bar = ProgressBar::new(items as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} items  {msg}") {
            bar.set_style(style);
        }
        Self { bar, has_price, told: Mutex::default() }
    }

    /// Draws nothing; lines are still told.
    pub(super) fn quiet(self) -> Self {
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
        self
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Says a line once.
    fn tell(&self, line: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_LINES && told.insert(line.clone()) {
            self.bar.suspend(|| crate::say::note(&line));
        }
    }
}

impl Observer for Bar {
    fn progress(&self, progress: &Progress) {
        self.bar.set_position(progress.delivered());
        self.bar.set_message(message(progress, self.bar.length().unwrap_or(0), self.has_price));
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Retry { .. } => {}
            Event::Failed(failure) => self.tell(format!("{failure}")),
            Event::Eased { endpoint, limit } => {
                self.tell(format!("{endpoint} cannot keep up: {limit} requests at once"))
            }
            Event::Rested { endpoint, wait, reason } => {
                self.tell(format!("{endpoint}: {reason}; asking again in {}", HumanDuration(*wait)));
            }
            Event::AnsweredBy { asked, told } => {
                self.tell(format!("asked for `{asked}`, the endpoint answers as `{told}`"))
            }
            Event::Probed { .. } => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a line for people")]
fn message(progress: &Progress, items: u64, has_price: bool) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(0.001);
    let (done, rate) = (progress.delivered(), progress.answered as f64 / seconds);
    let mut parts = vec![format!("{rate:.0} answers/s"), format!("{} in flight", progress.in_flight)];
    let unscored = done - progress.items_in(Class::Scored);
    if unscored > 0 {
        parts.push(format!("{unscored} without a score"));
    }
    parts.push(format!("{} tokens", progress.usage.prompt + progress.usage.completion));
    if has_price {
        parts.push(format!("cost {:.2}", progress.spent.cost));
    }
    if done > 0 && items > done {
        let left = std::time::Duration::from_secs_f64(seconds / done as f64 * (items - done) as f64);
        parts.push(format!("{} left", HumanDuration(left)));
    }
    parts.join(", ")
}
