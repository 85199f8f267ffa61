//! What computes: the processors, or a GPU.

use std::thread::available_parallelism;

use anyhow::{Result, bail};
use model::Recipe;
use model::train::{CpuEngine, Engine};

use crate::args::model::MachineArgs;

/// Threads to compute with.
pub(super) fn threads(given: Option<usize>) -> usize {
    given.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)).max(1)
}

/// The engine that was asked for.
pub(super) fn engine(recipe: &Recipe, machine: &MachineArgs) -> Result<Box<dyn Engine>> {
    match machine.device.as_str() {
        "cpu" => Ok(Box::new(CpuEngine::new(recipe, threads(machine.threads)))),
        other => match other.strip_prefix("cuda:").or((other == "cuda").then_some("0")).map(str::parse) {
            Some(Ok(number)) => gpu(recipe, number),
            _ => bail!("`--device {other}` is no device; write `cpu`, or `cuda:0` for the first NVIDIA GPU"),
        },
    }
}

#[cfg(feature = "cuda")]
fn gpu(recipe: &Recipe, number: usize) -> Result<Box<dyn Engine>> {
    use std::sync::Arc;

    let device: Arc<dyn model::gpu::Device> = Arc::new(model::gpu::cuda::CudaDevice::open(number)?);
    Ok(Box::new(model::gpu::GpuEngine::new(&device, recipe)?))
}

#[cfg(not(feature = "cuda"))]
fn gpu(_recipe: &Recipe, number: usize) -> Result<Box<dyn Engine>> {
    bail!(
        "this `daepyo` was built without the GPU path, so it cannot use GPU {number}; build it with \
         `cargo build --release --features cuda`, or leave `--device` out"
    )
}
