//! From a gradient to a step: AdamW, and Muon for matrices.

use std::sync::Mutex;

use super::engine::{Rates, State};
use super::muon;
use crate::math::vectorised;
use crate::recipe::{Optimiser, OptimiserKind};
use crate::{Kind, Layout, Place, Shape};

/// Takes steps: knows which tensor is stepped how, and nothing of how its gradient was made.
#[derive(Debug, Clone)]
pub struct Stepper {
    layout: Layout,
    optimiser: Optimiser,
}

/// One tensor with all that a step of it needs.
struct Task<'a> {
    place: &'a Place,
    weights: &'a mut [f32],
    gradient: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Stepper {
    /// For a model and its recipe's optimiser.
    #[must_use]
    pub fn new(shape: &Shape, optimiser: &Optimiser) -> Self {
        Self { layout: Layout::of(shape), optimiser: optimiser.clone() }
    }

    /// Clips the gradient to the recipe's norm, takes a step with it, and gives its norm before. The gradient is used
    /// as scratch. A gradient that is not finite makes no step. The result does not depend on the number of threads: a tensor is stepped by one of them.
    pub fn step(&self, state: &mut State, gradient: &mut [f32], rates: Rates, threads: usize) -> f64 {
        let norm = self.norm(gradient);
        if !norm.is_finite() {
            return norm;
        }
        // As torch's `clip_grad_norm_`.
        let scale = (self.optimiser.clip / (norm + 1e-6)).min(1.0) as f32;
        state.step += 1;
        let step = state.step;
        let queue = Mutex::new(self.tasks(state, gradient));
        let next = || queue.lock().ok().and_then(|mut queue| queue.pop());
        let work = || {
            while let Some(mut task) = next() {
                self.step_one(&mut task, scale, step, rates);
            }
        };
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| {
                scope.spawn(work);
            });
            work();
        });
        norm
    }

    /// The norm of all tensors together, summed tensor by tensor.
    fn norm(&self, gradient: &[f32]) -> f64 {
        let places = self.layout.places().iter();
        let sum: f64 = places.filter_map(|place| gradient.get(place.range())).map(sum_of_squares).sum();
        libm::sqrt(sum)
    }

    /// The tensors, smallest first: they are taken from the end.
    fn tasks<'a>(&'a self, state: &'a mut State, gradient: &'a mut [f32]) -> Vec<Task<'a>> {
        let (mut weights, mut gradient) = (state.weights.as_mut_slice(), gradient);
        let (mut first, mut second) = (state.first.as_mut_slice(), state.second.as_mut_slice());
        let mut tasks = Vec::with_capacity(self.layout.places().len());
        for place in self.layout.places() {
            let length = place.range().len();
            tasks.push(Task {
                place,
                weights: take(&mut weights, length),
                gradient: take(&mut gradient, length),
                first: take(&mut first, length),
                second: take(&mut second, length),
            });
        }
        tasks.sort_by_key(|task| task.place.range().len());
        tasks
    }

    fn step_one(&self, task: &mut Task<'_>, scale: f32, step: u64, rates: Rates) {
        let is_matrix = task.place.kind == Kind::Matrix;
        if is_matrix && self.optimiser.kind == OptimiserKind::Muon {
            self.muon(task, scale, rates.muon);
        } else {
            // Gains and biases have no size to lose; a decayed embedding shrinks the very rows that are seldom seen.
            let decay = if is_matrix || task.place.kind == Kind::Head { self.optimiser.weight_decay } else { 0.0 };
            self.adamw(task, scale, step, rates.adamw, decay);
        }
    }

    /// Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2, in the form of `torch.optim.AdamW`.
    fn adamw(&self, task: &mut Task<'_>, scale: f32, step: u64, rate: f64, decay: f64) {
        let (beta1, beta2) = (self.optimiser.beta1, self.optimiser.beta2);
        let corrected1 = 1.0 - libm::pow(beta1, step as f64);
        let corrected2 = libm::sqrt(1.0 - libm::pow(beta2, step as f64));
        let keep = (1.0 - rate * decay) as f32;
        let length = (rate / corrected1) as f32;
        let (per_root, epsilon) = ((1.0 / corrected2) as f32, self.optimiser.epsilon as f32);
        let (new1, new2, old2) = ((1.0 - beta1) as f32, (1.0 - beta2) as f32, beta2 as f32);
        vectorised(
            #[inline(always)]
            || {
                let moments = task.first.iter_mut().zip(task.second.iter_mut());
                for ((weight, gradient), (first, second)) in
                    task.weights.iter_mut().zip(task.gradient.iter()).zip(moments)
                {
                    let gradient = scale * gradient;
                    *first += new1 * (gradient - *first);
                    *second = old2 * *second + new2 * gradient * gradient;
                    *weight = keep * *weight - length * *first / (second.sqrt() * per_root + epsilon);
                }
            },
        );
    }

    /// Nesterov's momentum, made orthogonal; see [`muon`].
    fn muon(&self, task: &mut Task<'_>, scale: f32, rate: f64) {
        let momentum = self.optimiser.momentum as f32;
        let (rows, columns) = (task.place.rows, task.place.columns);
        for (first, gradient) in task.first.iter_mut().zip(task.gradient.iter_mut()) {
            let now = scale * *gradient;
            *first += (1.0 - momentum) * (now - *first);
            *gradient = now + momentum * (*first - now);
        }
        muon::orthogonalise(task.gradient, rows, columns, self.optimiser.newton_schulz_rounds);
        let keep = (1.0 - rate * self.optimiser.weight_decay) as f32;
        let length = (rate * muon::size(rows, columns)) as f32;
        for (weight, step) in task.weights.iter_mut().zip(task.gradient.iter()) {
            *weight = keep * *weight - length * step;
        }
    }
}

/// The first `length` floats of what is left; fewer where there are not so many.
fn take<'a>(rest: &mut &'a mut [f32], length: usize) -> &'a mut [f32] {
    let whole = std::mem::take(rest);
    let (taken, left) = whole.split_at_mut(length.min(whole.len()));
    *rest = left;
    taken
}

/// The sum of the squares in f64, in sixteen lanes that are added in order.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0.0_f64; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(*value) * f64::from(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += f64::from(*value) * f64::from(*value);
    }
    lanes.iter().sum()
}
