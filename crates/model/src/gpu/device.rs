//! What the graph asks of a GPU.

use thiserror::Error;

use super::Kernel;

/// One argument of a kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Argument {
    /// An address on the device; 0 is no memory at all.
    Address(u64),
    /// An `int`.
    Int(i32),
    /// A `long long`.
    Long(i64),
    /// A `float`.
    Float(f32),
}

/// How a number lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 16 bits, the upper half of an f32.
    Bfloat16,
    /// 32 bits.
    Float32,
}

/// One factor of a product: a matrix of bfloat16 by rows, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// Where it starts.
    pub address: u64,
    /// Whether it is read turned: a right side stored `[columns, inner]`, or a left side stored `[inner, rows]`.
    pub is_turned: bool,
}

/// `out [rows, columns] = alpha · left [rows, inner] · right [inner, columns] + beta · add`, sums in f32.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Product {
    /// The left factor.
    pub left: Side,
    /// The right factor.
    pub right: Side,
    /// What is added; of the same kind and shape as `out`, and it may be the same memory.
    pub add: u64,
    /// Where the result goes.
    pub out: u64,
    /// How the result lies in memory.
    pub out_element: Element,
    /// Rows of the result.
    pub rows: usize,
    /// Columns of the result.
    pub columns: usize,
    /// What is summed over.
    pub inner: usize,
    /// Times the product.
    pub alpha: f32,
    /// Times what is added; at 0 it is not read.
    pub beta: f32,
}

/// Why a device did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeviceFault {
    /// No driver, or no such device.
    #[error("no CUDA device can be used: {0}; train on the CPU, or install the NVIDIA driver")]
    Absent(String),
    /// The kernels could not be compiled for it.
    #[error("the kernels cannot be compiled for this device: {0}; an NVRTC of CUDA 12 or later must be installed")]
    Compile(String),
    /// It has no room left.
    #[error("the device has no room for {bytes} bytes more; lower `lanes.rows` in the recipe")]
    Room {
        /// How much was asked for.
        bytes: usize,
    },
    /// A call failed.
    #[error("{call} failed on the device: {reason}")]
    Call {
        /// Which call.
        call: &'static str,
        /// What the driver says.
        reason: String,
    },
}

/// A GPU, or what stands in for one. Calls are done in the order in which they are made; reading waits for all of them.
pub trait Device: Send + Sync {
    /// What it is, for people.
    fn name(&self) -> String;

    /// New memory, with nothing known of what is in it.
    ///
    /// # Errors
    ///
    /// [`DeviceFault::Room`] where there is none left.
    fn allocate(&self, bytes: usize) -> Result<u64, DeviceFault>;

    /// Gives memory back.
    fn free(&self, address: u64);

    /// Copies onto the device.
    ///
    /// # Errors
    ///
    /// Where the driver refuses.
    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault>;

    /// Copies from the device, once all that was asked before is done.
    ///
    /// # Errors
    ///
    /// Where the driver refuses, or where an earlier call failed.
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceFault>;

    /// Runs a kernel over a grid of blocks.
    ///
    /// # Errors
    ///
    /// Where the driver refuses.
    fn launch(&self, kernel: Kernel, grid: [u32; 3], arguments: &[Argument]) -> Result<(), DeviceFault>;

    /// Multiplies two matrices.
    ///
    /// # Errors
    ///
    /// Where the library of products refuses.
    fn product(&self, product: &Product) -> Result<(), DeviceFault>;
}
