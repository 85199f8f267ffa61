//! An NVIDIA GPU, through a driver that is loaded when it is asked for.
//!
//! The only place but the product of matrices on the CPU where raw calls are made. Every call is made in the device's own
//! context and on its one default stream, so that calls are done in the order in which they are made.

use std::collections::BTreeMap;
use std::ffi::{CString, c_void};
use std::sync::{Mutex, PoisonError};

use cudarc::cublaslt::{result as lt, sys as lt_sys};
use cudarc::driver::{result as driver, sys};
use cudarc::nvrtc::{self, CompileError, CompileOptions};

use super::{Argument, Device, DeviceFault, Element, Kernel, Product};

/// Bytes that cuBLASLt may use for itself; what NVIDIA advises for Hopper.
const WORKSPACE: usize = 32 << 20;

/// One NVIDIA GPU.
pub struct CudaDevice {
    name: String,
    device: sys::CUdevice,
    context: sys::CUcontext,
    module: sys::CUmodule,
    kernels: Vec<(Kernel, sys::CUfunction)>,
    blas: lt_sys::cublasLtHandle_t,
    workspace: u64,
    plans: Mutex<BTreeMap<Key, Plan>>,
}

#[expect(unsafe_code, reason = "a context, a module and their functions may be used from any thread that binds them")]
// SAFETY: every method binds the context to its thread first; the driver's and cuBLASLt's calls are thread-safe; the table
// of plans is behind a lock.
unsafe impl Send for CudaDevice {}
#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl Sync for CudaDevice {}

impl std::fmt::Debug for CudaDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// What makes a product another one to the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    sizes: [usize; 3],
    is_turned: [bool; 2],
    is_float: bool,
    adds: bool,
}

/// How a product of one key is done.
struct Plan {
    operation: lt_sys::cublasLtMatmulDesc_t,
    first: lt_sys::cublasLtMatrixLayout_t,
    second: lt_sys::cublasLtMatrixLayout_t,
    result: lt_sys::cublasLtMatrixLayout_t,
    algorithm: lt_sys::cublasLtMatmulAlgo_t,
}

impl CudaDevice {
    /// The GPU with this number, its kernels compiled for it.
    ///
    /// # Errors
    ///
    /// [`DeviceFault::Absent`] where there is no driver, no library of products or no such GPU, or where it is older than
    /// Ampere (compute capability 8.0), which knows no bfloat16; [`DeviceFault::Compile`].
    #[expect(unsafe_code, reason = "calls of the driver")]
    pub fn open(number: usize) -> Result<Self, DeviceFault> {
        present()?;
        driver::init().map_err(absent)?;
        let ordinal = i32::try_from(number).unwrap_or(i32::MAX);
        let device = driver::device::get(ordinal).map_err(absent)?;
        let name = driver::device::get_name(device).map_err(absent)?;
        let architecture = architecture(device)?;
        // SAFETY: the device was handed out by the driver just now.
        let context = unsafe { driver::primary_ctx::retain(device) }.map_err(absent)?;
        // SAFETY: the context was retained just now.
        unsafe { driver::ctx::set_current(context) }.map_err(call("cuCtxSetCurrent"))?;
        let module = compiled(&architecture)?;
        let kernels = Kernel::ALL.into_iter().map(|kernel| function(module, kernel)).collect::<Result<_, _>>()?;
        let blas = lt::create_handle().map_err(call("cublasLtCreate"))?;
        // SAFETY: the context is bound.
        let workspace =
            unsafe { driver::malloc_sync(WORKSPACE) }.map_err(|_| DeviceFault::Room { bytes: WORKSPACE })?;
        Ok(Self { name, device, context, module, kernels, blas, workspace, plans: Mutex::default() })
    }

    #[expect(unsafe_code, reason = "calls of the driver")]
    fn bind(&self) -> Result<(), DeviceFault> {
        // SAFETY: the context lives as long as the device.
        unsafe { driver::ctx::set_current(self.context) }.map_err(call("cuCtxSetCurrent"))
    }

    /// A plan for a product, made once. To the library matrices stand by columns, so it multiplies what is turned:
    /// `outᵀ = rightᵀ · leftᵀ`.
    #[expect(unsafe_code, reason = "calls of cuBLASLt")]
    fn plan(&self, key: Key) -> Result<Plan, DeviceFault> {
        let [rows, columns, inner] = key.sizes.map(|size| size as u64);
        let half = lt_sys::cudaDataType_t::CUDA_R_16BF;
        let kind = if key.is_float { lt_sys::cudaDataType_t::CUDA_R_32F } else { half };
        let layout = |kind, rows: u64, columns: u64| {
            lt::create_matrix_layout(kind, rows, columns, rows as i64).map_err(call("cublasLtMatrixLayoutCreate"))
        };
        let [turned_left, turned_right] = key.is_turned;
        let first = if turned_right { layout(half, inner, columns)? } else { layout(half, columns, inner)? };
        let second = if turned_left { layout(half, rows, inner)? } else { layout(half, inner, rows)? };
        let result = layout(kind, columns, rows)?;
        let operation =
            lt::create_matmul_desc(lt_sys::cublasComputeType_t::CUBLAS_COMPUTE_32F, lt_sys::cudaDataType_t::CUDA_R_32F)
                .map_err(call("cublasLtMatmulDescCreate"))?;
        let sides = [
            (lt_sys::cublasLtMatmulDescAttributes_t::CUBLASLT_MATMUL_DESC_TRANSA, turned_right),
            (lt_sys::cublasLtMatmulDescAttributes_t::CUBLASLT_MATMUL_DESC_TRANSB, turned_left),
        ];
        for (attribute, is_turned) in sides {
            let value = i32::from(is_turned);
            // SAFETY: the attribute is an `int`, and the descriptor was made above.
            unsafe { lt::set_matmul_desc_attribute(operation, attribute, (&raw const value).cast(), 4) }
                .map_err(call("cublasLtMatmulDescSetAttribute"))?;
        }
        let algorithm = self.algorithm(operation, [first, second, result])?;
        Ok(Plan { operation, first, second, result, algorithm })
    }

    #[expect(unsafe_code, reason = "calls of cuBLASLt")]
    fn algorithm(
        &self,
        operation: lt_sys::cublasLtMatmulDesc_t,
        [first, second, result]: [lt_sys::cublasLtMatrixLayout_t; 3],
    ) -> Result<lt_sys::cublasLtMatmulAlgo_t, DeviceFault> {
        let workspace = WORKSPACE;
        let wish = lt::create_matmul_pref().map_err(call("cublasLtMatmulPreferenceCreate"))?;
        let attribute = lt_sys::cublasLtMatmulPreferenceAttributes_t::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
        // SAFETY: the attribute is a `size_t`; every handle was made just now and none is freed before the call.
        let found = unsafe {
            lt::set_matmul_pref_attribute(wish, attribute, (&raw const workspace).cast(), size_of::<usize>())
                .and_then(|()| lt::get_matmul_algo_heuristic(self.blas, operation, first, second, result, result, wish))
        };
        // SAFETY: made above and not used again.
        unsafe { lt::destroy_matmul_pref(wish) }.map_err(call("cublasLtMatmulPreferenceDestroy"))?;
        Ok(found.map_err(call("cublasLtMatmulAlgoGetHeuristic"))?.algo)
    }
}

#[expect(unsafe_code, reason = "calls of the driver and of cuBLASLt")]
impl Device for CudaDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceFault> {
        self.bind()?;
        // SAFETY: the context is bound.
        unsafe { driver::malloc_sync(bytes) }.map_err(|_| DeviceFault::Room { bytes })
    }

    fn free(&self, address: u64) {
        if self.bind().is_ok() {
            // SAFETY: the address came from `allocate`; freeing waits for what still uses it. Whether it worked cannot be
            // told to anybody: the memory is gone either way when the process ends.
            let _ = unsafe { driver::free_sync(address) };
        }
    }

    fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault> {
        self.bind()?;
        // SAFETY: the caller holds at least so many bytes there.
        unsafe { driver::memcpy_htod_sync(address, bytes) }.map_err(call("cuMemcpyHtoD"))
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceFault> {
        self.bind()?;
        // SAFETY: the caller holds at least so many bytes there; the copy is done when the call returns.
        unsafe { driver::memcpy_dtoh_sync(bytes, address) }.map_err(call("cuMemcpyDtoH"))
    }

    fn launch(&self, kernel: Kernel, [x, y, z]: [u32; 3], arguments: &[Argument]) -> Result<(), DeviceFault> {
        self.bind()?;
        let function = self.kernels.iter().find(|(known, _)| *known == kernel).map(|(_, function)| *function);
        let reason = || DeviceFault::Call { call: kernel.name(), reason: "it was not compiled".to_owned() };
        let function = function.ok_or_else(reason)?;
        let mut values: Vec<Argument> = arguments.to_vec();
        let mut places: Vec<*mut c_void> = values.iter_mut().map(place).collect();
        let (threads, shared) = ((kernel.threads(), 1, 1), kernel.shared_bytes());
        // SAFETY: the graph hands over what the kernel's signature asks for, in its order; the driver copies the arguments
        // before the call returns.
        unsafe { driver::launch_kernel(function, (x, y, z), threads, shared, std::ptr::null_mut(), &mut places) }
            .map_err(call(kernel.name()))
    }

    fn product(&self, product: &Product) -> Result<(), DeviceFault> {
        self.bind()?;
        let key = Key {
            sizes: [product.rows, product.columns, product.inner],
            is_turned: [product.left.is_turned, product.right.is_turned],
            is_float: product.out_element == Element::Float32,
            adds: product.beta != 0.0,
        };
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if !plans.contains_key(&key) {
            plans.insert(key, self.plan(key)?);
        }
        let Some(plan) = plans.get(&key) else { return Ok(()) };
        let address = |address: u64| address as *const c_void;
        // SAFETY: the plan's handles live as long as the device; the caller holds the matrices at these addresses.
        unsafe {
            lt::matmul(
                self.blas,
                plan.operation,
                (&raw const product.alpha).cast(),
                (&raw const product.beta).cast(),
                address(product.right.address),
                plan.first,
                address(product.left.address),
                plan.second,
                address(product.add),
                plan.result,
                address(product.out).cast_mut(),
                plan.result,
                &raw const plan.algorithm,
                address(self.workspace).cast_mut(),
                WORKSPACE,
                std::ptr::null_mut(),
            )
        }
        .map_err(call("cublasLtMatmul"))
    }
}

#[expect(unsafe_code, reason = "calls of the driver and of cuBLASLt")]
impl Drop for CudaDevice {
    fn drop(&mut self) {
        let plans = std::mem::take(self.plans.get_mut().unwrap_or_else(PoisonError::into_inner));
        // SAFETY: nothing of the device is used after this; what fails here can be mended by nobody.
        unsafe {
            for plan in plans.into_values() {
                let _ = lt::destroy_matmul_desc(plan.operation);
                for layout in [plan.first, plan.second, plan.result] {
                    let _ = lt::destroy_matrix_layout(layout);
                }
            }
            let _ = lt::destroy_handle(self.blas);
            if driver::ctx::set_current(self.context).is_ok() {
                let _ = driver::free_sync(self.workspace);
                let _ = driver::module::unload(self.module);
            }
            let _ = driver::primary_ctx::release(self.device);
        }
    }
}

/// Whether the libraries can be loaded at all: asking the driver without them would panic.
#[expect(unsafe_code, reason = "loads libraries")]
fn present() -> Result<(), DeviceFault> {
    // SAFETY: loading NVIDIA's libraries runs their start-up code and nothing of ours.
    let found = unsafe {
        [
            ("libcuda", sys::is_culib_present()),
            ("libcublasLt", lt_sys::is_culib_present()),
            ("libnvrtc", nvrtc::sys::is_culib_present()),
        ]
    };
    match found.into_iter().find(|(_, is_present)| !is_present) {
        Some((library, _)) => Err(DeviceFault::Absent(format!("{library} is not installed"))),
        None => Ok(()),
    }
}

/// The virtual architecture to compile for, such as `compute_90`.
#[expect(unsafe_code, reason = "calls of the driver")]
fn architecture(device: sys::CUdevice) -> Result<String, DeviceFault> {
    use sys::CUdevice_attribute as Attribute;
    // SAFETY: the device was handed out by the driver.
    let ask = |attribute| unsafe { driver::device::get_attribute(device, attribute) }.map_err(absent);
    let major = ask(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
    let minor = ask(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
    if major < 8 {
        return Err(DeviceFault::Absent(format!(
            "compute capability {major}.{minor} is below 8.0, so it has no bfloat16"
        )));
    }
    Ok(format!("compute_{major}{minor}"))
}

#[expect(unsafe_code, reason = "calls of the driver")]
fn compiled(architecture: &str) -> Result<sys::CUmodule, DeviceFault> {
    let options =
        CompileOptions { options: vec![format!("--gpu-architecture={architecture}")], ..CompileOptions::default() };
    let image = nvrtc::compile_ptx_with_opts(Kernel::SOURCE, options).map_err(|fault| {
        DeviceFault::Compile(match fault {
            CompileError::CompileError { log, .. } => log.to_string_lossy().into_owned(),
            other => other.to_string(),
        })
    })?;
    let text = CString::new(image.to_src()).map_err(|error| DeviceFault::Compile(error.to_string()))?;
    // SAFETY: the text is PTX that ends in a zero.
    unsafe { driver::module::load_data(text.as_ptr().cast()) }.map_err(call("cuModuleLoadData"))
}

#[expect(unsafe_code, reason = "calls of the driver")]
fn function(module: sys::CUmodule, kernel: Kernel) -> Result<(Kernel, sys::CUfunction), DeviceFault> {
    let name = CString::new(kernel.name()).map_err(|error| DeviceFault::Compile(error.to_string()))?;
    // SAFETY: the module was loaded just now and lives as long as the device.
    let function = unsafe { driver::module::get_function(module, name) }.map_err(call(kernel.name()))?;
    if kernel.shared_bytes() > 0 {
        let attribute = sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        let bytes = i32::try_from(kernel.shared_bytes()).unwrap_or(i32::MAX);
        // SAFETY: the function is of the module.
        unsafe { driver::function::set_function_attribute(function, attribute, bytes) }.map_err(call(kernel.name()))?;
    }
    Ok((kernel, function))
}

fn place(argument: &mut Argument) -> *mut c_void {
    match argument {
        Argument::Address(value) => (&raw mut *value).cast(),
        Argument::Int(value) => (&raw mut *value).cast(),
        Argument::Long(value) => (&raw mut *value).cast(),
        Argument::Float(value) => (&raw mut *value).cast(),
    }
}

fn absent(error: impl std::fmt::Display) -> DeviceFault {
    DeviceFault::Absent(error.to_string())
}

fn call<E: std::fmt::Display>(call: &'static str) -> impl Fn(E) -> DeviceFault {
    move |error| DeviceFault::Call { call, reason: error.to_string() }
}
