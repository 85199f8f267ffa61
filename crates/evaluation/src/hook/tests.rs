//! Every port against what the real function gave, on made-up documents (`tests/data/hook/generate.py` wrote them).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::source::Source;
use super::{Hooks, Port, ports, table};
use crate::task::Function;
use crate::{Dict, Document, Rows, Value};

/// The task tree of an installed lm-eval (`…/site-packages/lm_eval/tasks`), if the environment names one.
fn tree() -> Option<PathBuf> {
    std::env::var_os("DAEPYO_LM_EVAL_TASKS").map(PathBuf::from).filter(|path| path.is_dir())
}

/// NumPy's own `exp` differs in the last bit from one kind of processor to the next.
const LOOSE: [&str; 1] = ["process_results_mc2"];

fn groups() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hook/oracle.json.gz");
    let packed = std::fs::File::open(file).unwrap();
    let told: Value = serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(packed))).unwrap();
    told.as_list().unwrap().to_vec()
}

fn word<'a>(group: &'a Value, key: &str) -> &'a str {
    group.get(key).and_then(Value::as_str).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap()
}

/// The same value; a whole number and a float that are equal are the same, the order of keys counts. Floats are the same to
/// the last bit, or `loose` by the rounding of a few steps.
fn same(left: &Value, right: &Value, loose: bool) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r, loose))
        }
        (Value::Dict(left), Value::Dict(right)) => {
            let entries = left.iter().zip(right);
            left.len() == right.len() && entries.into_iter().all(|((lk, lv), (rk, rv))| lk == rk && same(lv, rv, loose))
        }
        (Value::Float(left), Value::Float(right)) => {
            left == right || (loose && (left - right).abs() < 1e-14 * left.abs())
        }
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => *int as f64 == *float,
        (Value::Str(told), Value::Float(float)) => &**told == "NaN" && float.is_nan(),
        (left, right) => left == right,
    }
}

fn rows(value: &Value) -> std::sync::Arc<dyn Rows> {
    let rows: Vec<Document> = value.as_list().unwrap().iter().map(|row| row.as_dict().unwrap().clone()).collect();
    std::sync::Arc::new(rows)
}

fn run(port: &Port, group: &Value, given: &Value) -> Result<Value, String> {
    let told = |fault: super::PortFault| fault.to_string();
    let pair =
        || (given.as_list().unwrap()[0].as_dict().unwrap().clone(), given.as_list().unwrap()[1].as_list().unwrap());
    match port {
        Port::Field(port) => port(given.as_dict().unwrap()).map_err(told),
        Port::Docs(port) => {
            let rows = port(rows(given)).map_err(|fault| fault.to_string())?;
            let all = (0..rows.len()).map(|index| rows.row(index).map(Value::Dict).map_err(|fault| fault.to_string()));
            all.collect::<Result<Vec<Value>, _>>().map(Value::List)
        }
        Port::Results(port) => port(&pair().0, pair().1).map(Value::Dict).map_err(told),
        Port::Aggregation(port) => port(given.as_list().unwrap()).map(Value::Float).map_err(told),
        Port::Metric(port) => {
            let pair: Vec<&[Value]> = given.as_list().unwrap().iter().map(|side| side.as_list().unwrap()).collect();
            port(pair[0], pair[1], &Dict::new()).map_err(told)
        }
        Port::Filter(port) => {
            let kwargs = group.get("kwargs").and_then(Value::as_dict).cloned().unwrap_or_else(Dict::new);
            port(pair().1, &pair().0, &kwargs).map_err(told)
        }
        Port::Samples(port) => Ok(Value::List(port().into_iter().map(Value::Dict).collect())),
        other => Err(format!("no case is of the kind {other:?}")),
    }
}

/// The port: from the tree where there is one, or else by its hash, if it takes nothing from the source.
fn port(hooks: &Hooks, group: &Value) -> Option<Port> {
    if let Some(tree) = tree() {
        let function = Function { file: tree.join(word(group, "file")), name: word(group, "name").into() };
        assert_eq!(
            hooks.hash(&function).unwrap(),
            word(group, "hash"),
            "the hash in oracle.json.gz is not that of {function:?}"
        );
        return Some(hooks.find(&function).unwrap());
    }
    let entry = table::with_key(word(group, "hash")).unwrap();
    (entry.make)(&Source::empty()).ok()
}

#[test]
fn every_port_gives_what_the_function_gave() {
    let hooks = Hooks::default();
    let (mut cases, mut left_out, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for group in groups() {
        let name = format!("{} {}", word(&group, "file"), word(&group, "name"));
        let Some(port) = port(&hooks, &group) else {
            left_out.insert(name);
            continue;
        };
        for case in list(&group, "cases") {
            let given = case.get("in").unwrap();
            let got = run(&port, &group, given);
            let right = match (case.get("out"), &got) {
                (Some(out), Ok(got)) => same(out, got, LOOSE.contains(&word(&group, "name"))),
                (None, Err(_)) => true,
                _ => false,
            };
            cases += 1;
            if !right {
                wrong.push(format!("{name}\n   given {given:?}\n  wanted {:?}\n     got {got:?}", case.get("out")));
            }
        }
    }
    if !left_out.is_empty() {
        println!(
            "skipped {} functions whose ports take texts from lm-eval's files: set DAEPYO_LM_EVAL_TASKS",
            left_out.len()
        );
    }
    assert!(cases > 500, "{cases}");
    assert!(wrong.is_empty(), "{} of {cases} cases differ:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

#[test]
fn every_port_has_cases() {
    let seen: BTreeSet<String> = groups().iter().map(|group| word(group, "hash").to_owned()).collect();
    // What runs programs has its own tests.
    let runs = |key: &str| matches!((table::with_key(key).unwrap().make)(&Source::empty()), Ok(Port::Code(_)));
    let is_shipped = |key: &str| ports::shipped().any(|shipped| shipped == key);
    let is_tried = |key: &str| seen.contains(key) || is_shipped(key) || runs(key);
    let missing: Vec<&str> = table::keys().filter(|key| !is_tried(key)).collect();
    assert!(missing.is_empty(), "no case in oracle.json.gz for {missing:?}");
}

#[test]
fn shipped_functions_have_their_ports() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = crate::suite::materialise(folder.path()).unwrap();
    for (file, name) in [("instructions.py", "check"), ("grading.py", "grade")] {
        let found = Hooks::default().find(&Function { file: tasks.join(file), name: name.into() });
        assert!(matches!(found, Ok(Port::Results(_))), "{found:?}");
    }
}

#[test]
fn a_source_with_one_literal_changed_is_refused() {
    let Some(tree) = tree() else {
        println!("skipped: set DAEPYO_LM_EVAL_TASKS to the task tree of an installed lm-eval");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(tree.join("kobest/utils.py")).unwrap();
    let find = |text: &str, name: &str| {
        let file = folder.path().join(format!("{name}.py"));
        std::fs::write(&file, text).unwrap();
        Hooks::default().find(&Function { file, name: name.into() })
    };
    let moved = format!("# elsewhere\n\n{}", text.replace('\n', "\r\n"));
    assert!(matches!(find(&moved, "macro_f1_score"), Ok(Port::Aggregation(_))));
    let changed = text.replace("average=\"macro\"", "average=\"micro\"");
    assert_ne!(changed, text);
    let refusal = find(&changed, "macro_f1_score").unwrap_err();
    assert!(refusal.reason.starts_with("there is no port of exactly this source (hash "), "{refusal}");
    assert!(matches!(find(&changed, "copa_doc_to_text"), Ok(Port::Field(_))), "what does not use it is not touched");
}

#[test]
fn hooks_are_shared_between_threads_and_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("utils.py");
    std::fs::write(&file, "def f(doc):\n    return doc['x']\n").unwrap();
    let (hooks, function) = (Hooks::default(), Function { file: file.clone(), name: "f".into() });
    let refusals = std::thread::scope(|scope| {
        let ask = || hooks.clone().find(&function).unwrap_err();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let told = refusals[0].to_string();
    assert!(refusals.iter().all(|refusal| refusal.to_string() == told));
    assert!(
        told.contains("f in ") && told.contains("utils.py") && told.contains(&hooks.hash(&function).unwrap()),
        "{told}"
    );
    let missing = hooks.find(&Function { file, name: "g".into() }).unwrap_err();
    assert_eq!(missing.reason, "nothing at top level is called g");
    let port = Port::Aggregation(std::sync::Arc::new(|_| Ok(0.0)));
    assert!(
        super::Refusal::misplaced(&function, &port, "process_docs")
            .to_string()
            .contains("but its port is one for aggregation")
    );
}
