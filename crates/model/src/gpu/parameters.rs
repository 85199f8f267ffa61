//! A model on a device: its weights, and their gradient.

use std::sync::Arc;

use super::memory::{Memory, blocks, long};
use super::{Device, GpuFault, Kernel};

/// The weights of a model on a device, twice: in f32, which the optimiser moves, and rounded to bfloat16, which products
/// read; and their gradient, in f32.
#[derive(Debug)]
pub struct Parameters {
    device: Held,
    floats: usize,
    pub(super) weights: Memory,
    pub(super) halves: Memory,
    pub(super) gradient: Memory,
}

/// A device that prints as its name.
struct Held(Arc<dyn Device>);

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.name())
    }
}

impl Parameters {
    /// Puts weights onto a device, in the order of [`Layout`](crate::Layout); the gradient is nothing.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Device`] where the device has no room.
    pub fn new(device: &Arc<dyn Device>, weights: &[f32]) -> Result<Self, GpuFault> {
        let floats = weights.len();
        let parameters = Self {
            floats,
            weights: Memory::floats(device, floats)?,
            halves: Memory::halves(device, floats)?,
            gradient: Memory::floats(device, floats)?,
            device: Held(Arc::clone(device)),
        };
        parameters.set_weights(weights)?;
        parameters.clear_gradient()?;
        Ok(parameters)
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Arc<dyn Device> {
        &self.device.0
    }

    /// How many weights there are.
    #[must_use]
    pub fn floats(&self) -> usize {
        self.floats
    }

    /// Other weights in place of these.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Size`] where there are more or fewer; [`GpuFault::Device`].
    pub fn set_weights(&self, weights: &[f32]) -> Result<(), GpuFault> {
        fits("run of weights", weights.len(), self.floats)?;
        self.weights.write(weights)?;
        self.round_weights()
    }

    /// All weights, read back.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Device`] where the device refuses.
    pub fn weights(&self) -> Result<Vec<f32>, GpuFault> {
        Ok(self.weights.read(self.floats)?)
    }

    /// Sets the gradient to nothing.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Device`] where the device refuses.
    pub fn clear_gradient(&self) -> Result<(), GpuFault> {
        Ok(self.gradient.clear(self.floats)?)
    }

    /// The gradient of all weights, read back.
    ///
    /// # Errors
    ///
    /// [`GpuFault::Device`] where the device refuses.
    pub fn gradient(&self) -> Result<Vec<f32>, GpuFault> {
        Ok(self.gradient.read(self.floats)?)
    }

    /// Rounds the weights anew, once the optimiser has moved them.
    pub(super) fn round_weights(&self) -> Result<(), GpuFault> {
        let arguments = [self.halves.argument(), self.weights.argument(), long(self.floats)];
        Ok(self.device.0.launch(Kernel::Cast, [blocks(self.floats), 1, 1], &arguments)?)
    }
}

pub(super) fn fits(what: &'static str, found: usize, wanted: usize) -> Result<(), GpuFault> {
    if found == wanted { Ok(()) } else { Err(GpuFault::Size { what, found, wanted }) }
}
