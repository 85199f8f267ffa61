//! `daepyo eval --slurm` on a real cluster, which a script starts in a temporary folder. Skipped where there is no such
//! script, or no Slurm.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a helper of tests that fails fails the test, and says what it skips"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::house::{path, repository};
use crate::measured::{Place, ended, endpoint, samples, scores};

/// A cluster that is stopped when this is dropped, whatever happened.
struct Cluster {
    script: PathBuf,
    dir: PathBuf,
}

impl Cluster {
    fn start(script: PathBuf, dir: &Path) -> Self {
        let cluster = Self { script, dir: dir.to_owned() };
        let port = free_ports().to_string();
        let log = std::fs::File::create(dir.with_extension("log")).unwrap();
        let mut command = cluster.command("up");
        command.envs([("ACCT", "none"), ("NODES", "2"), ("REST", "0"), ("PORT", &port)]);
        // The daemons keep what they were given, so they are given a file and no pipe.
        let status = command.stdout(log.try_clone().unwrap()).stderr(log).status().unwrap();
        assert!(status.success(), "{}", std::fs::read_to_string(dir.with_extension("log")).unwrap_or_default());
        cluster
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new("bash");
        command.arg(&self.script).arg(&self.dir).arg(what).stdin(Stdio::null());
        command
    }

    /// What makes Slurm's commands talk to this cluster.
    fn environment(&self) -> Vec<(String, String)> {
        let text = ended(Command::new("bash").arg("-c").arg(format!(". {}/env.sh; env", path(&self.dir)))).out;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.filter(|(name, _)| name.starts_with("SLURM")).map(|(name, value)| (name.into(), value.into())).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = self.command("down").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("the cluster in {} was not stopped", self.dir.display());
        }
    }
}

/// The first of a range of ports that nobody uses just now.
fn free_ports() -> u16 {
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let wanted = |first: &u16| [0, 1, 2, 4, 100, 101].iter().all(|place| is_free(first + place));
    (17_000..30_000).step_by(250).find(wanted).unwrap()
}

fn script() -> Option<PathBuf> {
    let shared = std::env::var_os("DAEPYO_SHARED").map_or_else(|| repository("../shared"), PathBuf::from);
    let script = shared.join("slurm/slurm-up.sh");
    let has = |program: &str| {
        std::env::var_os("PATH").is_some_and(|all| std::env::split_paths(&all).any(|dir| dir.join(program).exists()))
            || Path::new("/usr/sbin").join(program).exists()
    };
    let missing = ["sbatch", "slurmctld", "slurmd", "munged"].into_iter().find(|program| !has(program));
    let is_root = ended(Command::new("id").arg("-u")).out.trim() == "0";
    let why = match missing {
        _ if !script.exists() => format!("{} is not there (DAEPYO_SHARED names its folder)", script.display()),
        Some(program) => format!("`{program}` is not installed"),
        None if !is_root => "the cluster needs root".to_owned(),
        None => return Some(script),
    };
    println!("skipped: a run on a Slurm cluster: {why}");
    None
}

#[test]
fn a_job_array_gives_what_one_run_gives() {
    let Some(script) = script() else { return };
    let (place, server) = (Place::new(), endpoint(700));
    let cluster = Cluster::start(script, &place.path("cluster"));
    let url = server.url();
    let tasks = "daepyo_arithmetic,daepyo_knowledge_ko";
    assert_eq!(place.eval(&url, "whole", tasks, &[]).code, Some(0));
    let asked = server.requests();
    let words = ["eval", "--tasks", tasks, "--model", &url, "--name", "mock", "--api", "chat", "-o", "array"];
    let mut command = place.command(&words);
    command.args(["--slurm", "3", "--api_key", "a-key-that-is-written-nowhere"]).envs(cluster.environment());
    let array = ended(&mut command);
    let logs = || -> String {
        let logs = (1..=3).map(|part| place.path(&format!("array/shards/job-{part}.log")));
        logs.map(|log| std::fs::read_to_string(log).unwrap_or_default()).collect()
    };
    assert_eq!(array.code, Some(0), "{array:?} {}", logs());
    assert_eq!(server.requests(), 2 * asked, "every item is asked once by one of the jobs");
    assert_eq!(samples(&place.path("array/mock")), samples(&place.path("whole/mock")));
    assert_eq!(scores(&place.summary("array")), scores(&place.summary("whole")));
    let job = std::fs::read_to_string(place.path("array/shards/job.sh")).unwrap();
    assert!(!job.contains("a-key-that-is-written-nowhere"), "{job}");
}

#[test]
fn without_slurm_it_is_said() {
    let (place, server) = (Place::new(), endpoint(700));
    let url = server.url();
    let words = ["eval", "--tasks", "daepyo_arithmetic", "--model", &url, "--name", "mock", "--api", "chat"];
    let ended = ended(place.command(&words).args(["--slurm", "2"]).env("PATH", ""));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("`sbatch` is not on the path"), "{}", ended.err);
}
