//! Small transformers, trained through the room `model`: first weights, text, steps.

mod adapter;
mod distil;
mod text;

use model::corpus::{Tokens, Windows};
use model::network::{Batch, initialise};
use model::recipe::OptimiserKind;
use model::train::{CpuEngine, Engine, Rates, State, rate_share};
use model::{Recipe, Shape};
use serde_json::Value;

pub use self::adapter::adapt;
pub use self::distil::distil;
pub use self::text::{text, tokenizer};

use crate::{Fault, Plain};

/// Sequences of a step.
const ROWS: usize = 8;

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Seed of the first weights.
    pub seed: u64,
    /// Seed of the order of the text.
    pub order: u64,
    /// Steps, of eight sequences each.
    pub steps: u64,
    /// Peak rate.
    pub rate: f64,
}

impl Plan {
    /// From first weights: a rate at which a hundred steps move all weights far.
    #[must_use]
    pub fn new(seed: u64, order: u64, steps: u64) -> Self {
        Self { seed, order, steps, rate: 0.012 }
    }

    /// For a model that is trained already: a fifth of that rate.
    #[must_use]
    pub fn tuning(order: u64, steps: u64) -> Self {
        Self { seed: 0, order, steps, rate: 0.0024 }
    }
}

/// Sizes of the zoo's models: four blocks, 64 channels, 192 hidden units, four heads on two, of the Llama family.
#[must_use]
pub fn shape(vocab: usize) -> Shape {
    Shape {
        vocab,
        width: 64,
        layers: 4,
        heads: 4,
        kv_heads: 2,
        head_size: 16,
        hidden: 192,
        context: 64,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: false,
        attention_bias: false,
        tied: false,
    }
}

/// A model trained from first weights.
///
/// # Errors
///
/// [`Fault::Windows`], [`Fault::Train`], [`Fault::Recipe`].
pub fn train(name: &str, shape: &Shape, plan: Plan, text: &Tokens, tokenizer: &Value) -> Result<Plain, Fault> {
    let weights = walk(shape, initialise(shape, plan.seed), plan, text, &mut |_, _| {})?;
    Ok(Plain::from_flat(name, shape, &weights, tokenizer))
}

/// The model before its first step.
#[must_use]
pub fn untrained(name: &str, shape: &Shape, seed: u64, tokenizer: &Value) -> Plain {
    Plain::from_flat(name, shape, &initialise(shape, seed), tokenizer)
}

/// A model trained on, all its weights: fine-tuning where the plan is short and slow, continued training where it is long.
///
/// # Errors
///
/// [`Fault::Windows`], [`Fault::Train`], [`Fault::Missing`] where the parent is not dense.
pub fn go_on(parent: &Plain, plan: Plan, text: &Tokens) -> Result<Plain, Fault> {
    let weights = walk(&parent.shape, parent.flat()?, plan, text, &mut |_, _| {})?;
    let mut child = Plain::from_flat(&parent.name, &parent.shape, &weights, &parent.tokenizer);
    child.config.clone_from(&parent.config);
    Ok(child)
}

/// All steps of a plan. `targets` may put others in place of the tokens that follow: it is given inputs and targets.
fn walk(
    shape: &Shape,
    weights: Vec<f32>,
    plan: Plan,
    text: &Tokens,
    targets: &mut dyn FnMut(&[u32], &mut [u32]),
) -> Result<Vec<f32>, Fault> {
    let mut recipe = Recipe::for_depth(shape.layers)?;
    recipe.shape = shape.clone();
    (recipe.lanes.lanes, recipe.lanes.rows) = (1, ROWS);
    recipe.schedule.set_steps(plan.steps);
    recipe.optimiser.kind = OptimiserKind::Muon;
    let windows = Windows::new(text, shape.context, plan.order)?;
    let mut engine = CpuEngine::new(&recipe, 1);
    engine.load(State::new(weights))?;
    for step in 0..plan.steps {
        let (inputs, mut following) = rows(&windows, step as usize);
        targets(&inputs, &mut following);
        let batch = Batch { inputs: &inputs, targets: &following, weights: None, rows: ROWS, length: shape.context };
        engine.accumulate(&batch, 1.0 / inputs.len() as f32)?;
        let rate = plan.rate * rate_share(&recipe.schedule, step);
        engine.apply(Rates { adamw: rate, muon: rate })?;
    }
    Ok(engine.weights()?.to_vec())
}

/// Inputs and targets of a step.
fn rows(windows: &Windows<'_>, step: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for row in 0..ROWS {
        let (input, target) = windows.get(step * ROWS + row);
        inputs.extend_from_slice(input);
        targets.extend_from_slice(target);
    }
    (inputs, targets)
}
