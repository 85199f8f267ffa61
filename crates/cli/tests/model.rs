//! `daepyo model`: a model is made, looked at, served, and measured by `daepyo eval`.
#![expect(clippy::unwrap_used, reason = "a helper of tests that fails fails the test")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;

use crate::house::{daepyo, path, said};

/// A model so small that it is made in seconds.
const RECIPE: &str = "depth = 1\nseed = 3\n[shape]\ncontext = 96\n[tokenizer]\nvocab_size = 768\n\
                      [lanes]\nlanes = 2\nrows = 2\n[schedule]\nbatch_tokens = 768\nsteps = 30\nwarmup_steps = 3\n\
                      validate_every = 15\ncheckpoint_every = 10\n[tuning]\nepochs = 1\npreference_epochs = 1\n";

/// One model that all tests of this process look at and none changes.
fn team() -> &'static Path {
    static TEAM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, dir) = TEAM.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let (recipe, dir) = (home.path().join("recipe.toml"), home.path().join("team"));
        std::fs::write(&recipe, RECIPE).unwrap();
        let told = said(["model", "build", "--recipe", path(&recipe), "--out", path(&dir)]);
        for part in ["bits a byte (zstd -19 needs", "world_told (ko): ", "daepyo model serve"] {
            assert!(told.contains(part), "{part:?} in {told}");
        }
        (home, dir)
    });
    dir
}

/// A served model; it is stopped when nobody needs it any more.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
        command.args(["model", "serve", path(team()), "--port", "0"]).args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit_once(' ').unwrap().1.to_owned();
        assert!(url.ends_with("/v1"), "{line}");
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn card() -> Value {
    serde_json::from_slice(&std::fs::read(team().join("card.json")).unwrap()).unwrap()
}

#[test]
fn what_the_card_says_is_what_eval_finds_at_the_endpoint() {
    let (served, home) = (Served::new(&["--name", "team"]), tempfile::tempdir().unwrap());
    let (tasks, out) = (team().join("tasks"), home.path().join("out"));
    let arguments = [
        "eval",
        "--tasks",
        "world_told_ko,world_told_en",
        "--include_path",
        path(&tasks),
        "--model",
        &served.url,
        "--name",
        "team",
        "--tokens",
        "ids",
        "--max_length",
        "96",
        "--json",
        "--output_path",
        path(&out),
    ];
    let told: Value = serde_json::from_str(&said(arguments)).unwrap();
    for language in ["ko", "en"] {
        let task = told["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|task| task["task"].as_str() == Some(&format!("world_told_{language}")));
        let task = task.unwrap_or_else(|| panic!("{told}"));
        let score = crate::measured::scores(&told);
        let found = score[&format!("world_told_{language} acc none")].unwrap();
        let card = card();
        let written = card["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|asked| asked["name"] == "world_told" && asked["language"] == language);
        let written = written.unwrap();
        assert_eq!(written["questions"].as_u64(), task["classes"]["scored"].as_u64(), "{task}");
        // Two options may be equally likely to the seventh digit; more than one question must not turn on that.
        let apart = (found - written["score"].as_f64().unwrap()).abs();
        assert!(apart * written["questions"].as_f64().unwrap() < 1.5, "{found} and {written}");
    }
}

#[test]
fn int8_answers_too_and_a_port_in_use_is_told() {
    let served = Served::new(&["--weights", "int8"]);
    let port = served.url.trim_end_matches("/v1").rsplit_once(':').unwrap().1.to_owned();
    let ended = daepyo(["model", "serve", path(team()), "--port", &port]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("name another port"), "{}", ended.err);
}

#[test]
fn the_evidence_holds_and_a_changed_line_is_found() {
    let told = said(["model", "evidence", path(team())]);
    assert!(told.contains("30 steps, taken up again 0 times"), "{told}");
    let home = tempfile::tempdir().unwrap();
    let copy = home.path().join("team");
    crate::house::copy(team(), &copy);
    let weights = copy.join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let ended = daepyo(["model", "evidence", path(&copy)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("wrong: the folder's weights are not those that the log comes to"), "{}", ended.out);
    let log = copy.join("work/training/evidence.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("\"step\":10", "\"step\":11", 1)).unwrap();
    let ended = daepyo(["model", "evidence", path(&copy)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("wrong: "), "{}", ended.out);
}

#[test]
fn a_model_goes_on_with_a_text_and_answers_in_a_conversation() {
    let told = said(["model", "say", path(team()), "Question:", "--max-tokens", "8"]);
    assert!(told.starts_with("Question:"), "{told}");
    assert_eq!(told, said(["model", "say", path(team()), "Question:", "--max-tokens", "8"]));
    said(["model", "say", path(team()), "누구십니까?", "--chat", "--max-tokens", "8", "--temperature", "0.8"]);
    let long = "가".repeat(400);
    let ended = daepyo(["model", "say", path(team()), &long]);
    assert!(ended.code == Some(2) && ended.err.contains("shorten it"), "{ended:?}");
}

#[test]
fn a_model_is_tuned_into_a_new_folder() {
    let home = tempfile::tempdir().unwrap();
    let (world, out) = (home.path().join("world"), home.path().join("tuned"));
    said(["model", "world", "--out", path(&world), "--people", "12", "--tellings", "1"]);
    let conversations = world.join("conversations.jsonl");
    let arguments = ["model", "tune", path(team()), "--conversations", path(&conversations), "--out", path(&out)];
    let told = said(arguments);
    assert!(told.contains("nats a token of the answers"), "{told}");
    said(["model", "say", path(&out), "1 + 1?", "--chat", "--max-tokens", "4"]);
    let ended = daepyo(arguments);
    assert!(ended.code == Some(2) && ended.err.contains("is not empty"), "{ended:?}");
}

#[test]
fn a_recipe_is_printed_and_read_back() {
    let text = said(["model", "recipe", "--depth", "4"]);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("recipe.toml");
    std::fs::write(&file, &text).unwrap();
    assert_eq!(said(["model", "recipe", "--recipe", path(&file)]), text);
    std::fs::write(&file, "depth = 2\n[shape]\nwidht = 3\n").unwrap();
    let ended = daepyo(["model", "recipe", "--recipe", path(&file)]);
    assert!(ended.code == Some(2) && ended.err.contains("shape.widht"), "{ended:?}");
}

#[test]
fn a_recipe_goes_to_many_machines_with_text_and_weights() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("titan");
    let arguments =
        ["model", "recipe", "--engine", "torchtitan", "--model", path(team()), "--gpus", "1", "--out", path(&out)];
    let ended = daepyo(arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for file in ["README.md", "daepyo_titan/run.py", "hf_assets/tokenizer.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
}

#[test]
fn a_corpus_is_accounted_for() {
    let home = tempfile::tempdir().unwrap();
    let (input, out, tests) = (home.path().join("in"), home.path().join("out"), home.path().join("tests.jsonl"));
    std::fs::create_dir(&input).unwrap();
    // Sentences that have no twelve words in common.
    let word = |number: usize| format!("{}{}", ["mill", "river", "stone", "field", "barn"][number % 5], number % 97);
    let page = |number: usize| {
        let words: Vec<String> = (0..18).map(|place| word(number * 31 + place * (number + 7))).collect();
        format!("The {}. ", words.join(" and "))
    };
    for number in 0..40 {
        let text: String = (0..5).map(|part| page(number * 5 + part)).collect();
        std::fs::write(input.join(format!("{number}.txt")), text).unwrap();
    }
    std::fs::write(&tests, format!("{{\"question\": {:?}}}\n", page(3))).unwrap();
    let told = said([
        "model",
        "corpus",
        path(&input),
        "--out",
        path(&out),
        "--unfiltered",
        "--validation-per-mille",
        "200",
        "--against",
        path(&tests),
    ]);
    assert!(told.contains("39 of 40 texts kept") && told.contains("1 holds a test item; such as "), "{told}");
    let manifest: Value = serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["shards"].as_array().unwrap().len(), 40);
}

#[test]
fn what_cannot_be_done_is_told() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("team");
    let device = daepyo(["model", "build", "--depth", "1", "--out", path(&out), "--device", "tpu"]);
    assert!(device.code == Some(2) && device.err.contains("write `cpu`"), "{device:?}");
    let ladder = daepyo(["model", "ladder", "--depths", "1,2"]);
    assert!(ladder.code == Some(2) && ladder.err.contains("name four"), "{ladder:?}");
    let none = daepyo(["model", "serve", path(home.path())]);
    assert!(none.code == Some(2) && none.err.contains("config.json"), "{none:?}");
    let names = said(["model", "fetch"]);
    assert!(names.contains("korean-statutes"), "{names}");
}

#[test]
fn help_fits_eighty_columns() {
    for command in ["build", "ladder", "tune", "serve", "say", "recipe", "world", "corpus", "fetch", "evidence"] {
        let told = said(["model", command, "--help"]);
        let wide: Vec<&str> = told.lines().filter(|line| line.width() > 80).collect();
        assert!(wide.is_empty(), "{command}: {wide:#?}");
    }
}
