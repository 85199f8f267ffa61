//! Folders written and read: round trips, folders of others, folders that lie.

mod foreign;
mod hostile;
mod peers;
mod round;

use std::path::{Path, PathBuf};

use model::{Layout, Shape};

/// A shape of each family, small, with every size different from the others.
fn shape() -> Shape {
    Shape {
        vocab: 292,
        width: 24,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_size: 10,
        hidden: 36,
        context: 64,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

/// Weights of every kind: positive, negative, tiny, of many bits.
fn weights(shape: &Shape) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..Layout::of(shape).floats()).map(next).map(|value| value * 0.3).collect()
}

fn bits(weights: &[f32]) -> Vec<u32> {
    weights.iter().map(|weight| weight.to_bits()).collect()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/folder").join(name)
}
