//! The task set: that it is whole, that its answers are right, and that the native checks say what Python says.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::instructions::{Constraint, ConstraintFault};
use super::{FILES, GROUPS, MaterialiseFault, code, digest, materialise, ports};
use crate::{Dict, Document, Value};

const TASKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tasks");

fn rows(name: &str) -> Vec<Document> {
    let (_, text) = FILES.iter().find(|(file, _)| *file == format!("data/{name}.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(doc: &'a Document, column: &str) -> &'a str {
    doc[column].as_str().unwrap()
}

/// What lies in the folder, the sources of the data apart.
fn folder(root: &Path, below: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_file() {
            found.push(path);
        } else if path != "source" && !path.ends_with("__pycache__") {
            found.extend(folder(root, &path));
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_of_the_folder_is_in_the_binary() {
    let embedded: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(embedded, folder(Path::new(TASKS), ""));
}

#[test]
fn it_is_written_once_and_a_changed_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let place = materialise(&dir.path().join("cache")).unwrap();
    assert_eq!(folder(&place, ""), folder(Path::new(TASKS), ""));
    assert!(place.ends_with(format!("daepyo-tasks-{}", &digest()[..16])));
    assert_eq!(materialise(&dir.path().join("cache")).unwrap(), place);
    assert_eq!(std::fs::read_dir(dir.path().join("cache")).unwrap().count(), 1, "nothing is left over");

    std::fs::write(place.join("core.yaml"), "group: mine\n").unwrap();
    let fault = materialise(&dir.path().join("cache")).unwrap_err();
    assert!(matches!(fault, MaterialiseFault::Changed(path) if path == place.join("core.yaml")));
    std::fs::remove_file(place.join("core.yaml")).unwrap();
    assert!(matches!(materialise(&dir.path().join("cache")), Err(MaterialiseFault::Changed(_))));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let fault = materialise(&dir.path().join("file")).unwrap_err();
    assert!(fault.to_string().contains("name a folder that can be written to"), "{fault}");
}

#[test]
fn many_at_once_write_one_folder() {
    let dir = tempfile::tempdir().unwrap();
    let places: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| materialise(dir.path()).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn groups_and_tasks_are_named_as_told() {
    let named = |key: &str| -> Vec<&str> {
        let lines = FILES.iter().filter(|(name, _)| name.ends_with(".yaml")).flat_map(|(_, text)| text.lines());
        lines.filter_map(|line| line.strip_prefix(key)).collect()
    };
    let (mut groups, tasks) = (named("group: "), named("task: "));
    groups.sort_unstable();
    let mut told = GROUPS.to_vec();
    told.sort_unstable();
    assert_eq!(groups, told);
    assert_eq!(tasks.len(), 17);
    assert!(tasks.iter().all(|task| task.starts_with("daepyo_")));
}

const CHOICES: [&str; 10] = [
    "knowledge_ko",
    "korea_ko",
    "knowledge_en",
    "reading_ko",
    "reading_en",
    "knowledge_ko_dev",
    "korea_ko_dev",
    "knowledge_en_dev",
    "reading_ko_dev",
    "reading_en_dev",
];

#[test]
fn every_choice_item_has_one_right_answer_and_a_reason() {
    for name in CHOICES {
        let rows = rows(name);
        let mut places = BTreeMap::new();
        for doc in &rows {
            let choices: Vec<&str> = doc["choices"].as_list().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
            let mut distinct = choices.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), choices.len(), "{doc:?}");
            assert!(choices.len() == if name.starts_with("korea") { 5 } else { 4 }, "{doc:?}");
            assert!(choices.iter().all(|choice| !choice.is_empty() && choice.trim() == *choice), "{doc:?}");
            let answer = usize::try_from(doc["answer"].as_int().unwrap()).unwrap();
            assert_eq!(text(doc, "letter"), &"ABCDE"[answer..=answer]);
            assert!(!text(doc, "note").is_empty() && !text(doc, "question").is_empty());
            *places.entry(answer).or_insert(0_usize) += 1;
        }
        if !name.ends_with("_dev") {
            let each = rows.len() / places.len();
            assert!(places.values().all(|&count| count.abs_diff(each) <= 1), "{name}: {places:?}");
        }
    }
}

#[test]
fn no_question_stands_twice_and_no_example_is_a_test() {
    for (column, names) in [
        ("question", &CHOICES[..]),
        ("question", &["arithmetic_ko", "arithmetic_en", "arithmetic_plain", "arithmetic_ko_dev", "arithmetic_en_dev"]),
        ("prompt", &["instruction_ko", "instruction_en", "code_ko", "code_en"]),
    ] {
        let all: Vec<Document> = names.iter().flat_map(|name| rows(name)).collect();
        let distinct: std::collections::BTreeSet<String> =
            all.iter().map(|doc| format!("{:?} {}", doc.get("cluster"), text(doc, column))).collect();
        assert_eq!(distinct.len(), all.len());
    }
}

#[test]
fn what_a_reading_item_quotes_stands_in_its_passage() {
    for name in ["reading_ko", "reading_en"] {
        let mut quoted = 0;
        for doc in rows(name) {
            let note = text(&doc, "note");
            if let Some(quote) = note.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                assert!(text(&doc, "passage").contains(quote), "{doc:?}");
                quoted += 1;
            }
        }
        assert!(quoted >= 12, "{name}: {quoted}");
    }
}

#[derive(Deserialize)]
struct Fixture {
    constraints: Vec<Value>,
    texts: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    kept: String,
}

/// What `tasks/instructions.py` says of many texts; `tests/data/suite/make.py` wrote it.
#[test]
fn the_native_checks_say_what_python_says() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../tests/data/suite/instructions.json")).unwrap();
    let doc = Document::from([("constraints".into(), Value::List(fixture.constraints))]);
    let constraints = Constraint::of(&doc).unwrap();
    assert!(constraints.len() >= 70 && fixture.texts.len() >= 450);
    for row in fixture.texts {
        for (constraint, kept) in constraints.iter().zip(row.kept.chars()) {
            assert_eq!(constraint.is_kept(&row.text), Ok(kept == '1'), "{constraint:?} in {:?}", row.text);
        }
    }
}

#[test]
fn every_instruction_item_is_kept_by_its_example_and_broken_by_silence() {
    for name in ["instruction_ko", "instruction_en"] {
        for doc in rows(name) {
            let kept = |answer: &str| ports::check_instructions(&doc, &[Value::from(answer)]).unwrap();
            let full =
                Dict::from([("prompt_acc".into(), Value::Float(1.0)), ("instruction_acc".into(), Value::Float(1.0))]);
            assert_eq!(kept(text(&doc, "example")), full, "{doc:?}");
            assert_eq!(kept("")["prompt_acc"], Value::Float(0.0));
        }
    }
}

#[test]
fn half_kept_is_half_of_the_constraints_and_none_of_the_prompt() {
    let constraint =
        |kind: &str| serde_json::from_str(&format!(r#"{{"kind":"{kind}","number":1,"texts":[]}}"#)).unwrap();
    let doc =
        Document::from([("constraints".into(), Value::List(vec![constraint("words_exact"), constraint("lowercase")]))]);
    let found = ports::check_instructions(&doc, &[Value::from("Word")]).unwrap();
    assert_eq!(found["prompt_acc"], Value::Float(0.0));
    assert_eq!(found["instruction_acc"], Value::Float(0.5));
}

#[test]
fn a_constraint_that_cannot_be_checked_is_a_fault() {
    let constraint = |kind: &str| Constraint { kind: kind.into(), number: 1, texts: Vec::new() };
    assert_eq!(constraint("rhymes").is_kept("a"), Err(ConstraintFault::Unknown("rhymes".into())));
    assert_eq!(constraint("starts_with").is_kept("a"), Err(ConstraintFault::NoText("starts_with".into())));
    assert_eq!(Constraint::of(&Document::new()), Err(ConstraintFault::Malformed("not there")));
    let doc = Document::from([("constraints".into(), Value::List(vec![Value::Int(1)]))]);
    assert!(ports::check_instructions(&doc, &[Value::from("a")]).is_err());
    let empty = Document::from([("constraints".into(), Value::List(Vec::new()))]);
    assert!(ports::check_instructions(&empty, &[Value::from("a")]).unwrap_err().0.starts_with("division by zero"));
}

#[test]
fn the_program_is_found_in_an_answer() {
    for (answer, wanted) in [
        ("def f(x):\n    return x", "def f(x):\n    return x"),
        ("Here:\n```python\ndef f(x):\n    return x\n```\nDone.", "def f(x):\n    return x\n"),
        ("```\ndef f(): 1\n```\nUse it:\n```\nprint(f())\n```", "def f(): 1\n"),
        ("```\ndef f(): 1\n```\nBetter:\n```\ndef f(): 2\n```", "def f(): 2\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```python\ndef f(): 1", "def f(): 1"),
        ("", ""),
    ] {
        assert_eq!(code::source(answer, "f"), wanted, "{answer:?}");
    }
}

#[test]
fn every_code_item_is_an_exercise() {
    for name in ["code_ko", "code_en"] {
        for doc in rows(name) {
            let answer = format!("```python\n{}\n```", text(&doc, "solution"));
            let exercise = code::Exercise::new(&doc, &answer).unwrap();
            assert_eq!(exercise.source.trim_end(), text(&doc, "solution"));
            assert!(exercise.cases.len() >= 3);
            assert!(exercise.cases.iter().all(|case| case.arguments.starts_with('(')));
        }
    }
    assert!(code::Exercise::new(&Document::new(), "").is_err());
}

/// Runs a script of the task set, and says so where the system cannot.
fn python(python: &str, arguments: &[&str]) -> Option<std::process::Output> {
    let ran = std::process::Command::new(python)
        .current_dir(TASKS)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(arguments)
        .output();
    match ran {
        Ok(output) => Some(output),
        Err(fault) => {
            println!("SKIPPED: {python} does not run here ({fault})");
            None
        }
    }
}

#[test]
fn the_data_are_as_their_script_makes_them() {
    let Some(output) = python("python3", &["source/make.py", "--check"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Needs lm-eval: `DAEPYO_PEERS` names a virtual environment that has it.
#[test]
fn every_task_loads_and_scores_in_lm_eval() {
    let Ok(peers) = std::env::var("DAEPYO_PEERS") else {
        println!("SKIPPED: DAEPYO_PEERS names no virtual environment with lm-eval");
        return;
    };
    let interpreter = format!("{peers}/bin/python");
    let Some(output) = python(&interpreter, &["source/check_in_lm_eval.py"]) else { return };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for task in FILES.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("task: ")) {
        assert!(told.contains(&format!("right {task} ")) && told.contains(&format!("wrong {task} ")), "{task}: {told}");
    }
}

/// What is right passes, and what is of another type does not; the tests run in Python, where there is one.
#[test]
fn solutions_pass_the_tests_of_their_exercises() {
    let mut program = String::new();
    for doc in ["code_ko", "code_en"].into_iter().flat_map(rows) {
        let exercise = code::Exercise::new(&doc, text(&doc, "solution")).unwrap();
        let (name, tests) = (&exercise.entry_point, exercise.tests());
        program += &format!("{}\n{tests}\ncheck({name})\n", exercise.source);
        // True == 1 and [1] against (1,): equal or alike, and yet wrong.
        program += &format!(
            "try:\n    check(lambda *a: type('Odd', (), {{}})())\n    print('passed', '{name}')\nexcept AssertionError: pass\n"
        );
    }
    let cases = vec![code::Case { arguments: "()".into(), expected: "1".into() }];
    let exercise = code::Exercise { source: String::new(), entry_point: "f".into(), cases };
    program += &format!(
        "{}\ncheck(lambda: 1)\ntry:\n    check(lambda: True)\n    print('passed True')\nexcept AssertionError: pass\n",
        exercise.tests()
    );
    let Some(output) = python("python3", &["-c", &program]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
