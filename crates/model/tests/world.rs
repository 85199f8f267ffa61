//! The tasks of the world before the harness of the field.

use std::path::Path;
use std::process::Command;

use model::world::{Kind, World, WorldOptions};

#[test]
fn lm_eval_reads_the_tasks_and_asks_every_question() {
    let Some(peers) = std::env::var_os("DAEPYO_PEERS") else {
        println!("skipped: DAEPYO_PEERS names no environment with lm-eval");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(&WorldOptions { people: 20, operands: 8, ..WorldOptions::default() });
    let tasks = world.write_tasks(folder.path()).expect("writes");
    let mut harness = Command::new(Path::new(&peers).join("bin/lm_eval"));
    harness.current_dir(folder.path()).env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_CACHE", folder.path().join("cache"));
    harness.args(["--model", "dummy", "--include_path", ".", "--output_path", "out", "--log_samples", "--tasks"]);
    let output = harness.arg(tasks.join(",")).output().expect("the harness runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout);
    for task in &tasks {
        assert!(told.contains(task.as_str()), "{task} is not in: {told}");
    }
    let asked = samples(&folder.path().join("out"));
    // Each question once with options and once without.
    let wanted: usize = Kind::ALL.into_iter().map(|kind| world.questions(kind).len() * 2).sum();
    assert_eq!(asked, wanted);
}

/// Lines of all files of samples in a folder at any depth.
fn samples(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("is a folder").map(|entry| entry.expect("is read").path());
    let lines = |path: std::path::PathBuf| {
        if path.is_dir() {
            samples(&path)
        } else if path.extension().is_some_and(|ending| ending == "jsonl") {
            std::fs::read_to_string(&path).expect("reads").lines().count()
        } else {
            0
        }
    };
    entries.map(lines).sum()
}
