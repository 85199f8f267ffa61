//! The transformer on a GPU: the same graph as [`network`](crate::network), in bfloat16 products with sums in f32.
//!
//! The graph speaks to a [`Device`] and to nothing else. One device is the GPU itself (`cuda`, behind the feature of that
//! name: the driver is loaded when it is asked for, so that the program builds and runs where there is none). Another,
//! in the tests, runs the very text of the kernels on the CPU, so that what they compute is held against the CPU's own
//! transformer on every machine.
//!
//! The device of `cuda` has not run on a GPU yet: no test calls the driver.
//!
//! Nothing adds to one place from two blocks: the same input gives the same bits on the same kind of GPU.

#[cfg(feature = "cuda")]
pub mod cuda;
mod device;
mod engine;
mod kernel;
mod memory;
mod network;
mod parameters;
mod stepper;

pub use self::{
    device::{Argument, Device, DeviceFault, Element, Product, Side},
    engine::GpuEngine,
    kernel::Kernel,
    network::{GpuFault, GpuNetwork},
    parameters::Parameters,
};
