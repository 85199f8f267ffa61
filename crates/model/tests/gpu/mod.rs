//! The graph on a GPU beside the CPU's own transformer.
//!
//! Products in bfloat16 round to eight bits, so the two agree to about one part in a hundred and no better. A control
//! shows that the distance is far from what a wrong graph gives.

mod emulated;
mod steps;

use std::sync::Arc;

use model::gpu::{Device, GpuFault, GpuNetwork, Parameters};
use model::network::{Batch, Network, initialise};
use model::{Layout, Shape};

use self::emulated::Emulated;

fn shape(head_norms: bool, tied: bool) -> Shape {
    Shape {
        vocab: 136,
        width: 128,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_size: 64,
        hidden: 192,
        context: 128,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms,
        attention_bias: false,
        tied,
    }
}

/// Weights, twice as large as a fresh model's so that attention is not flat, and gains that are not all one.
fn weights(shape: &Shape) -> Vec<f32> {
    let mut weights = initialise(shape, 7);
    for (at, weight) in weights.iter_mut().enumerate() {
        *weight *= 2.0 + 0.3 * ((at % 7) as f32 - 3.0) / 3.0;
    }
    weights
}

fn ids(count: usize, vocab: usize, step: usize) -> Vec<u32> {
    (0..count).map(|at| u32::try_from((at * step + at * at / 3) % vocab).unwrap()).collect()
}

/// The distance of two vectors as a share of the first one's length.
fn distance(one: &[f32], other: &[f32]) -> f64 {
    let square = |value: f32| f64::from(value) * f64::from(value);
    let apart: f64 = one.iter().zip(other).map(|(one, other)| square(one - other)).sum();
    (apart / one.iter().map(|value| square(*value)).sum::<f64>().max(1e-30)).sqrt()
}

fn compare(shape: &Shape) {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let (rows, length) = (2, 128);
    let weights = weights(shape);
    let (inputs, targets) = (ids(rows * length, shape.vocab, 31), ids(rows * length, shape.vocab, 17));
    let each: Vec<f32> = (0..rows * length).map(|at| [1.0, 0.0, 0.5][at % 3]).collect();
    let batch = Batch { inputs: &inputs, targets: &targets, weights: Some(&each), rows, length };

    let mut wanted = vec![0.0; weights.len()];
    let mut network = Network::new(shape, rows, length);
    let loss = network.backward(&weights, &batch, 0.01, &mut wanted);

    let parameters = Arc::new(Parameters::new(&device, &weights).unwrap());
    let mut gpu = GpuNetwork::new(&parameters, shape, rows, length).unwrap();
    let found_loss = gpu.backward(&batch, 0.01).unwrap();
    let found = parameters.gradient().unwrap();

    assert_eq!(found_loss.counted, loss.counted);
    assert!((found_loss.sum / loss.sum - 1.0).abs() < 2e-3, "{} and {}", found_loss.sum, loss.sum);
    let layout = Layout::of(shape);
    let apart =
        layout.places().iter().map(|place| (distance(&wanted[place.range()], &found[place.range()]), &*place.name));
    let apart: Vec<_> = apart.collect();
    assert!(apart.iter().all(|(apart, _)| *apart < 0.08), "{apart:?}");
    let mut losses = vec![0.0; rows * length];
    gpu.token_losses(&batch, &mut losses).unwrap();
    let mut wanted_losses = losses.clone();
    network.token_losses(&weights, &batch, &mut wanted_losses);
    assert!(distance(&wanted_losses, &losses) < 5e-3);
}

#[test]
fn gradients_on_a_gpu_are_those_of_the_cpu() {
    compare(&shape(true, true));
}

#[test]
fn gradients_of_a_llama_on_a_gpu_are_those_of_the_cpu() {
    compare(&shape(false, false));
}

#[test]
fn a_gradient_is_added_to_what_was_there_and_repeats_to_the_bit() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let shape = Shape { layers: 1, ..shape(true, true) };
    let (inputs, targets) = (ids(64, shape.vocab, 5), ids(64, shape.vocab, 3));
    let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: 1, length: 64 };
    let parameters = Arc::new(Parameters::new(&device, &weights(&shape)).unwrap());
    let mut gpu = GpuNetwork::new(&parameters, &shape, 1, 64).unwrap();
    let mut once = || {
        parameters.clear_gradient().unwrap();
        gpu.backward(&batch, 1.0).unwrap();
        parameters.gradient().unwrap()
    };
    let (first, again) = (once(), once());
    assert_eq!(first, again);
    gpu.backward(&batch, 1.0).unwrap();
    let twice = parameters.gradient().unwrap();
    let doubled: Vec<f32> = first.iter().map(|value| value * 2.0).collect();
    assert!(distance(&doubled, &twice) < 1e-5);
}

#[test]
fn control_a_shuffled_batch_has_another_gradient() {
    let shape = shape(true, true);
    let weights = weights(&shape);
    let targets = ids(128, shape.vocab, 17);
    let gradient = |inputs: Vec<u32>| {
        let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: 1, length: 128 };
        let mut gradient = vec![0.0; weights.len()];
        Network::new(&shape, 1, 128).backward(&weights, &batch, 0.01, &mut gradient);
        gradient
    };
    let (one, other) = (gradient(ids(128, shape.vocab, 31)), gradient(ids(128, shape.vocab, 29)));
    let apart: Vec<f64> =
        Layout::of(&shape).places().iter().map(|place| distance(&one[place.range()], &other[place.range()])).collect();
    assert!(apart.iter().all(|apart| *apart > 0.2), "{apart:?}");
}

#[test]
fn what_the_kernels_do_not_know_is_refused_by_name() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let parameters = |shape: &Shape| Arc::new(Parameters::new(&device, &initialise(shape, 7)).unwrap());
    let refused =
        |shape: Shape, length: usize| GpuNetwork::new(&parameters(&shape), &shape, 1, length).unwrap_err().to_string();
    assert!(refused(Shape { head_size: 32, ..shape(true, true) }, 64).contains("heads of 64 floats"));
    assert!(refused(shape(true, true), 100).contains("multiple of 64 tokens"));
    assert!(refused(Shape { attention_bias: true, ..shape(true, true) }, 64).contains("without bias"));
    assert!(refused(Shape { vocab: 137, ..shape(true, true) }, 64).contains("vocab = 137"));
    let mut gpu = GpuNetwork::new(&parameters(&shape(true, true)), &shape(true, true), 1, 64).unwrap();
    let batch = Batch { inputs: &[1; 32], targets: &[1; 32], weights: None, rows: 1, length: 32 };
    assert!(matches!(gpu.backward(&batch, 1.0), Err(GpuFault::Size { wanted: 64, found: 32, .. })));
}
