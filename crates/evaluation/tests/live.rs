//! What is scored while it is asked is, to the byte, what is scored from the journal afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use evaluation::dataset::DatasetOptions;
use evaluation::measure::{self, Manner, Measured, Prepared, Scoring, Selected, Sink, Walk};
use evaluation::prompt::PromptOptions;
use evaluation::run::{Budget, Concurrency, Journal, JournalOptions, Limits, Prices, Resume, Retry, RunPlan};
use serde_json::json;
use tempfile::TempDir;

use crate::info::info;
use crate::run::chat;
use crate::server::{Config, Server};

const TASK: &str = r#"
dataset_path: json
dataset_kwargs: {data_files: {train: shots.jsonl, test: sums.jsonl}}
output_type: generate_until
test_split: test
fewshot_split: train
fewshot_config: {sampler: first_n}
num_fewshot: 2
doc_to_text: "{% if q.index('?') %}{{q}}{% endif %}"
doc_to_target: "{{target}}"
filter_list:
  - {name: first, filter: [{function: regex, regex_pattern: "(\\d+)"}, {function: take_first}]}
  - {name: last, filter: [{function: regex, regex_pattern: "(\\d+)", group_select: -1}, {function: take_first}]}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"#;

/// Every seventh question is answered at the third try only, so the answers come out of order; the others fail in their own
/// ways, one cannot be asked at all, and two are the same.
fn question(number: usize) -> serde_json::Value {
    let fault = match number {
        11 => " [[fault:http400]]",
        12 => " [[fault:length]]",
        13 => " [[fault:refusal]]",
        14 => " [[fault:not-jsonx9]]",
        number if number % 7 == 0 => " [[fault:http500x2]]",
        _ => "",
    };
    match number {
        20 => json!({"q": "No question.", "target": "none"}),
        21 => question(22),
        _ => json!({"q": format!("What is {number} + 2 ?{fault}"), "target": format!("{}", number + 2)}),
    }
}

fn prepare(folder: &Path) -> Prepared {
    let lines: Vec<String> = (0..300).map(|number| question(number).to_string()).collect();
    std::fs::write(folder.join("shots.jsonl"), "{\"q\": \"What is 1 + 1 ?\", \"target\": \"2\"}\n".repeat(2)).unwrap();
    std::fs::write(folder.join("sums.jsonl"), lines.join("\n") + "\n").unwrap();
    for name in ["one", "two"] {
        std::fs::write(folder.join(format!("{name}.yaml")), format!("task: {name}{TASK}")).unwrap();
    }
    let selected =
        Selected { tasks: vec!["one".into(), "two".into()], roots: vec![folder.to_owned()], runs_code: false };
    let data = DatasetOptions { cache: folder.join("cache"), offline: true, ..DatasetOptions::default() };
    let prompts = PromptOptions { apply_chat_template: true, ..PromptOptions::default() };
    measure::prepare(measure::select(&selected).unwrap(), data, &Manner { prompts, ..Manner::default() }).unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    let read = entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()));
    read.collect()
}

/// Asks while scoring into `live`, then scores once more into `after`; gives back which files were whole before the end of
/// the live scoring, and both results.
fn both(folder: &Path, limits: Limits) -> (usize, [Measured; 2]) {
    let server = Server::start(Config { accuracy: 700, ..Config::default() });
    let (prepared, model, info) = (prepare(folder), chat(&server.url()), info());
    let journal = Journal::open(&folder.join("journal"), JournalOptions::default()).unwrap();
    let (first, longest) = (Duration::from_millis(1), Duration::from_millis(5));
    let plan = RunPlan {
        model: &model,
        concurrency: Concurrency::up_to(16),
        retry: Retry { tries: 3, first, longest, ..Retry::default() },
        budget: &Budget::new(limits),
        prices: Prices::default(),
        resume: Resume::Missing,
        stop: &AtomicBool::new(false),
        clock: &|| 1_795_549_145_123,
    };
    let live = folder.join("live");
    let mut scoring =
        Scoring::new(&prepared, (&model, &journal), None, |task| Sink::create(&live, &info, task)).unwrap();
    let walk = Walk::new(&prepared.tasks, None);
    evaluation::run::run(&plan, walk, &journal, &(), |walked, found| scoring.take(walked, found)).unwrap();
    let whole = files(&live).keys().filter(|name| !name.ends_with(".partial")).count();
    let live = scoring.finish().unwrap();
    let sink = |task| Sink::create(&folder.join("after"), &info, task);
    let after = measure::score(&prepared, &model, &journal, None, sink).unwrap();
    (whole, [live, after])
}

fn are_the_same(folder: &Path, [live, after]: &[Measured; 2]) {
    assert_eq!(format!("{live:?}"), format!("{after:?}"));
    let (one, two) = (files(&folder.join("live")), files(&folder.join("after")));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert_eq!(one.len(), 4);
    for (name, bytes) in one {
        assert!(bytes == two[&name], "{name}");
    }
}

#[test]
fn answers_out_of_order_are_scored_in_order_while_they_come() {
    let folder = TempDir::new().unwrap();
    let (whole, measured) = both(folder.path(), Limits::default());
    assert_eq!(whole, 4, "samples and log of both tasks are whole before the end");
    are_the_same(folder.path(), &measured);
    let classes = &measured[0].tasks[0].result.classes;
    let counts: Vec<usize> = classes.values().copied().collect();
    // Cut, refused; 400, no JSON and the one that could not be asked; none without a number.
    assert_eq!((counts[0], &counts[1..]), (295, &[1, 1, 3, 0, 0][..]), "{classes:?}");
}

#[test]
fn a_run_that_was_stopped_is_scored_as_far_as_it_came() {
    let folder = TempDir::new().unwrap();
    let (whole, measured) = both(folder.path(), Limits { requests: Some(250), ..Limits::default() });
    assert_eq!(whole, 0, "no task was asked to its end");
    assert!(measured[0].unasked > 50, "{}", measured[0].unasked);
    are_the_same(folder.path(), &measured);
}
