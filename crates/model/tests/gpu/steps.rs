//! Steps on a GPU beside the CPU's.
//!
//! The gradients of the two differ by what bfloat16 rounds, one to two parts in a hundred of a tensor's length, and both
//! optimisers make more of it. AdamW's first step has the size of the rate whatever the gradient's: where a gradient is
//! smaller than that rounding it may go either way. Muon brings all singular values near 1, and with them directions in
//! which a matrix is little more than its rounding. Steps are therefore held against the CPU's from the *same* gradient,
//! the GPU's, and there they must agree to what f32 rounds; what is left of the difference of gradients has a test of its
//! own.

use std::sync::Arc;

use model::gpu::{Device, GpuEngine, GpuNetwork, Parameters};
use model::network::{Batch, Network};
use model::recipe::{Optimiser, OptimiserKind};
use model::train::{Engine, Rates, State, Stepper};
use model::{Kind, Layout, Recipe, Shape};

use super::emulated::Emulated;
use super::{distance, ids, shape, weights};

const LENGTH: usize = 64;
/// Far enough that weights move by many of their last digits.
const RATE: f64 = 1e-3;

fn recipe(kind: OptimiserKind) -> Recipe {
    let mut recipe = Recipe::for_depth(1).unwrap();
    // As small as the kernels allow, with matrices that are tall, wide and square.
    let small = Shape { vocab: 72, width: 64, layers: 1, heads: 2, kv_heads: 1, hidden: 96, ..shape(true, true) };
    recipe.shape = Shape { context: LENGTH, ..small };
    recipe.lanes.rows = 1;
    recipe.optimiser.kind = kind;
    // A step of Muon is about 0.3 of the rate long in every place, and a weight about 0.05: decay must be seen beside it.
    recipe.optimiser.weight_decay = 1.0;
    recipe
}

/// Inputs and targets of a step.
fn text(shape: &Shape, step: usize) -> [Vec<u32>; 2] {
    [31, 17].map(|stride| ids(LENGTH, shape.vocab, stride + 2 * step))
}

fn batch([inputs, targets]: &[Vec<u32>; 2]) -> Batch<'_> {
    Batch { inputs, targets, weights: None, rows: 1, length: LENGTH }
}

/// The gradient that the GPU makes of these weights.
fn gradient(device: &Arc<dyn Device>, shape: &Shape, weights: &[f32], text: &[Vec<u32>; 2]) -> Vec<f32> {
    let parameters = Arc::new(Parameters::new(device, weights).unwrap());
    let mut network = GpuNetwork::new(&parameters, shape, 1, LENGTH).unwrap();
    network.backward(&batch(text), SCALE).unwrap();
    parameters.gradient().unwrap()
}

/// The sum of all losses and not their mean, so that the gradient is long enough to be clipped.
const SCALE: f32 = 1.0;

/// Steps of the GPU, and with what gradient each was made.
struct Walked {
    recipe: Recipe,
    start: State,
    gradients: Vec<Vec<f32>>,
    norms: Vec<f64>,
    end: State,
}

fn walk(device: &Arc<dyn Device>, recipe: Recipe, start: State, steps: usize) -> Walked {
    let mut engine = GpuEngine::new(device, &recipe).unwrap();
    engine.load(start.clone()).unwrap();
    let (mut gradients, mut norms) = (Vec::new(), Vec::new());
    for step in 0..steps {
        let text = text(&recipe.shape, step);
        let weights = engine.weights().unwrap().to_vec();
        gradients.push(gradient(device, &recipe.shape, &weights, &text));
        engine.accumulate(&batch(&text), SCALE).unwrap();
        norms.push(engine.apply(Rates { adamw: RATE, muon: RATE }).unwrap());
    }
    let end = engine.state().unwrap().clone();
    Walked { recipe, start, gradients, norms, end }
}

impl Walked {
    /// The same steps with the same gradients on the CPU.
    fn beside(&self, optimiser: &Optimiser) -> (Vec<f64>, State) {
        let stepper = Stepper::new(&self.recipe.shape, optimiser);
        let mut state = self.start.clone();
        let mut step =
            |gradient: &Vec<f32>| stepper.step(&mut state, &mut gradient.clone(), Rates { adamw: RATE, muon: RATE }, 1);
        (self.gradients.iter().map(&mut step).collect(), state)
    }

    /// The largest difference of two states, over the places of some kinds, in units of what f32 may round: a few of a
    /// weight's last digits, one part in 100,000 of a step or of a moment (a sum of squares in f32 and three divisions),
    /// and where a moment is a sum of what cancels, the same part of its tensor.
    fn apart(&self, other: &State, of: impl Fn(Kind) -> bool) -> f64 {
        let layout = Layout::of(&self.recipe.shape);
        let mut most = 0.0_f64;
        for place in layout.places().iter().filter(|place| of(place.kind)) {
            let range = place.range();
            let step = 1e-5 * RATE * self.gradients.len() as f64;
            most = most.max(furthest(&self.end.weights[range.clone()], &other.weights[range.clone()], (2e-7, step)));
            for (moment, other) in [(&self.end.first, &other.first), (&self.end.second, &other.second)] {
                let (moment, other) = (&moment[range.clone()], &other[range.clone()]);
                most = most.max(furthest(moment, other, (1e-5, 1e-6 * root_mean_square(other))));
            }
        }
        most
    }

    /// How far a state's matrices went another way than the GPU's, as a share of the way.
    fn matrices_apart(&self, other: &State) -> f64 {
        let way = |state: &State, range: std::ops::Range<usize>| -> Vec<f32> {
            range.map(|at| state.weights[at] - self.start.weights[at]).collect()
        };
        let layout = Layout::of(&self.recipe.shape);
        let matrices = layout.places().iter().filter(|place| place.kind == Kind::Matrix);
        let apart = matrices.map(|place| distance(&way(other, place.range()), &way(&self.end, place.range())));
        apart.fold(0.0, f64::max)
    }
}

/// The largest difference, in units of `share` of a value and `least` more.
fn furthest(one: &[f32], other: &[f32], (share, least): (f64, f64)) -> f64 {
    let apart = |(one, other): (&f32, &f32)| {
        (f64::from(*one) - f64::from(*other)).abs() / (share * f64::from(*other).abs() + least).max(1e-30)
    };
    one.iter().zip(other).map(apart).fold(0.0, f64::max)
}

fn root_mean_square(values: &[f32]) -> f64 {
    let squares: f64 = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    (squares / values.len() as f64).sqrt()
}

#[test]
fn adamw_on_a_gpu_steps_as_the_cpu_from_the_same_gradients() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let recipe = recipe(OptimiserKind::Adamw);
    let start = State::new(weights(&recipe.shape));
    let walked = walk(&device, recipe, start, 3);
    let right = walked.recipe.optimiser.clone();
    let (norms, state) = walked.beside(&right);
    assert!(norms.iter().all(|norm| *norm > right.clip), "clipping is part of the step: {norms:?}");
    for (found, wanted) in walked.norms.iter().zip(&norms) {
        assert!((found / wanted - 1.0).abs() < 1e-5, "{:?} and {norms:?}", walked.norms);
    }
    assert_eq!(walked.end.step, state.step);
    let apart = walked.apart(&state, |_| true);
    assert!(apart < 1.0, "{apart}");
    for (what, wrong) in [
        ("the memory of the gradient", Optimiser { beta1: 0.91, ..right.clone() }),
        ("the memory of its square", Optimiser { beta2: 0.991, ..right.clone() }),
        ("the decay", Optimiser { weight_decay: 0.0, ..right.clone() }),
        ("the clipping", Optimiser { clip: 1.001, ..right.clone() }),
    ] {
        let apart = walked.apart(&walked.beside(&wrong).1, |_| true);
        assert!(apart > 10.0, "control, {what}: {apart}");
    }
}

/// A momentum of which no singular value is near nothing: a permutation with a little of everything, much longer than the
/// clipped gradient that is added to it.
fn momentum(shape: &Shape) -> Vec<f32> {
    let layout = Layout::of(shape);
    let mut momentum = vec![0.0; layout.floats()];
    for place in layout.places().iter().filter(|place| place.kind == Kind::Matrix) {
        for (at, value) in momentum[place.range()].iter_mut().enumerate() {
            let (row, column) = (at / place.columns, at % place.columns);
            let noise = libm::sin((at * at) as f64 * 0.137 + at as f64 * 12.9898) as f32;
            *value = 0.02 * noise + if (7 * row + 3) % place.columns == column { 1.0 } else { 0.0 };
        }
    }
    momentum
}

#[test]
fn muon_on_a_gpu_steps_as_the_cpu_but_for_bfloat16() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let recipe = recipe(OptimiserKind::Muon);
    let first = momentum(&recipe.shape);
    let start = State { first, ..State::new(weights(&recipe.shape)) };
    let walked = walk(&device, recipe, start, 2);
    let right = walked.recipe.optimiser.clone();
    let (_, state) = walked.beside(&right);
    // Momentum and what AdamW steps are f32 on both sides.
    let apart = walked.apart(&state, |kind| kind != Kind::Matrix);
    assert!(apart < 1.0, "{apart}");
    let momenta_apart =
        |state: &State| furthest(&walked.end.first, &state.first, (1e-5, 1e-6 * root_mean_square(&state.first)));
    assert!(momenta_apart(&state) < 1.0, "{}", momenta_apart(&state));
    // The iteration is bfloat16 on the GPU: results of products are rounded by up to 2⁻⁹ of themselves, a thousandth on
    // average. The terms of the quintic, 3.4, 4.8 and 2.0 times a singular value near 1, cancel to about 1, so that a
    // rounding weighs some five times, and a round passes up to 1.6 times of the error before it on: about 0.02 after five.
    let bound = 0.04;
    let apart = walked.matrices_apart(&state);
    assert!(apart < bound, "{apart}");
    for (what, wrong) in [
        ("the rounds", Optimiser { newton_schulz_rounds: 4, ..right.clone() }),
        ("the decay", Optimiser { weight_decay: 0.0, ..right.clone() }),
    ] {
        let apart = walked.matrices_apart(&walked.beside(&wrong).1);
        assert!(apart > 2.0 * bound, "control, {what}: {apart}");
    }
    let apart = momenta_apart(&walked.beside(&Optimiser { momentum: 0.951, ..right }).1);
    assert!(apart > 10.0, "control, the momentum: {apart}");
}

/// From one's own gradients: AdamW's first step is the rate times the sign, and the two agree on the sign wherever the
/// gradient stands well above what bfloat16 rounds. Muon's steps part about twice as far as the gradients.
#[test]
fn first_steps_from_own_gradients_part_by_what_the_optimisers_make_of_rounding() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let recipe = recipe(OptimiserKind::Adamw);
    let (shape, weights) = (&recipe.shape, weights(&recipe.shape));
    let text = text(shape, 0);
    let rounded = gradient(&device, shape, &weights, &text);
    let mut own = vec![0.0; weights.len()];
    Network::new(shape, 1, LENGTH).backward(&weights, &batch(&text), SCALE, &mut own);
    let (mut all, mut above, mut opposite) = (0, 0, 0);
    for place in Layout::of(shape).places() {
        let (rounded, own) = (&rounded[place.range()], &own[place.range()]);
        let differences: Vec<f32> = rounded.iter().zip(own).map(|(rounded, own)| rounded - own).collect();
        let rounding = root_mean_square(&differences);
        for (rounded, own) in rounded.iter().zip(own) {
            let is_above = f64::from(own.abs()) > 8.0 * rounding;
            let is_opposite = rounded.signum() != own.signum();
            all += 1;
            above += usize::from(is_above);
            opposite += usize::from(is_opposite);
            assert!(!(is_above && is_opposite), "{}: {own} and {rounded}, rounding {rounding}", place.name);
        }
    }
    assert!(above > all / 2, "most gradients are no rounding: {above} of {all}");
    assert!(opposite > 0, "what AdamW makes of rounding");

    let stepper = Stepper::new(shape, &self::recipe(OptimiserKind::Muon).optimiser);
    let way = |gradient: &[f32]| -> Vec<f32> {
        let mut state = State::new(weights.clone());
        stepper.step(&mut state, &mut gradient.to_vec(), Rates { adamw: 0.0, muon: RATE }, 1);
        state.weights.iter().zip(&weights).map(|(after, before)| after - before).collect()
    };
    let (one, other) = (way(&own), way(&rounded));
    for place in Layout::of(shape).places().iter().filter(|place| place.kind == Kind::Matrix) {
        let range = place.range();
        let gradients = distance(&own[range.clone()], &rounded[range.clone()]);
        let steps = distance(&one[range.clone()], &other[range]);
        assert!(gradients < 0.05 && steps < 0.08, "{}: {gradients}, {steps}", place.name);
    }
}

#[test]
fn a_gradient_that_is_not_finite_makes_no_step_on_a_gpu() {
    let Some(device) = Emulated::new() else { return };
    let device: Arc<dyn Device> = Arc::new(device);
    let recipe = recipe(OptimiserKind::Adamw);
    let start = State::new(weights(&recipe.shape));
    let mut engine = GpuEngine::new(&device, &recipe).unwrap();
    engine.load(start.clone()).unwrap();
    let text = text(&recipe.shape, 0);
    engine.accumulate(&batch(&text), f32::INFINITY).unwrap();
    assert!(!engine.apply(Rates { adamw: RATE, muon: RATE }).unwrap().is_finite());
    assert_eq!(*engine.state().unwrap(), start);
    // And it is forgotten.
    engine.accumulate(&batch(&text), SCALE).unwrap();
    assert!(engine.apply(Rates { adamw: RATE, muon: RATE }).unwrap().is_finite());
    assert_eq!(engine.state().unwrap().step, 1);
}
