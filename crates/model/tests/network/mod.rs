//! The network against transformers, against a slow model in double precision, and against itself.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests stop the test")]

mod differences;
mod fixtures;
mod properties;
mod reference;

use model::Shape;

/// A shape in which every part is there and no two sizes are equal.
fn shape() -> Shape {
    Shape {
        vocab: 13,
        width: 10,
        layers: 2,
        heads: 6,
        kv_heads: 2,
        head_size: 4,
        hidden: 7,
        context: 32,
        rope_theta: 50.0,
        rope_scaling: None,
        norm_epsilon: 1e-5,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

/// Weights far from the start, where attention is flat and gains are 1.
fn weights(shape: &Shape, seed: u64) -> Vec<f32> {
    let layout = model::Layout::of(shape);
    let mut normals = model::math::Normals::new(model::math::stream(seed, "test"));
    let mut weights = vec![0.0; layout.floats()];
    for place in layout.places() {
        let (mean, deviation) = if place.kind == model::Kind::Gain { (1.0, 0.3) } else { (0.0, 0.5) };
        for (weight, normal) in weights[place.range()].iter_mut().zip(&mut normals) {
            *weight = mean + deviation * normal;
        }
    }
    weights
}

/// Ids of no order.
fn ids(shape: &Shape, count: usize, seed: usize) -> Vec<u32> {
    (0..count).map(|place| ((place * place * 7 + place * 5 + seed * 11) % shape.vocab) as u32).collect()
}

/// ‖one − other‖ / ‖other‖.
fn relative_error(one: &[f32], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    let distance: f64 = one.iter().zip(other).map(|(one, other)| (f64::from(*one) - other).powi(2)).sum();
    let size: f64 = other.iter().map(|other| other * other).sum();
    if size == 0.0 { distance.sqrt() } else { (distance / size).sqrt() }
}
