//! The job under a shell, with the commands of the cluster played by scripts; and under Slurm where there is one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread, time};

use super::Run;

/// A run among commands that play the cluster: `srun` plays the training.
struct Stage {
    run: Run,
    bin: PathBuf,
}

impl Stage {
    fn new(training: &str) -> Self {
        let run = Run::new();
        let bin = run.folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        let stage = Self { run, bin };
        stage.command("srun", training);
        stage.command("sbatch", "echo \"$@\" >>\"$DAEPYO_RUN/submitted\"");
        stage.command("scontrol", "if [ \"$2\" = hostnames ]; then echo node1; else echo JobId=7; fi");
        stage.command("python", "echo \"$@\" >>\"$DAEPYO_RUN/asked\"");
        stage
    }

    fn command(&self, name: &str, body: &str) {
        let file = self.bin.join(name);
        fs::write(&file, format!("#!/bin/bash\n{body}\n")).expect("a script");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("permissions");
    }

    fn path(&self) -> PathBuf {
        self.run.path()
    }

    fn start(&self) -> Child {
        let path = format!("{}:{}", self.bin.display(), env::var("PATH").expect("a path"));
        Command::new("bash")
            .arg(self.path().join("job.sbatch"))
            .env("PATH", path)
            .envs([("SLURM_JOB_ID", "7"), ("SLURM_JOB_NODELIST", "node[1-2]"), ("SLURM_JOB_NUM_NODES", "2")])
            .env("DAEPYO_RUN", self.path())
            .env("HUB_TOKEN", "secret-of-somebody")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash starts")
    }

    /// Runs the job to its end; its exit status and whether it submitted itself again.
    fn end(&self) -> (Option<i32>, bool) {
        let output = self.start().wait_with_output().expect("bash ends");
        (output.status.code(), self.path().join("submitted").exists())
    }
}

fn wait_for(file: &Path) {
    // As long as a slow machine needs; the test asserts no time.
    for _ in 0..6000 {
        if file.exists() {
            return;
        }
        thread::sleep(time::Duration::from_millis(20));
    }
    panic!("{} never came", file.display());
}

const KEEP: &str = "mkdir -p \"$DAEPYO_RUN/out/checkpoint/step-10\"";

#[test]
fn before_its_time_is_up_a_job_keeps_a_checkpoint_and_submits_itself_again() {
    let waits = "touch \"$DAEPYO_RUN/began\"\nuntil [ -f \"$DAEPYO_RUN/stop\" ]; do sleep 0.05; done\nsleep 0.3\n";
    let stage = Stage::new(&format!("{waits}{KEEP}"));
    // Of an earlier job; it must not stop this one.
    fs::write(stage.path().join("stop"), "").expect("a file");
    let job = stage.start();
    wait_for(&stage.path().join("began"));
    assert!(!stage.path().join("stop").exists());
    let sent = Command::new("kill").args(["-USR2", &job.id().to_string()]).status().expect("kill starts");
    assert!(sent.success());
    let output = job.wait_with_output().expect("bash ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("asked to stop"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let submitted = fs::read_to_string(stage.path().join("submitted")).expect("it submitted itself");
    assert_eq!(submitted.lines().count(), 1);
    assert!(submitted.contains("job.sbatch"), "{submitted}");
}

#[test]
fn a_job_writes_down_what_ran_without_secrets_and_checks_the_engine_first() {
    let stage = Stage::new(KEEP);
    assert_eq!(stage.end(), (Some(0), true));
    let log = stage.path().join("logs/7");
    let environment = fs::read_to_string(log.join("environment.txt")).expect("the environment");
    assert!(environment.contains("SLURM_JOB_ID=7") && !environment.contains("secret-of-somebody"));
    assert!(log.join("daepyo_titan/run.py").exists() && log.join("recipe.toml").exists());
    let asked = fs::read_to_string(stage.path().join("asked")).expect("what python was asked");
    assert!(asked.contains("-m daepyo_titan.pinned") && asked.contains("-m daepyo_titan.parity"), "{asked}");
    // The second job goes on from a checkpoint and does not compare again; it keeps none and gives up.
    fs::remove_file(stage.path().join("asked")).expect("a file");
    fs::remove_file(stage.path().join("submitted")).expect("a file");
    assert_eq!(stage.end(), (Some(1), false));
    assert!(!fs::read_to_string(stage.path().join("asked")).expect("what python was asked").contains("parity"));
}

#[test]
fn a_job_that_fails_or_is_done_or_halted_submits_nothing() {
    let fails = Stage::new(&format!("{KEEP}\nexit 3"));
    assert_eq!(fails.end(), (Some(3), false));
    let done = Stage::new(&format!("{KEEP}\ntouch \"$DAEPYO_RUN/done\""));
    assert_eq!(done.end(), (Some(0), false));
    let halted = Stage::new(&format!("{KEEP}\ntouch \"$DAEPYO_RUN/halt\""));
    assert_eq!(halted.end(), (Some(0), false));
    // And the next does not even begin.
    halted.command("srun", "touch \"$DAEPYO_RUN/began\"");
    assert_eq!(halted.end(), (Some(0), false));
    assert!(!halted.path().join("began").exists());
    let differs = Stage::new(KEEP);
    differs.command("python", "case \"$*\" in *parity*) exit 1;; esac");
    assert_eq!(differs.end(), (Some(1), false));
}

/// A private Slurm that is stopped when this is dropped.
struct Slurm {
    script: PathBuf,
    folder: PathBuf,
}

impl Slurm {
    /// None where there is no Slurm, or no script that starts one.
    fn start(folder: &Path) -> Option<Self> {
        let shared = env::var_os("DAEPYO_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
        let script = shared.join("slurm/slurm-up.sh");
        let has =
            |program: &str| ["/usr/bin", "/usr/sbin"].iter().any(|folder| Path::new(folder).join(program).exists());
        if !script.exists() || !["sbatch", "slurmctld", "slurmd", "munged"].into_iter().all(has) {
            return None;
        }
        let slurm = Self { script, folder: folder.join("slurm") };
        let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        let free = |first: &u16| [0, 1, 2, 4, 100, 101].iter().all(|place| is_free(first + place));
        let port = (31_000..45_000_u16).step_by(250).find(free).expect("free ports");
        let log = fs::File::create(folder.join("slurm.log")).expect("a file");
        let mut command = slurm.command("up");
        command.envs([("ACCT", "none"), ("NODES", "2"), ("REST", "0"), ("PORT", &port.to_string())]);
        // The daemons keep what they were given, so they are given a file and no pipe.
        let status = command.stdout(log.try_clone().expect("a file")).stderr(log).status().expect("bash starts");
        assert!(status.success(), "{}", fs::read_to_string(folder.join("slurm.log")).unwrap_or_default());
        Some(slurm)
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new("bash");
        command.arg(&self.script).arg(&self.folder).arg(what).stdin(Stdio::null());
        command
    }

    /// A line of shell among Slurm's commands, in the folder of a stage and with its scripts first.
    fn shell(&self, stage: &Stage, line: &str) -> (bool, String) {
        let whole =
            format!(". {}/env.sh; export PATH={}:$PATH; {line} 2>&1", self.folder.display(), stage.bin.display());
        let output = Command::new("bash")
            .args(["-c", &whole])
            .current_dir(stage.path())
            .env("DAEPYO_RUN", stage.path())
            .output()
            .expect("bash starts");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let _ = self.command("down").stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[test]
fn slurm_takes_the_job_signals_it_and_runs_its_successor() {
    let stage = Stage::new("exit 1");
    let Some(slurm) = Slurm::start(stage.run.folder.path()) else {
        println!("skipped: slurm/slurm-up.sh (DAEPYO_SHARED names its folder) or Slurm itself is not there");
        return;
    };
    for played in ["srun", "sbatch", "scontrol"] {
        fs::remove_file(stage.bin.join(played)).expect("a script");
    }
    let first = "touch \"$DAEPYO_RUN/began\"\nuntil [ -f \"$DAEPYO_RUN/stop\" ]; do sleep 0.1; done";
    let kept = "\"$DAEPYO_RUN/out/checkpoint/step-10\"";
    let next = "mkdir -p \"$DAEPYO_RUN/out/checkpoint/step-20\"; touch \"$DAEPYO_RUN/done\"; exit 0";
    stage.command("torchrun", &format!("if [ -d {kept} ]; then {next}; fi\n{first}\nsleep 1\nmkdir -p {kept}"));
    let (takes, said) = slurm.shell(&stage, "sbatch --test-only job.sbatch");
    assert!(takes && said.contains("to start at"), "{said}");
    let (takes, job) = slurm.shell(&stage, "sbatch --parsable job.sbatch");
    assert!(takes, "{job}");
    wait_for(&stage.path().join("began"));
    let (sent, said) = slurm.shell(&stage, &format!("scancel --batch --signal=USR2 {}", job.trim()));
    assert!(sent, "{said}");
    wait_for(&stage.path().join("done"));
    let logs = fs::read_dir(stage.path().join("logs")).expect("logs").count();
    assert_eq!(logs, 2, "one of each job");
}
