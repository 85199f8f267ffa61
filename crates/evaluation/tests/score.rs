//! Every score that lm-eval 0.4.13 gave to synthetic documents and answers, given again.
//!
//! `data/score/golden.json` was written by `data/score/generate.py` with lm-eval's own classes.

use std::path::PathBuf;
use std::sync::Arc;

use evaluation::hook::Hooks;
use evaluation::score::{Scorer, Tally, TallyOptions, TaskResult};
use evaluation::task::{
    DataConfig, FewshotConfig, Field, FilterConfig, FilterStep, MetricConfig, OutputType, TaskConfig,
};
use evaluation::{
    Answer, Dict, Document, Finish, Generated, Generation, Item, LogLikelihood, Prompt, Request, Sample, Usage, Value,
};
use indexmap::IndexMap;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    draws: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Value,
    items: Vec<Asked>,
    samples: Vec<Scored>,
    aggregated: IndexMap<String, Value>,
    effective: usize,
}

#[derive(Deserialize)]
struct Asked {
    doc: Document,
    target: Value,
    choices: Option<Vec<String>>,
    answers: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Scored {
    doc_id: usize,
    filter: String,
    filtered: Vec<Value>,
    scores: Dict,
}

fn golden() -> Golden {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/score/golden.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_sample_and_every_score_is_lm_evals() {
    let golden = golden();
    let mut compared = 0;
    for case in &golden.cases {
        let (samples, result) = score(case, golden.draws, false);
        for expected in &case.samples {
            compared += compare_sample(case, &samples[expected.doc_id], expected);
        }
        compared += compare_result(case, &result);
    }
    assert!(compared > 1500, "only {compared} values were compared");
}

/// A run ends its items in any order.
#[test]
fn the_order_of_items_does_not_matter() {
    let golden = golden();
    for case in golden.cases.iter().filter(|case| case.name != "translated_long") {
        let forward = score(case, 200, false).1;
        assert_eq!(format!("{forward:?}"), format!("{:?}", score(case, 200, true).1), "{}", case.name);
    }
}

#[test]
fn results_are_written_and_read() {
    for case in golden().cases.iter().take(3) {
        let text = serde_json::to_string(&score(case, 100, false).1).unwrap();
        let again = serde_json::to_string(&serde_json::from_str::<TaskResult>(&text).unwrap()).unwrap();
        let (text, again): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_str(&again).unwrap());
        assert!(text.get("metrics").is_some() && same(&text, &again), "{text:?}, {again:?}");
    }
}

fn score(case: &Case, draws: usize, backwards: bool) -> (Vec<Sample>, TaskResult) {
    let config = task(case);
    let items: Vec<Item> = case.items.iter().enumerate().map(|(id, asked)| item(&config, id, asked)).collect();
    let scorer = Arc::new(Scorer::new(&config, Hooks::default()).unwrap().with_first(&items[0]));
    let samples: Vec<Sample> = items
        .iter()
        .zip(&case.items)
        .map(|(item, asked)| {
            let answers = asked.answers.iter().map(|repeats| repeats.iter().map(|one| Ok(answer(one))).collect());
            scorer.score(item, answers.collect())
        })
        .collect();
    let options = TallyOptions { bootstrap_iterations: draws, ..TallyOptions::default() };
    let mut tally = Tally::new(Arc::clone(&scorer), options);
    match backwards {
        true => samples.iter().rev().for_each(|sample| tally.add(sample)),
        false => samples.iter().for_each(|sample| tally.add(sample)),
    }
    (samples, tally.finish())
}

fn compare_sample(case: &Case, sample: &Sample, expected: &Scored) -> usize {
    let place = format!("{} {} {}", case.name, expected.doc_id, expected.filter);
    let filtered = sample.filtered.iter().find(|(name, _)| **name == *expected.filter);
    let filtered = filtered.unwrap_or_else(|| panic!("{place}: {:?}", sample.reason));
    // The file leaves log-likelihoods out, which no filter changes.
    let wanted = Value::List(expected.filtered.clone());
    let equal = expected.filtered.is_empty() || same(&Value::List(filtered.1.clone()), &wanted);
    assert!(equal, "{place}: {filtered:?}");
    let metrics: Vec<_> = sample.metrics.iter().filter(|metric| *metric.filter == *expected.filter).collect();
    for (metric, value) in &expected.scores {
        let found = metrics.iter().find(|found| found.metric == *metric).map(|found| &found.value);
        assert!(found.is_some_and(|found| same(found, value)), "{place} {metric}: {found:?}, wanted {value:?}");
    }
    assert_eq!(metrics.len(), expected.scores.len(), "{place}");
    1 + metrics.len()
}

fn compare_result(case: &Case, result: &TaskResult) -> usize {
    assert_eq!(result.items.effective, case.effective, "{}", case.name);
    let mut compared = 0;
    for (key, value) in &case.aggregated {
        let (metric, filter) = key.split_once(',').unwrap();
        let (name, wants_stderr) = metric.strip_suffix("_stderr").map_or((metric, false), |name| (name, true));
        let found = result.metric(name, filter).unwrap_or_else(|| panic!("{} has no {key}", case.name));
        let found_value = if wants_stderr { found.lm_eval.stderr } else { found.lm_eval.value };
        let found_value = found_value.map_or_else(|| Value::from("N/A"), Value::Float);
        assert!(same(&found_value, value), "{} {key}: {found:?}, wanted {value:?}", case.name);
        compared += 1;
    }
    compared
}

/// Equal but for the last digits of floats.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Dict(one), Value::Dict(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        (Value::Bool(_), _) | (_, Value::Bool(_)) => one == other,
        _ => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => (one - other).abs() <= 1e-12 * other.abs().max(1.0),
            _ => one == other,
        },
    }
}

fn answer(value: &Value) -> Answer {
    match value {
        Value::Str(text) => {
            let text = text.as_ref().to_owned();
            Answer::Generated(Generated { text, reasoning: None, finish: Finish::Stop, usage: Usage::default() })
        }
        Value::List(pair) => {
            let is_greedy = pair[1] == Value::Bool(true);
            Answer::LogLikelihood(LogLikelihood {
                sum: pair[0].as_f64().unwrap(),
                is_greedy,
                tokens: 1,
                usage: Usage::default(),
            })
        }
        other => {
            let sum = other.as_f64().unwrap();
            Answer::LogLikelihood(LogLikelihood { sum, is_greedy: false, tokens: 1, usage: Usage::default() })
        }
    }
}

fn item(config: &TaskConfig, doc_id: usize, asked: &Asked) -> Item {
    let prompt = || Prompt::Text(String::new());
    let request = |_| match config.output_type {
        OutputType::GenerateUntil => Request::Generate { prompt: prompt(), generation: Generation::default() },
        OutputType::Rolling => Request::Rolling { text: String::new() },
        _ => Request::LogLikelihood { context: prompt(), continuation: String::new() },
    };
    Item {
        task: config.task.as_str().into(),
        doc_id,
        doc: Arc::new(asked.doc.clone()),
        target: asked.target.clone(),
        choices: asked.choices.clone(),
        requests: asked.answers.iter().map(request).collect(),
        repeats: asked.answers[0].len(),
    }
}

fn task(case: &Case) -> TaskConfig {
    let config = &case.config;
    let field = |key: &str| config.get(key).map(|value| Field::Value(value.clone()));
    let list = |key: &str| config.get(key).and_then(Value::as_list).unwrap_or_default().iter();
    TaskConfig {
        task: case.name.clone(),
        alias: None,
        tags: Vec::new(),
        file: PathBuf::new(),
        data: DataConfig::default(),
        process_docs: None,
        doc_to_text: field("doc_to_text"),
        doc_to_target: field("doc_to_target"),
        doc_to_choice: field("doc_to_choice"),
        media: None,
        unsafe_code: false,
        process_results: None,
        use_prompt: None,
        description: None,
        target_delimiter: " ".into(),
        fewshot_delimiter: "\n\n".into(),
        gen_prefix: None,
        fewshot: FewshotConfig::default(),
        num_fewshot: None,
        metrics: list("metric_list").map(metric).collect(),
        output_type: match config.get("output_type").and_then(Value::as_str) {
            Some("multiple_choice") => OutputType::MultipleChoice,
            Some("loglikelihood") => OutputType::LogLikelihood,
            Some("loglikelihood_rolling") => OutputType::Rolling,
            _ => OutputType::GenerateUntil,
        },
        generation: Generation::default(),
        repeats: 1,
        filters: list("filter_list").map(pipeline).collect(),
        should_decontaminate: false,
        doc_to_decontamination_query: None,
        metadata: Dict::new(),
    }
}

fn metric(value: &Value) -> MetricConfig {
    let own = ["metric", "aggregation", "higher_is_better"];
    MetricConfig {
        metric: Field::Value(value.get("metric").unwrap().clone()),
        aggregation: value.get("aggregation").cloned().map(Field::Value),
        higher_is_better: value.get("higher_is_better").map(Value::is_truthy),
        kwargs: rest(value, &own),
    }
}

fn pipeline(value: &Value) -> FilterConfig {
    let steps = value.get("filter").and_then(Value::as_list).unwrap().iter();
    let step = |step: &Value| FilterStep {
        function: Field::Value(step.get("function").unwrap().clone()),
        kwargs: rest(step, &["function"]),
    };
    FilterConfig {
        name: value.get("name").and_then(Value::as_str).unwrap().to_owned(),
        steps: steps.map(step).collect(),
    }
}

fn rest(value: &Value, own: &[&str]) -> IndexMap<String, Field> {
    let entries = value.as_dict().unwrap().iter().filter(|(key, _)| !own.contains(&key.as_ref()));
    entries.map(|(key, value)| (key.as_ref().to_owned(), Field::Value(value.clone()))).collect()
}
