//! `samples_<task>_<date>.jsonl`: every document with what was asked, what came back and what it earned.

use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use serde::ser::{SerializeMap as _, Serializer};
use sha2::{Digest as _, Sha256};

use crate::output::file::WholeFile;
use crate::output::spool::Spool;
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

/// lm-eval's hashes of a sample: of the document, of what the first request is given, and of the target.
struct Hashes {
    doc: String,
    prompt: String,
    target: String,
}

/// A file of samples that is being written.
pub struct SamplesWriter {
    file: WholeFile,
    /// The hash of every document's hashes; lm-eval repeats the whole for every filter, hence the spool.
    digest: Sha256,
    hashes: Spool,
    filters: usize,
    line: Vec<u8>,
}

impl SamplesWriter {
    /// Begins a file that will stand at `path` once it is finished; what is there is written over then.
    pub fn create(path: &Path) -> Result<Self, SamplesError> {
        let begun = WholeFile::create(path).and_then(|file| Ok((file, Spool::beside(path)?)));
        let (file, hashes) = begun.map_err(|source| SamplesError { path: path.to_owned(), source })?;
        Ok(Self { file, digest: Sha256::new(), hashes, filters: 0, line: Vec::new() })
    }

    /// Adds a sample: one line a filter.
    pub fn add(&mut self, sample: &Sample) -> Result<(), SamplesError> {
        self.write(sample).map_err(|source| SamplesError { path: self.file.path().to_owned(), source })
    }

    fn write(&mut self, sample: &Sample) -> io::Result<()> {
        let prompts: Vec<PromptText<'_>> = sample.requests.iter().map(PromptText::of).collect();
        let hashes = Hashes {
            doc: hash::doc_hash(&sample.doc),
            prompt: prompts.first().map(PromptText::hash).unwrap_or_default(),
            target: hash::target_hash(&sample.target),
        };
        for part in [&hashes.doc, &hashes.prompt, &hashes.target] {
            self.digest.update(part);
            self.hashes.write_all(part.as_bytes())?;
        }
        let names = sample.filtered.iter().map(|(name, _)| name.as_ref());
        let mut names: Vec<&str> = if sample.filtered.is_empty() { vec!["none"] } else { names.collect() };
        self.filters = self.filters.max(names.len());
        // Judges read the answer as it came, which may be none of the task's pipelines.
        let is_apart = |metric: &&MetricValue| !names.contains(&metric.filter.as_ref());
        let apart: Option<&str> = sample.metrics.iter().find(is_apart).map(|metric| metric.filter.as_ref());
        names.extend(apart);
        for filter in names {
            self.line.clear();
            serde_json::to_writer(&mut self.line, &Line { sample, prompts: &prompts, hashes: &hashes, filter })?;
            self.line.push(b'\n');
            self.file.write_all(&self.line)?;
        }
        Ok(())
    }

    /// Makes the file last; returns lm-eval's hash of the whole task, which covers every document's hashes.
    pub fn finish(self) -> Result<String, SamplesError> {
        let path = self.file.path().to_owned();
        self.close().map_err(|source| SamplesError { path, source })
    }

    fn close(mut self) -> io::Result<String> {
        for _ in 1..self.filters {
            let mut hashes = self.hashes.read()?;
            loop {
                let piece = hashes.fill_buf()?;
                if piece.is_empty() {
                    break;
                }
                self.digest.update(piece);
                let length = piece.len();
                hashes.consume(length);
            }
        }
        self.file.keep()?;
        Ok(hex::encode(self.digest.finalize()))
    }
}

/// One line: a sample under one filter.
struct Line<'a> {
    sample: &'a Sample,
    prompts: &'a [PromptText<'a>],
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
        map.serialize_entry("arguments", &Arguments { requests: &sample.requests, prompts: self.prompts })?;
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
struct Arguments<'a> {
    requests: &'a [Request],
    prompts: &'a [PromptText<'a>],
}

impl serde::Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.requests.len()))?;
        for (place, (request, prompt)) in self.requests.iter().zip(self.prompts).enumerate() {
            map.serialize_entry(&format!("gen_args_{place}"), &Argument { request, prompt })?;
        }
        map.end()
    }
}

struct Argument<'a> {
    request: &'a Request,
    prompt: &'a PromptText<'a>,
}

impl serde::Serialize for Argument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("arg_0", self.prompt)?;
        match self.request {
            Request::Generate { generation, .. } => map.serialize_entry("arg_1", &GenerationArguments(generation))?,
            Request::LogLikelihood { continuation, .. } => map.serialize_entry("arg_1", continuation)?,
            Request::Rolling { .. } => {}
        }
        map.end()
    }
}

/// What a request is given. A conversation stands in lm-eval's files as a list that holds its JSON.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum PromptText<'a> {
    Text(&'a str),
    Chat([String; 1]),
}

impl<'a> PromptText<'a> {
    fn of(request: &'a Request) -> Self {
        match request {
            Request::Generate { prompt: Prompt::Text(text), .. }
            | Request::LogLikelihood { context: Prompt::Text(text), .. }
            | Request::Rolling { text } => Self::Text(text),
            Request::Generate { prompt: Prompt::Chat(messages), .. }
            | Request::LogLikelihood { context: Prompt::Chat(messages), .. } => Self::Chat([hash::chat_json(messages)]),
        }
    }

    fn hash(&self) -> String {
        match self {
            Self::Text(text) => hash::text_hash(text),
            Self::Chat([json]) => hash::text_hash(json),
        }
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
