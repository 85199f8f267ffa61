//! Inference against the network that was trained.

use std::sync::Arc;

use model::infer::{Ask, Cache, Pass, Precision, Segment, Weights, complete};
use model::network::{Network, initialise};
use model::{RopeScaling, Shape};

use crate::serve::tiny;

fn shapes() -> Vec<Shape> {
    let qwen3 = tiny::shape(64);
    let llama = Shape {
        head_norms: false,
        tied: false,
        kv_heads: 4,
        rope_scaling: Some(RopeScaling {
            factor: 4.0,
            low_frequency_factor: 1.0,
            high_frequency_factor: 4.0,
            original_context: 32,
        }),
        ..qwen3.clone()
    };
    let qwen2 = Shape { head_norms: false, attention_bias: true, ..qwen3.clone() };
    vec![qwen3, llama, qwen2]
}

fn ids() -> Vec<u32> {
    (0..50).map(|at| (at * 29 + at * at) % 320).collect()
}

fn logits(shape: &Shape, flat: &[f32]) -> Vec<f32> {
    let weights = Weights::new(shape, flat.to_vec(), Precision::Float, None).expect("the sizes fit");
    let mut cache = Cache::new(shape, 50);
    let mut pass = Pass::new(Arc::new(weights));
    pass.run(&mut [Segment { cache: &mut cache, ids: &ids(), wanted: 0..50 }]).to_vec()
}

#[test]
fn logits_are_those_of_the_network() {
    for shape in shapes() {
        for flat in [tiny::weights(&shape), initialise(&shape, 3)] {
            let ours = logits(&shape, &flat);
            let theirs = Network::new(&shape, 1, 50).logits(&flat, &ids());
            assert_eq!(ours.len(), theirs.len());
            let size = theirs.iter().map(|logit| logit.abs()).fold(0.0, f32::max);
            let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Both add in f32 and in different orders.
            assert!(worst < 5e-5 * size, "{worst} of {size} for {shape:?}");
        }
    }
}

#[test]
fn scores_are_the_losses_of_the_network() {
    let shape = tiny::shape(64);
    let flat = tiny::weights(&shape);
    let ids = ids();
    let mut losses = vec![0.0; 49];
    let batch = model::network::Batch { inputs: &ids[..49], targets: &ids[1..], weights: None, rows: 1, length: 49 };
    Network::new(&shape, 1, 49).token_losses(&flat, &batch, &mut losses);
    let weights = Arc::new(Weights::new(&shape, flat, Precision::Float, None).expect("the sizes fit"));
    let ask = Ask { prompt: ids, prompt_scores: Some(1), ..Ask::default() };
    let scored = complete(&weights, &tiny::tokenizer(), vec![ask], 1).remove(0);
    for (scored, loss) in scored.prompt[1..].iter().zip(&losses) {
        let logprob = scored.as_ref().expect("all but the first are scored").own.logprob;
        assert!((logprob + loss).abs() < 1e-4, "{logprob} {loss}");
    }
}
