//! Reading a log: whatever inspect wrote, as items with scores.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;
use sha2::Digest as _;
use zip::ZipArchive;

use super::archive::member;
use crate::Class;
use crate::output::import::{ImportedItem, ImportedTask};

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not to be had, or is no archive.
    #[error("cannot read the log {}: {source}; give logs as inspect writes them (--log-format eval)", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is an archive, but no log.
    #[error("{} is not an inspect log: it has no {missing}; give logs as inspect writes them (--log-format eval)", .path.display())]
    NoLog {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        missing: &'static str,
    },
}

#[derive(Deserialize)]
struct Header {
    eval: Spec,
}

#[derive(Deserialize)]
struct Spec {
    task: String,
    model: String,
}

#[derive(Deserialize)]
struct Sample {
    id: Json,
    epoch: usize,
    input: Json,
    #[serde(default)]
    target: Json,
    #[serde(default)]
    scores: Option<BTreeMap<String, Score>>,
    #[serde(default)]
    metadata: Json,
    #[serde(default)]
    output: Option<Output>,
    #[serde(default)]
    error: Option<ErrorText>,
}

#[derive(Deserialize)]
struct Score {
    value: Json,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct ErrorText {
    message: String,
}

/// Reads the log at `path`: one task of one model.
///
/// Samples of several epochs are repeats of one item. `"C"`, `"P"`, `"I"` and `"N"` are 1, 0.5, 0 and 0, as inspect's own
/// metrics read them.
pub fn read(path: &Path) -> Result<ImportedTask, ReadError> {
    let fault = |source| ReadError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(fault)?;
    let mut archive = ZipArchive::new(file).map_err(|error| fault(error.into()))?;
    let header = member::<Header>(&mut archive, "header.json").map_err(fault)?;
    let header = header.ok_or(ReadError::NoLog { path: path.to_owned(), missing: "header.json" })?;
    let names = archive.file_names().filter_map(Result::ok).filter(|name| is_sample(name));
    let mut names: Vec<String> = names.map(std::borrow::Cow::into_owned).collect();
    names.sort();
    let mut items = Vec::with_capacity(names.len());
    for name in names {
        let sample = member::<Sample>(&mut archive, &name).map_err(fault)?;
        items.extend(sample.map(item));
    }
    Ok(ImportedTask { model: header.eval.model, task: header.eval.task, items })
}

fn is_sample(name: &str) -> bool {
    name.starts_with("samples/") && name.ends_with(".json")
}

fn item(sample: Sample) -> ImportedItem {
    let id = sample.id.as_str().map_or_else(|| sample.id.to_string(), str::to_owned);
    let scores = sample.scores.unwrap_or_default().into_iter();
    let scores: BTreeMap<String, f64> =
        scores.filter_map(|(name, score)| Some((name, number(&score.value)?))).collect();
    let class = class_of(&sample.metadata, sample.error.is_some(), sample.output.as_ref(), scores.is_empty());
    ImportedItem {
        key: id,
        repeat: sample.epoch.saturating_sub(1),
        prompt_hash: digest(&sample.input),
        target_hash: digest(&sample.target),
        scores,
        class,
        reason: sample.error.map(|error| error.message),
        doc: sample.metadata.get("doc").cloned().unwrap_or(sample.metadata),
    }
}

/// A log of ours says the class; of another's log it is read from what happened.
fn class_of(metadata: &Json, failed: bool, output: Option<&Output>, unscored: bool) -> Class {
    if let Some(class) = metadata.get("class").and_then(|class| Class::deserialize(class).ok()) {
        return class;
    }
    let stop = output.and_then(|output| output.choices.first()).and_then(|choice| choice.stop_reason.as_deref());
    match stop {
        _ if failed => Class::TransportError,
        Some("max_tokens" | "model_length") => Class::Truncated,
        Some("content_filter") => Class::Refused,
        _ if unscored => Class::ExtractorFailed,
        _ => Class::Scored,
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Json::Number(number) => number.as_f64(),
        Json::String(letter) => match letter.as_str() {
            "C" => Some(1.0),
            "P" => Some(0.5),
            "I" | "N" => Some(0.0),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

fn digest(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    hex::encode(sha2::Sha256::digest(text))
}
