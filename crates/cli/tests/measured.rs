//! What the tests of `daepyo eval` and `daepyo verdict` share: an endpoint, a place to work in, and its results.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a helper of tests that fails fails the test, and says what it skips"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::house::{Ended, repository};
use crate::server::{Config, Server};

/// The generative tasks with one right answer that the shipped set has, and the column of that answer.
const SHIPPED: &[(&str, &str)] = &[
    ("arithmetic_plain", "answer"),
    ("arithmetic_en", "answer"),
    ("arithmetic_ko", "answer"),
    ("knowledge_en", "letter"),
    ("knowledge_ko", "letter"),
    ("korea_ko", "letter"),
];

/// An endpoint that knows the answers of [`SHIPPED`] and gives the right one to so many questions of a thousand.
pub(crate) fn endpoint(accuracy: u64) -> Server {
    Server::start(Config { accuracy, known: known(), keeps_log: true, ..Config::default() })
}

/// Every question of [`SHIPPED`] with its answer.
pub(crate) fn known() -> Vec<(String, String)> {
    let mut known = Vec::new();
    for (set, column) in SHIPPED {
        let file = repository(&format!("crates/evaluation/tasks/data/{set}.jsonl"));
        for line in std::fs::read_to_string(file).expect("the shipped data are there").lines() {
            let row: Value = serde_json::from_str(line).expect("a row");
            let text = |key: &str| row[key].as_str().expect("a text").to_owned();
            known.push((text("question"), text(column)));
        }
    }
    known
}

/// A folder to work in, with a cache of its own.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// The program, to be run here by a user who has nothing set up.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
        command.current_dir(self.0.path()).env("XDG_CACHE_HOME", self.path("cache")).env("HOME", self.path("home"));
        for name in
            ["VIRTUAL_ENV", "OPENAI_API_KEY", "HF_ENDPOINT", "HF_HUB_OFFLINE", "DAEPYO_TASKS", "DAEPYO_DATASETS"]
        {
            command.env_remove(name);
        }
        command.args(words);
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        ended(&mut self.command(words))
    }

    /// `daepyo eval` of one model on a chat endpoint, with results in `out`.
    pub(crate) fn eval(&self, url: &str, out: &str, tasks: &str, more: &[&str]) -> Ended {
        let mut words = vec!["eval", "--tasks", tasks, "--model", url, "--name", "mock", "--api", "chat", "-o", out];
        words.extend(more);
        self.run(&words)
    }

    /// What `run.json` holds of the model `mock`.
    pub(crate) fn summary(&self, out: &str) -> Value {
        let text = std::fs::read_to_string(self.path(out).join("mock/run.json")).expect("a run leaves run.json");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program runs");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("answers are text"),
        err: String::from_utf8(output.stderr).expect("complaints are text"),
    }
}

/// The scores of a summary, by task, metric and filter.
pub(crate) fn scores(summary: &Value) -> BTreeMap<String, Option<f64>> {
    let mut found = BTreeMap::new();
    for task in summary["tasks"].as_array().expect("tasks") {
        for metric in task["metrics"].as_array().expect("metrics") {
            let name = [&task["task"], &metric["metric"], &metric["filter"]].map(|part| part.as_str().unwrap_or("?"));
            found.insert(name.join(" "), metric["value"].as_f64());
        }
    }
    assert!(!found.is_empty(), "{summary}");
    found
}

/// How many items of a summary are in a class.
pub(crate) fn count(summary: &Value, class: &str) -> u64 {
    let tasks = summary["tasks"].as_array().expect("tasks");
    tasks.iter().map(|task| task["classes"][class].as_u64().expect("a count")).sum()
}

/// How many items of a summary are in any class.
pub(crate) fn items(summary: &Value) -> u64 {
    let tasks = summary["tasks"].as_array().expect("tasks");
    let classes = tasks.iter().flat_map(|task| task["classes"].as_object().expect("classes").values());
    classes.filter_map(Value::as_u64).sum()
}

/// The latest samples of every task in a folder, as text by the name of the task.
pub(crate) fn samples(folder: &Path) -> BTreeMap<String, String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .filter(|name| name.starts_with("samples_") && name.ends_with(".jsonl"))
        .collect();
    names.sort();
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).expect("a file");
        (name.rsplit_once('_').expect("a date").0.to_owned(), text)
    };
    names.into_iter().map(read).collect()
}

/// The Python of the peers, if there are some; else it is said that `what` is skipped.
pub(crate) fn peers(what: &str) -> Option<PathBuf> {
    let python = std::env::var_os("DAEPYO_PEERS").map(|venv| PathBuf::from(venv).join("bin/python"));
    let python = python.filter(|python| python.exists());
    if python.is_none() {
        println!("skipped: {what}: DAEPYO_PEERS names no virtual environment with lm-eval and inspect");
    }
    python
}
