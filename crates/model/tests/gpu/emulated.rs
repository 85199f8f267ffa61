//! A stand-in for a GPU: the kernels' own text, compiled for the CPU, and products done by plain loops.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use model::gpu::{Argument, Device, DeviceFault, Element, Kernel, Product, Side};

type Emulate = unsafe extern "C" fn(*const c_char, *const c_uint, c_uint, *mut *mut c_void) -> c_int;

/// The kernels on the CPU.
pub(crate) struct Emulated {
    library: libloading::Library,
    held: Mutex<BTreeMap<u64, Vec<u128>>>,
    // The fibres and the shared memory of the emulator are one for all.
    turn: Mutex<()>,
    _folder: tempfile::TempDir,
}

impl Emulated {
    /// Compiles the kernels; none, with a word on why, where there is no C++ compiler.
    pub(crate) fn new() -> Option<Self> {
        let Some(compiler) = compiler() else {
            println!("skipped: no C++ compiler (c++, g++ or clang++) to run the GPU's kernels on the CPU with");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (text, library) = (folder.path().join("kernels.cu"), folder.path().join("emulator.so"));
        std::fs::write(&text, Kernel::SOURCE).unwrap();
        compile(&compiler, &text, &library);
        #[expect(unsafe_code, reason = "loads what was compiled just now")]
        // SAFETY: the library has no start-up code but that of C++.
        let library = unsafe { libloading::Library::new(&library) }.unwrap();
        Some(Self { library, held: Mutex::default(), turn: Mutex::default(), _folder: folder })
    }
}

fn compiler() -> Option<PathBuf> {
    let names = ["c++", "g++", "clang++"];
    let found = names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    found.map(PathBuf::from)
}

fn compile(compiler: &Path, text: &Path, library: &Path) {
    let emulator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gpu/emulator.cpp");
    let kernels = format!("-DKERNELS=\"{}\"", text.display());
    let mut command = Command::new(compiler);
    command.args(["-O2", "-std=c++17", "-shared", "-fPIC", "-o"]).arg(library).arg(kernels).arg(emulator);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[expect(unsafe_code, reason = "addresses stand for memory, as they do on a GPU")]
impl Device for Emulated {
    fn name(&self) -> String {
        "the CPU in place of a GPU".to_owned()
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceFault> {
        let memory = vec![0xAAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_u128; bytes.div_ceil(16)];
        let address = memory.as_ptr() as u64;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(address, memory);
        Ok(address)
    }

    fn free(&self, address: u64) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }

    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault> {
        // SAFETY: the graph holds at least so many bytes there.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
        Ok(())
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceFault> {
        // SAFETY: the graph holds at least so many bytes there.
        unsafe { std::ptr::copy_nonoverlapping(address as *const u8, bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    fn launch(&self, kernel: Kernel, grid: [u32; 3], arguments: &[Argument]) -> Result<(), DeviceFault> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let name = CString::new(kernel.name()).unwrap();
        let mut values = arguments.to_vec();
        let mut places: Vec<*mut c_void> = values
            .iter_mut()
            .map(|value| match value {
                Argument::Address(value) => (&raw mut *value).cast(),
                Argument::Int(value) => (&raw mut *value).cast(),
                Argument::Long(value) => (&raw mut *value).cast(),
                Argument::Float(value) => (&raw mut *value).cast(),
            })
            .collect();
        // SAFETY: the function has this signature; the graph hands over what the kernel asks for.
        let fault = unsafe {
            let emulate: libloading::Symbol<'_, Emulate> = self.library.get(b"emulate").unwrap();
            emulate(name.as_ptr(), grid.as_ptr(), kernel.threads(), places.as_mut_ptr())
        };
        match fault {
            0 => Ok(()),
            1 => Err(DeviceFault::Call { call: kernel.name(), reason: "there is no such kernel".to_owned() }),
            _ => Err(DeviceFault::Call { call: kernel.name(), reason: "its threads wait for each other".to_owned() }),
        }
    }

    fn product(&self, product: &Product) -> Result<(), DeviceFault> {
        let Product { rows, columns, inner, .. } = *product;
        let left = halves(product.left, rows, inner);
        let right = halves(Side { is_turned: !product.right.is_turned, ..product.right }, columns, inner);
        for row in 0..rows {
            for column in 0..columns {
                let pairs = left[row * inner..][..inner].iter().zip(&right[column * inner..][..inner]);
                let sum: f32 = pairs.map(|(left, right)| left * right).sum();
                put(product, row * columns + column, sum);
            }
        }
        Ok(())
    }
}

/// A factor as f32, by rows of what is summed over.
#[expect(unsafe_code, reason = "addresses stand for memory")]
fn halves(side: Side, rows: usize, inner: usize) -> Vec<f32> {
    let at = |row: usize, k: usize| if side.is_turned { k * rows + row } else { row * inner + k };
    // SAFETY: the graph holds a matrix of this size there.
    let memory = unsafe { std::slice::from_raw_parts(side.address as *const u16, rows * inner) };
    (0..rows).flat_map(|row| (0..inner).map(move |k| (row, k))).map(|(row, k)| widen(memory[at(row, k)])).collect()
}

#[expect(unsafe_code, reason = "addresses stand for memory")]
fn put(product: &Product, at: usize, sum: f32) {
    // SAFETY: the graph holds matrices of this size there.
    unsafe {
        match product.out_element {
            Element::Float32 => {
                let added = if product.beta == 0.0 { 0.0 } else { *(product.add as *const f32).add(at) };
                *(product.out as *mut f32).add(at) = product.alpha * sum + product.beta * added;
            }
            Element::Bfloat16 => {
                let added = if product.beta == 0.0 { 0.0 } else { widen(*(product.add as *const u16).add(at)) };
                *(product.out as *mut u16).add(at) = narrow(product.alpha * sum + product.beta * added);
            }
        }
    }
}

fn widen(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

fn narrow(float: f32) -> u16 {
    let bits = float.to_bits();
    u16::try_from(bits.wrapping_add(0x7FFF + ((bits >> 16) & 1)) >> 16).unwrap()
}
