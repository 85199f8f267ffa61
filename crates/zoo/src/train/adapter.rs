//! Low-rank adapters, trained beside a model and merged into it.

use model::corpus::{Tokens, Windows};
use model::math::{View, ViewMut, multiply, multiply_add};
use model::network::{Batch, Network};
use model::{Layout, Place};

use super::{Plan, ROWS, rows};
use crate::{Chance, Fault, Plain};

/// The matrices that get an adapter: those of the original paper.
const ADAPTED: [&str; 2] = ["q_proj.weight", "v_proj.weight"];

/// A model tuned by adapters of this rank on its queries and values, which are then merged into them.
///
/// Source: LoRA, Hu et al., arXiv 2106.09685, section 4: `W + B · A`, `A` normal and `B` zero at first.
///
/// # Errors
///
/// [`Fault::Windows`], [`Fault::Missing`] where the parent is not dense.
pub fn adapt(parent: &Plain, rank: usize, plan: Plan, text: &Tokens) -> Result<Plain, Fault> {
    let shape = &parent.shape;
    let frozen = parent.flat()?;
    let layout = Layout::of(shape);
    let is_adapted = |place: &&Place| ADAPTED.iter().any(|name| place.name.ends_with(name));
    let mut adapters: Vec<Adapter<'_>> =
        layout.places().iter().filter(is_adapted).map(|place| Adapter::new(place, rank, plan.seed)).collect();
    let windows = Windows::new(text, shape.context, plan.order)?;
    let mut network = Network::new(shape, ROWS, shape.context);
    let mut merged = frozen.clone();
    for step in 0..plan.steps {
        let (inputs, targets) = rows(&windows, step as usize);
        let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: ROWS, length: shape.context };
        let mut gradient = vec![0.0; merged.len()];
        network.backward(&merged, &batch, 1.0 / inputs.len() as f32, &mut gradient);
        for adapter in &mut adapters {
            adapter.step(&gradient, plan.rate as f32, step as i32 + 1);
            adapter.merge(&frozen, &mut merged);
        }
    }
    Ok(Plain::from_flat(&parent.name, shape, &merged, &parent.tokenizer))
}

/// `B [rows, rank] · A [rank, columns]` beside a matrix.
struct Adapter<'a> {
    place: &'a Place,
    rank: usize,
    down: Factor,
    up: Factor,
}

impl<'a> Adapter<'a> {
    fn new(place: &'a Place, rank: usize, seed: u64) -> Self {
        let deviation = 1.0 / (place.columns as f32).sqrt();
        let down = Chance::new(seed, &format!("adapter of {}", place.name)).normals(rank * place.columns, deviation);
        Self { place, rank, down: Factor::new(down), up: Factor::new(vec![0.0; place.rows * rank]) }
    }

    /// The gradient of a product is the gradient times the other factor.
    fn step(&mut self, gradient: &[f32], rate: f32, step: i32) {
        let (rows, columns, rank) = (self.place.rows, self.place.columns, self.rank);
        let slope = View::new(&gradient[self.place.range()], rows, columns);
        let mut of_up = vec![0.0; rows * rank];
        let mut of_down = vec![0.0; rank * columns];
        let down = View::new(&self.down.values, rank, columns);
        multiply(1.0, slope, down.transposed(), ViewMut::new(&mut of_up, rows, rank));
        let up = View::new(&self.up.values, rows, rank);
        multiply(1.0, up.transposed(), slope, ViewMut::new(&mut of_down, rank, columns));
        self.up.step(&of_up, rate, step);
        self.down.step(&of_down, rate, step);
    }

    fn merge(&self, frozen: &[f32], merged: &mut [f32]) {
        let (rows, columns) = (self.place.rows, self.place.columns);
        let target = &mut merged[self.place.range()];
        target.copy_from_slice(&frozen[self.place.range()]);
        let up = View::new(&self.up.values, rows, self.rank);
        let down = View::new(&self.down.values, self.rank, columns);
        multiply_add(1.0, up, down, ViewMut::new(target, rows, columns));
    }
}

/// Numbers that Adam steps. Source: Kingma and Ba, arXiv 1412.6980, algorithm 1.
struct Factor {
    values: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Factor {
    fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, first: zeros.clone(), second: zeros }
    }

    fn step(&mut self, gradient: &[f32], rate: f32, step: i32) {
        let (left1, left2) = (1.0 - 0.9_f32.powi(step), 1.0 - 0.99_f32.powi(step));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, slope), (first, second)) in self.values.iter_mut().zip(gradient).zip(moments) {
            *first += 0.1 * (slope - *first);
            *second += 0.01 * (slope * slope - *second);
            *value -= rate * (*first / left1) / ((*second / left2).sqrt() + 1e-8);
        }
    }
}
