//! Training moves weights far from where they began, and teaches something.

use model::corpus::{Tokens, Windows};
use model::network::{Batch, Network};
use zoo::train::Plan;
use zoo::{Plain, train};

fn loss(model: &Plain, text: &Tokens) -> f64 {
    let windows = Windows::in_order(text, 64).unwrap();
    let mut network = Network::new(&model.shape, 1, 64);
    let weights = model.flat().unwrap();
    let mut sum = 0.0;
    for window in 0..8 {
        let (inputs, targets) = windows.get(window * 5);
        let batch = Batch { inputs, targets, weights: None, rows: 1, length: 64 };
        sum += network.token_losses(&weights, &batch, &mut [0.0; 64]).mean() / 8.0;
    }
    sum
}

/// The mean cosine of the matrices of two models.
fn cosine(left: &Plain, right: &Plain) -> f64 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let matrices = left.tensors.iter().filter(|(name, _)| name.contains("_proj"));
    let cosines = matrices.map(|(name, tensor)| {
        let (a, b) = (&tensor.values, &right.get(name).unwrap().values);
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    });
    let cosines: Vec<f64> = cosines.collect();
    cosines.iter().sum::<f64>() / cosines.len() as f64
}

#[test]
fn a_hundred_steps_teach_and_move_every_matrix_far() {
    let tokenizer = train::tokenizer(1, 512).unwrap();
    let json = serde_json::from_str(&tokenizer.to_json()).unwrap();
    let text = train::text(1, &tokenizer);
    let shape = train::shape(512);
    let first = train::untrained("first", &shape, 1, &json);
    let model = train::train("model", &shape, Plan::new(1, 1, 100), &text, &json).unwrap();
    let tuned = train::go_on(&model, Plan::tuning(2, 20), &train::text(2, &tokenizer)).unwrap();
    let adapted = train::adapt(&model, 4, Plan::tuning(2, 20), &train::text(2, &tokenizer)).unwrap();
    let student = train::distil("student", &model, &shape, Plan::new(2, 1, 60), &text).unwrap();
    let losses = [&first, &model, &tuned, &adapted, &student].map(|model| loss(model, &text));
    let cosines = [&first, &tuned, &adapted, &student].map(|other| cosine(&model, other));
    println!("{} tokens, losses {losses:?}, cosines {cosines:?}", text.ids.len());
    assert!(losses[0] > 6.0 && losses[1] < 4.0 && losses[4] < 5.0, "{losses:?}");
    assert!(cosines[0] < 0.7 && cosines[1] > 0.7 && cosines[2] > 0.9 && cosines[3].abs() < 0.02, "{cosines:?}");
    assert_eq!(model, train::train("model", &shape, Plan::new(1, 1, 100), &text, &json).unwrap());
}
