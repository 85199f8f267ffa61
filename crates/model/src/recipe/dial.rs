//! The formulas behind the dial: what follows from a depth.

use super::{
    Cooldown, Data, Lanes, Optimiser, OptimiserKind, Recipe, RecipeFault, Schedule, TokenizerPart, Tuning,
    matrix_weights, require,
};
use crate::Shape;

/// The highest rate that the dial gives: below depth 3 the formula of the ladder goes on rising.
pub const HIGHEST_RATE: f64 = 0.012;

/// Tokens of a micro-batch: enough for the products of matrices to be fast, few enough to stay in a cache.
const TOKENS_AT_ONCE: usize = 512;

/// Up to this depth, where a processor trains, steps are of a quarter of the ladder's tokens.
const DEEPEST_OF_SMALL_STEPS: usize = 6;

/// The dial: a depth, and three things that may be said beside it. What follows from it, and from where each rule was
/// taken:
///
/// | what | rule | from |
/// |---|---|---|
/// | width | 64 a block | nanochat (`scripts/base_train.py`: aspect ratio 64) |
/// | heads | one for 64 channels | nanochat (its heads are of 128; 64 is our choice, so that depth 2 has two) |
/// | heads of keys and values | the divisor of the heads nearest to half of them | choice: halves the cache of a server |
/// | hidden | three times the width | choice: Qwen3's smaller models stand at 3 |
/// | context | 256 to depth 6, 512 to 12, 2048 above | choice |
/// | tokens | 12 for each weight of a matrix or the head | nanochat (its fit of the optimum) |
/// | batch | `2048 · 160 · (N / 108M)^(2/3)` tokens | OLMo-core, `model_ladder`; `N` = weights of matrices |
/// | batch to depth 6 | a quarter of it | choice: on a processor tokens are dear and steps are not, and small steps use tokens better (McCandlish et al., arXiv 1812.06162); nanochat's run on a processor, of depth 6, takes 16,384 |
/// | rate | `0.0047 · (N / 108M)^(-1/3) / 2`, at most [`HIGHEST_RATE`] | OLMo-core, `model_ladder`, after Porian et al., arXiv 2406.19146; the limit is ours |
/// | rate of Muon | AdamW's, by the factor `0.2 · sqrt(max(rows, columns))` | Liu et al., arXiv 2502.16982, section 2.2; OLMo-core's ladder with Muon does the same |
/// | warm-up | one token for each weight of a matrix | OLMo-core, `model_ladder` |
/// | β2 | 0.95 from 524,288 tokens a step, 0.99 below | OLMo-core, `model_ladder` |
/// | decay of weights | 0.1 | OLMo-core, `model_ladder`; the embedding is left alone as in OLMo 2, arXiv 2501.00656, section 3 |
/// | fall of the rate | the last 40 %, `1 - sqrt` | form from Hägele et al., arXiv 2405.18392; the share is ours |
///
/// At depth 2 with 2,048 tokens of vocabulary this gives N = 393,216, steps of 2,048 tokens and a rate of 0.012: two
/// orders of magnitude below the smallest model that OLMo's ladder was fitted on (190M), so that for small depths the
/// formulas are extrapolations that only our own runs speak for. Such a model of the [`world`](crate::world) knew 97 %
/// of what it had been told after 1.0 million tokens, in both languages.
#[derive(Debug, Clone, PartialEq)]
pub struct Dial {
    /// Blocks.
    pub depth: usize,
    /// Tokens of the vocabulary; none: 2,048 to depth 3, 8,192 to 8, 32,768 above.
    pub vocab_size: Option<usize>,
    /// Training tokens for each weight of a matrix and of the head.
    pub tokens_per_parameter: f64,
    /// All chance comes from it.
    pub seed: u64,
}

impl Dial {
    /// A depth, and nothing said beside it: 12 tokens a weight, seed 0.
    #[must_use]
    pub fn new(depth: usize) -> Self {
        Self { depth, vocab_size: None, tokens_per_parameter: 12.0, seed: 0 }
    }

    /// Tokens of the vocabulary.
    pub(super) fn vocab_size(&self) -> usize {
        self.vocab_size.unwrap_or(match self.depth {
            0..=3 => 2048,
            4..=8 => 8192,
            _ => 32_768,
        })
    }

    /// The sizes that follow from the depth.
    pub(super) fn shape(&self) -> Result<Shape, RecipeFault> {
        let depth = self.depth;
        require((1..=128).contains(&depth), "depth", depth, "write a whole number from 1 to 128")?;
        let width = 64 * depth;
        Ok(Shape {
            vocab: self.vocab_size(),
            width,
            layers: depth,
            heads: depth,
            kv_heads: near_half(depth),
            head_size: 64,
            hidden: (3 * width).next_multiple_of(64),
            context: match depth {
                0..=6 => 256,
                7..=12 => 512,
                _ => 2048,
            },
            rope_theta: 10_000.0,
            rope_scaling: None,
            norm_epsilon: 1e-6,
            head_norms: true,
            attention_bias: false,
            tied: true,
        })
    }

    /// Everything that follows from sizes. `lanes` are taken as given where they are, so that a batch fits them.
    pub(super) fn recipe(&self, shape: Shape, lanes: Option<Lanes>) -> Recipe {
        let lanes = lanes.unwrap_or_else(|| Lanes { lanes: 4, rows: (TOKENS_AT_ONCE / shape.context).max(1) });
        let batch_tokens = self.batch_tokens(&shape, &lanes);
        Recipe {
            depth: self.depth,
            tokens_per_parameter: self.tokens_per_parameter,
            seed: self.seed,
            data: Data { validation_share: 0.02, validation_windows: 64 },
            tokenizer: TokenizerPart { vocab_size: self.vocab_size() },
            schedule: schedule(&shape, batch_tokens, self.tokens_per_parameter),
            optimiser: optimiser(&shape, batch_tokens),
            lanes,
            tuning: Tuning {
                epochs: 2,
                conversations_per_step: 32,
                rate_share: 0.2,
                warmup_share: 0.05,
                preference_epochs: 1,
                preference_rate_share: 0.02,
                preference_beta: 0.1,
            },
            shape,
        }
    }
}

impl Dial {
    /// The ladder's batch, or a quarter of it, rounded to whole micro-batches of all lanes.
    fn batch_tokens(&self, shape: &Shape, lanes: &Lanes) -> usize {
        let share = if self.depth <= DEEPEST_OF_SMALL_STEPS { 0.25 } else { 1.0 };
        let wanted = share * 2048.0 * 160.0 * libm::pow(ladder(shape), 2.0 / 3.0);
        let unit = (lanes.lanes * lanes.rows * shape.context).max(1);
        unit * ((wanted / unit as f64).round() as usize).max(1)
    }
}

/// The divisor of `heads` that lies nearest to half of them; the smaller of two.
fn near_half(heads: usize) -> usize {
    let divisors = (1..=heads).filter(|divisor| heads.is_multiple_of(*divisor));
    divisors.min_by_key(|divisor| (2 * divisor).abs_diff(heads)).unwrap_or(1)
}

/// `N / 108M`, the unit of OLMo-core's ladder.
fn ladder(shape: &Shape) -> f64 {
    matrix_weights(shape) as f64 / 108e6
}

/// The schedule that sees so many tokens for each weight.
pub(super) fn schedule(shape: &Shape, batch_tokens: usize, tokens_per_parameter: f64) -> Schedule {
    let weights = matrix_weights(shape);
    let horizon = tokens_per_parameter * (weights + shape.vocab * shape.width) as f64;
    let batch = batch_tokens.max(1);
    let mut schedule = Schedule {
        batch_tokens,
        steps: 1,
        warmup_steps: (weights / batch) as u64,
        cooldown_share: 0.4,
        cooldown: Cooldown::OneMinusSqrt,
        final_share: 0.0,
        validate_every: 250,
        checkpoint_every: 500,
        checkpoints_kept: 2,
    };
    schedule.set_steps((horizon / batch as f64).ceil() as u64);
    schedule
}

impl Schedule {
    /// Takes so many steps, and fits to them what is counted in steps: the warm-up is at most a tenth of them.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps.max(1);
        self.warmup_steps = self.warmup_steps.clamp(1, (self.steps / 10).max(1));
        self.validate_every = (self.steps / 10).clamp(1, 250);
        self.checkpoint_every = (self.steps / 10).clamp(1, 500);
    }
}

fn optimiser(shape: &Shape, batch_tokens: usize) -> Optimiser {
    let rate = (0.0047 * libm::pow(ladder(shape), -1.0 / 3.0) / 2.0).min(HIGHEST_RATE);
    Optimiser {
        kind: OptimiserKind::Muon,
        learning_rate: rate,
        muon_learning_rate: rate,
        weight_decay: 0.1,
        beta1: 0.9,
        beta2: if batch_tokens >= 524_288 { 0.95 } else { 0.99 },
        epsilon: 1e-8,
        momentum: 0.95,
        newton_schulz_rounds: 5,
        clip: 1.0,
    }
}
