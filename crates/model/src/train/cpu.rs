//! The engine of this crate: threads over a fixed number of lanes.

use super::engine::{Engine, EngineFault, Rates, State, check};
use super::optimiser::Stepper;
use crate::math::add;
use crate::network::{Batch, Loss, Network};
use crate::recipe::Recipe;
use crate::{Layout, Shape};

/// Trains on the threads of one machine.
///
/// The rows of a batch are cut into micro-batches; micro-batch `m` belongs to lane `m mod lanes`. A lane sums its own
/// micro-batches in order, and the lanes are added in order, so that the bits of a step depend on the recipe and not on
/// how many threads there are.
pub struct CpuEngine {
    shape: Shape,
    stepper: Stepper,
    state: State,
    /// Tokens that go through a network at once.
    tokens: usize,
    /// A gradient a lane.
    gradients: Vec<Vec<f32>>,
    /// Scratch a thread.
    networks: Vec<Network>,
}

impl CpuEngine {
    /// An engine for a recipe, with all weights 0 until a state is loaded. More threads than lanes are not used.
    #[must_use]
    pub fn new(recipe: &Recipe, threads: usize) -> Self {
        let shape = &recipe.shape;
        let floats = Layout::of(shape).floats();
        let (lanes, rows) = (recipe.lanes.lanes.max(1), recipe.lanes.rows.max(1));
        Self {
            shape: shape.clone(),
            stepper: Stepper::new(shape, &recipe.optimiser),
            state: State::new(vec![0.0; floats]),
            tokens: rows * shape.context,
            gradients: vec![vec![0.0; floats]; lanes],
            networks: (0..threads.clamp(1, lanes)).map(|_| Network::new(shape, rows, shape.context)).collect(),
        }
    }

    /// Rows of a micro-batch whose rows are so long.
    fn rows(&self, length: usize) -> usize {
        (self.tokens / length.max(1)).max(1)
    }

    /// The sum of all lanes, in the first of them.
    fn add_lanes(&mut self) {
        if let Some((sum, rest)) = self.gradients.split_first_mut() {
            rest.iter().for_each(|lane| add(sum, lane));
        }
    }
}

/// A part of a batch: some of its rows.
fn part<'a>(batch: &Batch<'a>, first: usize, rows: usize) -> Batch<'a> {
    let range = first * batch.length..(first + rows).min(batch.rows) * batch.length;
    Batch {
        inputs: &batch.inputs[range.clone()],
        targets: &batch.targets[range.clone()],
        weights: batch.weights.map(|weights| &weights[range.clone()]),
        rows: range.len() / batch.length.max(1),
        length: batch.length,
    }
}

/// The sum, in order.
fn sum(losses: Vec<Loss>) -> Loss {
    losses.into_iter().fold(Loss::default(), |mut sum, loss| {
        sum += loss;
        sum
    })
}

impl Engine for CpuEngine {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn load(&mut self, state: State) -> Result<(), EngineFault> {
        let expected = self.state.weights.len();
        for found in [state.weights.len(), state.first.len(), state.second.len()] {
            if found != expected {
                return Err(EngineFault::Size { expected, found });
            }
        }
        self.state = state;
        self.gradients.iter_mut().for_each(|lane| lane.fill(0.0));
        Ok(())
    }

    fn accumulate(&mut self, batch: &Batch<'_>, scale: f32) -> Result<Loss, EngineFault> {
        check(batch, &self.shape)?;
        let rows = self.rows(batch.length);
        let weights = self.state.weights.as_slice();
        let (lanes, workers) = (self.gradients.len(), self.networks.len());
        let mut losses = vec![Loss::default(); lanes];
        // Lane `l` is worked on by thread `l mod threads`.
        let mut shares: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        for (lane, slot) in self.gradients.iter_mut().zip(losses.iter_mut()).enumerate() {
            shares[lane % workers].push((lane, slot));
        }
        let work = |network: &mut Network, share: Vec<(usize, (&mut Vec<f32>, &mut Loss))>| {
            for (lane, (gradient, loss)) in share {
                for first in (lane * rows..batch.rows).step_by(lanes * rows) {
                    *loss += network.backward(weights, &part(batch, first, rows), scale, gradient);
                }
            }
        };
        spread(self.networks.iter_mut().zip(shares), &work);
        Ok(sum(losses))
    }

    fn apply(&mut self, rates: Rates) -> Result<f64, EngineFault> {
        self.add_lanes();
        let threads = self.networks.len();
        let norm = match self.gradients.first_mut() {
            Some(gradient) => self.stepper.step(&mut self.state, gradient, rates, threads),
            None => 0.0,
        };
        self.gradients.iter_mut().for_each(|lane| lane.fill(0.0));
        Ok(norm)
    }

    fn losses(&mut self, batch: &Batch<'_>, out: &mut [f32]) -> Result<Loss, EngineFault> {
        check(batch, &self.shape)?;
        if out.len() != batch.rows * batch.length {
            let (rows, length, most) = (batch.rows, batch.length, self.shape.context);
            return Err(EngineFault::Batch { rows, length, most, found: out.len() });
        }
        let rows = self.rows(batch.length);
        let weights = self.state.weights.as_slice();
        let workers = self.networks.len();
        let mut losses = vec![Loss::default(); batch.rows.div_ceil(rows)];
        let mut shares: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        let outs = out.chunks_mut((rows * batch.length).max(1));
        for (micro, slot) in outs.zip(losses.iter_mut()).enumerate() {
            shares[micro % workers].push((micro, slot));
        }
        let work = |network: &mut Network, share: Vec<(usize, (&mut [f32], &mut Loss))>| {
            for (micro, (out, loss)) in share {
                *loss = network.token_losses(weights, &part(batch, micro * rows, rows), out);
            }
        };
        spread(self.networks.iter_mut().zip(shares), &work);
        Ok(sum(losses))
    }

    fn weights(&mut self) -> Result<&[f32], EngineFault> {
        Ok(&self.state.weights)
    }

    fn state(&mut self) -> Result<&State, EngineFault> {
        Ok(&self.state)
    }

    fn width(&self) -> usize {
        self.networks.len()
    }
}

/// Does each share on a thread of its own, the last on this one.
fn spread<'a, T: Send>(shares: impl Iterator<Item = (&'a mut Network, T)>, work: &(impl Fn(&mut Network, T) + Sync)) {
    let mut shares: Vec<(&mut Network, T)> = shares.collect();
    let own = shares.pop();
    std::thread::scope(|scope| {
        for (network, share) in shares {
            scope.spawn(move || work(network, share));
        }
        if let Some((network, share)) = own {
            work(network, share);
        }
    });
}
