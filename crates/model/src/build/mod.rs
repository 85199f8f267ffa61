//! From a corpus to a folder that answers: every step of the room in one walk.
//!
//! The folder that comes out is a Hugging Face folder with a report card; `work/` in it holds what it was made from: text
//! with its manifest, tokens, the training with its evidence and curves, the tuned weights. A walk that was broken off goes
//! on where it was: what was made from the same inputs is not made again, the training goes on from its last checkpoint,
//! and a tuning begins anew.

mod fault;
mod learn;
mod measure;
mod quiz;
mod report;
mod stages;
mod text;
mod tuning;

use std::path::{Path, PathBuf};
use std::time::Instant;

pub use self::fault::BuildFault;
pub use self::quiz::{Score, answered};
pub use self::report::rung;
pub use self::text::{conversations, pairs};

use self::stages::Stages;
use crate::card::{self, Facts};
use crate::folder::{self, Model};
use crate::recipe::Recipe;
use crate::train::{Engine, Watcher};
use crate::world::{World, WorldOptions};

/// What a model is made from, and where.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The folder to make.
    pub out: PathBuf,
    /// The model's name, for its card.
    pub name: String,
    /// All sizes and rates.
    pub recipe: Recipe,
    /// Where the text comes from.
    pub text: Text,
    /// Threads, for the card; the engine has been told already.
    pub threads: usize,
    /// SHA-256 of the program that trains, for the evidence log.
    pub source: String,
}

/// Where the text comes from.
#[derive(Debug, Clone)]
pub enum Text {
    /// A small closed world: texts, conversations, pairs of answers, and questions on all of it.
    World(WorldOptions),
    /// Files and folders.
    Corpus {
        /// What is read; see [`PrepareOptions`](crate::corpus::PrepareOptions).
        inputs: Vec<PathBuf>,
        /// Conversations to tune on, as JSON lines `{"messages": […]}`.
        conversations: Option<PathBuf>,
        /// Pairs of answers to tune on, as JSON lines `{"prompt", "chosen", "rejected"}`.
        preferences: Option<PathBuf>,
    },
}

/// A step of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Text is read, cleaned and set apart.
    Corpus,
    /// The tokenizer is trained.
    Tokenizer,
    /// Text becomes tokens.
    Tokens,
    /// The model learns.
    Training,
    /// The model learns to answer.
    Conversations,
    /// The model learns which answer is better.
    Preferences,
    /// What it knows is asked.
    Questions,
    /// The folder and the card are written.
    Folder,
}

/// Looks on while a model is made.
pub trait Onlooker: Watcher {
    /// A step begins, or was done before.
    fn stage(&mut self, stage: Stage, was_done: bool);

    /// The same onlooker as one of the training.
    fn watcher(&mut self) -> &mut dyn Watcher;
}

/// Makes a model, or goes on with one that was begun in the same folder.
///
/// # Errors
///
/// [`BuildFault`]. [`BuildFault::Stopped`] where the onlooker said that it is enough: the same call goes on later.
pub fn build(
    options: &BuildOptions,
    engine: &mut dyn Engine,
    onlooker: &mut dyn Onlooker,
) -> Result<Facts, BuildFault> {
    options.recipe.check()?;
    let began = Instant::now();
    let work = options.out.join("work");
    let mut stages = Stages::open(&work)?;
    fault::write(&options.out.join("recipe.toml"), &options.recipe.to_toml())?;
    let world = match &options.text {
        Text::World(world) => Some(World::new(world)),
        Text::Corpus { .. } => None,
    };
    let mut walk = Walk { options, work: &work, world: world.as_ref(), stages: &mut stages, engine, onlooker };
    let read = walk.read()?;
    let prompts = walk.prompts()?;
    let trained = walk.train(&read, &prompts)?;
    let tuning = walk.tune(&read, &trained)?;
    let scores = walk.ask(&read)?;
    walk.onlooker.stage(Stage::Folder, false);
    let weights = walk.engine.weights()?.to_vec();
    let model = Model {
        shape: options.recipe.shape.clone(),
        weights,
        tokenizer: read.tokenizer.clone(),
        chat_template: tuning.converses.then(|| crate::tune::TEMPLATE.to_owned()),
    };
    folder::save(&options.out, &model)?;
    if let Some(world) = walk.world {
        world.write_tasks(&options.out.join("tasks"))?;
    }
    let evidence = tuning.evidence;
    let made = report::Made { read: &read, prompts: &prompts, trained: &trained, evidence, scores, model, began };
    let facts = walk.facts(&made)?;
    card::write(&options.out, &facts)?;
    Ok(facts)
}

/// One walk.
struct Walk<'a> {
    options: &'a BuildOptions,
    work: &'a Path,
    world: Option<&'a World>,
    stages: &'a mut Stages,
    engine: &'a mut dyn Engine,
    onlooker: &'a mut dyn Onlooker,
}
