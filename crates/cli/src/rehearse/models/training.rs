//! Models are trained, several at a time, and what happens is told as it happens.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context as _, Result};
use model::Recipe;
use model::build::{BuildOptions, Onlooker, Stage, Text, build};
use model::card::Facts;
use model::folder::{self, Model};
use model::train::{CpuEngine, Engine as _, Event, Quiet, State, Watcher};
use model::tune::{Tuned, supervised};
use model::world::{World, WorldOptions};

use super::given::Asked;
use super::teams::{Entrant, Roster, Source};
use crate::commands::model::program;
use crate::rehearse::play::Play;

/// Trains what is trained, and then makes copies.
pub(crate) fn act(play: &Play, asked: &Asked, roster: &Roster, dir: &Path) -> Result<()> {
    for (place, (_, entrant)) in roster.teams.iter().enumerate() {
        play.tell(format!("team {} is {}: {}", place + 1, entrant.name, plan(roster, entrant)))?;
    }
    play.tell(format!("what it is held against: {}", plan(roster, &roster.frontier)))?;
    let began = Instant::now();
    train(play, asked, roster, dir)?;
    for entrant in roster.all() {
        if let Source::Copied(recipe, original) = &entrant.source {
            let began = Instant::now();
            copy((&dir.join("models").join(original), &entrant.folder(dir)), recipe, &asked.world)?;
            play.tell(format!("{} hands in its model ({:.0} s)", entrant.name, began.elapsed().as_secs_f64()))?;
        }
    }
    play.tell(format!("all models are there, {:.0} s after the first began", began.elapsed().as_secs_f64()))
}

fn plan(roster: &Roster, entrant: &Entrant) -> String {
    match &entrant.source {
        Source::Trained(recipe) => {
            format!("{} steps of {} tokens from first weights", recipe.schedule.steps, recipe.schedule.batch_tokens)
        }
        Source::Copied(_, original) => {
            let of = roster.all().find(|other| other.slug == *original).map_or(original, |other| &other.name);
            format!("it takes the weights of {of}, tunes them a little, and will call them its own")
        }
        Source::Guest(guest) => format!("`{}` at {} stands in", guest.model.name, guest.place),
    }
}

/// One training.
struct Job<'a> {
    entrant: &'a Entrant,
    options: BuildOptions,
}

/// As many at a time as there are processors, the longest first; with more processors than trainings each gets several.
/// Threads change no bit.
fn train(play: &Play, asked: &Asked, roster: &Roster, dir: &Path) -> Result<()> {
    let source = program()?;
    let mut jobs: Vec<Job<'_>> = roster
        .all()
        .filter_map(|entrant| match &entrant.source {
            Source::Trained(recipe) => Some(Job { entrant, options: options(asked, entrant, recipe, (dir, &source)) }),
            _ => None,
        })
        .collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.options.recipe.schedule.steps));
    let processors = available_parallelism().map_or(1, usize::from);
    let workers = processors.min(jobs.len());
    let threads = (processors / workers.max(1)).max(1);
    let queue: Mutex<VecDeque<Job<'_>>> = Mutex::new(jobs.into());
    std::thread::scope(|scope| {
        let (tell, told) = channel();
        let queue = &queue;
        let works: Vec<_> = (0..workers)
            .map(|_| {
                let tell = tell.clone();
                scope.spawn(move || work(queue, threads, &tell))
            })
            .collect();
        drop(tell);
        for line in told {
            let line: String = line;
            play.tell(line)?;
        }
        works.into_iter().try_for_each(|work| work.join().map_err(|_| anyhow::anyhow!("a training has panicked"))?)
    })
}

fn options(asked: &Asked, entrant: &Entrant, recipe: &Recipe, (dir, source): (&Path, &str)) -> BuildOptions {
    BuildOptions {
        out: entrant.folder(dir),
        name: entrant.slug.clone(),
        recipe: recipe.clone(),
        text: Text::World(asked.world.clone()),
        threads: 1,
        source: source.to_owned(),
    }
}

/// Takes one training after the other until none is left.
fn work(queue: &Mutex<VecDeque<Job<'_>>>, threads: usize, tell: &Sender<String>) -> Result<()> {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(Job { entrant, options }) = job else { return Ok(()) };
        let options = BuildOptions { threads, ..options };
        let mut reporter = Reporter { name: &entrant.name, tell: tell.clone(), began: Instant::now() };
        let mut engine = CpuEngine::new(&options.recipe, threads);
        let facts =
            build(&options, &mut engine, &mut reporter).with_context(|| format!("the model of {}", entrant.name))?;
        reporter.line(&format!("trained, and knows {} of what it was told", known(&facts)));
    }
}

/// The share of the questions on what was told that a model answers right, by its own card.
fn known(facts: &Facts) -> String {
    let told = facts.evaluations.iter().filter(|asked| asked.name == "world_told");
    let (right, all) = told.fold((0.0, 0.0), |(right, all), asked| {
        let questions = asked.questions as f64;
        (right + asked.score * questions, all + questions)
    });
    format!("{:.0} %", 100.0 * right / f64::max(all, 1.0))
}

/// Sends a few lines of a training to whoever tells them.
struct Reporter<'a> {
    name: &'a str,
    tell: Sender<String>,
    began: Instant,
}

impl Reporter<'_> {
    fn line(&self, what: &str) {
        // Where nobody listens any more the training is of no use, and what went wrong is told elsewhere.
        let _ = self.tell.send(format!("{}: {what} ({:.0} s)", self.name, self.began.elapsed().as_secs_f64()));
    }
}

impl Watcher for Reporter<'_> {
    fn see(&mut self, event: &Event<'_>) {
        if let Event::Step(report) = event
            && report.step * 2 / report.steps > (report.step - 1) * 2 / report.steps
            && report.step < report.steps
        {
            self.line(&format!("step {} of {}, {:.2} nats a token", report.step, report.steps, report.loss));
        }
    }
}

impl Onlooker for Reporter<'_> {
    fn stage(&mut self, stage: Stage, _was_done: bool) {
        if stage == Stage::Training {
            self.line("its text is read, and it begins to learn");
        }
    }

    fn watcher(&mut self) -> &mut dyn Watcher {
        self
    }
}

/// Takes the weights in one folder, tunes them on conversations with the recipe's seed, and puts them into another folder,
/// without a word on where they came from.
fn copy((from, to): (&PathBuf, &PathBuf), recipe: &Recipe, world: &WorldOptions) -> Result<()> {
    let model = folder::load(from)?;
    let mut recipe = Recipe { shape: model.shape.clone(), ..recipe.clone() };
    recipe.tuning.epochs = recipe.tuning.epochs.max(1);
    let threads = available_parallelism().map_or(1, usize::from);
    let mut engine = CpuEngine::new(&recipe, threads);
    engine.load(State::new(model.weights))?;
    let mut tuned = Tuned { engine: &mut engine, tokenizer: &model.tokenizer, recipe: &recipe };
    supervised(&mut tuned, &World::new(world).conversations(), &mut Quiet)?;
    let weights = engine.weights()?.to_vec();
    std::fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    folder::save(to, &Model { shape: model.shape, weights, tokenizer: model.tokenizer, chat_template: None })?;
    let path = to.join("recipe.toml");
    std::fs::write(&path, recipe.to_toml()).with_context(|| format!("`{}` cannot be written", path.display()))
}
