//! The optimisers on a device: the formulas of [`train`](crate::train), element by element, and Muon's products in
//! bfloat16, as its author runs it.

use std::sync::Arc;

use super::memory::{Memory, blocks, long};
use super::parameters::Parameters;
use super::{Argument, Device, DeviceFault, Element, GpuFault, Kernel, Product, Side};
use crate::recipe::{Optimiser, OptimiserKind};
use crate::train::{Rates, muon_size};
use crate::{Kind, Layout, Place, Shape};

/// Blocks over which a sum of squares is gathered.
const GATHERED: usize = 1024;

/// The quintic of Muon's iteration, as on the CPU.
const QUINTIC: [f32; 3] = crate::train::MUON_QUINTIC;

/// Takes steps on a device.
#[derive(Debug)]
pub(super) struct GpuStepper {
    layout: Layout,
    optimiser: Optimiser,
    parameters: Arc<Parameters>,
    pub(super) first: Memory,
    pub(super) second: Memory,
    partial: Memory,
    muon: Option<MuonRoom>,
}

/// Room for the largest matrix that Muon steps.
#[derive(Debug)]
struct MuonRoom {
    momentum: Memory,
    matrix: Memory,
    next: Memory,
    gram: Memory,
    square: Memory,
}

impl MuonRoom {
    fn new(device: &Arc<dyn Device>, layout: &Layout) -> Result<Self, DeviceFault> {
        let matrices = || layout.places().iter().filter(|place| place.kind == Kind::Matrix);
        let most = matrices().map(|place| place.rows * place.columns).max().unwrap_or_default();
        let short = matrices().map(|place| place.rows.min(place.columns)).max().unwrap_or_default();
        Ok(Self {
            momentum: Memory::floats(device, most)?,
            matrix: Memory::halves(device, most)?,
            next: Memory::halves(device, most)?,
            gram: Memory::halves(device, short * short)?,
            square: Memory::halves(device, short * short)?,
        })
    }
}

impl GpuStepper {
    pub(super) fn new(parameters: &Arc<Parameters>, shape: &Shape, optimiser: &Optimiser) -> Result<Self, GpuFault> {
        let (device, layout) = (parameters.device(), Layout::of(shape));
        let muon = match optimiser.kind {
            OptimiserKind::Muon => Some(MuonRoom::new(device, &layout)?),
            OptimiserKind::Adamw => None,
        };
        Ok(Self {
            first: Memory::floats(device, layout.floats())?,
            second: Memory::floats(device, layout.floats())?,
            partial: Memory::floats(device, GATHERED)?,
            muon,
            optimiser: optimiser.clone(),
            parameters: Arc::clone(parameters),
            layout,
        })
    }

    /// Clips the gradient, takes step number `step`, counted from 1, and sets the gradient to nothing; gives its norm. A
    /// gradient that is not finite makes no step.
    pub(super) fn step(&self, step: u64, rates: Rates) -> Result<f64, GpuFault> {
        let norm = self.norm(self.parameters.gradient.argument(), self.parameters.floats())?;
        if !norm.is_finite() {
            self.parameters.clear_gradient()?;
            return Ok(norm);
        }
        let clip = (self.optimiser.clip / (norm + 1e-6)).min(1.0) as f32;
        for place in self.layout.places() {
            match &self.muon {
                Some(room) if place.kind == Kind::Matrix => self.muon(room, place, clip, rates.muon)?,
                _ => self.adamw(place, clip, step, rates.adamw)?,
            }
        }
        self.parameters.round_weights()?;
        self.parameters.clear_gradient()?;
        Ok(norm)
    }

    /// The norm of a run of f32.
    fn norm(&self, run: Argument, count: usize) -> Result<f64, GpuFault> {
        let arguments = [self.partial.argument(), run, long(count)];
        self.launch(Kernel::SquareSum, GATHERED as u32, &arguments)?;
        let sum: f64 = self.partial.read(GATHERED)?.into_iter().map(f64::from).sum();
        Ok(libm::sqrt(sum))
    }

    fn adamw(&self, place: &Place, clip: f32, step: u64, rate: f64) -> Result<(), GpuFault> {
        let optimiser = &self.optimiser;
        // As on the CPU: gains, biases and the embedding are not decayed.
        let decays = matches!(place.kind, Kind::Matrix | Kind::Head);
        let decay = if decays { optimiser.weight_decay } else { 0.0 };
        let corrected = |beta: f64| (1.0 - libm::pow(beta, step as f64)) as f32;
        let floats = [rate, optimiser.beta1, optimiser.beta2, optimiser.epsilon, decay]
            .map(|value| Argument::Float(value as f32));
        let count = place.range().len();
        let memory = &self.parameters;
        let given = [
            at(&memory.weights, place),
            at(&self.first, place),
            at(&self.second, place),
            at(&memory.gradient, place),
            long(count),
            Argument::Float(clip),
        ];
        let corrections = [optimiser.beta1, optimiser.beta2].map(|beta| Argument::Float(corrected(beta)));
        self.launch(Kernel::Adamw, blocks(count), &[&given[..], &floats, &corrections].concat())
    }

    fn muon(&self, room: &MuonRoom, place: &Place, clip: f32, rate: f64) -> Result<(), GpuFault> {
        let count = place.range().len();
        let arguments = [
            room.momentum.argument(),
            at(&self.first, place),
            at(&self.parameters.gradient, place),
            long(count),
            Argument::Float(clip),
            Argument::Float(self.optimiser.momentum as f32),
        ];
        self.launch(Kernel::Nesterov, blocks(count), &arguments)?;
        let norm = self.norm(room.momentum.argument(), count)? as f32;
        let scale = Argument::Float(norm.max(1e-7).recip());
        let arguments = [room.matrix.argument(), room.momentum.argument(), scale, long(count)];
        self.launch(Kernel::ScaleCast, blocks(count), &arguments)?;
        let step = self.orthogonalise(room, place)?;
        let arguments = [
            at(&self.parameters.weights, place),
            step,
            Argument::Float(rate as f32),
            Argument::Float(muon_size(place.rows, place.columns) as f32),
            Argument::Float(self.optimiser.weight_decay as f32),
            long(count),
        ];
        self.launch(Kernel::MuonApply, blocks(count), &arguments)
    }

    /// Newton–Schulz on `room.matrix`; tells in which of the two rooms the result lies.
    fn orthogonalise(&self, room: &MuonRoom, place: &Place) -> Result<Argument, GpuFault> {
        let (rows, columns) = (place.rows, place.columns);
        let (is_tall, short, long) = (rows > columns, rows.min(columns), rows.max(columns));
        let [a, b, c] = QUINTIC;
        let (mut now, mut next) = (&room.matrix, &room.next);
        let side = |memory: &Memory, is_turned| Side { address: memory.address(), is_turned };
        for _ in 0..self.optimiser.newton_schulz_rounds {
            self.product(Product {
                left: side(now, is_tall),
                right: side(now, !is_tall),
                alpha: 1.0,
                beta: 0.0,
                ..square(&room.gram, &room.gram, short, long)
            })?;
            self.product(Product {
                left: side(&room.gram, false),
                right: side(&room.gram, false),
                alpha: c,
                beta: b,
                ..square(&room.square, &room.gram, short, short)
            })?;
            let (left, right) = if is_tall { (now, &room.square) } else { (&room.square, now) };
            self.product(Product {
                left: side(left, false),
                right: side(right, false),
                add: now.address(),
                out: next.address(),
                out_element: Element::Bfloat16,
                rows,
                columns,
                inner: short,
                alpha: 1.0,
                beta: a,
            })?;
            std::mem::swap(&mut now, &mut next);
        }
        Ok(now.argument())
    }

    fn product(&self, product: Product) -> Result<(), GpuFault> {
        Ok(self.parameters.device().product(&product)?)
    }

    fn launch(&self, kernel: Kernel, blocks: u32, arguments: &[Argument]) -> Result<(), GpuFault> {
        Ok(self.parameters.device().launch(kernel, [blocks, 1, 1], arguments)?)
    }
}

/// A product that is `[short, short]`, its sides still to be named.
fn square(out: &Memory, add: &Memory, short: usize, inner: usize) -> Product {
    let nothing = Side { address: 0, is_turned: false };
    Product {
        left: nothing,
        right: nothing,
        add: add.address(),
        out: out.address(),
        out_element: Element::Bfloat16,
        rows: short,
        columns: short,
        inner,
        alpha: 1.0,
        beta: 0.0,
    }
}

/// A tensor in a flat run on the device.
fn at(memory: &Memory, place: &Place) -> Argument {
    Argument::Address(memory.address() + 4 * place.start as u64)
}
