//! `samples_<task>_<date>.jsonl`: every document with what was asked, what came back and what it earned.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::ser::{SerializeMap as _, Serializer};
use sha2::{Digest as _, Sha256};

use crate::prompt::hash;
use crate::{Generation, MetricValue, Prompt, Request, Sample, Value};

/// Why samples could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write samples to {}: {source}; look whether there is room, and whether the folder may be written", .path.display())]
pub struct SamplesError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// lm-eval's hashes of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the document.
    pub doc: String,
    /// Of what the first request is given.
    pub prompt: String,
    /// Of the target.
    pub target: String,
}

impl Hashes {
    /// The hashes of a sample.
    pub fn of(sample: &Sample) -> Self {
        Self {
            doc: hash::doc_hash(&sample.doc),
            prompt: sample.requests.first().map(hash::prompt_hash).unwrap_or_default(),
            target: hash::target_hash(&sample.target),
        }
    }
}

/// A file of samples that is being written.
pub struct SamplesWriter {
    path: PathBuf,
    file: BufWriter<File>,
    /// The hashes of every document, joined; lm-eval repeats the whole for every filter.
    hashes: String,
    filters: usize,
}

impl SamplesWriter {
    /// Begins a file at `path`; what was there is written over.
    pub fn create(path: &Path) -> Result<Self, SamplesError> {
        let file = File::create(path).map_err(|source| SamplesError { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), hashes: String::new(), filters: 0 })
    }

    /// Adds a sample: one line a filter.
    pub fn add(&mut self, sample: &Sample, hashes: &Hashes) -> Result<(), SamplesError> {
        self.hashes.extend([hashes.doc.as_str(), hashes.prompt.as_str(), hashes.target.as_str()]);
        let names = sample.filtered.iter().map(|(name, _)| name.as_ref());
        let mut names: Vec<&str> = if sample.filtered.is_empty() { vec!["none"] } else { names.collect() };
        self.filters = self.filters.max(names.len());
        // Judges read the answer as it came, which may be none of the task's pipelines.
        let is_apart = |metric: &&MetricValue| !names.contains(&metric.filter.as_ref());
        let apart: Option<&str> = sample.metrics.iter().find(is_apart).map(|metric| metric.filter.as_ref());
        names.extend(apart);
        let lines = names.iter().try_for_each(|filter| self.write_line(&Line { sample, hashes, filter }));
        lines.map_err(|source| SamplesError { path: self.path.clone(), source })
    }

    /// Makes the file last; returns lm-eval's hash of the whole task, which covers every document's hashes.
    pub fn finish(mut self) -> Result<String, SamplesError> {
        let flushed = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        flushed.map_err(|source| SamplesError { path: self.path, source })?;
        let mut digest = Sha256::new();
        (0..self.filters.max(1)).for_each(|_| digest.update(&self.hashes));
        Ok(hex::encode(digest.finalize()))
    }

    fn write_line(&mut self, line: &Line<'_>) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")
    }
}

/// One line: a sample under one filter.
struct Line<'a> {
    sample: &'a Sample,
    hashes: &'a Hashes,
    filter: &'a str,
}

impl Line<'_> {
    /// What the filter made of the answers; the answers as they came where it is none of the task's.
    fn filtered(&self) -> Vec<Value> {
        let filtered = &self.sample.filtered;
        match filtered.iter().find(|(name, _)| name.as_ref() == self.filter) {
            Some((_, values)) => texts(values),
            None if filtered.is_empty() => Vec::new(),
            None => self.sample.responses.iter().filter_map(|repeats| repeats.first().cloned()).collect(),
        }
    }
}

impl serde::Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sample = self.sample;
        let metrics: Vec<_> = sample.metrics.iter().filter(|metric| metric.filter.as_ref() == self.filter).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("doc_id", &sample.doc_id)?;
        map.serialize_entry("doc", sample.doc.as_ref())?;
        map.serialize_entry("target", &crate::python::str(&sample.target))?;
        map.serialize_entry("arguments", &Arguments(&sample.requests))?;
        map.serialize_entry("resps", &sample.responses.iter().map(|each| texts(each)).collect::<Vec<_>>())?;
        map.serialize_entry("filtered_resps", &self.filtered())?;
        map.serialize_entry("filter", self.filter)?;
        map.serialize_entry("metrics", &metrics.iter().map(|metric| metric.metric.as_ref()).collect::<Vec<_>>())?;
        map.serialize_entry("doc_hash", &self.hashes.doc)?;
        map.serialize_entry("prompt_hash", &self.hashes.prompt)?;
        map.serialize_entry("target_hash", &self.hashes.target)?;
        for metric in metrics {
            map.serialize_entry(metric.metric.as_ref(), &metric.value)?;
        }
        // Ours alone; lm-eval's readers pass over it.
        map.serialize_entry("class", &sample.class)?;
        if let Some(reason) = &sample.reason {
            map.serialize_entry("reason", reason)?;
        }
        map.end()
    }
}

/// lm-eval writes numbers in answers as texts, so that every line has the same columns.
fn texts(values: &[Value]) -> Vec<Value> {
    let text = |value: &Value| match value {
        Value::List(list) => Value::List(texts(list)),
        other => Value::from(crate::python::str(other)),
    };
    values.iter().map(text).collect()
}

/// `{"gen_args_0": {"arg_0": context, "arg_1": continuation or arguments}, …}`.
struct Arguments<'a>(&'a [Request]);

impl serde::Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (place, request) in self.0.iter().enumerate() {
            map.serialize_entry(&format!("gen_args_{place}"), &Argument(request))?;
        }
        map.end()
    }
}

struct Argument<'a>(&'a Request);

impl serde::Serialize for Argument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Request::Generate { prompt, generation } => {
                map.serialize_entry("arg_0", &prompt_text(prompt))?;
                map.serialize_entry("arg_1", &GenerationArguments(generation))?;
            }
            Request::LogLikelihood { context, continuation } => {
                map.serialize_entry("arg_0", &prompt_text(context))?;
                map.serialize_entry("arg_1", continuation)?;
            }
            Request::Rolling { text } => map.serialize_entry("arg_0", text)?,
        }
        map.end()
    }
}

/// A conversation stands in lm-eval's files as a list that holds its JSON.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum PromptText<'a> {
    Text(&'a str),
    Chat([String; 1]),
}

fn prompt_text(prompt: &Prompt) -> PromptText<'_> {
    match prompt {
        Prompt::Text(text) => PromptText::Text(text),
        Prompt::Chat(messages) => PromptText::Chat([hash::chat_json(messages)]),
    }
}

struct GenerationArguments<'a>(&'a Generation);

impl serde::Serialize for GenerationArguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Generation { until, max_tokens, do_sample, temperature, more } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("until", until)?;
        max_tokens.iter().try_for_each(|most| map.serialize_entry("max_gen_toks", most))?;
        do_sample.iter().try_for_each(|draws| map.serialize_entry("do_sample", draws))?;
        temperature.iter().try_for_each(|width| map.serialize_entry("temperature", width))?;
        more.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}
