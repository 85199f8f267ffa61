//! Every gradient against finite differences. They are taken of the slow model in double precision: in single precision
//! a difference of two losses is mostly rounding.

use model::network::{Batch, Network};
use model::{Layout, Shape};

use super::reference::Reference;
use super::{ids, relative_error, shape, weights};

const ROWS: usize = 2;
const LENGTH: usize = 5;
const SCALE: f32 = 0.5;
/// The error of a central difference falls with the square of the step, that of rounding grows with its inverse: of
/// functions with slopes near 1 in double precision both are then near 1e-10.
const STEP: f64 = 1e-5;

/// `SCALE · Σ weight · loss` of the slow model.
fn objective(reference: &Reference<'_>, inputs: &[u32], targets: &[u32], token_weights: &[f32]) -> f64 {
    let rows = inputs.chunks_exact(LENGTH).zip(targets.chunks_exact(LENGTH));
    let losses = rows.flat_map(|(inputs, targets)| reference.losses(inputs, targets));
    f64::from(SCALE) * losses.zip(token_weights).map(|(loss, weight)| f64::from(*weight) * loss).sum::<f64>()
}

/// Compares every float of every tensor. The fast model works in single precision: its error of a tensor is some
/// roundings of 6e-8 each, relative to the tensor's size.
fn check(shape: &Shape) {
    let weights = weights(shape, 3);
    let (inputs, targets) = (ids(shape, ROWS * LENGTH, 1), ids(shape, ROWS * LENGTH, 2));
    let token_weights: Vec<f32> = (0..ROWS * LENGTH).map(|place| (place % 4) as f32 * 0.5).collect();
    let batch = Batch { inputs: &inputs, targets: &targets, weights: Some(&token_weights), rows: ROWS, length: LENGTH };
    let mut gradient = vec![0.0; weights.len()];
    Network::new(shape, ROWS, LENGTH).backward(&weights, &batch, SCALE, &mut gradient);

    let mut reference = Reference::new(shape, &weights);
    for place in Layout::of(shape).places() {
        let slopes: Vec<f64> = place
            .range()
            .map(|at| {
                let weight = reference.weights[at];
                let mut value = |weight| {
                    reference.weights[at] = weight;
                    objective(&reference, &inputs, &targets, &token_weights)
                };
                let slope = (value(weight + STEP) - value(weight - STEP)) / (2.0 * STEP);
                reference.weights[at] = weight;
                slope
            })
            .collect();
        assert!(slopes.iter().any(|slope| slope.abs() > 1e-4), "{} has no part in the loss", place.name);
        let error = relative_error(&gradient[place.range()], &slopes);
        assert!(error < 5e-6, "{}: relative error {error:.1e}", place.name);
    }
}

#[test]
fn gradients_of_qwen3_are_those_of_finite_differences() {
    check(&shape());
}

#[test]
fn gradients_of_an_untied_model_without_head_norms_are_those_of_finite_differences() {
    check(&Shape { head_norms: false, tied: false, ..shape() });
}

#[test]
fn gradients_of_a_model_with_biases_are_those_of_finite_differences() {
    check(&Shape { attention_bias: true, kv_heads: 6, layers: 1, ..shape() });
}

#[test]
fn losses_are_those_of_the_slow_model() {
    let shape = shape();
    let weights = weights(&shape, 4);
    let (inputs, targets) = (ids(&shape, 20, 1), ids(&shape, 20, 2));
    let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: 2, length: 10 };
    let mut losses = [0.0; 20];
    let loss = Network::new(&shape, 2, 10).token_losses(&weights, &batch, &mut losses);
    let reference = Reference::new(&shape, &weights);
    let rows = inputs.chunks_exact(10).zip(targets.chunks_exact(10));
    let expected: Vec<f64> = rows.flat_map(|(inputs, targets)| reference.losses(inputs, targets)).collect();
    assert!(relative_error(&losses, &expected) < 2e-6);
    assert!((loss.mean() - expected.iter().sum::<f64>() / 20.0).abs() < 1e-5);
}
