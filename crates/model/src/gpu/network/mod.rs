//! The graph of the transformer on a device, forward and backward.
//!
//! The residual stream, norms, sums and gradients of weights are f32; what goes into a product is bfloat16.

mod backward;
mod block;
mod forward;
mod head;
mod scratch;

use std::sync::Arc;

use thiserror::Error;

use self::block::BlockPlaces;
use self::scratch::{Saved, Scratch};
use super::memory::Memory;
use super::parameters::{Parameters, fits};
use super::{Argument, DeviceFault, Element, Kernel, Product, Side};
use crate::math::Rope;
use crate::network::{Batch, Loss};
use crate::{Layout, Shape};

/// Why a step on a device was not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GpuFault {
    /// The kernels do not know such a model.
    #[error(
        "the GPU trains models with {wanted}; this one has {found}: change the recipe's shape, or train on the CPU"
    )]
    Shape {
        /// What the kernels know.
        wanted: &'static str,
        /// What the shape says.
        found: String,
    },
    /// What was handed over does not fit what was made.
    #[error("the {what} has {found} numbers, and {wanted} were made room for")]
    Size {
        /// What was handed over.
        what: &'static str,
        /// How many numbers it has.
        found: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// The device did not do it.
    #[error(transparent)]
    Device(#[from] DeviceFault),
}

/// A transformer on a device, with room for `rows` sequences of `length` tokens at once.
#[derive(Debug)]
pub struct GpuNetwork {
    shape: Shape,
    rows: usize,
    length: usize,
    embedding: usize,
    last_gain: usize,
    head: usize,
    places: Vec<BlockPlaces>,
    parameters: Arc<Parameters>,
    cosines: Memory,
    sines: Memory,
    saved: Vec<Saved>,
    scratch: Scratch,
}

impl GpuNetwork {
    /// Room on the device for one micro-batch of `rows` sequences of `length` tokens of the model that these are the
    /// parameters of.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Shape`] unless heads have 64 floats, `length` is a multiple of 64, projections have no bias and every
    /// row of a matrix has a multiple of eight numbers; [`GpuFault::Device`] where the device has no room.
    pub fn new(parameters: &Arc<Parameters>, shape: &Shape, rows: usize, length: usize) -> Result<Self, GpuFault> {
        check(shape, length)?;
        let layout = Layout::of(shape);
        fits("run of parameters", parameters.floats(), layout.floats())?;
        let device = parameters.device();
        let start = |name: &str| layout.find(name).map_or(0, |place| place.start);
        let rope = Rope::new(shape, length);
        let (cosines, sines) = rope.tables();
        let table = |values: &[f32]| -> Result<Memory, DeviceFault> {
            let memory = Memory::floats(device, values.len())?;
            memory.write(values)?;
            Ok(memory)
        };
        let embedding = start("model.embed_tokens.weight");
        Ok(Self {
            shape: shape.clone(),
            rows,
            length,
            embedding,
            last_gain: start("model.norm.weight"),
            head: if shape.tied { embedding } else { start("lm_head.weight") },
            places: (0..shape.layers).map(|block| BlockPlaces::of(&layout, block)).collect(),
            cosines: table(cosines)?,
            sines: table(sines)?,
            saved: (0..shape.layers).map(|_| Saved::new(device, shape, rows * length)).collect::<Result<_, _>>()?,
            scratch: Scratch::new(device, shape, rows * length)?,
            parameters: Arc::clone(parameters),
        })
    }

    /// The loss of every target, forward only: nats, unweighted, written to `out`.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Size`] where the batch is not of the size that room was made for; [`GpuFault::Device`].
    pub fn token_losses(&mut self, batch: &Batch<'_>, out: &mut [f32]) -> Result<Loss, GpuFault> {
        self.fits(batch)?;
        fits("run of losses", out.len(), batch.targets.len())?;
        self.forward(batch.inputs)?;
        let losses = self.losses(batch, None)?;
        out.copy_from_slice(&losses);
        Ok(summed(&losses, batch))
    }

    /// Forward and backward: adds `scale` times the gradient of the weighted sum of losses to the gradient on the device.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Size`] where the batch is not of the size that room was made for; [`GpuFault::Device`].
    pub fn backward(&mut self, batch: &Batch<'_>, scale: f32) -> Result<Loss, GpuFault> {
        self.fits(batch)?;
        self.forward(batch.inputs)?;
        let losses = self.losses(batch, Some(scale))?;
        self.pull_back(batch.inputs)?;
        Ok(summed(&losses, batch))
    }

    fn tokens(&self) -> usize {
        self.rows * self.length
    }

    fn fits(&self, batch: &Batch<'_>) -> Result<(), GpuFault> {
        fits("run of inputs", batch.inputs.len(), self.tokens())?;
        fits("run of targets", batch.targets.len(), self.tokens())
    }

    fn weight(&self, start: usize) -> Argument {
        Argument::Address(self.parameters.weights.address() + 4 * start as u64)
    }

    fn half(&self, start: usize) -> u64 {
        self.parameters.halves.address() + 2 * start as u64
    }

    fn slope(&self, start: usize) -> u64 {
        self.parameters.gradient.address() + 4 * start as u64
    }

    fn launch(&self, kernel: Kernel, blocks: u32, arguments: &[Argument]) -> Result<(), GpuFault> {
        Ok(self.parameters.device().launch(kernel, [blocks, 1, 1], arguments)?)
    }

    /// `out [rows, columns] = left [rows, inner] · rightᵀ + beta · out`: a projection by a matrix `[columns, inner]`.
    fn project(&self, out: Out, left: u64, matrix: u64, [rows, columns, inner]: [usize; 3]) -> Result<(), GpuFault> {
        self.multiply(out, plain(left), turned(matrix), [rows, columns, inner])
    }

    fn multiply(&self, out: Out, left: Side, right: Side, [rows, columns, inner]: [usize; 3]) -> Result<(), GpuFault> {
        let Out { address, element, add, beta } = out;
        let product =
            Product { left, right, add, out: address, out_element: element, rows, columns, inner, alpha: 1.0, beta };
        Ok(self.parameters.device().product(&product)?)
    }
}

/// Where a product goes.
#[derive(Clone, Copy)]
struct Out {
    address: u64,
    element: Element,
    add: u64,
    beta: f32,
}

impl Out {
    /// Over what was there.
    fn new(memory: &Memory, element: Element) -> Self {
        Self { address: memory.address(), element, add: memory.address(), beta: 0.0 }
    }

    /// f32, on top of what was there.
    fn on_top(address: u64) -> Self {
        Self { address, element: Element::Float32, add: address, beta: 1.0 }
    }
}

fn plain(address: u64) -> Side {
    Side { address, is_turned: false }
}

fn turned(address: u64) -> Side {
    Side { address, is_turned: true }
}

fn check(shape: &Shape, length: usize) -> Result<(), GpuFault> {
    let refuse = |wanted, found: String| Err(GpuFault::Shape { wanted, found });
    if shape.head_size != 64 {
        return refuse("heads of 64 floats", format!("heads of {}", shape.head_size));
    }
    if length == 0 || !length.is_multiple_of(64) {
        return refuse("sequences of a multiple of 64 tokens", format!("sequences of {length}"));
    }
    if shape.attention_bias {
        return refuse("projections without bias", "a bias".to_owned());
    }
    for (what, size) in [("width", shape.width), ("hidden", shape.hidden), ("vocab", shape.vocab)] {
        if !size.is_multiple_of(8) {
            return refuse("sizes that are multiples of 8", format!("{what} = {size}"));
        }
    }
    Ok(())
}

/// The weighted sum, in the order of the targets.
fn summed(losses: &[f32], batch: &Batch<'_>) -> Loss {
    let weight = |at: usize| batch.weights.map_or(1.0, |weights| weights[at]);
    let sum = losses.iter().enumerate().map(|(at, loss)| f64::from(weight(at)) * f64::from(*loss)).sum();
    let counted = (0..losses.len()).filter(|at| weight(*at) != 0.0).count();
    Loss { sum, counted }
}
