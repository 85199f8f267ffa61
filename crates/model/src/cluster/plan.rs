//! A recipe's figures for so many accelerators.

use serde::Serialize;

use super::write::ClusterFault;
use super::{Machines, TORCHTITAN};
use crate::Shape;
use crate::recipe::{Cooldown, Optimiser, Recipe};

/// Tokens that go through one accelerator at once, at most: the engine's own default.
const MOST_MICROBATCH: usize = 16_384;

/// By how much a batch may differ before the rates follow it.
const FREE: f64 = 1.125;

/// Accelerators over which one copy of the weights is spread at most; beyond, copies stand side by side.
const MOST_SHARDS: usize = 64;

/// What `plan.json` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The run's name.
    pub name: String,
    /// The recipe's digest.
    pub recipe: String,
    /// The commit of the engine.
    pub torchtitan: &'static str,
    /// Sizes of the model.
    pub shape: Shape,
    /// Whether weights are there to begin with.
    pub starts_from_weights: bool,
    /// The recipe's seed.
    pub seed: u64,
    /// Tokens of the whole training.
    pub tokens: u64,
    /// How a step is cut up.
    pub batch: Batch,
    /// How long.
    pub schedule: Steps,
    /// By what the recipe's rates were multiplied.
    pub rate_factor: f64,
    /// How gradients become steps, at these rates.
    pub optimiser: Optimiser,
    /// Batches of validation text for a look.
    pub validation_steps: u64,
}

/// How a step is cut up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Tokens of a step, all accelerators together.
    pub tokens: usize,
    /// Tokens that go through one accelerator at once.
    pub tokens_per_microbatch: usize,
    /// Copies of the weights.
    pub replicas: usize,
    /// Accelerators over which each copy is spread.
    pub shards: usize,
}

/// How long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Steps {
    /// Steps in all.
    pub steps: u64,
    /// Steps in which the rate rises.
    pub warmup_steps: u64,
    /// Share of the steps, at the end, in which it falls.
    pub cooldown_share: f64,
    /// How: `sqrt` is `1 - sqrt(t)`.
    pub cooldown: &'static str,
    /// The share at which it ends.
    pub final_share: f64,
    /// Steps between two looks at the validation text.
    pub validate_every: u64,
    /// Steps between two checkpoints.
    pub checkpoint_every: u64,
    /// Checkpoints that are kept.
    pub checkpoints_kept: usize,
}

impl Plan {
    /// The figures of a recipe for these machines.
    ///
    /// A step must be a whole number of windows on every accelerator. Where the recipe's is not, the nearest one that is
    /// takes its place: the steps become as many as give the recipe's tokens, warm-up and intervals keep their tokens, and
    /// where the batch differs by more than an eighth the rates go with its square root.
    ///
    /// Source of the root: Malladi et al., arXiv 2205.10287, for Adam.
    ///
    /// # Errors
    ///
    /// [`ClusterFault::NoMachines`], [`ClusterFault::Unsupported`] for a shape that is not Qwen3's,
    /// [`ClusterFault::TooManyMachines`] where a step on so many would be more than eight times the recipe's.
    pub fn new(name: &str, recipe: &Recipe, machines: &Machines) -> Result<Self, ClusterFault> {
        check(&recipe.shape)?;
        let accelerators = machines.nodes * machines.gpus;
        if accelerators == 0 {
            return Err(ClusterFault::NoMachines);
        }
        let unit = accelerators * recipe.shape.context;
        let wanted = recipe.schedule.batch_tokens;
        let tokens = ((wanted as f64 / unit as f64).round() as usize).max(1) * unit;
        if tokens > 8 * wanted {
            let most = (8 * wanted / recipe.shape.context / machines.gpus).max(1);
            return Err(ClusterFault::TooManyMachines { nodes: machines.nodes, most, tokens, wanted });
        }
        let ratio = tokens as f64 / wanted as f64;
        let rate_factor = if (1.0 / FREE..=FREE).contains(&ratio) { 1.0 } else { ratio.sqrt() };
        let scaled = |steps: u64| ((steps as f64 / ratio).round() as u64).max(1);
        let steps = scaled(recipe.schedule.steps);
        let windows = recipe.data.validation_windows;
        Ok(Self {
            name: name.to_owned(),
            recipe: recipe.digest(),
            torchtitan: TORCHTITAN,
            shape: recipe.shape.clone(),
            starts_from_weights: false,
            seed: recipe.seed,
            tokens: steps * tokens as u64,
            batch: batch(tokens, accelerators, recipe.shape.context),
            schedule: Steps {
                steps,
                warmup_steps: scaled(recipe.schedule.warmup_steps).min(steps),
                validate_every: scaled(recipe.schedule.validate_every),
                checkpoint_every: scaled(recipe.schedule.checkpoint_every),
                ..schedule(recipe)
            },
            rate_factor,
            optimiser: Optimiser {
                learning_rate: recipe.optimiser.learning_rate * rate_factor,
                muon_learning_rate: recipe.optimiser.muon_learning_rate * rate_factor,
                ..recipe.optimiser.clone()
            },
            validation_steps: windows.div_ceil(accelerators).max(1) as u64,
        })
    }
}

fn batch(tokens: usize, accelerators: usize, context: usize) -> Batch {
    let windows = tokens / accelerators / context;
    let most = (MOST_MICROBATCH / context).max(1);
    let at_once = (1..=most.min(windows)).rev().find(|rows| windows.is_multiple_of(*rows)).unwrap_or(1);
    let shards =
        (1..=MOST_SHARDS.min(accelerators)).rev().find(|shards| accelerators.is_multiple_of(*shards)).unwrap_or(1);
    Batch { tokens, tokens_per_microbatch: at_once * context, replicas: accelerators / shards, shards }
}

fn schedule(recipe: &Recipe) -> Steps {
    let schedule = &recipe.schedule;
    Steps {
        steps: schedule.steps,
        warmup_steps: schedule.warmup_steps,
        cooldown_share: schedule.cooldown_share,
        cooldown: match schedule.cooldown {
            Cooldown::OneMinusSqrt => "sqrt",
            Cooldown::Linear => "linear",
        },
        final_share: schedule.final_share,
        validate_every: schedule.validate_every,
        checkpoint_every: schedule.checkpoint_every,
        // The engine needs two: the last may be half written.
        checkpoints_kept: schedule.checkpoints_kept.max(2),
    }
}

fn check(shape: &Shape) -> Result<(), ClusterFault> {
    let unsupported = |what| Err(ClusterFault::Unsupported(what));
    if !shape.head_norms || shape.attention_bias {
        return unsupported("a shape that is not Qwen3's (head norms, no biases)");
    }
    if shape.rope_scaling.is_some() {
        return unsupported("a stretch of the rotary angles");
    }
    Ok(())
}
