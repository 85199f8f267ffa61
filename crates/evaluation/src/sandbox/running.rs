//! A job that runs: its pipes, its time, its end.

use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use super::group::Group;
use super::{End, Job, Limits, NOBODY, Outcome, Sandbox, SandboxFault, seccomp};

/// Threads that one process may have beside itself.
const THREADS: u32 = 64;
/// How often a job that has closed its outputs is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// What comes from a job.
pub(super) enum Event {
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// One of the two is closed.
    Closed,
}

/// A job that runs. Dropped, it is killed with all it has started.
pub(super) struct Running {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    events: Receiver<Event>,
    limit: usize,
    open: u8,
    stopped: bool,
    started: Instant,
    outcome: Outcome,
    /// Goes after the child, and before the files.
    _group: Option<Group>,
    _folder: Folder,
}

impl Running {
    pub(super) fn start(sandbox: &Sandbox, job: &Job) -> Result<Self, SandboxFault> {
        let folder = Folder::new(&sandbox.folder)?;
        let files = folder.fill(job)?;
        let mut command = Command::new("/bin/sh");
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The shell opens the filter for bubblewrap and is bubblewrap from then on.
        // It waits for a line, by which time it is in its control group.
        let script = "read -r _; filter=$1; shift; exec /usr/bin/bwrap --seccomp 9 \"$@\" 9<\"$filter\"";
        command.arg("-c").arg(script).arg("sandbox");
        command.arg(folder.0.join("filter")).args(arguments(&files, &job.limits)).args(&job.command);
        separate(&mut command, sandbox.root);
        let name = folder.0.file_name().unwrap_or_default().to_string_lossy();
        let group = sandbox.groups.as_ref().and_then(|home| home.group(&name, &job.limits, processes(&job.limits)));
        let what = if sandbox.root {
            "becoming nobody to run a job (start this as an ordinary user)"
        } else {
            "starting /bin/sh"
        };
        let mut child = command.spawn().map_err(SandboxFault::system(what))?;
        if let Some(group) = &group {
            group.take(child.id()).map_err(SandboxFault::system("putting a job into its control group"))?;
        }
        let (sender, events) = sync_channel(64);
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            listen(out, sender.clone(), Event::Out);
            listen(err, sender, Event::Err);
        }
        let input = child.stdin.take().map(speak);
        let outcome = Outcome { end: End::TimedOut, stdout: Vec::new(), stderr: Vec::new(), wall: Duration::ZERO };
        let (limit, started) = (job.limits.output, Instant::now());
        let running = Self {
            child,
            input,
            events,
            limit,
            open: 2,
            stopped: false,
            started,
            outcome,
            _group: group,
            _folder: folder,
        };
        running.send(b"\n".to_vec());
        Ok(running)
    }

    /// Hands bytes to the job's input; never waits.
    pub(super) fn send(&self, bytes: Vec<u8>) {
        if let Some(input) = &self.input {
            // A job that does not listen will be seen to have ended.
            drop(input.send(bytes));
        }
    }

    /// Ends the job's input.
    pub(super) fn close(&mut self) {
        self.input = None;
    }

    /// The next piece of output before `deadline`; none once the job has ended one way or another.
    pub(super) fn next(&mut self, deadline: Instant) -> Option<Vec<u8>> {
        while self.open > 0 {
            match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Out(bytes)) => return Some(bytes),
                Ok(Event::Err(bytes)) => {
                    self.outcome.stderr.extend_from_slice(&bytes);
                    if self.outcome.stderr.len() > self.limit {
                        self.outcome.stderr.truncate(self.limit);
                        return self.stop(End::TooMuchOutput);
                    }
                }
                Ok(Event::Closed) => self.open -= 1,
                Err(RecvTimeoutError::Timeout) => return self.stop(End::TimedOut),
                Err(RecvTimeoutError::Disconnected) => self.open = 0,
            }
        }
        None
    }

    /// Kills the job, and notes why.
    pub(super) fn stop(&mut self, end: End) -> Option<Vec<u8>> {
        self.outcome.end = end;
        self.stopped = true;
        self.open = 0;
        // It may have ended just now.
        drop(self.child.kill());
        None
    }

    /// Reads what the job writes until it ends or its time is up.
    pub(super) fn finish(mut self, wall: Duration) -> Result<Outcome, SandboxFault> {
        let deadline = self.started + wall;
        while let Some(bytes) = self.next(deadline) {
            self.outcome.stdout.extend_from_slice(&bytes);
            if self.outcome.stdout.len() > self.limit {
                self.outcome.stdout.truncate(self.limit);
                self.stop(End::TooMuchOutput);
            }
        }
        self.settle(deadline)?;
        Ok(self.outcome.clone())
    }

    /// Waits for the end of a job whose outputs are closed.
    pub(super) fn settle(&mut self, deadline: Instant) -> Result<&Outcome, SandboxFault> {
        loop {
            let ended = self.child.try_wait().map_err(SandboxFault::system("waiting for a job"))?;
            if let Some(status) = ended {
                if !self.stopped {
                    self.outcome.end = End::Exit(code(status));
                }
                self.outcome.wall = self.started.elapsed();
                return Ok(&self.outcome);
            }
            if !self.stopped && Instant::now() >= deadline {
                self.stop(End::TimedOut);
            }
            std::thread::sleep(GLANCE);
        }
    }

    pub(super) fn stderr(&self) -> &[u8] {
        &self.outcome.stderr
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(unix)]
fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(not(unix))]
fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// A process group of its own, so that a signal for us is not one for the job; and not as root.
#[cfg(unix)]
fn separate(command: &mut Command, root: bool) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
}

#[cfg(not(unix))]
fn separate(_: &mut Command, _: bool) {}

fn listen(mut from: impl Read + Send + 'static, to: SyncSender<Event>, event: fn(Vec<u8>) -> Event) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 14];
        while let Ok(taken @ 1..) = from.read(&mut buffer) {
            if to.send(event(buffer[..taken].to_vec())).is_err() {
                return;
            }
        }
        drop(to.send(Event::Closed));
    });
}

fn speak(mut to: std::process::ChildStdin) -> Sender<Vec<u8>> {
    let (sender, pieces) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for piece in pieces {
            if to.write_all(&piece).and_then(|()| to.flush()).is_err() {
                return;
            }
        }
    });
    sender
}

/// Processes and threads that a job may have.
fn processes(limits: &Limits) -> u32 {
    if limits.processes <= 1 { THREADS } else { limits.processes }
}

/// What bubblewrap is told, up to the command.
fn arguments(files: &Path, limits: &Limits) -> Vec<String> {
    let disk = limits.disk.to_string();
    let mut told: Vec<String> = Vec::new();
    let mut tell = |words: &[&str]| told.extend(words.iter().map(|word| (*word).to_owned()));
    tell(&["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
    let nobody = NOBODY.to_string();
    tell(&["--uid", &nobody, "--gid", &nobody, "--hostname", "sandbox", "--clearenv"]);
    tell(&["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8", "--setenv", "HOME", "/tmp"]);
    tell(&["--setenv", "PYTHONHASHSEED", "0", "--ro-bind", "/usr", "/usr"]);
    for folder in ["/bin", "/lib", "/lib64", "/lib32"] {
        match fs::read_link(folder) {
            Ok(target) => tell(&["--symlink", &target.to_string_lossy(), folder]),
            Err(_) if Path::new(folder).is_dir() => tell(&["--ro-bind", folder, folder]),
            Err(_) => {}
        }
    }
    for file in ["/etc/ld.so.cache", "/etc/alternatives"] {
        tell(&["--ro-bind-try", file, file]);
    }
    tell(&["--size", &disk, "--tmpfs", "/tmp", "--dev", "/dev", "--size", &disk, "--tmpfs", "/dev/shm"]);
    tell(&["--ro-bind", &files.to_string_lossy(), "/job"]);
    tell(&["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]);
    let mut limit = |name: &str, value: u64| told.push(format!("--{name}={value}"));
    let place = "/usr/bin/prlimit".to_owned();
    limit("as", limits.memory);
    limit("cpu", limits.cpu);
    limit("fsize", limits.disk);
    limit("nproc", processes(limits).into());
    limit("nofile", 64);
    limit("core", 0);
    let limits = told.len() - 6;
    told.insert(limits, place);
    told.push("--".into());
    told
}

/// A folder for one job.
struct Folder(PathBuf);

impl Folder {
    fn new(under: &Path) -> Result<Self, SandboxFault> {
        let mut name = [0; 12];
        getrandom::fill(&mut name).map_err(|fault| SandboxFault::Job(format!("no random numbers: {fault}")))?;
        let folder = under.join(format!("daepyo-sandbox-{}", hex::encode(name)));
        fs::create_dir(&folder).map_err(SandboxFault::system(folder.display().to_string()))?;
        Ok(Self(folder))
    }

    fn fill(&self, job: &Job) -> Result<PathBuf, SandboxFault> {
        let files = self.0.join("job");
        let put = |path: &Path, bytes: &[u8]| {
            fs::write(path, bytes).map_err(SandboxFault::system(path.display().to_string()))?;
            readable(path, 0o444)
        };
        fs::create_dir(&files).map_err(SandboxFault::system(files.display().to_string()))?;
        for (name, bytes) in &job.files {
            if name.contains(['/', '\0']) || matches!(name.as_str(), "" | "." | "..") {
                return Err(SandboxFault::Job(format!("{name:?} is not the name of a file")));
            }
            put(&files.join(name), bytes)?;
        }
        put(&self.0.join("filter"), &seccomp::filter(job.limits.processes > 1)?)?;
        readable(&files, 0o555)?;
        readable(&self.0, 0o755)?;
        Ok(files)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(readable(&self.0.join("job"), 0o755));
        // What cannot be removed is in a folder for temporary files.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(unix)]
fn readable(path: &Path, mode: u32) -> Result<(), SandboxFault> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(SandboxFault::system(path.display().to_string()))
}

#[cfg(not(unix))]
fn readable(_: &Path, _: u32) -> Result<(), SandboxFault> {
    Ok(())
}
