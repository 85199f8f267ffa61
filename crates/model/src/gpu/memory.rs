//! Memory on a device that is given back when nobody holds it any more.

use std::sync::Arc;

use super::{Argument, Device, DeviceFault, Kernel};

/// A run of bytes on a device.
pub(super) struct Memory {
    device: Arc<dyn Device>,
    address: u64,
    bytes: usize,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bytes on {}", self.bytes, self.device.name())
    }
}

impl Memory {
    /// Room for so many f32.
    pub(super) fn floats(device: &Arc<dyn Device>, count: usize) -> Result<Self, DeviceFault> {
        Self::bytes(device, count * 4)
    }

    /// Room for so many bfloat16.
    pub(super) fn halves(device: &Arc<dyn Device>, count: usize) -> Result<Self, DeviceFault> {
        Self::bytes(device, count * 2)
    }

    fn bytes(device: &Arc<dyn Device>, bytes: usize) -> Result<Self, DeviceFault> {
        // Nothing is read past its end, but a vector of sixteen bytes may be asked for at any place.
        let address = device.allocate(bytes.next_multiple_of(16))?;
        Ok(Self { device: Arc::clone(device), address, bytes })
    }

    /// Where it starts.
    pub(super) fn address(&self) -> u64 {
        self.address
    }

    /// As an argument of a kernel.
    pub(super) fn argument(&self) -> Argument {
        Argument::Address(self.address)
    }

    /// Fills it with f32.
    pub(super) fn write(&self, floats: &[f32]) -> Result<(), DeviceFault> {
        let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
        self.device.write(self.address, &bytes)
    }

    /// Fills it with token ids.
    pub(super) fn write_ids(&self, ids: &[u32]) -> Result<(), DeviceFault> {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        self.device.write(self.address, &bytes)
    }

    /// The f32 in it.
    pub(super) fn read(&self, count: usize) -> Result<Vec<f32>, DeviceFault> {
        let mut bytes = vec![0; count * 4];
        self.device.read(self.address, &mut bytes)?;
        let (floats, _) = bytes.as_chunks::<4>();
        Ok(floats.iter().map(|float| f32::from_le_bytes(*float)).collect())
    }

    /// Sets so many f32 from its start to nothing.
    pub(super) fn clear(&self, count: usize) -> Result<(), DeviceFault> {
        let arguments = [self.argument(), Argument::Float(0.0), long(count)];
        self.device.launch(Kernel::Fill, [blocks(count), 1, 1], &arguments)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.device.free(self.address);
    }
}

/// Blocks of 256 threads that cover so many elements.
pub(super) fn blocks(count: usize) -> u32 {
    u32::try_from(count.div_ceil(256)).unwrap_or(u32::MAX)
}

/// A count as an `int` of a kernel.
pub(super) fn int(count: usize) -> Argument {
    Argument::Int(i32::try_from(count).unwrap_or(i32::MAX))
}

/// A count as a `long long` of a kernel.
pub(super) fn long(count: usize) -> Argument {
    Argument::Long(i64::try_from(count).unwrap_or(i64::MAX))
}
