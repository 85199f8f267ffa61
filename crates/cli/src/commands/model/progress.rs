//! How a model is seen while it learns: a bar with loss, bits per byte, rate and time left.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::build::{Onlooker, Stage};
use model::train::{BitsPerByte, Event, StepReport, Watcher};

use super::curve;
use crate::say;

/// Columns and rows of the curve under a training.
const CURVE: (usize, usize) = (64, 6);

/// Tells on standard error.
pub(super) struct Teller {
    bar: ProgressBar,
    is_quiet: bool,
    losses: Vec<f64>,
    bits: BitsPerByte,
}

impl Teller {
    pub(super) fn new(is_quiet: bool) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("  {bar:20} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        if is_quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, is_quiet, losses: Vec::new(), bits: BitsPerByte::new() }
    }

    pub(super) fn line(&self, line: &str) {
        if !self.is_quiet {
            self.bar.suspend(|| say::note(line));
        }
    }

    /// Draws the curve of what was learned so far, and forgets it.
    fn draw(&mut self) {
        if let Some(curve) = curve::drawn(&self.losses, CURVE.0, CURVE.1) {
            self.line(&format!("  loss, nats a token\n{curve}"));
        }
        self.losses.clear();
    }

    fn step(&mut self, report: &StepReport) {
        self.losses.push(report.loss);
        self.bar.set_length(report.steps);
        self.bar.set_position(report.step);
        self.bar.set_message(message(report, &self.bits));
        if report.step == report.steps {
            self.bar.finish_and_clear();
            self.draw();
        }
    }
}

/// What stands beside the bar.
fn message(report: &StepReport, bits: &BitsPerByte) -> String {
    let mut parts = vec![format!("loss {:.3}", report.loss)];
    parts.extend((!bits.is_empty()).then(|| told(bits)));
    parts.push(format!("{:.0} tokens/s, {:.0} % of peak", report.tokens_per_second, 100.0 * report.peak_share));
    if report.step < report.steps && report.seconds_left.is_finite() {
        parts.push(format!("{} left", HumanDuration(Duration::from_secs_f64(report.seconds_left.max(0.0)))));
    }
    parts.join(", ")
}

/// Bits per byte by language.
pub(super) fn told(bits: &BitsPerByte) -> String {
    let each: Vec<String> = bits.iter().map(|(language, bits)| format!("{language} {bits:.3}")).collect();
    format!("bits/byte {}", each.join(" "))
}

impl Watcher for Teller {
    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { done, steps, parameters, peak } => {
                self.bar.reset();
                self.bar.set_length(*steps);
                self.bar.set_position(*done);
                let from = if *done > 0 { format!(", from step {done}") } else { String::new() };
                self.line(&format!(
                    "  {steps} steps of a model with {:.2} M weights{from}; {:.0} GFLOP/s a thread in products",
                    *parameters as f64 / 1e6,
                    peak / 1e9
                ));
            }
            Event::Step(report) => self.step(report),
            Event::Validated { step, bits_per_byte } => {
                self.bits = (*bits_per_byte).clone();
                self.line(&format!("  step {step}: {}", told(bits_per_byte)));
            }
            Event::Samples { samples, .. } => {
                for sample in *samples {
                    let (asked, text) = (sample.prompt.replace('\n', " "), sample.text.replace('\n', " "));
                    self.line(&format!("    {asked} ▸{text}"));
                }
            }
            Event::Saved(_) => {}
            Event::Mended(what) => self.line(&format!("  mended: {what}")),
            Event::Page(path) => self.line(&format!("  curves: {}", path.display())),
        }
    }

    fn goes_on(&self) -> bool {
        !super::build::is_interrupted()
    }
}

impl Onlooker for Teller {
    fn stage(&mut self, stage: Stage, was_done: bool) {
        let what = match stage {
            Stage::Corpus => "text: read, cleaned, set apart",
            Stage::Tokenizer => "tokenizer",
            Stage::Tokens => "tokens",
            Stage::Training => "training",
            Stage::Conversations => "tuning on conversations",
            Stage::Preferences => "tuning on pairs of answers",
            Stage::Questions => "questions",
            Stage::Folder => "folder and card",
        };
        self.line(&if was_done { format!("{what} (as before)") } else { what.to_owned() });
    }

    fn watcher(&mut self) -> &mut dyn Watcher {
        self
    }
}
