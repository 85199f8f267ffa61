//! Check values were made with PyYAML 6.0.4 (`CSafeLoader`), by `tests/data/task/oracle.py`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use super::*;
use crate::Value;

/// A field as `oracle.py` writes it.
fn plain(field: &Field) -> Json {
    match field {
        Field::Value(value) => plain_value(value),
        Field::Function(function) => {
            let stem = function.file.with_extension("");
            json!({"!spec": format!("{}.{}", stem.file_name().unwrap().to_str().unwrap(), function.name)})
        }
        Field::List(items) => items.iter().map(plain).collect(),
        Field::Dict(entries) => Json::Object(entries.iter().map(|(key, entry)| (key.clone(), plain(entry))).collect()),
    }
}

fn plain_value(value: &Value) -> Json {
    match value {
        Value::Float(number) => json!({ "float": *number }),
        Value::List(items) => items.iter().map(plain_value).collect(),
        Value::Dict(dict) => {
            Json::Object(dict.iter().map(|(key, entry)| (key.to_string(), plain_value(entry))).collect())
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

/// The oracle's floats are written as Python writes them, and only the last word of a module is compared.
fn normal(json: Json) -> Json {
    match json {
        Json::Object(object) => match (object.get("float").and_then(Json::as_str), object.get("!spec")) {
            (Some(text), _) => json!({ "float": text.parse::<f64>().unwrap() }),
            (None, Some(Json::String(spec))) => {
                let words: Vec<&str> = spec.rsplitn(3, '.').collect();
                json!({"!spec": format!("{}.{}", words[1], words[0])})
            }
            _ => Json::Object(object.into_iter().map(|(key, entry)| (key, normal(entry))).collect()),
        },
        Json::Array(items) => items.into_iter().map(normal).collect(),
        other => other,
    }
}

/// Compares a text with a row of the oracle; what differs, if anything.
fn difference(text: &str, path: &Path, row: &Json) -> Option<String> {
    match (load(text, path), row.get("tree")) {
        (Ok((field, _)), Some(tree)) => {
            let (ours, theirs) = (plain(&field), normal(tree.clone()));
            (ours != theirs).then(|| format!("{text:?}\n  ours {ours}\n  PyYAML {theirs}"))
        }
        (Err(_), None) => None,
        (Ok((field, _)), None) => Some(format!("{text:?}\n  ours {}\n  PyYAML refuses", plain(&field))),
        (Err(fault), Some(tree)) => Some(format!("{text:?}\n  ours {fault}\n  PyYAML {tree}")),
    }
}

/// Where this module is meant to differ: Python's `1 == True` makes one key of two, libyaml refuses an anchor that is
/// given anew (YAML 1.1 allows it), and three faults of layout that do not change a meaning.
const INTENDED: [&str; 5] = [
    "yes: 1\nno: 2\n~: 3\n1.5: 4\n1: 5",
    "a: &x 1\nb: *x\nc: &x 2\nd: *x",
    "a: \"x\n\ty\"",
    "a: x #c\nb: 'it''s'#d",
    "\ta: b",
];

#[test]
fn hard_texts_are_read_as_pyyaml_reads_them() {
    let rows = include_str!("../../tests/data/yaml/cases.jsonl");
    let differences: Vec<String> = rows
        .lines()
        .filter_map(|line| {
            let row: Json = serde_json::from_str(line).unwrap();
            let text = row["yaml"].as_str().unwrap();
            let difference = difference(text, Path::new("t.yaml"), &row);
            if INTENDED.contains(&text) {
                assert!(difference.is_some(), "{text:?} no longer differs");
                return None;
            }
            difference
        })
        .collect();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_file_of_an_installed_harness_is_read_as_pyyaml_reads_it() {
    let Some(python) = std::env::var_os("DAEPYO_PEERS").map(|venv| PathBuf::from(venv).join("bin/python")) else {
        println!("skipped: DAEPYO_PEERS names no virtual environment with lm-eval");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("yaml.jsonl");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/task/oracle.py");
    let tree = "import lm_eval, pathlib; print(pathlib.Path(lm_eval.__file__).parent / 'tasks')";
    let tree = Command::new(&python).args(["-c", tree]).output().unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(Command::new(&python).arg(script).args(["yaml", tree.trim()]).arg(&out).status().unwrap().success());
    let (mut files, mut differences) = (0, Vec::new());
    for line in std::fs::read_to_string(out).unwrap().lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        let path = PathBuf::from(row["file"].as_str().unwrap());
        files += 1;
        differences.extend(difference(&std::fs::read_to_string(&path).unwrap(), &path, &row));
    }
    assert!(files > 10_000, "only {files} files");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn a_key_given_twice_is_a_warning_with_both_lines() {
    let (field, warnings) = load("a: 1\nb: 2\na: 3\n", Path::new("x.yaml")).unwrap();
    assert_eq!(plain(&field).to_string(), r#"{"a":3,"b":2}"#);
    assert_eq!(
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["x.yaml:3:1: `a` is given twice, first on line 1; the last counts, so remove one"]
    );
    let merged = "a: &a {xx: 1}\nb: {<<: *a, xx: 2}";
    assert!(load(merged, Path::new("x.yaml")).unwrap().1.is_empty(), "overriding what is merged is no mistake");
}

#[test]
fn a_fault_says_where_and_how_to_mend_it() {
    let fault = |text: &str| load(text, Path::new("x.yaml")).unwrap_err().to_string();
    assert_eq!(
        fault("a: 1\nb: {{x}}"),
        "x.yaml:2:5: a key is a single value, not a list or a dictionary; put a template in quotes"
    );
    assert!(fault("a: 'x").starts_with("x.yaml:1:4: "), "{}", fault("a: 'x"));
    assert_eq!(
        fault("a: 2001-13-01"),
        "x.yaml:1:4: `2001-13-01` is not a date; put it in quotes if it is meant as a text"
    );
    assert_eq!(fault("a: !function f"), "x.yaml:1:4: `!function f` names no module; write `!function module.name`");
}

#[test]
fn aliases_cannot_grow_without_measure() {
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
    }
    assert!(matches!(load(&text, Path::new("x.yaml")), Err(YamlFault::Endless { .. })));
    let deep = "[".repeat(5000);
    assert!(load(&deep, Path::new("x.yaml")).is_err());
}

#[test]
fn functions_stand_next_to_the_file_or_further_up() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = folder.path().join("lm/tasks/x");
    std::fs::create_dir_all(&tasks).unwrap();
    std::fs::write(tasks.join("utils.py"), "").unwrap();
    let found = |given: &str| match load(&format!("!function {given}"), &tasks.join("t.yaml")).unwrap().0 {
        Field::Function(function) => (function.file.strip_prefix(folder.path()).unwrap().to_owned(), function.name),
        other => panic!("{other:?}"),
    };
    let beside = (PathBuf::from("lm/tasks/x/utils.py"), "f".to_owned());
    assert_eq!(found("utils.f"), beside);
    assert_eq!(found("lm.tasks.x.utils.f"), beside);
    assert_eq!(found("sub.other.f").0, PathBuf::from("lm/tasks/x/sub/other.py"));
}

proptest::proptest! {
    /// Whatever stands in a file, it is read or refused; a fault names a place in it.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c0-9 \\t\\n:,\\[\\]{}'\"#&*!|>?<%@=~._-]{0,60}") {
        match load(&text, Path::new("x.yaml")) {
            Ok((_, warnings)) => {
                proptest::prop_assert!(warnings.iter().all(|warning| warning.place.line <= text.lines().count()));
            }
            Err(fault) => proptest::prop_assert!(fault.place().line <= text.lines().count() + 1, "{}", fault),
        }
    }
}
