//! lm-eval and this room side by side, on the same task files and documents.
//!
//! `harness.py` makes documents up, lets lm-eval ask and score, and writes down what came of it. Here the same tasks are
//! rendered and the same answers scored: every prompt, every document's and target's hash, every metric of every item
//! and every result with its standard error must be the same, but for what [`INTENDED`] lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use evaluation::dataset::{DatasetOptions, Datasets};
use evaluation::hook::Hooks;
use evaluation::prompt::{PromptOptions, Renderer, hash};
use evaluation::score::{Scorer, Tally, TallyOptions};
use evaluation::task::{DataConfig, TaskTree};
use evaluation::{Answer, Finish, Generated, Item, LogLikelihood, Request, Sample, TaskConfig, Usage, Value};
use serde::Deserialize;
use sha2::Digest as _;

/// Fewer tasks than this are no proof.
const LEAST_TASKS: usize = 300;

/// Tasks in which this room differs on purpose, and why.
const INTENDED: &[(&str, &str)] = &[];

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Skipped { skipped: String },
    Run(Run),
}

#[derive(Deserialize)]
struct Run {
    n_shot: Option<usize>,
    samples: Vec<Line>,
    results: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Line {
    doc_id: usize,
    filter: String,
    doc_hash: String,
    prompt_hash: String,
    target_hash: String,
    arguments: Vec<String>,
    resps: Vec<Vec<Value>>,
    metrics: BTreeMap<String, Value>,
}

/// The Python that has lm-eval, where `scripts/peers.sh` put it.
pub(crate) fn peers_python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("DAEPYO_PEERS")?).join("bin/python");
    python.exists().then_some(python)
}

/// lm-eval's own tree of tasks.
pub(crate) fn task_tree(python: &Path) -> PathBuf {
    let code = "import lm_eval, pathlib; print(pathlib.Path(lm_eval.__file__).parent / 'tasks')";
    let output = Command::new(python).args(["-c", code]).output().expect("python runs");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

#[test]
fn prompts_and_scores_are_those_of_lm_eval() {
    let Some(python) = peers_python() else {
        println!("skipped: DAEPYO_PEERS names no Python with lm-eval (scripts/peers.sh puts it there)");
        return;
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let out = tempfile::tempdir().expect("a folder");
    let status = Command::new(&python)
        .args([&here.join("harness.py"), out.path(), &here.join("tasks.txt")])
        .stderr(std::process::Stdio::null())
        .status()
        .expect("python runs");
    assert!(status.success(), "lm-eval did not run");
    let text = std::fs::read_to_string(out.path().join("expected.json")).expect("lm-eval's results");
    compare(&text, &task_tree(&python), &out.path().join("data"));
}

/// Holds every task against what lm-eval made of it.
fn compare(expected: &str, tree: &Path, data: &Path) {
    let expected: BTreeMap<String, Expected> = serde_json::from_str(expected).expect("JSON");
    let tree = TaskTree::scan(&[tree.to_owned()]).expect("the tree");
    let hooks = Hooks::default();
    let (mut same, mut differ, mut skipped) = (0, Vec::new(), Vec::new());
    for (task, expected) in expected {
        match expected {
            Expected::Skipped { skipped: why } => skipped.push(format!("{task}: {why}")),
            Expected::Run(run) => match compare_task(&task, &run, (&tree, &hooks), &data.join(&task)) {
                Ok(()) => same += 1,
                Err(_) if INTENDED.iter().any(|(name, _)| *name == task) => {}
                Err(why) => differ.push(format!("{task}: {why}")),
            },
        }
    }
    println!("{same} tasks the same, {} differ, {} not run by lm-eval", differ.len(), skipped.len());
    assert!(differ.is_empty(), "{} tasks differ:\n{}", differ.len(), differ.join("\n"));
    assert!(same >= LEAST_TASKS, "only {same} tasks were held against lm-eval's:\n{}", skipped.join("\n"));
}

fn compare_task(task: &str, run: &Run, (tree, hooks): (&TaskTree, &Hooks), data: &Path) -> Result<(), String> {
    let mut config = tree.task(task).ok_or("not found")?.map_err(|fault| fault.to_string())?;
    config.data = local(&config, data);
    let datasets = Datasets::new(DatasetOptions { cache: data.join("cache"), ..DatasetOptions::default() });
    let splits = datasets.open(&config.data, data).map_err(|fault| fault.to_string())?;
    let options = PromptOptions::default();
    let render = || Renderer::new(&config, &splits, hooks.clone(), &options).map_err(|fault| fault.to_string());
    let mut renderer = render()?;
    let first = render()?.item(0).map_err(|fault| fault.to_string())?;
    let scorer = Scorer::new(&config, hooks.clone()).map_err(|fault| fault.to_string())?.with_first(&first);
    let scorer = Arc::new(scorer);
    let mut tally =
        Tally::new(Arc::clone(&scorer), TallyOptions { bootstrap_iterations: 100, ..TallyOptions::default() });
    if run.n_shot != Some(renderer.num_fewshot()) {
        return Err(format!("{} shots, not {:?}", renderer.num_fewshot(), run.n_shot));
    }
    for doc_id in 0..renderer.len() {
        let item = renderer.item(doc_id).map_err(|fault| fault.to_string())?;
        let lines: Vec<&Line> = run.samples.iter().filter(|line| line.doc_id == doc_id).collect();
        let line = *lines.first().ok_or_else(|| format!("document {doc_id} is not in lm-eval's samples"))?;
        compare_prompt(&item, line).map_err(|why| format!("document {doc_id}: {why}"))?;
        let sample = scorer.score(&item, answers(line));
        lines
            .iter()
            .try_for_each(|line| compare_metrics(&sample, line))
            .map_err(|why| format!("document {doc_id}: {why}"))?;
        tally.add(&sample);
    }
    let result = tally.finish();
    for (key, theirs) in &run.results {
        let (name, filter) = key.split_once(',').ok_or("a metric without a filter")?;
        let (metric, is_stderr) = name.strip_suffix("_stderr").map_or((name, false), |metric| (metric, true));
        let ours = result.metric(metric, filter).ok_or_else(|| format!("no result {key}"))?.lm_eval;
        let ours = if is_stderr { ours.stderr } else { ours.value };
        let ours = ours.map_or(Value::from("N/A"), Value::Float);
        near(&ours, theirs).map_err(|why| format!("{key}: {why}"))?;
    }
    Ok(())
}

/// The task's splits, as files in `data`.
fn local(config: &TaskConfig, data: &Path) -> DataConfig {
    let files =
        std::fs::read_dir(data).expect("the documents").filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    let split = |file: &PathBuf| file.file_stem().expect("a name").to_string_lossy().into_owned();
    let data_files = files.map(|file| (split(&file).into(), Value::from(file.display().to_string()))).collect();
    let kwargs = [("data_files".into(), Value::Dict(data_files))].into_iter().collect();
    DataConfig { path: Some("json".into()), name: None, kwargs, ..config.data.clone() }
}

fn compare_prompt(item: &Item, line: &Line) -> Result<(), String> {
    let first = item.requests.first().ok_or("nothing is asked")?;
    let hashes = [
        ("document", hash::doc_hash(&item.doc), &line.doc_hash),
        ("prompt", hash::prompt_hash(first), &line.prompt_hash),
        ("target", hash::target_hash(&item.target), &line.target_hash),
    ];
    for (what, ours, theirs) in hashes {
        if ours != *theirs {
            return Err(format!("another {what}: {first:?}, target {:?}", item.target));
        }
    }
    let arguments: Vec<String> = item.requests.iter().map(arguments).collect();
    if arguments.len() != line.arguments.len() {
        return Err(format!("{} requests, not {}", arguments.len(), line.arguments.len()));
    }
    match arguments.iter().zip(&line.arguments).position(|(ours, theirs)| !ours.is_empty() && ours != theirs) {
        Some(place) => Err(format!("request {place} differs: {:?}", item.requests.get(place))),
        None => Ok(()),
    }
}

/// The hash of all arguments of a request; generation arguments are held against lm-eval's in tests of their own.
fn arguments(request: &Request) -> String {
    let parts = match request {
        Request::LogLikelihood { context: evaluation::Prompt::Text(context), continuation } => {
            vec![context, continuation]
        }
        Request::Rolling { text } => vec![text],
        _ => return String::new(),
    };
    let parts: Vec<String> = parts.iter().map(|part| serde_json::to_string(part).expect("JSON")).collect();
    hex::encode(sha2::Sha256::digest(parts.join("\0")))
}

fn answers(line: &Line) -> evaluation::run::Answers {
    line.resps.iter().map(|repeats| repeats.iter().map(|response| Ok(answer(response))).collect()).collect()
}

fn answer(response: &Value) -> Answer {
    let usage = Usage::default();
    match response {
        Value::Str(text) => {
            Answer::Generated(Generated { text: text.to_string(), reasoning: None, finish: Finish::Stop, usage })
        }
        Value::List(pair) => Answer::LogLikelihood(LogLikelihood {
            sum: pair.first().and_then(Value::as_f64).expect("a number"),
            is_greedy: pair.get(1).is_some_and(Value::is_truthy),
            tokens: 1,
            usage,
        }),
        number => {
            let sum = number.as_f64().expect("a number");
            Answer::LogLikelihood(LogLikelihood { sum, is_greedy: false, tokens: 1, usage })
        }
    }
}

fn compare_metrics(sample: &Sample, line: &Line) -> Result<(), String> {
    let ours = sample.metrics.iter().filter(|metric| *metric.filter == *line.filter);
    let ours: BTreeMap<&str, &Value> = ours.map(|metric| (&*metric.metric, &metric.value)).collect();
    if ours.len() != line.metrics.len() {
        return Err(format!("filter {}: {ours:?}, not {:?}", line.filter, line.metrics));
    }
    line.metrics.iter().try_for_each(|(metric, theirs)| {
        let ours = ours.get(metric.as_str()).ok_or_else(|| format!("no metric {metric}"))?;
        near(ours, theirs).map_err(|why| format!("{metric} after {}: {why}", line.filter))
    })
}

/// Whether two values are the same; numbers to twelve digits.
fn near(ours: &Value, theirs: &Value) -> Result<(), String> {
    let differ = || Err(format!("{ours:?}, not {theirs:?}"));
    match (ours, theirs) {
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            one.iter().zip(other).try_for_each(|(one, other)| near(one, other))
        }
        _ => match (ours.as_f64(), theirs.as_f64()) {
            (Some(one), Some(other)) if one.is_nan() && other.is_nan() => Ok(()),
            (Some(one), Some(other)) if (one - other).abs() <= 1e-12 * one.abs().max(other.abs()).max(1.0) => Ok(()),
            (None, None) if ours == theirs => Ok(()),
            _ => differ(),
        },
    }
}
