//! Reading lm-eval's files, its own or ours.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::Class;
use crate::output::import::{ImportedItem, ImportedTask};

/// Why a run could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file or folder is not to be had.
    #[error("cannot read {}: {source}; give the folder in which lm-eval left its samples", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is no sample.
    #[error("{}, line {line}: {reason}; give the file as lm-eval wrote it", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The folder holds no samples.
    #[error("{} has no samples_<task>_<date>.jsonl: run lm-eval with --log_samples", .path.display())]
    NoSamples {
        /// The folder.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
struct Line {
    doc_id: u64,
    doc: Json,
    doc_hash: String,
    prompt_hash: String,
    target_hash: String,
    filter: String,
    metrics: Vec<String>,
    #[serde(default)]
    class: Option<Class>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

/// Reads every `samples_<task>_<date>.jsonl` in `folder`, or those of one date; of several of one task, the latest by its
/// date.
pub fn read_run(folder: &Path, date: Option<&str>) -> Result<Vec<ImportedTask>, ReadError> {
    let fault = |source| ReadError::File { path: folder.to_owned(), source };
    let mut latest: BTreeMap<String, PathBuf> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let Some((task, dated)) = path.file_name().and_then(|name| task_of(name.to_str()?)) else { continue };
        if date.is_some_and(|date| date != dated) {
            continue;
        }
        let is_later = latest.get(task).is_none_or(|other| *other < path);
        if is_later {
            latest.insert(task.to_owned(), path.clone());
        }
    }
    if latest.is_empty() {
        return Err(ReadError::NoSamples { path: folder.to_owned() });
    }
    let model = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    latest.iter().map(|(task, path)| read_samples(path, task, &model)).collect()
}

/// The task and the date in `samples_<task>_<date>.jsonl`.
fn task_of(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("samples_")?.strip_suffix(".jsonl")?.rsplit_once('_')
}

/// Reads one file of samples.
pub fn read_samples(path: &Path, task: &str, model: &str) -> Result<ImportedTask, ReadError> {
    let fault = |source| ReadError::File { path: path.to_owned(), source };
    let mut items: BTreeMap<u64, ImportedItem> = BTreeMap::new();
    for (place, text) in BufReader::new(File::open(path).map_err(fault)?).lines().enumerate() {
        let wrong = |reason: String| ReadError::Line { path: path.to_owned(), line: place + 1, reason };
        let text = text.map_err(fault)?;
        let line: Line = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let scores = scores_of(&line);
        let item = items.entry(line.doc_id).or_insert_with(|| item_of(line));
        item.scores.extend(scores);
    }
    Ok(ImportedTask { model: model.to_owned(), task: task.to_owned(), items: told_apart(items) })
}

/// Documents that are the same word for word are told apart by their order, which is every run's.
fn told_apart(items: BTreeMap<u64, ImportedItem>) -> Vec<ImportedItem> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let items = items.into_values().map(|mut item| {
        let count = seen.entry(item.key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            item.key = format!("{}#{count}", item.key);
        }
        item
    });
    items.collect()
}

fn scores_of(line: &Line) -> Vec<(String, f64)> {
    let numbers = line.metrics.iter().filter_map(|metric| Some((metric, number(line.rest.get(metric)?)?)));
    numbers.map(|(metric, value)| (format!("{metric},{}", line.filter), value)).collect()
}

fn item_of(line: Line) -> ImportedItem {
    ImportedItem {
        key: line.doc_hash,
        repeat: 0,
        prompt_hash: line.prompt_hash,
        target_hash: line.target_hash,
        scores: BTreeMap::new(),
        // lm-eval scores whatever came back, and does not say what became of an item.
        class: line.class.unwrap_or(Class::Scored),
        reason: line.reason,
        doc: line.doc,
    }
}

fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_bool().map(|truth| f64::from(u8::from(truth))))
}
