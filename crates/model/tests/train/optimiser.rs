//! The first steps of AdamW and Muon against PyTorch's; `tests/data/train/generate.py` made the values.

use model::recipe::{Optimiser, OptimiserKind};
use model::train::{Rates, State, Stepper};
use model::{Layout, Recipe, Shape};
use serde::Deserialize;

#[derive(Deserialize)]
struct Torch {
    norms: Vec<f64>,
    adamw: Vec<f32>,
    muon: Vec<f32>,
    muon_bf16: Vec<f32>,
}

fn torch() -> Torch {
    serde_json::from_str(include_str!("../data/train/optimiser.json")).unwrap()
}

fn shape() -> Shape {
    let shape = Recipe::for_depth(1).unwrap().shape;
    Shape { vocab: 11, width: 8, layers: 1, heads: 2, kv_heads: 1, head_size: 4, hidden: 16, ..shape }
}

fn optimiser(kind: OptimiserKind) -> Optimiser {
    Optimiser {
        kind,
        learning_rate: 0.01,
        muon_learning_rate: 0.01,
        weight_decay: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        momentum: 0.95,
        newton_schulz_rounds: 5,
        clip: 1.0,
    }
}

fn numbers(step: u64, scale: f64) -> Vec<f32> {
    let floats = Layout::of(&shape()).floats();
    let number = |place: f64| libm::sin(place * place * 0.137 + place * 12.9898 + step as f64 * 78.233);
    (0..floats).map(|place| (number(place as f64) * scale) as f32).collect()
}

/// Six steps: the norms of their gradients, and the weights after them.
fn steps(kind: OptimiserKind, threads: usize) -> (Vec<f64>, State) {
    let stepper = Stepper::new(&shape(), &optimiser(kind));
    let mut state = State::new(numbers(0, 0.5));
    let take = |step: u64| {
        let rate = 0.01 * ((step + 1) as f64 / 3.0).min(1.0);
        let mut gradient = numbers(step + 1, 0.03 * (step + 1) as f64);
        stepper.step(&mut state, &mut gradient, Rates { adamw: rate, muon: rate }, threads)
    };
    let norms = (0..6).map(take).collect();
    (norms, state)
}

fn furthest(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn adamw_steps_as_torchs() {
    let (norms, state) = steps(OptimiserKind::Adamw, 1);
    let expected = torch();
    assert!(norms.iter().any(|norm| *norm > 1.0) && norms.iter().any(|norm| *norm < 1.0), "clipped and not: {norms:?}");
    for (norm, expected) in norms.iter().zip(&expected.norms) {
        assert!((norm - expected).abs() < 1e-6 * expected, "{norms:?}");
    }
    let apart = furthest(&state.weights, &expected.adamw);
    assert!(apart < 2e-7, "{apart}");
    assert!(furthest(&numbers(0, 0.5), &expected.adamw) > 0.005, "the steps lead somewhere");
}

#[test]
fn muon_steps_as_torchs() {
    let (_, state) = steps(OptimiserKind::Muon, 1);
    let expected = torch();
    let apart = furthest(&state.weights, &expected.muon);
    assert!(apart < 2e-6, "torch's iteration in f32: {apart}");
    let apart = furthest(&state.weights, &expected.muon_bf16);
    assert!(apart < 1e-3, "torch's own iteration, in bf16: {apart}");
    assert!(furthest(&expected.adamw, &expected.muon) > 0.005, "the two are not the same");
}

#[test]
fn threads_change_no_bit_of_a_step() {
    for kind in [OptimiserKind::Adamw, OptimiserKind::Muon] {
        let one = steps(kind, 1);
        for threads in [2, 3, 8] {
            assert_eq!(steps(kind, threads), one);
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_makes_no_step() {
    let stepper = Stepper::new(&shape(), &optimiser(OptimiserKind::Adamw));
    let mut state = State::new(numbers(0, 0.5));
    let before = state.clone();
    let mut gradient = numbers(1, 0.1);
    gradient[5] = f32::NAN;
    assert!(stepper.step(&mut state, &mut gradient, Rates { adamw: 0.1, muon: 0.1 }, 1).is_nan());
    assert_eq!(state, before);
}
