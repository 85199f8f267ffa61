//! The run itself: everything is read and checked, then asked, then scored.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use evaluation::endpoint::{Kind, Model};
use evaluation::extract::adapter::AdapterOptions;
use evaluation::measure::{self, Manner, Measured, PrepareFault, Prepared, RunInfo, Selected, Shard, Walk};
use evaluation::output::html::Words;
use evaluation::run::{Budget, Concurrency, Journal, JournalOptions, Resume, Retry, RunPlan, Stopped, Summary};
use jiff::Timestamp;

use super::merge::{join, journal_of};
use super::progress::Bar;
use super::{asked, slurm, table, tree};
use crate::args::{Lang, eval::RunArgs};
use crate::{Verdict, say};

/// Measures every model that was named, one after the other.
pub(crate) fn run(args: &RunArgs) -> Result<Verdict> {
    let kind = asked::kind(args);
    let began = now();
    let prepared = prepare(args, kind, began)?;
    prepared.warnings.iter().for_each(|warning| say::note(warning));
    let shard = asked::shard(args.slurm.shard.as_deref())?;
    let journal = Journal::open(&journal_of(&args.output.output_path), JournalOptions::default())?;
    if let Some(jobs) = args.slurm.slurm {
        let folders = slurm::run(jobs, args)?;
        join(&journal, &folders)?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_interrupt(&stop);
    let run = Run { args, prepared: &prepared, journal: &journal, kind, shard, began, stop: &stop };
    let mut verdict = Verdict::Sound;
    for name in &args.model.name {
        if run.measure(name)? == Verdict::Unsound {
            verdict = Verdict::Unsound;
        }
    }
    Ok(verdict)
}

fn prepare(args: &RunArgs, kind: Kind, began: Timestamp) -> Result<Prepared> {
    let selected = Selected {
        tasks: args.tasks.tasks.clone(),
        roots: tree::roots(&args.tasks.include_path)?,
        runs_code: args.tasks.confirm_run_unsafe_code,
    };
    let today = jiff::tz::TimeZone::UTC.to_datetime(began);
    let prompts = asked::prompts(&args.prompts, kind, today)?;
    let letters = args.prompts.choice_letter.then(AdapterOptions::default);
    let manner = Manner { prompts, limit: asked::limit(args.tasks.limit)?, letters };
    let selection = measure::select(&selected).map_err(|fault| {
        let is_name = matches!(fault, PrepareFault::Select(_));
        let fault = anyhow::Error::from(fault);
        if is_name { anyhow::anyhow!("{fault:#}; `daepyo eval list` names what there is") } else { fault }
    })?;
    let prepared = measure::prepare(selection, asked::datasets(&args.tasks), &manner)?;
    asked::fits(args, kind, &prepared)?;
    Ok(prepared)
}

#[expect(clippy::disallowed_methods, reason = "the front door reads the clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

struct Run<'a> {
    args: &'a RunArgs,
    prepared: &'a Prepared,
    journal: &'a Journal,
    kind: Kind,
    shard: Option<Shard>,
    began: Timestamp,
    stop: &'a AtomicBool,
}

impl Run<'_> {
    /// Asks one model what the journal does not hold yet, then scores what it holds.
    fn measure(&self, name: &str) -> Result<Verdict> {
        let model = asked::model(&self.args.model, &self.args.limits, name, self.kind);
        let is_offline = self.args.output.rescore || self.args.slurm.slurm.is_some();
        let summary = if is_offline { None } else { Some(self.ask(&model)?) };
        if let Some(stopped) = summary.as_ref().and_then(|summary| summary.stopped.as_ref()) {
            self.tell_stopped(stopped);
        }
        if self.shard.is_some() {
            // A part is not scored: whoever joins the parts scores the whole.
            return Ok(if summary.is_some_and(|summary| summary.stopped.is_some()) {
                Verdict::Unsound
            } else {
                Verdict::Sound
            });
        }
        let measured = self.score(&model, name)?;
        Ok(if measured.unasked > 0 { Verdict::Unsound } else { Verdict::Sound })
    }

    /// Says why the run ended before its end, and what can be done.
    fn tell_stopped(&self, stopped: &Stopped) {
        let urls = self.args.model.model.join(", ");
        match stopped {
            Stopped::Asked => {}
            Stopped::Budget => say::note(
                "stopped: one more request could have gone over the budget; run again with a larger one to go on",
            ),
            Stopped::Denied(reason) => say::note(&format!(
                "stopped: {urls} takes no request: {reason}; look at --model (it ends in /v1), --name and --api_key; what \
                 was answered is kept, run again to go on"
            )),
            Stopped::Unreachable(reason) => say::note(&format!(
                "stopped: {urls} did not answer within {} s: {reason}; look whether the model is served there (--model); \
                 what was answered is kept, run again to go on",
                self.args.limits.patience
            )),
        }
    }

    fn ask(&self, model: &Model) -> Result<Summary> {
        let limits = &self.args.limits;
        let (most, prices) = asked::budget(limits);
        let budget = Budget::new(most);
        let bar = Bar::new(self.prepared.items(self.shard), limits.price.is_some(), self.args.output.json);
        let clock = || u64::try_from(now().as_millisecond()).unwrap_or_default();
        let plan = RunPlan {
            model,
            concurrency: Concurrency::up_to(u32::try_from(limits.num_concurrent).unwrap_or(u32::MAX)),
            retry: Retry {
                tries: limits.max_retries.saturating_add(1),
                give_up: Duration::from_secs(limits.patience),
                ..Retry::default()
            },
            budget: &budget,
            prices,
            resume: if limits.ask_again { Resume::MissingAndFailed } else { Resume::Missing },
            stop: self.stop,
            clock: &clock,
        };
        let walk = Walk::new(&self.prepared.tasks, self.shard);
        let summary = evaluation::run::run(&plan, walk, self.journal, &bar, |_, _| ());
        bar.finish();
        self.journal.sync()?;
        Ok(summary?)
    }

    fn score(&self, model: &Model, name: &str) -> Result<Measured> {
        let folder = measure::folder(&self.args.output.output_path, name);
        let info = self.info(model, name);
        let sink = |task| measure::Sink::create(&folder, &info, task);
        let measured = measure::score(self.prepared, model, self.journal, None, sink)?;
        let words = if matches!(self.args.output.lang, Some(Lang::Ko)) { Words::Ko } else { Words::En };
        let summary = measure::write(&folder, &info, self.prepared, &measured, words)?;
        if self.args.output.json {
            say::json(&summary)?
        } else {
            self.tell(&measured, name, &folder)?
        }
        Ok(measured)
    }

    fn tell(&self, measured: &Measured, name: &str, folder: &Path) -> Result<()> {
        say::line(&format!(
            "{name}\n\n{}\n\nreport: {}",
            table::results(measured),
            folder.join("report.html").display()
        ))
        .context("the results are written, but cannot be shown")
    }

    fn info(&self, model: &Model, name: &str) -> RunInfo {
        let finished = now();
        let prices = self.args.limits.price.map(|prices| [prices.prompt, prices.completion]);
        RunInfo {
            model: name.to_owned(),
            endpoints: model.endpoints.iter().map(|endpoint| endpoint.base_url.clone()).collect(),
            source: if self.kind == Kind::Chat { "local-chat-completions" } else { "local-completions" },
            options: asked::options(self.args),
            started: self.began.to_string(),
            finished: finished.to_string(),
            date_id: self.began.strftime("%Y-%m-%dT%H-%M-%S%.6f").to_string(),
            epoch: self.began.as_second(),
            seconds: finished.duration_since(self.began).as_secs_f64(),
            prices,
        }
    }
}

/// The first interrupt lets what is on its way come back; a second one ends the program, which loses nothing that was
/// answered.
fn stop_on_interrupt(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    let handler = move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        say::note("stopping: waiting for what is on its way (interrupt again to leave now)");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say::note(&format!("an interrupt will end the program at once: {error}"));
    }
}
