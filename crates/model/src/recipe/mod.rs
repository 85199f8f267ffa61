//! One dial becomes every size and rate of a model and its training.
//!
//! A recipe file is TOML. `depth` is the dial; whatever else a file says replaces what the dial would have given, and
//! rates that follow from sizes follow from the sizes that were overridden:
//!
//! ```toml
//! depth = 4
//! seed = 7
//! [shape]
//! context = 512
//! [optimiser]
//! kind = "adamw"
//! ```
//!
//! [`Recipe::to_toml`] writes every field out; that text is the canonical form, and [`Recipe::digest`] its SHA-256.

mod dial;
mod overlay;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{Kind, Layout, Shape};

pub use self::dial::{Dial, HIGHEST_RATE};

/// A recipe: everything that a training run is made from, but the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The dial: blocks of the model, and all that follows from them.
    pub depth: usize,
    /// Training tokens for each weight of a matrix and of the head; gives [`Schedule::steps`] where they are not given.
    pub tokens_per_parameter: f64,
    /// All chance of a run comes from it: first weights, order of the text, split of the documents.
    pub seed: u64,
    /// Sizes of the model.
    pub shape: Shape,
    /// What is done with the text.
    pub data: Data,
    /// The tokenizer to train.
    pub tokenizer: TokenizerPart,
    /// How long and at which rate.
    pub schedule: Schedule,
    /// How gradients become steps.
    pub optimiser: Optimiser,
    /// How a step is cut up for threads.
    pub lanes: Lanes,
    /// Tuning on conversations and preferences, after the training.
    pub tuning: Tuning,
}

/// What is done with the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Share of the documents that is kept for validation, above 0 and at most 0.5.
    pub validation_share: f64,
    /// Windows of validation that are looked at, at most, each time.
    pub validation_windows: usize,
}

/// The tokenizer to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerPart {
    /// Tokens, the special ones among them; at least 259: 256 bytes and three special tokens.
    pub vocab_size: usize,
}

/// How long to train and at which share of the peak rate: warm-up, stable, decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Tokens of a step; a multiple of `lanes.lanes · lanes.rows · shape.context`.
    pub batch_tokens: usize,
    /// Steps in all.
    pub steps: u64,
    /// Steps in which the rate rises linearly.
    pub warmup_steps: u64,
    /// Share of the steps, at the end, in which the rate falls.
    pub cooldown_share: f64,
    /// How the rate falls.
    pub cooldown: Cooldown,
    /// The share of the peak rate at which it ends.
    pub final_share: f64,
    /// Steps between two looks at the validation text.
    pub validate_every: u64,
    /// Steps between two checkpoints.
    pub checkpoint_every: u64,
    /// Checkpoints that are kept; the oldest go first.
    pub checkpoints_kept: usize,
}

/// The fall of the rate at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cooldown {
    /// `1 - sqrt(t)` for `t` from 0 to 1.
    ///
    /// Source: Hägele et al., arXiv 2405.18392, section 4.
    OneMinusSqrt,
    /// `1 - t`.
    Linear,
}

/// Who makes steps of the gradients of matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimiserKind {
    /// AdamW for all tensors. Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2.
    Adamw,
    /// Muon for the matrices inside blocks, AdamW for the rest.
    ///
    /// Source: Keller Jordan, `kellerjordan.github.io/posts/muon` (2024); Liu et al., arXiv 2502.16982, section 2.2.
    Muon,
}

/// How gradients become steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Who makes steps of the gradients of matrices.
    pub kind: OptimiserKind,
    /// Peak rate of AdamW.
    pub learning_rate: f64,
    /// Peak rate of Muon, before the factor `0.2 · sqrt(max(rows, columns))` that gives its steps AdamW's size.
    pub muon_learning_rate: f64,
    /// Decoupled decay of matrices; gains, biases and the embedding are not decayed.
    pub weight_decay: f64,
    /// AdamW's memory of the gradient.
    pub beta1: f64,
    /// AdamW's memory of its square.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Muon's momentum (Nesterov's).
    pub momentum: f64,
    /// Rounds of Muon's Newton–Schulz iteration.
    pub newton_schulz_rounds: usize,
    /// Largest global norm of a gradient; a longer one is scaled down to it.
    pub clip: f64,
}

/// How a step is cut up for threads. Threads themselves are no part of a recipe: they change no bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// Sums of gradients that run side by side and are added in order; more threads than lanes do not help.
    pub lanes: usize,
    /// Windows that go through the network at once.
    pub rows: usize,
}

/// Tuning after the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Times that every conversation is seen; 0 leaves this tuning out.
    pub epochs: usize,
    /// Conversations of a step.
    pub conversations_per_step: usize,
    /// Peak rate, as a share of the training's.
    pub rate_share: f64,
    /// Share of the steps in which the rate rises; it then falls linearly to nothing.
    pub warmup_share: f64,
    /// Times that every pair of answers is seen; 0 leaves this tuning out.
    pub preference_epochs: usize,
    /// Peak rate on pairs, as a share of the training's.
    pub preference_rate_share: f64,
    /// DPO's β: how dear it is to leave the model that one started from.
    pub preference_beta: f64,
}

/// Why a recipe was not read.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RecipeFault {
    /// The text is no TOML.
    #[error("the recipe is not TOML: {0}; mend the line it names")]
    Toml(String),
    /// A key that recipes do not have.
    #[error("`{key}` is not in a recipe; {known}")]
    UnknownKey {
        /// The key with its section.
        key: String,
        /// Which keys are there.
        known: String,
    },
    /// A value of the wrong type.
    #[error("`{key}` is {found}; write {expected}")]
    Type {
        /// The key with its section.
        key: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// A value that makes no model.
    #[error("`{key}` is {value}: {remedy}")]
    Value {
        /// The key with its section.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What to write instead, and why.
        remedy: &'static str,
    },
}

impl Recipe {
    /// The recipe of a depth, everything else as the dial gives it.
    ///
    /// # Errors
    /// A depth of 0 or above 128.
    pub fn for_depth(depth: usize) -> Result<Self, RecipeFault> {
        Self::of_dial(&Dial::new(depth))
    }

    /// The recipe of a dial.
    ///
    /// # Errors
    /// A dial that makes no model.
    pub fn of_dial(dial: &Dial) -> Result<Self, RecipeFault> {
        let recipe = dial.recipe(dial.shape()?, None);
        recipe.check()?;
        Ok(recipe)
    }

    /// Reads a recipe file: `depth`, and whatever is to be other than the dial gives.
    ///
    /// # Errors
    /// What is wrong, at which key, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, RecipeFault> {
        let recipe = overlay::read(text)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The canonical form: every field, in one order.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a recipe holds nothing that TOML cannot say: its seed is checked to fit")]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a checked recipe is TOML")
    }

    /// SHA-256 of the canonical form, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.to_toml()))
    }

    /// Windows of a step.
    #[must_use]
    pub fn windows_per_step(&self) -> usize {
        self.schedule.batch_tokens / self.shape.context
    }

    /// Tokens of the whole training.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.schedule.steps * self.schedule.batch_tokens as u64
    }

    /// Finds values that make no model.
    ///
    /// # Errors
    /// The first of them, with its key.
    pub fn check(&self) -> Result<(), RecipeFault> {
        self.check_shape()?;
        self.check_schedule()?;
        self.check_rates()
    }

    fn check_shape(&self) -> Result<(), RecipeFault> {
        let shape = &self.shape;
        let sizes = [
            ("depth", self.depth),
            ("shape.width", shape.width),
            ("shape.layers", shape.layers),
            ("shape.heads", shape.heads),
            ("shape.kv_heads", shape.kv_heads),
            ("shape.head_size", shape.head_size),
            ("shape.hidden", shape.hidden),
            ("lanes.lanes", self.lanes.lanes),
            ("lanes.rows", self.lanes.rows),
            ("tuning.conversations_per_step", self.tuning.conversations_per_step),
        ];
        for (key, value) in sizes {
            require(value > 0, key, value, "write a whole number above 0")?;
        }
        let kv = shape.kv_heads;
        require(shape.heads.is_multiple_of(kv), "shape.kv_heads", kv, "write a divisor of `shape.heads`")?;
        let head = shape.head_size;
        require(head.is_multiple_of(2), "shape.head_size", head, "write an even number: positions rotate halves")?;
        require(
            shape.context >= 2,
            "shape.context",
            shape.context,
            "write at least 2: a token is guessed from another",
        )?;
        let size = self.tokenizer.vocab_size;
        require(size >= 259, "tokenizer.vocab_size", size, "write at least 259: 256 bytes and three special tokens")?;
        let remedy = "write at least `tokenizer.vocab_size`: every token has its row";
        require(shape.vocab >= size, "shape.vocab", shape.vocab, remedy)?;
        require(
            i64::try_from(self.seed).is_ok(),
            "seed",
            self.seed,
            "write at most 9223372036854775807, TOML's largest",
        )
    }

    fn check_schedule(&self) -> Result<(), RecipeFault> {
        let schedule = &self.schedule;
        let batch = schedule.batch_tokens;
        let unit = self.lanes.lanes * self.lanes.rows * self.shape.context;
        let remedy = "write a multiple of `lanes.lanes` · `lanes.rows` · `shape.context`, above 0";
        require(batch > 0 && batch.is_multiple_of(unit), "schedule.batch_tokens", batch, remedy)?;
        let counts = [
            ("schedule.steps", schedule.steps),
            ("schedule.validate_every", schedule.validate_every),
            ("schedule.checkpoint_every", schedule.checkpoint_every),
            ("schedule.checkpoints_kept", schedule.checkpoints_kept as u64),
            ("data.validation_windows", self.data.validation_windows as u64),
        ];
        for (key, value) in counts {
            require(value > 0, key, value, "write a whole number above 0")?;
        }
        let warmup = schedule.warmup_steps;
        require(warmup <= schedule.steps, "schedule.warmup_steps", warmup, "write at most `schedule.steps`")
    }

    fn check_rates(&self) -> Result<(), RecipeFault> {
        let (optimiser, schedule, tuning) = (&self.optimiser, &self.schedule, &self.tuning);
        let positive = [
            ("tokens_per_parameter", self.tokens_per_parameter),
            ("optimiser.learning_rate", optimiser.learning_rate),
            ("optimiser.muon_learning_rate", optimiser.muon_learning_rate),
            ("optimiser.epsilon", optimiser.epsilon),
            ("optimiser.clip", optimiser.clip),
            ("tuning.rate_share", tuning.rate_share),
            ("tuning.preference_rate_share", tuning.preference_rate_share),
            ("tuning.preference_beta", tuning.preference_beta),
            ("shape.rope_theta", self.shape.rope_theta),
            ("shape.norm_epsilon", self.shape.norm_epsilon),
        ];
        for (key, value) in positive {
            require(value > 0.0 && value.is_finite(), key, value, "write a finite number above 0")?;
        }
        let shares = [
            ("schedule.cooldown_share", schedule.cooldown_share),
            ("schedule.final_share", schedule.final_share),
            ("tuning.warmup_share", tuning.warmup_share),
            ("optimiser.weight_decay", optimiser.weight_decay),
        ];
        for (key, value) in shares {
            require((0.0..=1.0).contains(&value), key, value, "write a number from 0 to 1")?;
        }
        let memories = [
            ("optimiser.beta1", optimiser.beta1),
            ("optimiser.beta2", optimiser.beta2),
            ("optimiser.momentum", optimiser.momentum),
        ];
        for (key, value) in memories {
            require((0.0..1.0).contains(&value), key, value, "write a number from 0 to below 1")?;
        }
        let share = self.data.validation_share;
        let remedy = "write a number above 0 and at most 0.5: what is validated on is not trained on";
        require(share > 0.0 && share <= 0.5, "data.validation_share", share, remedy)
    }
}

/// Weights of the matrices inside blocks: `N` of the cited formulas, which leave out embedding and head.
#[must_use]
pub fn matrix_weights(shape: &Shape) -> usize {
    let layout = Layout::of(shape);
    layout.places().iter().filter(|place| place.kind == Kind::Matrix).map(|place| place.range().len()).sum()
}

fn require(holds: bool, key: &'static str, value: impl ToString, remedy: &'static str) -> Result<(), RecipeFault> {
    if holds { Ok(()) } else { Err(RecipeFault::Value { key, value: value.to_string(), remedy }) }
}

#[cfg(test)]
mod tests;
