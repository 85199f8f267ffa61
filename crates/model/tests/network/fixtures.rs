//! Logits, losses and gradients of models of Hugging Face transformers; `generate.py` beside the data made them.

use std::collections::BTreeMap;

use base64::Engine as _;
use model::network::{Batch, Network};
use model::{Layout, Shape};
use serde::Deserialize;

use super::relative_error;

/// What one file holds; tensors are base64 of little-endian f32.
#[derive(Deserialize)]
struct Fixture {
    shape: Shape,
    rows: usize,
    length: usize,
    scale: f32,
    inputs: Vec<u32>,
    targets: Vec<u32>,
    weights: String,
    logits: String,
    losses: String,
    loss: f64,
    tensors: BTreeMap<String, String>,
    gradients: BTreeMap<String, String>,
}

fn floats(packed: &str) -> Vec<f32> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).expect("base64");
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn wide(packed: &str) -> Vec<f64> {
    floats(packed).into_iter().map(f64::from).collect()
}

/// Every tensor of ours is one of theirs, and the other way round.
fn assembled(fixture: &Fixture) -> Vec<f32> {
    let layout = Layout::of(&fixture.shape);
    let names: Vec<&str> = layout.places().iter().map(|place| place.name.as_str()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, fixture.tensors.keys().map(String::as_str).collect::<Vec<_>>());
    names.into_iter().flat_map(|name| floats(&fixture.tensors[name])).collect()
}

fn check(text: &str) {
    let fixture: Fixture = serde_json::from_str(text).expect("a fixture");
    let (shape, tokens) = (&fixture.shape, fixture.rows * fixture.length);
    let (weights, token_weights) = (assembled(&fixture), floats(&fixture.weights));
    let mut network = Network::new(shape, fixture.rows, fixture.length);

    let expected = wide(&fixture.logits);
    for (row, expected) in expected.chunks_exact(fixture.length * shape.vocab).enumerate() {
        let logits = network.logits(&weights, &fixture.inputs[row * fixture.length..][..fixture.length]);
        let error = relative_error(&logits, expected);
        assert!(error < 2e-6, "logits of row {row}: {error:.1e}");
    }

    let batch = Batch {
        inputs: &fixture.inputs,
        targets: &fixture.targets,
        weights: Some(&token_weights),
        rows: fixture.rows,
        length: fixture.length,
    };
    let mut losses = vec![0.0; tokens];
    let loss = network.token_losses(&weights, &batch, &mut losses);
    let error = relative_error(&losses, &wide(&fixture.losses));
    assert!(error < 2e-6, "losses: {error:.1e}");
    assert!((loss.sum - fixture.loss).abs() < 1e-6 * fixture.loss, "{} {}", loss.sum, fixture.loss);
    assert_eq!(loss.counted, token_weights.iter().filter(|weight| **weight != 0.0).count());

    let mut gradient = vec![0.0; weights.len()];
    let loss = network.backward(&weights, &batch, fixture.scale, &mut gradient);
    assert!((loss.sum - fixture.loss).abs() < 1e-6 * fixture.loss, "{} {}", loss.sum, fixture.loss);
    for place in Layout::of(shape).places() {
        let error = relative_error(&gradient[place.range()], &wide(&fixture.gradients[&place.name]));
        assert!(error < 1e-5, "gradient of {}: {error:.1e}", place.name);
    }
}

#[test]
fn qwen3_with_norms_of_heads_and_a_tied_head_agrees_with_transformers() {
    check(include_str!("../data/network/qwen3.json"));
}

#[test]
fn llama_with_stretched_positions_agrees_with_transformers() {
    check(include_str!("../data/network/llama.json"));
}

#[test]
fn qwen2_with_biases_agrees_with_transformers() {
    check(include_str!("../data/network/qwen2.json"));
}
