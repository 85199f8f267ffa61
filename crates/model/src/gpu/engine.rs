//! A GPU as a backend of the training loop.

use std::sync::Arc;

use super::parameters::Parameters;
use super::stepper::GpuStepper;
use super::{Device, GpuFault, GpuNetwork};
use crate::network::{Batch, Loss};
use crate::recipe::Recipe;
use crate::train::{Engine, EngineFault, Rates, State};
use crate::{Layout, Shape};

/// Trains on a device. Micro-batches of `lanes.rows` sequences go through it one after the other.
#[derive(Debug)]
pub struct GpuEngine {
    shape: Shape,
    tokens: usize,
    parameters: Arc<Parameters>,
    stepper: GpuStepper,
    network: Option<Sized>,
    /// The state as it was read back last, and whether the device has gone on since.
    state: State,
    is_stale: bool,
}

/// Room for micro-batches of one form.
#[derive(Debug)]
struct Sized {
    rows: usize,
    length: usize,
    network: GpuNetwork,
}

impl GpuEngine {
    /// An engine for a recipe, with all weights 0 until a state is loaded.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Shape`] where the kernels do not know such a model; [`GpuFault::Device`] where the device has no room.
    pub fn new(device: &Arc<dyn Device>, recipe: &Recipe) -> Result<Self, GpuFault> {
        let floats = Layout::of(&recipe.shape).floats();
        let state = State::new(vec![0.0; floats]);
        let parameters = Arc::new(Parameters::new(device, &state.weights)?);
        let stepper = GpuStepper::new(&parameters, &recipe.shape, &recipe.optimiser)?;
        let mut engine = Self {
            shape: recipe.shape.clone(),
            tokens: recipe.lanes.rows.max(1) * recipe.shape.context,
            parameters,
            stepper,
            network: None,
            state,
            is_stale: false,
        };
        // What does not fit is said before anything is trained.
        let (rows, length) = (engine.rows(recipe.shape.context), recipe.shape.context);
        engine.room(rows, length)?;
        Ok(engine)
    }

    /// Rows of a micro-batch whose rows are so long.
    fn rows(&self, length: usize) -> usize {
        (self.tokens / length.max(1)).max(1)
    }

    /// The network for micro-batches of this form, made anew where the last one was of another.
    fn room(&mut self, rows: usize, length: usize) -> Result<&mut GpuNetwork, GpuFault> {
        let kept = self.network.take().filter(|sized| (sized.rows, sized.length) == (rows, length));
        let sized = match kept {
            Some(sized) => sized,
            None => Sized { rows, length, network: GpuNetwork::new(&self.parameters, &self.shape, rows, length)? },
        };
        Ok(&mut self.network.insert(sized).network)
    }

    /// Walks a batch in micro-batches that all have the same form: `step` gets each, and the places of its tokens.
    fn walk(
        &mut self,
        batch: &Batch<'_>,
        mut step: impl FnMut(&mut GpuNetwork, &Padded) -> Result<Loss, GpuFault>,
    ) -> Result<Loss, EngineFault> {
        crate::train::check(batch, &self.shape)?;
        let length = batch.length.next_multiple_of(64);
        let rows = self.rows(length).min(batch.rows.max(1));
        let network = self.room(rows, length)?;
        let mut loss = Loss::default();
        for first in (0..batch.rows).step_by(rows) {
            let part = step(network, &Padded::of(batch, first, rows, length))?;
            loss = Loss { sum: loss.sum + part.sum, counted: loss.counted + part.counted };
        }
        Ok(loss)
    }

    /// Reads weights and moments back, if the device has gone on.
    fn refresh(&mut self) -> Result<(), GpuFault> {
        if std::mem::take(&mut self.is_stale) {
            let floats = self.parameters.floats();
            self.state.weights = self.parameters.weights()?;
            self.state.first = self.stepper.first.read(floats)?;
            self.state.second = self.stepper.second.read(floats)?;
        }
        Ok(())
    }
}

/// Some rows of a batch, filled up to the form that room was made for. What fills has no weight, and stands where no
/// token that counts can see it.
struct Padded {
    first: usize,
    inputs: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<f32>,
    rows: usize,
    length: usize,
}

impl Padded {
    fn of(batch: &Batch<'_>, first: usize, rows: usize, length: usize) -> Self {
        let mut padded = Self {
            first,
            inputs: vec![0; rows * length],
            targets: vec![0; rows * length],
            weights: vec![0.0; rows * length],
            rows,
            length,
        };
        for row in first..batch.rows.min(first + rows) {
            let (from, to) = (row * batch.length, (row - first) * length);
            let (given, kept) = (from..from + batch.length, to..to + batch.length);
            padded.inputs[kept.clone()].copy_from_slice(&batch.inputs[given.clone()]);
            padded.targets[kept.clone()].copy_from_slice(&batch.targets[given.clone()]);
            match batch.weights {
                Some(weights) => padded.weights[kept].copy_from_slice(&weights[given]),
                None => padded.weights[kept].fill(1.0),
            }
        }
        padded
    }

    fn batch(&self) -> Batch<'_> {
        let (rows, length) = (self.rows, self.length);
        Batch { inputs: &self.inputs, targets: &self.targets, weights: Some(&self.weights), rows, length }
    }
}

impl From<GpuFault> for EngineFault {
    fn from(fault: GpuFault) -> Self {
        Self::Device(fault.to_string())
    }
}

impl Engine for GpuEngine {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn load(&mut self, state: State) -> Result<(), EngineFault> {
        let expected = self.parameters.floats();
        for found in [state.weights.len(), state.first.len(), state.second.len()] {
            if found != expected {
                return Err(EngineFault::Size { expected, found });
            }
        }
        self.parameters.set_weights(&state.weights)?;
        self.parameters.clear_gradient()?;
        self.stepper.first.write(&state.first).map_err(GpuFault::from)?;
        self.stepper.second.write(&state.second).map_err(GpuFault::from)?;
        self.state = state;
        self.is_stale = false;
        Ok(())
    }

    fn accumulate(&mut self, batch: &Batch<'_>, scale: f32) -> Result<Loss, EngineFault> {
        self.walk(batch, |network, part| network.backward(&part.batch(), scale))
    }

    fn apply(&mut self, rates: Rates) -> Result<f64, EngineFault> {
        let norm = self.stepper.step(self.state.step + 1, rates)?;
        if norm.is_finite() {
            self.state.step += 1;
            self.is_stale = true;
        }
        Ok(norm)
    }

    fn losses(&mut self, batch: &Batch<'_>, out: &mut [f32]) -> Result<Loss, EngineFault> {
        if out.len() != batch.rows * batch.length {
            let (rows, length, most) = (batch.rows, batch.length, self.shape.context);
            return Err(EngineFault::Batch { rows, length, most, found: out.len() });
        }
        let short = batch.length;
        self.walk(batch, |network, part| {
            let mut losses = vec![0.0; part.rows * part.length];
            let loss = network.token_losses(&part.batch(), &mut losses)?;
            let rows = losses.chunks_exact(part.length.max(1));
            for (row, kept) in rows.zip(out[part.first * short..].chunks_exact_mut(short.max(1))) {
                kept.copy_from_slice(&row[..short]);
            }
            Ok(loss)
        })
    }

    fn weights(&mut self) -> Result<&[f32], EngineFault> {
        self.refresh()?;
        Ok(&self.state.weights)
    }

    fn state(&mut self) -> Result<&State, EngineFault> {
        self.refresh()?;
        Ok(&self.state)
    }

    fn width(&self) -> usize {
        1
    }
}
