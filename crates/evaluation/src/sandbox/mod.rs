//! Code that a model wrote, run where it can do no harm, and graded where it cannot cheat.
//!
//! A [`Job`] runs under bubblewrap: its own user, process, mount, network and IPC namespaces; a read-only root with
//! `/usr` and the job's files; a small private `/tmp`; no `/proc`; no capabilities; a seccomp filter; limits on time,
//! memory, processes, file sizes and output, and a control group where one can be made. Started by root, it first becomes `nobody`, as the kernel does not hold
//! root to a limit on processes. Where any of this is not to be had, [`Sandbox::detect`] refuses and says why; nothing
//! ever runs outside.
//!
//! [`grade`] compares what the code computes in another process than the code's own.

pub mod grade;
mod group;
mod running;
mod seccomp;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use self::group::Home;
use self::running::Running;

/// The user and group that root becomes, and that a job sees itself as.
const NOBODY: u32 = 65534;

/// What a job may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From start to end.
    pub wall: Duration,
    /// Seconds of processor time, for each process.
    pub cpu: u64,
    /// Bytes of address space, for each process.
    pub memory: u64,
    /// Processes and threads together. With 1 no process can be started, though threads can (up to 64).
    pub processes: u32,
    /// Bytes in one file, and in the private `/tmp`.
    pub disk: u64,
    /// Bytes of standard output and of standard error; a job that writes more is ended.
    pub output: usize,
}

impl Default for Limits {
    /// Ten seconds, 1 GiB of memory, one process, 16 MiB of files, 1 MiB of output.
    fn default() -> Self {
        Self { wall: Duration::from_secs(10), cpu: 10, memory: 1 << 30, processes: 1, disk: 16 << 20, output: 1 << 20 }
    }
}

/// Something to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Files by name, without folders; they lie in `/job`, read-only.
    pub files: Vec<(String, Vec<u8>)>,
    /// The program, by its path within, and its arguments. The working folder is `/tmp`.
    pub command: Vec<String>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// What it may use.
    pub limits: Limits,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status; 128 and more is a signal (137: killed, for want of memory or by itself).
    Exit(i32),
    /// Its time was up.
    TimedOut,
    /// It wrote more than it may.
    TooMuchOutput,
}

/// What a job did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What it wrote, up to the limit.
    pub stdout: Vec<u8>,
    /// What it complained about, up to the limit.
    pub stderr: Vec<u8>,
    /// How long it took.
    pub wall: Duration,
}

/// Why nothing can be run here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxFault {
    /// No bubblewrap.
    #[error("code items need bubblewrap, and {0}; install the package `bubblewrap` (and `util-linux` for prlimit)")]
    Missing(String),
    /// Bubblewrap is there, and the system does not let it work.
    #[error(
        "code items need user namespaces, and bubblewrap says: {0}; allow them (sysctl user.max_user_namespaces, \
         kernel.apparmor_restrict_unprivileged_userns), or run where they are allowed"
    )]
    Refused(String),
    /// A processor for which there is no filter.
    #[error("code items need a seccomp filter, and there is none for {0}; x86_64 and aarch64 have one")]
    Processor(&'static str),
    /// A job that makes no sense.
    #[error("{0}")]
    Job(String),
    /// The system says no.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
}

impl SandboxFault {
    fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}

/// A place to run code in. There is only one way to have it: to have tried it.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Where files are put for a job; removed after it.
    folder: PathBuf,
    /// Whether we are root and must become somebody else.
    root: bool,
    /// Where control groups can be made, if anywhere.
    groups: Option<Home>,
}

impl Sandbox {
    /// The sandbox of this process, detected once.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::detect`].
    pub fn shared() -> Result<&'static Self, &'static SandboxFault> {
        static SHARED: std::sync::OnceLock<Result<Sandbox, SandboxFault>> = std::sync::OnceLock::new();
        SHARED.get_or_init(Self::detect).as_ref()
    }

    /// Tries a job that does nothing, with all that protects.
    ///
    /// # Errors
    ///
    /// A sentence that says what is missing and how to mend it.
    pub fn detect() -> Result<Self, SandboxFault> {
        seccomp::filter(true)?;
        for program in ["/usr/bin/bwrap", "/usr/bin/prlimit", "/bin/sh"] {
            if !Path::new(program).exists() {
                return Err(SandboxFault::Missing(format!("{program} is not here")));
            }
        }
        let sandbox = Self { folder: std::env::temp_dir(), root: is_root(), groups: Home::find() };
        let outcome = sandbox.run(&Job { command: vec!["/usr/bin/true".into()], ..Job::default() })?;
        match outcome.end {
            End::Exit(0) => Ok(sandbox),
            end => {
                let words = String::from_utf8_lossy(&outcome.stderr).trim().to_owned();
                Err(SandboxFault::Refused(if words.is_empty() { format!("{end:?}") } else { words }))
            }
        }
    }

    /// Whether memory and processes are limited for a job as a whole, by a control group, and not only for each process.
    pub fn has_groups(&self) -> bool {
        self.groups.is_some()
    }

    /// Runs a job to its end.
    ///
    /// # Errors
    ///
    /// Faults of the system; what the job does wrong is in the outcome.
    pub fn run(&self, job: &Job) -> Result<Outcome, SandboxFault> {
        let mut running = Running::start(self, job)?;
        running.send(job.stdin.clone());
        running.close();
        running.finish(job.limits.wall)
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
