//! The entire tree of an installed lm-eval, task by task, against its own task manager.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value as Json, json};

use super::super::*;
use crate::Value;

/// Rows in which the two differ on purpose, with the reason; see the module's documentation.
const INTENDED: [(&str, &str); 2] = [
    ("openllm", "it holds groups by `task`, and lm-eval gives all tasks in them one name, so that 58 of 64 are lost"),
    ("code2text", "its metric is a function, which goes by its name here"),
];

fn field(field: &Field) -> Json {
    match field {
        Field::Value(value) => plain(value),
        Field::Function(function) => json!({"!function": format!("{}:{}", function.file.display(), function.name)}),
        Field::List(items) => items.iter().map(self::field).collect(),
        Field::Dict(entries) => {
            Json::Object(entries.iter().map(|(key, entry)| (key.clone(), self::field(entry))).collect())
        }
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Float(number) => json!({ "float": *number }),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Dict(dict) => Json::Object(dict.iter().map(|(key, value)| (key.to_string(), plain(value))).collect()),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn maybe(given: &Option<Field>) -> Json {
    given.as_ref().map_or(Json::Null, field)
}

fn function(given: &Option<Function>) -> Json {
    given.clone().map_or(Json::Null, |function| field(&Field::Function(function)))
}

/// A configuration in the oracle's words.
fn told(config: &TaskConfig) -> Json {
    let output = match config.output_type {
        OutputType::GenerateUntil => "generate_until",
        OutputType::MultipleChoice => "multiple_choice",
        OutputType::LogLikelihood => "loglikelihood",
        OutputType::Rolling => "loglikelihood_rolling",
    };
    let metric = |metric: &MetricConfig| {
        let mut told = Map::from_iter([("metric".to_owned(), field(&metric.metric))]);
        told.extend(metric.aggregation.iter().map(|given| ("aggregation".to_owned(), field(given))));
        told.extend(metric.higher_is_better.iter().map(|given| ("higher_is_better".to_owned(), json!(given))));
        told.extend(metric.kwargs.iter().map(|(key, given)| (key.clone(), field(given))));
        Json::Object(told)
    };
    let step = |step: &FilterStep| {
        let mut told = Map::from_iter([("function".to_owned(), field(&step.function))]);
        told.extend(step.kwargs.iter().map(|(key, given)| (key.clone(), field(given))));
        Json::Object(told)
    };
    let filter = |filter: &FilterConfig| json!({"name": filter.name, "filter": filter.steps.iter().map(step).collect::<Vec<_>>()});
    let fewshot = &config.fewshot;
    json!({
        "task": config.task, "task_alias": config.alias, "tag": null, "custom_dataset": function(&config.data.custom),
        "dataset_path": config.data.path, "dataset_name": config.data.name,
        "dataset_kwargs": plain(&Value::Dict(config.data.kwargs.clone())),
        "training_split": config.data.training_split, "validation_split": config.data.validation_split,
        "test_split": config.data.test_split, "fewshot_split": config.data.fewshot_split,
        "process_docs": function(&config.process_docs), "doc_to_text": maybe(&config.doc_to_text),
        "doc_to_target": maybe(&config.doc_to_target), "media": config.media, "unsafe_code": config.unsafe_code,
        "doc_to_choice": maybe(&config.doc_to_choice), "process_results": function(&config.process_results),
        "use_prompt": config.use_prompt,
        "description": config.description.as_ref().map_or_else(|| json!(""), field),
        "target_delimiter": config.target_delimiter, "fewshot_delimiter": config.fewshot_delimiter,
        "fewshot_config": {
            "sampler": fewshot.sampler, "split": fewshot.split, "process_docs": function(&fewshot.process_docs),
            "fewshot_indices": fewshot.indices, "samples": maybe(&fewshot.samples),
            "doc_to_text": maybe(&fewshot.doc_to_text), "doc_to_choice": maybe(&fewshot.doc_to_choice),
            "doc_to_target": maybe(&fewshot.doc_to_target), "gen_prefix": fewshot.gen_prefix,
            "fewshot_delimiter": fewshot.fewshot_delimiter, "target_delimiter": fewshot.target_delimiter,
        },
        "num_fewshot": config.num_fewshot, "metric_list": config.metrics.iter().map(metric).collect::<Vec<_>>(),
        "output_type": output, "generation_kwargs": serde_json::to_value(&config.generation).unwrap(),
        "repeats": config.repeats, "filter_list": config.filters.iter().map(filter).collect::<Vec<_>>(),
        "should_decontaminate": config.should_decontaminate,
        "doc_to_decontamination_query": config.doc_to_decontamination_query, "gen_prefix": config.gen_prefix,
        "metadata": plain(&Value::Dict(config.metadata.clone())),
    })
}

/// The oracle's configuration in the same form: nothing said is one form, and how to write is read.
fn normal(mut theirs: Json) -> Json {
    let map = theirs.as_object_mut().unwrap();
    let pictures = map.remove("doc_to_image").filter(|given| !given.is_null()).map(|_| "doc_to_image");
    let sound = map.remove("doc_to_audio").filter(|given| !given.is_null()).map(|_| "doc_to_audio");
    map.insert("media".to_owned(), json!(pictures.or(sound)));
    map["metadata"].as_object_mut().unwrap().remove("config_source");
    for (key, empty) in [("metric_list", json!([])), ("filter_list", json!([])), ("dataset_kwargs", json!({}))] {
        if map[key].is_null() {
            map[key] = empty;
        }
    }
    if map["doc_to_decontamination_query"].is_object() {
        map["doc_to_decontamination_query"] = Json::Null;
    }
    let mut generation = Map::from_iter([("until".to_owned(), json!([]))]);
    for (key, value) in map["generation_kwargs"].as_object().cloned().unwrap_or_default() {
        match key.as_str() {
            "max_gen_toks" | "max_new_tokens" => generation.insert("max_tokens".to_owned(), value),
            _ => generation.insert(key, floats(value)),
        };
    }
    map["generation_kwargs"] = Json::Object(generation.into_iter().map(|(key, value)| (key, bare(value))).collect());
    floats(theirs)
}

fn floats(json: Json) -> Json {
    match json {
        Json::Object(object) => match object.get("float").and_then(Json::as_str) {
            Some(text) => json!({ "float": text.parse::<f64>().unwrap() }),
            None => Json::Object(object.into_iter().map(|(key, entry)| (key, floats(entry))).collect()),
        },
        Json::Array(items) => items.into_iter().map(floats).collect(),
        other => other,
    }
}

/// `generation_kwargs` hold their floats bare.
fn bare(json: Json) -> Json {
    match json.get("float") {
        Some(number) => number.clone(),
        None => json,
    }
}

/// What differs between two configurations, key by key.
fn differences(ours: &Json, theirs: &Json) -> Vec<String> {
    let (ours, theirs) = (ours.as_object().unwrap(), theirs.as_object().unwrap());
    let keys: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    keys.into_iter()
        .filter(|key| ours.get(*key) != theirs.get(*key))
        .map(|key| format!("{key}: ours {} theirs {}", show(ours.get(key)), show(theirs.get(key))))
        .collect()
}

fn show(json: Option<&Json>) -> String {
    json.map_or_else(|| "nothing".to_owned(), |json| json.to_string().chars().take(300).collect())
}

/// Compares what one name selects; what differs, and how many tasks were compared.
fn compare(tree: &TaskTree, row: &Json) -> (Vec<String>, usize) {
    let name = row["name"].as_str().unwrap();
    let ours = tree.select(&[name.to_owned()]);
    let Some(theirs) = row["tasks"].as_object() else {
        let refused = ours.is_err() || row.get("class").is_none() && row.get("fault").is_none();
        return (if refused { Vec::new() } else { vec![format!("{name}: lm-eval refuses: {}", row["fault"])] }, 0);
    };
    let ours = match ours {
        Ok(ours) => ours,
        Err(fault) => return (vec![format!("{name}: {fault}")], 0),
    };
    let mut found = Vec::new();
    let tasks: Vec<_> = ours.tasks.iter().map(|task| task.task.as_str()).collect();
    let expected: Vec<_> = theirs.keys().map(String::as_str).collect();
    let (mut sorted, mut wanted) = (tasks.clone(), expected);
    sorted.sort_unstable();
    wanted.sort_unstable();
    if sorted != wanted {
        return (vec![format!("{name}: {} tasks, lm-eval has {}", tasks.len(), wanted.len())], 0);
    }
    for task in &ours.tasks {
        let differences = differences(&told(task), &normal(theirs[&task.task].clone()));
        found.extend(differences.into_iter().map(|difference| format!("{name}: {}: {difference}", task.task)));
    }
    for group in &ours.groups {
        let metric = |metric: &AggregateMetric| {
            json!({"metric": metric.metric, "filter_list": metric.filters, "aggregation": field(&metric.aggregation),
                "weight_by_size": metric.weight_by_size})
        };
        let aggregate = group.aggregate_metrics.iter().map(metric).collect::<Vec<_>>();
        let ours = json!({"alias": group.alias, "aggregate": aggregate, "members": group.members,
            "metadata": plain(&Value::Dict(group.metadata.clone()))});
        let mut expected = row["groups"][&group.name].clone();
        if expected["aggregate"].is_null() {
            expected["aggregate"] = json!([]);
        }
        for metric in expected["aggregate"].as_array_mut().unwrap() {
            // One file says `truez`, which Python takes for true.
            metric["weight_by_size"] = json!(metric["weight_by_size"] != json!(false));
        }
        if let Some(metadata) = expected["metadata"].as_object_mut() {
            metadata.remove("config_source");
        }
        expected["members"] = row["group_map"][&group.name].clone();
        found.extend(
            differences(&ours, &floats(expected)).into_iter().map(|text| format!("{name}: {}: {text}", group.name)),
        );
    }
    (found, ours.tasks.len())
}

#[test]
fn every_name_of_an_installed_harness_means_what_it_means_there() {
    let Some(python) = std::env::var_os("DAEPYO_PEERS").map(|venv| PathBuf::from(venv).join("bin/python")) else {
        println!("skipped: DAEPYO_PEERS names no virtual environment with lm-eval");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("tasks.jsonl");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/task/oracle.py");
    let print = "import lm_eval, pathlib; print(pathlib.Path(lm_eval.__file__).parent / 'tasks')";
    let printed = Command::new(&python).args(["-c", print]).output().unwrap();
    let root = PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim());
    assert!(Command::new(&python).arg(script).arg("tasks").args([&root, &out]).status().unwrap().success());

    let tree = TaskTree::scan(&[root]).unwrap();
    let text = std::fs::read_to_string(out).unwrap();
    let mut rows = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let head = rows.next().unwrap();
    let mut tasks: Vec<&str> = tree.names(Kind::Task).chain(tree.names(Kind::Class)).collect();
    tasks.sort_unstable();
    assert_eq!(json!(tasks), head["tasks"]);
    for (kind, key) in [(Kind::Class, "classes"), (Kind::Group, "groups"), (Kind::Tag, "tags")] {
        assert_eq!(json!(tree.names(kind).collect::<Vec<_>>()), head[key], "{key}");
    }
    let intended = BTreeMap::from(INTENDED);
    let (mut names, mut compared, mut found) = (0, 0, Vec::new());
    for row in rows {
        names += 1;
        let (differences, tasks) = compare(&tree, &row);
        compared += tasks;
        match intended.get(row["name"].as_str().unwrap()) {
            Some(reason) => assert!(!differences.is_empty(), "{} no longer differs: {reason}", row["name"]),
            None => found.extend(differences),
        }
    }
    println!("{names} names and {compared} configurations compared");
    assert!(compared > 10_000, "only {compared} configurations");
    assert!(found.is_empty(), "{} differ:\n{}", found.len(), found[..found.len().min(60)].join("\n"));
}
