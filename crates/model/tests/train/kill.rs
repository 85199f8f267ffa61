//! A training that is killed at any moment, again and again, comes to the same bits as one that is left alone.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use model::train::{Point, Quiet, Run};
use provenance::evidence::verify;

use super::text::{recipe, train};

/// Where the child trains.
const FOLDER: &str = "DAEPYO_TEST_TRAINS_IN";
const STEPS: u64 = 150;
const KILLS: usize = 30;

/// Not a test of its own: the child that [`a_run_survives_kills_at_any_moment`] starts and kills.
#[test]
#[ignore = "the child of another test, which names it"]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let outcome = train(&recipe(STEPS), folder, 2, &mut Quiet).unwrap();
    fs::write(folder.join("done"), outcome.weights).unwrap();
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "train::kill::child", "--ignored"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_run_survives_kills_at_any_moment() {
    let control = tempfile::tempdir().unwrap();
    assert!(start(control.path()).wait().unwrap().success());
    let expected = fs::read_to_string(control.path().join("done")).unwrap();
    let report = verify(&Run::evidence(control.path()), &Run::checkpoints(control.path())).unwrap();
    assert_eq!((report.findings, report.resumed), (vec![], 0));

    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance(11);
    let mut kills = 0;
    while kills < KILLS && !folder.path().join("done").exists() {
        let mut child = start(folder.path());
        // Some are killed at any time, before their first line too; most a few steps on from where the last one came to.
        let target = last_step(folder.path()) + chance.below(12);
        let is_blind = kills % 5 == 0;
        while !is_blind && last_step(folder.path()) < target && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(Duration::from_micros(chance.below(if is_blind { 60_000 } else { 3000 })));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    if !folder.path().join("done").exists() {
        assert!(start(folder.path()).wait().unwrap().success());
    }
    assert!(kills >= 5, "killed too seldom to say anything: {kills}");
    assert_eq!(fs::read_to_string(folder.path().join("done")).unwrap(), expected);
    let report = verify(&Run::evidence(folder.path()), &Run::checkpoints(folder.path())).unwrap();
    assert_eq!(report.findings, []);
    assert!(report.resumed >= 5, "too few kills came after the first checkpoint: {}", report.resumed);
}

/// The last step that is written down.
fn last_step(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("progress.jsonl")).unwrap_or_default();
    let last = text.lines().filter_map(|line| serde_json::from_str::<Point>(line).ok()).next_back();
    last.map_or(0, |point| point.step)
}

/// A linear congruential generator (Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
