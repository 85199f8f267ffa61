//! The evaluation room at work: every model is asked the same questions, and every answer is kept.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use evaluation::dataset::DatasetOptions;
use evaluation::measure::{self, Manner, Measured, Prepared, RunInfo, Scoring, Selected, Sink, Walk};
use evaluation::output::html::Words;
use evaluation::run::{
    Budget, Concurrency, Journal, JournalOptions, Limits, Prices, Resume, Retry, RunPlan, Stopped, run,
};
use jiff::Timestamp;
use model::world::World;
use serde_json::json;

use super::given::Guest;
use super::leaves;

/// The task files with their documents, and the journal that all models share.
pub(crate) struct Room {
    prepared: Prepared,
    journal: Journal,
    runs: PathBuf,
    /// The rehearsal's own time, which files are dated by.
    at: Timestamp,
}

impl Room {
    /// Writes the world's task files into `dir` and reads them as anybody's.
    pub(crate) fn open(world: &World, dir: &Path, at: Timestamp) -> Result<Self> {
        let (tasks, runs) = (dir.join("tasks"), dir.join("runs"));
        world.write_tasks(&tasks)?;
        let selected = Selected { tasks: leaves::tasks(), roots: vec![tasks], runs_code: false };
        let data = DatasetOptions { cache: dir.join("tasks"), offline: true, ..DatasetOptions::default() };
        let prepared = measure::prepare(measure::select(&selected)?, data, &Manner::default())?;
        let journal = Journal::open(&runs.join("journal"), JournalOptions::default())?;
        Ok(Self { prepared, journal, runs, at })
    }

    /// Questions that every model is asked.
    pub(crate) fn questions(&self) -> usize {
        self.prepared.items(None)
    }

    /// Tasks that they belong to.
    pub(crate) fn tasks(&self) -> usize {
        self.prepared.tasks.len()
    }

    /// Asks a model everything, and leaves its run in a folder called `slug`.
    pub(crate) fn measure(&self, slug: &str, guest: &Guest) -> Result<Measured> {
        let began = Instant::now();
        let folder = measure::folder(&self.runs, slug);
        let info = self.info(slug, guest);
        let sink = |task| Sink::create(&folder, &info, task);
        let mut scoring = Scoring::new(&self.prepared, (&guest.model, &self.journal), None, sink)?;
        self.ask(guest, |walked, found| scoring.take(walked, found))?;
        let measured = scoring.finish()?;
        ensure!(measured.unasked == 0, "{} questions to `{slug}` have no answer", measured.unasked);
        let info = RunInfo { seconds: began.elapsed().as_secs_f64(), ..info };
        measure::write(&folder, &info, &self.prepared, &measured, Words::En)?;
        Ok(measured)
    }

    fn ask(&self, guest: &Guest, deliver: impl FnMut(measure::Walked, evaluation::run::Found)) -> Result<()> {
        let at = u64::try_from(self.at.as_millisecond()).context("rehearsals are played after 1970")?;
        let clock = move || at;
        let plan = RunPlan {
            model: &guest.model,
            concurrency: Concurrency::up_to(16),
            retry: Retry { give_up: Duration::from_secs(60), ..Retry::default() },
            budget: &Budget::new(Limits::default()),
            prices: Prices::default(),
            resume: Resume::Missing,
            stop: &AtomicBool::new(false),
            clock: &clock,
        };
        let walk = Walk::new(&self.prepared.tasks, None);
        let summary = run(&plan, walk, &self.journal, &(), deliver)?;
        self.journal.sync()?;
        match summary.stopped {
            None => Ok(()),
            Some(Stopped::Denied(reason) | Stopped::Unreachable(reason)) => {
                bail!("{} no longer answers: {reason}", guest.place)
            }
            Some(Stopped::Asked | Stopped::Budget) => bail!("the questions to {} came to no end", guest.place),
        }
    }

    fn info(&self, slug: &str, guest: &Guest) -> RunInfo {
        RunInfo {
            model: slug.to_owned(),
            endpoints: vec![guest.place.clone()],
            source: "local-completions",
            options: json!({
                "tasks": leaves::tasks().join(","),
                "api": "completions",
                "served_as": guest.model.name,
                "max_length": guest.model.dialect.max_length,
            }),
            started: self.at.to_string(),
            finished: self.at.to_string(),
            date_id: self.at.strftime("%Y-%m-%dT%H-%M-%S%.6f").to_string(),
            epoch: self.at.as_second(),
            seconds: 0.0,
            prices: None,
            judge_prices: None,
        }
    }
}
