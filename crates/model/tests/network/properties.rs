//! What holds of the network whatever its weights.

use model::network::{Batch, Loss, Network, initialise};
use model::{Kind, Layout, Shape};

use super::{ids, relative_error, shape, weights};

fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|float| float.to_bits()).collect()
}

fn gradient(network: &mut Network, weights: &[f32], batch: &Batch<'_>) -> (Vec<f32>, Loss) {
    let mut gradient = vec![0.0; weights.len()];
    let loss = network.backward(weights, batch, 1.0, &mut gradient);
    (gradient, loss)
}

#[test]
fn a_token_sees_nothing_of_what_comes_after_it() {
    let shape = Shape { context: 200, ..shape() };
    let weights = weights(&shape, 1);
    let (inputs, mut network) = (ids(&shape, 150, 1), Network::new(&shape, 1, 150));
    let before = network.logits(&weights, &inputs);
    for changed in [0, 63, 64, 100, 149] {
        let mut other = inputs.clone();
        other[changed] = (other[changed] + 1) % shape.vocab as u32;
        let after = network.logits(&weights, &other);
        let seen = changed * shape.vocab;
        assert_eq!(bits(&before[..seen]), bits(&after[..seen]), "token {changed} was seen before it came");
        assert_ne!(bits(&before[seen..]), bits(&after[seen..]), "token {changed} was not seen at all");
    }
}

#[test]
fn targets_of_weight_zero_and_what_fills_a_short_sequence_change_nothing() {
    let shape = shape();
    let weights = weights(&shape, 2);
    let (inputs, targets) = (ids(&shape, 6, 1), ids(&shape, 6, 2));
    let short = Batch { inputs: &inputs, targets: &targets, weights: None, rows: 1, length: 6 };
    let (expected, loss) = gradient(&mut Network::new(&shape, 1, 6), &weights, &short);
    let mut filled = (inputs.clone(), targets.clone());
    filled.0.extend([3, 1, 4]);
    filled.1.extend([1, 5, 9]);
    let counts = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let long = Batch { inputs: &filled.0, targets: &filled.1, weights: Some(&counts), rows: 1, length: 9 };
    let (found, long_loss) = gradient(&mut Network::new(&shape, 1, 9), &weights, &long);
    assert_eq!(long_loss.counted, 6);
    assert!((loss.sum - long_loss.sum).abs() < 1e-6);
    let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
    assert!(relative_error(&found, &expected) < 1e-6);
}

#[test]
fn a_batch_larger_than_the_network_holds_at_once_is_the_sum_of_its_sequences() {
    let shape = Shape { context: 400, ..shape() };
    let weights = weights(&shape, 3);
    let (inputs, targets) = (ids(&shape, 5 * 400, 1), ids(&shape, 5 * 400, 2));
    let token_weights: Vec<f32> = (0..5 * 400).map(|place| (place % 3) as f32).collect();
    let mut network = Network::new(&shape, 5, 400);
    let whole = |rows: std::ops::Range<usize>| Batch {
        inputs: &inputs[rows.start * 400..rows.end * 400],
        targets: &targets[rows.start * 400..rows.end * 400],
        weights: Some(&token_weights[rows.start * 400..rows.end * 400]),
        rows: rows.len(),
        length: 400,
    };
    let (found, loss) = gradient(&mut network, &weights, &whole(0..5));
    let mut sum = vec![0.0; weights.len()];
    let mut parts = Loss::default();
    for row in 0..5 {
        parts += network.backward(&weights, &whole(row..row + 1), 1.0, &mut sum);
    }
    assert_eq!(loss.counted, parts.counted);
    assert!((loss.sum - parts.sum).abs() < 1e-6 * loss.sum);
    let sum: Vec<f64> = sum.into_iter().map(f64::from).collect();
    assert!(relative_error(&found, &sum) < 1e-6);

    let mut losses = vec![0.0; 5 * 400];
    let forward = network.token_losses(&weights, &whole(0..5), &mut losses);
    assert_eq!(forward.counted, loss.counted);
    assert!((forward.sum - loss.sum).abs() < 1e-6 * loss.sum, "{forward:?} {loss:?}");
}

#[test]
fn a_network_that_was_used_gives_the_bits_of_a_new_one() {
    let shape = shape();
    let weights = weights(&shape, 4);
    let (inputs, targets) = (ids(&shape, 24, 1), ids(&shape, 24, 2));
    let batch = |rows, length| Batch {
        inputs: &inputs[..rows * length],
        targets: &targets[..rows * length],
        weights: None,
        rows,
        length,
    };
    let mut used = Network::new(&shape, 3, 8);
    let (expected, loss) = gradient(&mut Network::new(&shape, 3, 8), &weights, &batch(2, 5));
    gradient(&mut used, &weights, &batch(3, 8));
    used.logits(&weights, &inputs[..7]);
    let (found, used_loss) = gradient(&mut used, &weights, &batch(2, 5));
    assert_eq!((bits(&found), used_loss), (bits(&expected), loss));
}

#[test]
fn scale_and_gradients_that_were_there_are_kept() {
    let shape = shape();
    let weights = weights(&shape, 5);
    let (inputs, targets) = (ids(&shape, 8, 1), ids(&shape, 8, 2));
    let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: 1, length: 8 };
    let mut network = Network::new(&shape, 1, 8);
    let (once, _) = gradient(&mut network, &weights, &batch);
    let mut found = vec![1.0; weights.len()];
    network.backward(&weights, &batch, -0.5, &mut found);
    let expected: Vec<f64> = once.iter().map(|slope| 1.0 - 0.5 * f64::from(*slope)).collect();
    assert!(relative_error(&found, &expected) < 1e-6);
}

#[test]
fn weights_before_the_first_step_are_as_they_are_said_to_be() {
    let shape = Shape { width: 64, hidden: 96, layers: 8, attention_bias: true, tied: false, ..shape() };
    let weights = initialise(&shape, 7);
    assert_eq!(bits(&weights), bits(&initialise(&shape, 7)));
    assert_ne!(bits(&weights), bits(&initialise(&shape, 8)));
    for place in Layout::of(&shape).places() {
        let tensor = &weights[place.range()];
        let square: f32 = tensor.iter().map(|weight| weight * weight).sum::<f32>() / tensor.len() as f32;
        let expected = match place.kind {
            Kind::Gain => 1.0,
            Kind::Bias => 0.0,
            // A quarter of 0.02: √(2 · 8) is 4.
            _ if place.name.ends_with("o_proj.weight") || place.name.ends_with("down_proj.weight") => 0.005,
            _ => 0.02,
        };
        assert!((square.sqrt() - expected).abs() <= 0.1 * expected, "{}: {}", place.name, square.sqrt());
    }
}

#[test]
#[should_panic(expected = "is not among the 13 of the vocabulary")]
fn an_id_outside_the_vocabulary_is_refused() {
    let shape = shape();
    Network::new(&shape, 1, 4).logits(&weights(&shape, 1), &[1, 13]);
}

#[test]
#[should_panic(expected = "this one takes 4")]
fn a_sequence_too_long_is_refused() {
    let shape = shape();
    Network::new(&shape, 1, 4).logits(&weights(&shape, 1), &[1; 5]);
}
