//! The loop: from first weights, or from the last checkpoint, to the last step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointFault, Checkpoints};
use super::clock::Clock;
use super::engine::{Engine, EngineFault, Rates, State};
use super::page::page;
use super::progress::{Lines, Point, Said};
use super::schedule::rate_share;
use super::validation::{BitsPerByte, Validation};
use super::watcher::{Event, Sample, StepReport, Watcher};
use crate::corpus::{Tokens, Windows, WindowsFault};
use crate::network::{Batch, initialise};
use crate::recipe::{Recipe, RecipeFault};
use provenance::evidence::{Entry, EvidenceFault, Log, sha256};

/// Losses that are written down of a run, at most.
const MOST_LOSSES: u64 = 1000;

/// Where the curves are kept.
const PROGRESS: &str = "progress.jsonl";
/// Where it is kept what the model said.
const SAMPLES: &str = "samples.jsonl";

/// What was used, by digest, for the evidence log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Of the source of the program that trains.
    pub source: String,
    /// Of the manifest of the text.
    pub data: String,
    /// Of the tokenizer.
    pub tokenizer: String,
}

/// Makes samples from weights.
pub type Sampler<'a> = &'a mut dyn FnMut(&[f32]) -> Vec<Sample>;

/// A run: what is trained on what, and where it is kept.
pub struct Run<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The text to learn from.
    pub train: &'a Tokens,
    /// The text to measure on.
    pub validation: &'a Tokens,
    /// Where checkpoints, evidence, progress and page are kept.
    pub folder: &'a Path,
    /// What was used.
    pub digests: Digests,
    /// The name over the page with the curves.
    pub title: &'a str,
    /// Who makes samples each time the validation text is looked at.
    pub sampler: Option<Sampler<'a>>,
}

impl Run<'_> {
    /// The evidence log of a run in this folder.
    #[must_use]
    pub fn evidence(folder: &Path) -> PathBuf {
        folder.join("evidence.jsonl")
    }

    /// The checkpoints of a run in this folder.
    #[must_use]
    pub fn checkpoints(folder: &Path) -> PathBuf {
        folder.join("checkpoints")
    }

    /// What no two different runs have in common.
    fn identity(&self) -> String {
        let parts = [&self.recipe.digest(), &self.train.digest, &self.validation.digest, &self.digests.tokenizer];
        sha256(parts.map(String::as_str).join("\n").as_bytes())
    }
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Steps done.
    pub steps: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Mean nats a token of the last step; none where this session took none.
    pub loss: Option<f64>,
    /// Bits per byte of the validation text at the end; empty for a run that was stopped.
    pub bits_per_byte: BitsPerByte,
    /// SHA-256 of the weights, as little-endian floats.
    pub weights: String,
    /// SHA-256 of the last line of the evidence log.
    pub evidence: String,
    /// Tokens a second in this session.
    pub tokens_per_second: f64,
    /// Share of the measured peak in this session.
    pub peak_share: f64,
    /// Whether it was stopped before its last step.
    pub stopped: bool,
}

/// Why a run ended before its end.
#[derive(Debug, Error)]
pub enum TrainFault {
    /// The recipe makes no model.
    #[error(transparent)]
    Recipe(#[from] RecipeFault),
    /// There is too little text.
    #[error("{which} text: {fault}")]
    Windows {
        /// Of training or of validation.
        which: &'static str,
        /// What is wrong.
        fault: WindowsFault,
    },
    /// A token that the model has no row for.
    #[error("the {which} text holds token {id}, but `shape.vocab` is {vocab}: make the tokens anew, or write more")]
    Token {
        /// Of training or of validation.
        which: &'static str,
        /// The token.
        id: u32,
        /// Rows of the embedding.
        vocab: usize,
    },
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointFault),
    /// The log could not be kept.
    #[error(transparent)]
    Evidence(#[from] EvidenceFault),
    /// Log and checkpoints do not belong together.
    #[error("{path} {what}; begin the run anew in an empty folder, or bring the missing files back")]
    Apart {
        /// The folder of the run.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// The machine that computes failed.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// Curves could not be written.
    #[error("{path}: {fault}; see that the folder can be written and that the disk is not full")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// The training has come apart.
    #[error(
        "{what} of step {step} is {value}: begin anew with `optimiser.learning_rate` and \
         `optimiser.muon_learning_rate` at half of {rate}, or with twice the `schedule.warmup_steps`"
    )]
    NotFinite {
        /// The loss, or the norm of the gradient.
        what: &'static str,
        /// Steps done, this one among them.
        step: u64,
        /// What it is.
        value: f64,
        /// The peak rate.
        rate: f64,
    },
}

/// Trains to the end of the recipe, or until the watcher says that it is enough; goes on from the last checkpoint in
/// the folder, if there is one.
///
/// # Errors
/// See [`TrainFault`]. What is on the disk stays sound, whatever happens.
pub fn run(run: &mut Run<'_>, engine: &mut dyn Engine, watcher: &mut dyn Watcher) -> Result<Outcome, TrainFault> {
    let mut session = Session::open(run, engine, watcher)?;
    if session.has_ended() {
        return session.outcome(false);
    }
    session.begin()?;
    while session.done < session.steps() {
        if !session.watcher.goes_on() {
            session.save()?;
            return session.outcome(true);
        }
        session.step()?;
        session.look()?;
    }
    session.end()
}

/// A run from where it is taken up to where it is left.
struct Session<'a, 'b> {
    recipe: &'a Recipe,
    folder: &'a Path,
    title: &'a str,
    digests: Digests,
    sampler: Option<&'b mut Sampler<'a>>,
    engine: &'b mut dyn Engine,
    watcher: &'b mut dyn Watcher,
    windows: Windows<'a>,
    validation: Validation,
    checkpoints: Checkpoints,
    log: Log,
    progress: Lines<Point>,
    said: Lines<Said>,
    bits_per_byte: BitsPerByte,
    clock: Clock,
    /// The checkpoint it began from, and whether it was there before.
    from: (Checkpoint, bool),
    done: u64,
    loss: Option<f64>,
}

impl<'a, 'b> Session<'a, 'b> {
    fn open(
        run: &'b mut Run<'a>,
        engine: &'b mut dyn Engine,
        watcher: &'b mut dyn Watcher,
    ) -> Result<Self, TrainFault> {
        let recipe = run.recipe;
        recipe.check()?;
        let length = recipe.shape.context;
        let tokens = [("training", run.train), ("validation", run.validation)];
        tokens.iter().try_for_each(|(which, tokens)| known_tokens(which, tokens, recipe.shape.vocab))?;
        let fault = |which| move |fault| TrainFault::Windows { which, fault };
        let windows = Windows::new(run.train, length, recipe.seed).map_err(fault("training"))?;
        let most = recipe.data.validation_windows;
        let validation = Validation::new(run.validation, length, most).map_err(fault("validation"))?;
        let kept = recipe.schedule.checkpoints_kept;
        let checkpoints = Checkpoints::open(&Run::checkpoints(run.folder), run.identity(), kept)?;
        let (log, repair) = Log::open(&Run::evidence(run.folder))?;
        if let Some(repair) = repair {
            let told = format!("line {} of the evidence log was torn after {} bytes", repair.line, repair.bytes);
            watcher.see(&Event::Mended(&told));
        }
        let from = take_up(recipe, &checkpoints, engine, watcher)?;
        let done = from.0.step;
        let path = |name: &str| run.folder.join(name);
        let fault = |name: &str| {
            let path = path(name);
            |fault| TrainFault::File { path, fault }
        };
        let progress = Lines::open(&path(PROGRESS), done).map_err(fault(PROGRESS))?;
        let said = Lines::open(&path(SAMPLES), done).map_err(fault(SAMPLES))?;
        let clock = Clock::start(&recipe.shape, recipe.lanes.rows * length, engine.width());
        Ok(Self {
            recipe,
            folder: run.folder,
            title: run.title,
            digests: run.digests.clone(),
            sampler: run.sampler.as_mut(),
            engine,
            watcher,
            windows,
            validation,
            checkpoints,
            log,
            progress,
            said,
            bits_per_byte: BitsPerByte::new(),
            clock,
            from,
            done,
            loss: None,
        })
    }

    fn steps(&self) -> u64 {
        self.recipe.schedule.steps
    }

    fn tokens(&self) -> u64 {
        self.done * self.recipe.schedule.batch_tokens as u64
    }

    fn has_ended(&self) -> bool {
        // A tuning may have followed.
        let ended = self.log.entries().iter().any(|entry| matches!(entry, Entry::End { .. }));
        ended && self.done >= self.steps()
    }

    /// Writes down that the run starts, or that it goes on.
    fn begin(&mut self) -> Result<(), TrainFault> {
        let (from, was_there) = self.from.clone();
        let apart = |what| TrainFault::Apart { path: self.folder.to_owned(), what };
        let is_known = self.log.entries().iter().any(|entry| *entry == written(&from));
        match (self.log.entries().is_empty(), was_there, from.step) {
            // A kill may come between the first checkpoint and the log's first line.
            (true, _, 0) => {
                self.log.append(Entry::Start {
                    source: self.digests.source.clone(),
                    recipe: self.recipe.digest(),
                    data: self.digests.data.clone(),
                    tokenizer: self.digests.tokenizer.clone(),
                    weights: from.weights.clone(),
                })?;
                self.log.append(written(&from))?;
            }
            (true, _, _) => return Err(apart("holds checkpoints but no evidence log")),
            (false, false, _) => return Err(apart("holds an evidence log but no sound checkpoint")),
            (false, true, step) => {
                if !is_known {
                    self.log.append(written(&from))?;
                }
                self.log.append(Entry::Resumed { step, digest: from.digest })?;
            }
        }
        self.watcher.see(&Event::Started {
            done: self.done,
            steps: self.recipe.schedule.steps,
            parameters: crate::Layout::of(&self.recipe.shape).floats(),
            peak: self.clock.peak(),
        });
        Ok(())
    }

    fn step(&mut self) -> Result<(), TrainFault> {
        self.clock.begin();
        let (schedule, optimiser) = (&self.recipe.schedule, &self.recipe.optimiser);
        let (rows, length) = (self.recipe.windows_per_step(), self.recipe.shape.context);
        let (mut inputs, mut targets) = (Vec::with_capacity(rows * length), Vec::with_capacity(rows * length));
        for row in 0..rows {
            let (input, target) = self.windows.get(self.done as usize * rows + row);
            inputs.extend_from_slice(input);
            targets.extend_from_slice(target);
        }
        let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows, length };
        let scale = 1.0 / schedule.batch_tokens as f32;
        let sum = self.engine.accumulate(&batch, scale)?;
        let loss = sum.sum / sum.counted.max(1) as f64;
        self.finite("the loss", loss)?;
        let share = rate_share(schedule, self.done);
        let rates = Rates { adamw: share * optimiser.learning_rate, muon: share * optimiser.muon_learning_rate };
        let norm = self.engine.apply(rates)?;
        self.finite("the norm of the gradient", norm)?;
        self.done += 1;
        self.loss = Some(loss);
        self.clock.end(&self.recipe.shape, rows * length, length);
        self.report(loss, norm, share)
    }

    fn report(&mut self, loss: f64, norm: f64, rate_share: f64) -> Result<(), TrainFault> {
        let report = StepReport {
            step: self.done,
            steps: self.steps(),
            tokens: self.tokens(),
            loss,
            norm,
            rate_share,
            tokens_per_second: self.clock.tokens_per_second(),
            peak_share: self.clock.peak_share(),
            seconds_left: self.clock.seconds_left(self.steps() - self.done),
        };
        self.watcher.see(&Event::Step(&report));
        if self.done.is_multiple_of((self.steps() / MOST_LOSSES).max(1)) {
            self.log.append(Entry::Loss { step: self.done, loss, rate: Some(rate_share) })?;
            self.point(Point::from(&report))?;
        }
        Ok(())
    }

    /// Validates, samples and saves where it is time to.
    fn look(&mut self) -> Result<(), TrainFault> {
        let schedule = &self.recipe.schedule;
        let is_last = self.done == schedule.steps;
        let (validates, saves) =
            (self.done.is_multiple_of(schedule.validate_every), self.done.is_multiple_of(schedule.checkpoint_every));
        if validates || is_last {
            self.validate()?;
            self.sample()?;
            self.write_page()?;
        }
        if saves || is_last {
            self.save()?;
        }
        Ok(())
    }

    fn validate(&mut self) -> Result<(), TrainFault> {
        self.bits_per_byte = self.validation.measure(self.engine)?;
        let event = Event::Validated { step: self.done, bits_per_byte: &self.bits_per_byte };
        self.watcher.see(&event);
        self.point(Point::of_validation(self.done, self.tokens(), self.bits_per_byte.clone()))
    }

    fn sample(&mut self) -> Result<(), TrainFault> {
        let Some(sampler) = self.sampler.as_mut() else { return Ok(()) };
        let samples = sampler(self.engine.weights()?);
        self.watcher.see(&Event::Samples { step: self.done, samples: &samples });
        let fault = |fault| TrainFault::File { path: self.folder.join(SAMPLES), fault };
        self.said.add(Said { step: self.done, samples }).map_err(fault)
    }

    fn write_page(&mut self) -> Result<(), TrainFault> {
        let path = self.folder.join("progress.html");
        let text = page(self.title, self.progress.items(), self.said.items());
        fs::write(&path, text).map_err(|fault| TrainFault::File { path: path.clone(), fault })?;
        self.watcher.see(&Event::Page(&path));
        Ok(())
    }

    fn save(&mut self) -> Result<(), TrainFault> {
        let checkpoint = self.checkpoints.write(self.engine.state()?)?;
        self.log.append(written(&checkpoint))?;
        self.watcher.see(&Event::Saved(&checkpoint));
        self.from = (checkpoint, true);
        Ok(())
    }

    fn end(&mut self) -> Result<Outcome, TrainFault> {
        // A run that was killed before its last line is whole but for it, and for what its outcome says.
        if self.bits_per_byte.is_empty() {
            self.bits_per_byte = self.validation.measure(self.engine)?;
        }
        self.log.append(Entry::End { step: self.done, weights: self.from.0.weights.clone() })?;
        self.outcome(false)
    }

    fn outcome(&mut self, stopped: bool) -> Result<Outcome, TrainFault> {
        if !stopped && self.bits_per_byte.is_empty() {
            self.bits_per_byte = self.validation.measure(self.engine)?;
        }
        Ok(Outcome {
            steps: self.done,
            tokens: self.tokens(),
            loss: self.loss,
            bits_per_byte: self.bits_per_byte.clone(),
            weights: self.from.0.weights.clone(),
            evidence: self.log.head().to_owned(),
            tokens_per_second: self.clock.tokens_per_second(),
            peak_share: self.clock.peak_share(),
            stopped,
        })
    }

    fn point(&mut self, point: Point) -> Result<(), TrainFault> {
        let fault = |fault| TrainFault::File { path: self.folder.join(PROGRESS), fault };
        self.progress.add(point).map_err(fault)
    }

    fn finite(&self, what: &'static str, value: f64) -> Result<(), TrainFault> {
        let rate = self.recipe.optimiser.learning_rate;
        let fault = TrainFault::NotFinite { what, step: self.done + 1, value, rate };
        if value.is_finite() { Ok(()) } else { Err(fault) }
    }
}

/// Loads the newest checkpoint into the engine, or first weights, which become the first checkpoint. Whether it was
/// there.
fn take_up(
    recipe: &Recipe,
    checkpoints: &Checkpoints,
    engine: &mut dyn Engine,
    watcher: &mut dyn Watcher,
) -> Result<(Checkpoint, bool), TrainFault> {
    let newest = checkpoints.newest()?;
    for damaged in &newest.damaged {
        watcher.see(&Event::Mended(&format!("{damaged}; it was passed over")));
    }
    if let Some((checkpoint, state)) = newest.found {
        engine.load(state)?;
        return Ok((checkpoint, true));
    }
    let state = State::new(initialise(&recipe.shape, recipe.seed));
    let checkpoint = checkpoints.write(&state)?;
    engine.load(state)?;
    Ok((checkpoint, false))
}

fn written(checkpoint: &Checkpoint) -> Entry {
    Entry::Checkpoint {
        step: checkpoint.step,
        file: checkpoint.file.clone(),
        digest: checkpoint.digest.clone(),
        weights: checkpoint.weights.clone(),
    }
}

fn known_tokens(which: &'static str, tokens: &Tokens, vocab: usize) -> Result<(), TrainFault> {
    match tokens.ids.iter().find(|id| **id as usize >= vocab) {
        Some(id) => Err(TrainFault::Token { which, id: *id, vocab }),
        None => Ok(()),
    }
}
