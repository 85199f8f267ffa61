//! Small models with random weights, for tests.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::infer::{Precision, Weights};
use crate::tokenizer::{TrainOptions, train};
use crate::{Layout, Shape, Tokenizer};

pub(crate) fn shape() -> Shape {
    Shape {
        vocab: 259,
        width: 48,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_size: 20,
        hidden: 72,
        context: 160,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

/// Weights large enough that the model has opinions; gains about one.
pub(crate) fn flat(shape: &Shape, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut flat = vec![0.0; Layout::of(shape).floats()];
    for place in Layout::of(shape).places() {
        let middle = if place.kind == crate::Kind::Gain { 1.0 } else { 0.0 };
        for float in &mut flat[place.range()] {
            *float = middle + ((random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0) * 0.25;
        }
    }
    flat
}

pub(crate) fn weights(shape: &Shape, precision: Precision) -> Arc<Weights> {
    Arc::new(Weights::new(shape, flat(shape, 1), precision, None).expect("the sizes fit"))
}

/// Ids 0, 1 and 2 are special, all others single bytes.
pub(crate) fn tokenizer() -> Tokenizer {
    train([""], &TrainOptions::new(259)).expect("room for all bytes")
}
