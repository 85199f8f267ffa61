//! The run itself: everything is read and checked, then asked, then scored.

use std::borrow::Borrow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use evaluation::Item;
use evaluation::endpoint::{Kind, Model};
use evaluation::extract::adapter::AdapterOptions;
use evaluation::measure::{
    self, JudgedWalk, Judges, Manner, Measured, PrepareFault, Prepared, RunInfo, Scoring, Selected, Shard, Walk, Walked,
};
use evaluation::output::html::Words;
use evaluation::run::{Budget, Concurrency, Found, Journal, Prices, Resume, Retry, RunPlan, Stopped};
use jiff::Timestamp;

use super::progress::Bar;
use super::{asked, journal, slurm, table, tree};
use crate::args::{Lang, eval::RunArgs};
use crate::{Verdict, interrupt, say};

/// Measures every model that was named, one after the other.
pub(crate) fn run(args: &RunArgs) -> Result<Verdict> {
    let kind = asked::kind(args);
    let began = now();
    let prepared = prepare(args, kind, began)?;
    prepared.warnings.iter().for_each(|warning| say::note(warning));
    let shard = asked::shard(args.slurm.shard.as_deref())?;
    let book = journal::open(args)?;
    if let Some(jobs) = args.slurm.slurm {
        let folders = slurm::run(jobs, args)?;
        journal::join(&book, &folders)?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    // A second interrupt loses nothing that was answered.
    interrupt::stop_with(": waiting for what is on its way", move || told.store(true, Ordering::Relaxed));
    let budget = Budget::new(asked::budget(&args.limits));
    let run = Run { args, prepared: &prepared, journal: &book, kind, shard, began, stop: &stop, budget: &budget };
    let judges = run.judges()?;
    let mut verdicts = args.model.name.iter().zip(&judges).map(|(name, judges)| run.measure(name, judges.as_ref()));
    let verdict = verdicts
        .try_fold(Verdict::Sound, |so_far, own| Ok(if own? == Verdict::Sound { so_far } else { Verdict::Unsound }));
    // Some are met only when they are read.
    journal::tell_damaged(&book, args.output.rescore);
    verdict
}

fn prepare(args: &RunArgs, kind: Kind, began: Timestamp) -> Result<Prepared> {
    let selected = Selected {
        tasks: args.tasks.tasks.clone(),
        roots: tree::roots(&args.tasks.files.include_path)?,
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
    budget: &'a Budget,
}

/// Who is asked, how much, and what that may cost.
struct Errand<'a> {
    model: &'a Model,
    prices: Prices,
    items: usize,
    budget: &'a Budget,
}

impl Run<'_> {
    /// The judges of every model, so that what is wrong with them is known before anything is asked.
    fn judges(&self) -> Result<Vec<Option<Judges>>> {
        let models = asked::judges(&self.args.judge, &self.args.limits)?;
        let names = &self.args.model.name;
        if models.is_empty() {
            return Ok(names.iter().map(|_| None).collect());
        }
        let judges = names.iter().map(|name| Judges::new(models.clone(), name, self.prepared));
        let judges: Vec<Judges> = judges.collect::<Result<_, _>>()?;
        for (name, judges) in names.iter().zip(&judges) {
            for judge in judges.excluded() {
                say::note(&format!("{} does not judge {name}: both are of the family {}", judge.name, judge.family));
            }
        }
        let passed_over = judges.first().map(|judges| judges.passed_over(self.prepared)).unwrap_or_default();
        if !passed_over.is_empty() {
            say::note(&format!(
                "not judged, since they have no written answers with a target: {}",
                passed_over.join(", ")
            ));
        }
        Ok(judges.into_iter().map(Some).collect())
    }

    /// Asks one model what the journal does not hold yet, and then its judges, and scores all that the journal holds.
    fn measure(&self, name: &str, judges: Option<&Judges>) -> Result<Verdict> {
        let model = asked::model(&self.args.model, &self.args.limits, name, self.kind);
        let is_offline = self.args.output.rescore || self.args.slurm.slurm.is_some();
        if self.shard.is_some() {
            // A part is not scored: whoever joins the parts scores the whole.
            let is_whole = is_offline || self.ask_all(&model, judges, |_, _| ())?;
            return Ok(if is_whole { Verdict::Sound } else { Verdict::Unsound });
        }
        if self.args.output.rescore && !measure::is_known(self.prepared, &model, self.journal)? {
            journal::never_asked(self.journal, (name, &model.endpoint_identity()?), &self.args.output.output_path)?;
        }
        let folder = measure::folder(&self.args.output.output_path, name);
        if !self.args.output.rescore {
            measure::sweep(&folder)?;
        }
        let info = self.info(&model, name);
        let sink = |task| measure::Sink::create(&folder, &info, task);
        let mut scoring = Scoring::new(self.prepared, (&model, self.journal), judges, sink)?;
        if !is_offline {
            self.ask_all(&model, judges, |walked, found| scoring.take(walked, found))?;
        }
        let measured = scoring.finish()?;
        self.write(&measured, &self.info(&model, name), &folder)?;
        Ok(if measured.unasked + measured.unjudged > 0 { Verdict::Unsound } else { Verdict::Sound })
    }

    /// Asks the model, then each judge; returns whether all of them were asked to the end.
    fn ask_all(&self, model: &Model, judges: Option<&Judges>, deliver: impl FnMut(Walked, Found)) -> Result<bool> {
        let (budget, prices) = (self.budget, self.args.limits.price.unwrap_or_default());
        let walk = Walk::new(&self.prepared.tasks, self.shard);
        let errand = Errand { model, prices, items: self.prepared.items(self.shard), budget };
        if !self.ask(&errand, walk, deliver)? {
            return Ok(false);
        }
        let Some(judges) = judges else { return Ok(true) };
        let (prices, items) =
            (self.args.judge.judge_price.unwrap_or_default(), judges.items(self.prepared, self.shard));
        let mut is_whole = true;
        for judge in judges.models() {
            let walk = JudgedWalk::new(judges, self.prepared, (model, self.journal), self.shard)?;
            is_whole &= self.ask(&Errand { model: judge, prices, items, budget }, walk, |_, _| ())?;
        }
        Ok(is_whole)
    }

    /// Says why the run ended before its end, and what can be done.
    fn tell_stopped(&self, model: &Model, stopped: &Stopped) {
        let urls = identities(model).join(", ");
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

    /// Asks one model, and says why if that ends early.
    fn ask<T: Borrow<Item>, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &self,
        errand: &Errand<'_>,
        walk: impl Iterator<Item = Result<T, E>>,
        deliver: impl FnMut(T, Found),
    ) -> Result<bool> {
        let limits = &self.args.limits;
        let bar = Bar::new(errand.items, limits.price.is_some());
        let bar = if self.args.output.json { bar.quiet() } else { bar };
        let clock = || u64::try_from(now().as_millisecond()).unwrap_or_default();
        let plan = RunPlan {
            model: errand.model,
            concurrency: Concurrency::up_to(u32::try_from(limits.num_concurrent).unwrap_or(u32::MAX)),
            retry: Retry {
                tries: limits.max_retries.saturating_add(1),
                give_up: Duration::from_secs(limits.patience),
                ..Retry::default()
            },
            budget: errand.budget,
            prices: errand.prices,
            resume: if limits.ask_again { Resume::MissingAndFailed } else { Resume::Missing },
            stop: self.stop,
            clock: &clock,
        };
        let summary = evaluation::run::run(&plan, walk, self.journal, &bar, deliver);
        bar.finish();
        self.journal.sync()?;
        let stopped = summary?.stopped;
        if let Some(stopped) = &stopped {
            self.tell_stopped(errand.model, stopped);
        }
        Ok(stopped.is_none())
    }

    fn write(&self, measured: &Measured, info: &RunInfo, folder: &Path) -> Result<()> {
        let words = if matches!(self.args.output.lang, Some(Lang::Ko)) { Words::Ko } else { Words::En };
        let summary = measure::write(folder, info, self.prepared, measured, words)?;
        if self.args.output.json { say::json(&summary) } else { self.tell(measured, &info.model, folder) }
    }

    fn tell(&self, measured: &Measured, name: &str, folder: &Path) -> Result<()> {
        say::line(&format!(
            "{name}\n\n{}\n\nreport: {}",
            table::results(
                measured,
                if self.args.output.rescore { "run again without --rescore" } else { "run again" }
            ),
            folder.join("report.html").display()
        ))
        .context("the results are written, but cannot be shown")
    }

    fn info(&self, model: &Model, name: &str) -> RunInfo {
        let finished = now();
        let pair = |prices: Prices| [prices.prompt, prices.completion];
        let (prices, judge_prices) = (self.args.limits.price.map(pair), self.args.judge.judge_price.map(pair));
        RunInfo {
            model: name.to_owned(),
            // Some put keys into the query, which is no part of the identity.
            endpoints: identities(model),
            source: if self.kind == Kind::Chat { "local-chat-completions" } else { "local-completions" },
            options: asked::options(self.args),
            started: self.began.to_string(),
            finished: finished.to_string(),
            date_id: self.began.strftime("%Y-%m-%dT%H-%M-%S%.6f").to_string(),
            epoch: self.began.as_second(),
            seconds: finished.duration_since(self.began).as_secs_f64(),
            prices,
            judge_prices,
        }
    }
}

/// Where a model answers, as the journal names it.
fn identities(model: &Model) -> Vec<String> {
    model.endpoints.iter().filter_map(|endpoint| endpoint.identity().ok()).collect()
}
