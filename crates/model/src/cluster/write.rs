//! The folder is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;
use thiserror::Error;

use super::{Plan, TORCHTITAN, shards};
use crate::folder::{self, Model, SaveFault};
use crate::recipe::Recipe;

/// What a run is made from.
#[derive(Debug)]
pub struct Job<'a> {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: &'a str,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The tokenizer, and the weights that are to be begun with or compared.
    pub model: &'a Model,
    /// What the weights are for.
    pub start: Start,
    /// Documents to train on: lines of JSON with a `text`.
    pub train: &'a Path,
    /// Documents to look at.
    pub validation: &'a Path,
    /// Losses of our own network on `model`'s weights, where the engine is to be held against them.
    pub parity: Option<&'a Parity>,
    /// Where it is to run.
    pub machines: Machines,
}

/// What the weights of the model are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The engine draws its own first weights; the model's are there to be compared.
    Fresh,
    /// The engine goes on from the model's weights.
    FromWeights,
}

/// Losses to be held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parity {
    /// Tokens of one sequence.
    pub ids: Vec<u32>,
    /// Nats of each token after the first.
    pub losses: Vec<f32>,
}

/// Where it is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machines {
    /// Machines.
    pub nodes: usize,
    /// Accelerators of each.
    pub gpus: usize,
    /// Minutes that a job may take; the run goes over several.
    pub minutes: u64,
}

/// Why a run could not be written.
#[derive(Debug, Error)]
pub enum ClusterFault {
    /// The name would not be one for files and jobs.
    #[error("the name {0:?} must be of letters, digits, `-`, `_` and `.`, and not begin with `-` or `.`")]
    Name(String),
    /// There is nothing to run on.
    #[error("there are no accelerators; give at least one machine with at least one")]
    NoMachines,
    /// A job is too short to end in order.
    #[error("jobs of {0} minutes are too short: ten are kept for the last checkpoint; give at least 30")]
    TooShort(u64),
    /// A step over all of them would be far from the recipe's.
    #[error(
        "a step on {nodes} machines has at least {tokens} tokens, more than eight times the recipe's {wanted}; \
         take at most {most} machines, or a deeper recipe"
    )]
    TooManyMachines {
        /// Machines asked for.
        nodes: usize,
        /// Machines that go.
        most: usize,
        /// Tokens of the least step.
        tokens: usize,
        /// Tokens of the recipe's step.
        wanted: usize,
    },
    /// The engine's Qwen3 has no such thing.
    #[error("{0} is not supported by torchtitan's Qwen3; train it here")]
    Unsupported(&'static str),
    /// The weights are of another recipe.
    #[error("the model is not of the recipe's shape; give the model that the recipe makes")]
    OtherShape,
    /// Losses do not belong to the tokens.
    #[error("parity has {losses} losses for {ids} tokens; it must have one for each token after the first")]
    Parity {
        /// Tokens.
        ids: usize,
        /// Losses.
        losses: usize,
    },
    /// A line is no document.
    #[error("{}:{line}: {what}; each line must be a JSON object with a `text`", file.display())]
    Document {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Some accelerators would have nothing to read.
    #[error("{} has {documents} documents for {shards} shards; give at least one for each", file.display())]
    TooFewDocuments {
        /// The file.
        file: PathBuf,
        /// Documents with text.
        documents: u64,
        /// Shards.
        shards: usize,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `hf_assets` could not be written.
    #[error(transparent)]
    Save(#[from] SaveFault),
    /// A text could not be filled in.
    #[error("a text of the run could not be filled in: {0}")]
    Template(#[from] minijinja::Error),
    /// The figures could not be written.
    #[error("the plan could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The package, as it stands.
const PACKAGE: &[(&str, &str)] = &[
    ("__init__.py", include_str!("titan/__init__.py")),
    ("checkpoint.py", include_str!("titan/checkpoint.py")),
    ("data.py", include_str!("titan/data.py")),
    ("export.py", include_str!("titan/export.py")),
    ("model.py", include_str!("titan/model.py")),
    ("parity.py", include_str!("titan/parity.py")),
    ("pinned.py", include_str!("titan/pinned.py")),
    ("plan.py", include_str!("titan/plan.py")),
    ("run.py", include_str!("titan/run.py")),
];

/// Writes a run for torchtitan into a folder, and gives its figures.
///
/// # Errors
///
/// [`ClusterFault`].
pub fn write(folder: &Path, job: &Job<'_>) -> Result<Plan, ClusterFault> {
    check(job)?;
    let mut plan = Plan::new(job.name, job.recipe, &job.machines)?;
    plan.starts_from_weights = job.start == Start::FromWeights;
    for part in ["daepyo_titan", "data", "hf_assets"] {
        let file = folder.join(part);
        fs::create_dir_all(&file).map_err(|source| ClusterFault::Write { file, source })?;
    }
    for (name, text) in PACKAGE {
        put(&folder.join("daepyo_titan").join(name), text)?;
    }
    folder::save(&folder.join("hf_assets"), job.model)?;
    let shards = (job.machines.nodes * job.machines.gpus).min(64);
    shards::deal(job.train, &folder.join("data"), "train", shards)?;
    shards::deal(job.validation, &folder.join("data"), "validation", 1)?;
    put(&folder.join("plan.json"), &format!("{:#}\n", serde_json::to_value(&plan)?))?;
    put(&folder.join("recipe.toml"), &job.recipe.to_toml())?;
    if let Some(parity) = job.parity {
        put(&folder.join("parity.json"), &format!("{}\n", serde_json::to_string(parity)?))?;
    }
    put(&folder.join("job.sbatch"), &script(job))?;
    put(&folder.join("requirements.txt"), &include_str!("titan/requirements.txt").replace("{{ commit }}", TORCHTITAN))?;
    put(&folder.join("README.md"), &readme(job, &plan)?)?;
    Ok(plan)
}

fn check(job: &Job<'_>) -> Result<(), ClusterFault> {
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    if job.name.is_empty() || job.name.starts_with(['-', '.']) || !job.name.chars().all(is_sign) {
        return Err(ClusterFault::Name(job.name.to_owned()));
    }
    if job.machines.minutes < 30 {
        return Err(ClusterFault::TooShort(job.machines.minutes));
    }
    if job.model.shape != job.recipe.shape {
        return Err(ClusterFault::OtherShape);
    }
    match job.parity {
        Some(parity) if parity.ids.len() != parity.losses.len() + 1 => {
            Err(ClusterFault::Parity { ids: parity.ids.len(), losses: parity.losses.len() })
        }
        _ => Ok(()),
    }
}

/// The job: what Slurm is asked for, then what is done.
fn script(job: &Job<'_>) -> String {
    let Machines { nodes, gpus, minutes } = job.machines;
    let name = job.name;
    format!(
        "#!/bin/bash\n\
         #SBATCH --job-name={name}\n\
         #SBATCH --nodes={nodes}\n\
         #SBATCH --ntasks-per-node=1\n\
         #SBATCH --gpus-per-node={gpus}\n\
         #SBATCH --exclusive\n\
         #SBATCH --time={minutes}\n\
         #SBATCH --signal=B:USR2@600\n\
         #SBATCH --no-requeue\n\
         #SBATCH --output=%x-%j.out\n\
         GPUS={gpus}\n{}",
        include_str!("titan/job.sh")
    )
}

fn readme(job: &Job<'_>, plan: &Plan) -> Result<String, ClusterFault> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build()?);
    let text = environment.render_str(
        include_str!("titan/README.md"),
        context! {
            plan => Serde(plan),
            nodes => job.machines.nodes,
            gpus => job.machines.gpus,
            recipe_batch => job.recipe.schedule.batch_tokens,
            recipe_steps => job.recipe.schedule.steps,
            recipe_tokens => job.recipe.tokens(),
        },
    )?;
    Ok(text)
}

fn put(file: &Path, text: &str) -> Result<(), ClusterFault> {
    fs::write(file, text).map_err(|source| ClusterFault::Write { file: file.to_owned(), source })
}
