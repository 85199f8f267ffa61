//! A rehearsal with models: what it leaves can be worked out anew, and what is decided rests on what was measured.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests that fails fails the test")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::house::{copy, daepyo, path, said};

/// Models so small that all are made in seconds; they know next to nothing.
const RECIPE: &str = "depth = 1\n[shape]\ncontext = 96\n[data]\nvalidation_windows = 8\n[tokenizer]\nvocab_size = 768\n\
                      [lanes]\nlanes = 2\nrows = 2\n[schedule]\nbatch_tokens = 768\nsteps = 20\nwarmup_steps = 2\n\
                      validate_every = 20\ncheckpoint_every = 20\ncheckpoints_kept = 1\n\
                      [tuning]\nepochs = 0\npreference_epochs = 0\n";

fn recipe(home: &Path) -> PathBuf {
    let recipe = home.join("recipe.toml");
    std::fs::write(&recipe, RECIPE).unwrap();
    recipe
}

/// A rehearsal in `dir` with more arguments; what it printed.
fn play(home: &Path, dir: &Path, more: &[&str]) -> String {
    let recipe = recipe(home);
    let arguments =
        ["rehearse", "--models", "--seed", "7", "--people", "12", "--recipe", path(&recipe), "--out", path(dir)];
    said(arguments.iter().chain(more))
}

/// One rehearsal, looked at from all sides: it takes too long to play it for each of them.
#[test]
fn what_a_rehearsal_with_models_leaves_can_be_worked_out_anew() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("rehearsal");
    let told: Value = serde_json::from_str(&play(home.path(), &dir, &["--json"])).unwrap();
    five_become_four_and_the_copy_goes(&dir, &told);
    every_verdict_is_worked_out_anew_to_the_byte(&dir, &told);
    what_is_decided_on_is_what_was_measured(&dir, &told);
    a_copy_of_the_folder_is_scored_anew_from_its_journal(&dir, &told);
    endpoints_stand_in_for_a_team_and_for_the_frontier(&dir, &told);
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()))).unwrap()
}

fn teams(told: &Value) -> &[Value] {
    told["models"]["teams"].as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn five_become_four_and_the_copy_goes(dir: &Path, told: &Value) {
    assert_eq!(*told, json(&dir.join("summary.json")));
    let stage = &told["later"][0];
    assert_eq!((&stage["candidates"], &stage["kept"]), (&5.into(), &4.into()), "{stage}");
    let out: Vec<&Value> = teams(told).iter().filter(|team| team["kept"] == false).collect();
    let copied: Vec<&Value> = teams(told).iter().filter(|team| team["source"] == "copied").collect();
    assert_eq!(out, copied, "whoever cannot show that its weights started afresh goes by the gate");
    assert!(text(out[0], "evidence").contains("no training log"), "{out:?}");
    assert!(text(out[0], "evidence").contains("shares weights or initialisation with"), "{out:?}");
    for team in teams(told) {
        assert!(["reached", "not reached", "not shown"].contains(&text(team, "verdict")), "{team}");
    }
    let record: Value = serde_json::from_str(&said(["verify", "--json", path(dir)])).unwrap();
    assert_eq!(record["sound"], true, "the seal covers models, runs and verdicts too");
}

fn every_verdict_is_worked_out_anew_to_the_byte(dir: &Path, told: &Value) {
    let frontier = dir.join("verdicts/frontier.json");
    for team in teams(told) {
        let model = text(team, "model");
        let (verdict, run) = (dir.join(format!("verdicts/{model}.json")), dir.join("runs").join(model));
        let told = said(["verdict", "check", path(&verdict), "--candidate", path(&run), "--frontier", path(&frontier)]);
        assert!(told.contains("to the byte"), "{told}");
        assert_eq!(text(&json(&verdict), "word").replace('-', " "), text(team, "verdict"));
    }
}

/// Right answers of a run to a task, and questions.
fn counted(run: &Value, task: &str) -> (f64, f64) {
    let task = run["tasks"].as_array().unwrap().iter().find(|found| found["task"] == task).unwrap();
    let score = &task["metrics"][0]["lm_eval"];
    let asked = task["items"]["asked"].as_f64().unwrap();
    (score["value"].as_f64().unwrap_or_default() * score["n"].as_f64().unwrap(), asked)
}

fn what_is_decided_on_is_what_was_measured(dir: &Path, told: &Value) {
    let facts: Value = serde_json::from_str(&said(["record", "facts", path(dir), "evaluation"])).unwrap();
    let run = |model: &str| json(&dir.join("runs").join(model).join("run.json"));
    let frontier = run("frontier");
    for team in teams(told) {
        let measured = &facts["measurements"][text(team, "team")];
        let own = run(text(team, "model"));
        let number = |value: &Value| {
            let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut parts = written.split('/').map(|part| part.parse::<f64>().unwrap());
            parts.next().unwrap() / parts.next().unwrap_or(1.0)
        };
        let share = |run: &Value, task: &str| {
            let (right, asked) = counted(run, task);
            100.0 * right / asked
        };
        let item = |leaf: &str, item: &str| &measured[leaf]["values"][item];
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} for {wanted}: {measured}");
        near(number(&item("common", "item-1")["value"]), share(&own, "world_told_ko"));
        near(number(&item("common", "item-13")["value"]), share(&own, "world_two_step_en_generate"));
        near(number(&item("individual", "item-2")["value"]), share(&own, "world_told_en"));
        near(number(&item("individual", "item-2")["target"]), share(&frontier, "world_told_en"));
    }
    let events = std::fs::read(dir.join("log.sqlite")).unwrap();
    let entered = String::from_utf8_lossy(&events);
    for team in teams(told) {
        let verdict = json(&dir.join(format!("verdicts/{}.json", text(team, "model"))));
        let source = format!(
            "run runs/{}, scores SHA-256 {}",
            text(team, "model"),
            text(&verdict["inputs"], "candidate-sha256")
        );
        assert!(entered.contains(&source), "{source}");
    }
}

fn a_copy_of_the_folder_is_scored_anew_from_its_journal(dir: &Path, told: &Value) {
    let (home, model) = (tempfile::tempdir().unwrap(), text(&teams(told)[0], "model"));
    let again = home.path().join("again");
    copy(dir, &again);
    let before = json(&again.join("runs").join(model).join("run.json"));
    let tasks: Vec<&str> = before["tasks"].as_array().unwrap().iter().map(|task| text(task, "task")).collect();
    let url = format!("http://{model}.rehearsal.invalid/v1");
    let (runs, files) = (again.join("runs"), again.join("tasks"));
    let arguments = ["eval", "--rescore", "--json", "--model", &url, "--name", model, "--tasks"];
    let more = [&tasks.join(","), "--include_path", path(&files), "--output_path", path(&runs)];
    let after: Value = serde_json::from_str(&said(arguments.into_iter().chain(more))).unwrap();
    assert_eq!(after["tasks"], before["tasks"]);
}

/// A model of the rehearsal, served.
struct Served(Child, String);

impl Served {
    fn new(model: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
        command.args(["model", "serve", path(model), "--port", "0"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit_once(' ').unwrap().1.to_owned();
        Self(child, url)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn endpoints_stand_in_for_a_team_and_for_the_frontier(dir: &Path, told: &Value) {
    let served = Served::new(&dir.join("models/frontier"));
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("again");
    let (team, frontier) = (format!("2={}", served.1), format!("frontier=frontier@{}", served.1));
    let printed = play(home.path(), &out, &["--model", &team, "--model", &frontier]);
    let wide: Vec<&str> = printed.lines().filter(|line| line.width() > 80).collect();
    assert!(wide.iter().all(|line| line.contains(path(home.path())) || line.contains("http")), "{wide:#?}");
    let again = json(&out.join("summary.json"));
    let (before, after) = (&teams(told)[1], &teams(&again)[1]);
    assert_eq!(text(before, "team"), text(after, "team"));
    assert_eq!(text(after, "source"), served.1);
    assert!(!out.join("models").join(text(after, "model")).exists() && !out.join("models/frontier").exists());
    assert_eq!(after["known"], again["models"]["frontier"], "both are the same model");
    assert_eq!(again["models"]["frontier"], told["models"]["frontier"], "it knows here what it knew there");
    said(["verify", path(&out)]);
    // Whoever trained both times trained the same model, and what was asked of it has the same digest.
    for (before, after) in teams(told).iter().zip(teams(&again)).filter(|(_, after)| after["source"] == "trained") {
        let digest = |dir: &Path, team: &Value| {
            let verdict = json(&dir.join(format!("verdicts/{}.json", text(team, "model"))));
            text(&verdict["inputs"], "candidate-sha256").to_owned()
        };
        assert!(before["source"] != "trained" || digest(dir, before) == digest(&out, after), "{before} {after}");
    }
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_trained() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("rehearsal");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = format!("1=http://{closed}/v1");
    let missing = home.path().join("recipe.toml");
    for (given, wanted) in [
        (vec!["--model", "1=http://127.0.0.1:9/v1"], "--models"),
        (vec!["--models", "--model", "6=http://127.0.0.1:9/v1"], "from 1 to 5"),
        (vec!["--models", "--model", "otter=http://127.0.0.1:9/v1"], "there is no team `otter`"),
        (vec!["--models", "--model", "1"], "TEAM=URL"),
        (vec!["--models", "--model", &closed], "cannot be used"),
        (vec!["--models", "--recipe", path(&missing)], "cannot be read"),
    ] {
        let ended = daepyo(["rehearse", "--out", path(&out)].into_iter().chain(given.iter().copied()));
        assert!(ended.code == Some(2) && ended.err.contains(wanted), "{given:?}: {ended:?}");
        assert!(ended.out.is_empty() && !out.exists(), "{given:?}: {ended:?}");
    }
}
