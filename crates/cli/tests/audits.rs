//! `daepyo lineage` and `daepyo contamination`, from files to exit codes.
#![expect(clippy::unwrap_used, reason = "a helper of tests that fails fails the test")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::house::{daepyo, path, said};

/// Random numbers that add up to nothing in particular.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5;
        }
        0.02 * sum
    }
}

/// A model of one block in the folder `at`; its weights are those of `seed`, with a little of `noise` on them.
fn model(at: &Path, seed: u64, noise: Option<u64>) {
    const PARTS: [(&str, usize, usize); 4] = [
        ("model.embed_tokens.weight", 300, 64),
        ("model.layers.0.mlp.gate_proj.weight", 256, 64),
        ("model.layers.0.mlp.up_proj.weight", 256, 64),
        ("model.layers.0.mlp.down_proj.weight", 64, 256),
    ];
    let (mut own, mut other) = (Numbers(seed), Numbers(noise.unwrap_or(0)));
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, rows, columns) in PARTS {
        let start = data.len();
        for _ in 0..rows * columns {
            let value = own.next() + noise.map_or(0.0, |_| 0.3 * other.next());
            data.extend_from_slice(&value.to_le_bytes());
        }
        let entry = json!({"dtype": "F32", "shape": [rows, columns], "data_offsets": [start, data.len()]});
        header.insert(name.to_owned(), entry);
    }
    let header = Value::Object(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&data);
    fs::create_dir_all(at).unwrap();
    fs::write(at.join("model.safetensors"), file).unwrap();
    let config = json!({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "intermediate_size": 256,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 16, "vocab_size": 300});
    fs::write(at.join("config.json"), config.to_string()).unwrap();
}

#[test]
fn a_child_is_found_and_a_stranger_is_not() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    model(&at("library/base"), 7, None);
    model(&at("child"), 7, Some(8));
    model(&at("stranger"), 9, None);
    let (library, child, page) = (at("library"), at("child"), at("child.html"));
    let audit = |candidate: &Path| daepyo(["lineage", path(candidate), "--library", path(&library)]);
    let found = daepyo(["lineage", path(&child), "--library", path(&library), "--html", path(&page)]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    assert!(found.out.contains("child shares weights or initialisation with base"), "{}", found.out);
    assert!(fs::read_to_string(&page).unwrap().contains("child shares weights or initialisation with base"));
    let none = audit(&at("stranger"));
    assert_eq!(none.code, Some(0), "{}", none.err);
    assert!(none.out.contains("No dependence found on 1 model at sensitivity"), "{}", none.out);
    assert!(!none.out.contains("from scratch"), "{}", none.out);
}

#[test]
fn a_fingerprint_says_what_its_model_says() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    model(&at("library/base"), 7, None);
    model(&at("child"), 7, Some(8));
    let (print, kept) = (at("prints/base.fingerprint"), at("prints"));
    fs::create_dir(&kept).unwrap();
    said(["lineage", "fingerprint", path(&at("library/base")), "--out", path(&print)]);
    let report = |library: &Path, threads: &str| {
        let child = at("child");
        daepyo(["lineage", path(&child), "--library", path(library), "--json", "--threads", threads]).out
    };
    let whole = report(&at("library"), "1");
    assert_eq!(whole, report(&kept, "2"));
    let report: Value = serde_json::from_str(&whole).unwrap();
    let findings = report["comparisons"][0]["findings"].as_array().unwrap();
    let exact = |one: &&Value| one["test"] == "aligned-units" && one["tier"] == "exact" && one["dependent"] == true;
    let aligned = findings.iter().find(exact).unwrap();
    assert!(aligned["log10_p"].as_f64().unwrap() < -50.0, "{aligned}");
    assert!(aligned["effects"][0]["value"].as_f64().unwrap() > 0.8, "{aligned}");
    assert!(aligned["controls"].as_array().unwrap().iter().all(|control| control["passed"] == true), "{aligned}");
}

#[test]
fn what_cannot_be_audited_is_said() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    model(&at("library/base"), 7, None);
    model(&at("cut"), 7, None);
    let weights = at("cut/model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() - 4]).unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::create_dir(at("pickled")).unwrap();
    fs::write(at("pickled/pytorch_model.bin"), "x").unwrap();
    for (candidate, library, part) in [
        ("nothing", "library", "nothing"),
        ("cut", "library", "model.safetensors"),
        ("empty", "library", "empty"),
        ("pickled", "library", "safetensors"),
        ("library/base", "empty", "empty"),
        ("library/base", "nothing", "nothing"),
    ] {
        let ended = daepyo(["lineage", path(&at(candidate)), "--library", path(&at(library))]);
        assert_eq!(ended.code, Some(2), "{candidate}: {}", ended.out);
        assert!(ended.err.contains("error: ") && ended.err.contains(part), "{candidate}: {}", ended.err);
    }
}

#[test]
fn a_log_is_kept_and_checked() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    for (name, seed) in [("step-0", 1), ("step-10", 2)] {
        model(&at(name), seed, None);
    }
    let log = at("run.log");
    let keep = |words: &[&str]| said(["lineage", "log", path(&log)].into_iter().chain(words.iter().copied()));
    let (first, last) = (at("step-0/model.safetensors"), at("step-10/model.safetensors"));
    let config = at("step-0/config.json");
    let start = ["start", "--config", path(&config), "--data-manifest", path(&config), "--checkpoint", path(&first)];
    keep(&start);
    keep(&["loss", "--step", "1", "--loss", "7.25"]);
    keep(&["checkpoint", "--step", "10", "--checkpoint", path(&last)]);
    let head = keep(&["end", "--step", "10", "--checkpoint", path(&last)]);
    let check = |more: &[&str]| daepyo(["lineage", "verify-log", path(&log)].into_iter().chain(more.iter().copied()));
    let sound = check(&["--head", head.trim()]);
    assert_eq!(sound.code, Some(0), "{}{}", sound.out, sound.err);
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("7.25", "7.35", 1)).unwrap();
    let changed = check(&[]);
    assert_eq!(changed.code, Some(1), "{}", changed.err);
    assert!(changed.out.contains("line 3 was changed"), "{}", changed.out);
}

const ITEMS: &str = r#"{"id":"pouch","question":"Which animal carries its young in a pouch for about nine months and eats mostly eucalyptus leaves in Australia?","answer":"the koala"}
{"id":"king","question":"조선 시대에 한글을 창제한 임금은 누구이며 그 책의 이름은 무엇인가? 창제한 해와 반포한 해를 함께 쓰시오.","answer":"세종 훈민정음"}
{"id":"absent","question":"Which river runs through the capital of the northernmost of the provinces named in the second chapter of the book?","answer":"the Imjin"}
"#;

#[test]
fn items_are_found_where_they_stand() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    fs::write(at("items.jsonl"), ITEMS).unwrap();
    let lines = [
        json!({"text": "Rain all day, and a wind from the sea that nobody had foretold."}),
        json!({"text": "A page. Which animal carries its young in a pouch for about nine months and eats mostly \
                        eucalyptus leaves in Australia? It is the koala, of course."}),
    ];
    fs::write(at("corpus/a.jsonl"), lines.map(|line| line.to_string() + "\n").concat()).unwrap();
    let korean = "조선시대에 한글을 창제한 임금은 누구이며 그책의 이름은 무엇인가? 창제한해와 반포한해를 함께 쓰시오. \
                  정답은 세종 훈민정음입니다.";
    fs::write(at("corpus/b.txt"), korean).unwrap();
    let (corpus, items, cleaned, page) = (at("corpus"), at("items.jsonl"), at("cleaned"), at("page.html"));
    let scan = ["contamination", "--corpus", path(&corpus), "--tasks", path(&items), "--json"];
    let found = daepyo(scan.into_iter().chain(["--clean", path(&cleaned), "--html", path(&page)]));
    assert_eq!(found.code, Some(1), "{}", found.err);
    let report: Value = serde_json::from_str(&found.out).unwrap();
    let names = |report: &Value| -> Vec<String> {
        let found = report["benchmarks"][0]["found"].as_array().unwrap().clone();
        found.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&report), ["pouch", "king"]);
    assert_eq!(report["benchmarks"][0]["found"][0]["evidence"][0]["record"], 2);
    assert!(fs::read_to_string(&page).unwrap().contains("koala"));
    let again = ["contamination", "--corpus", path(&cleaned), "--tasks", path(&items), "--json"];
    let clean = daepyo(again);
    assert_eq!(clean.code, Some(0), "{}{}", clean.out, clean.err);
    assert!(names(&serde_json::from_str(&clean.out).unwrap()).is_empty());
}

#[test]
fn shards_add_up_to_the_whole() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    fs::write(at("items.jsonl"), ITEMS).unwrap();
    for (number, item) in ITEMS.lines().take(2).enumerate() {
        let item: Value = serde_json::from_str(item).unwrap();
        let text = format!("{} {}", item["question"].as_str().unwrap(), item["answer"].as_str().unwrap());
        fs::write(at(&format!("corpus/{number}.txt")), text).unwrap();
    }
    let (corpus, items) = (at("corpus"), at("items.jsonl"));
    let scan = ["contamination", "--corpus", path(&corpus), "--tasks", path(&items), "--json"];
    let whole = daepyo(scan).out;
    let parts = ["1/2", "2/2"].map(|part| {
        let file = at(&part.replace('/', "-"));
        let ended = daepyo(scan.into_iter().chain(["--shard", part, "--out", path(&file)]));
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
        file
    });
    let merged = daepyo(["contamination", "merge", path(&parts[0]), path(&parts[1]), "--json"]);
    assert_eq!(merged.code, Some(1), "{}", merged.err);
    assert_eq!(merged.out, whole);
}
