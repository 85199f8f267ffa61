//! Writing a log: samples one by one, the header at the end.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::archive::Archive;
use super::wire;
use crate::{Class, Message, Prompt, Request, Role, Sample, Value};

/// So much of the input is shown in the viewer's list.
const SUMMARY_CHARACTERS: usize = 500;

/// Why a log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the log {}: {source}; look whether there is room, and whether the folder may be written", .path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// What a log says of the run it belongs to.
#[derive(Clone, Debug)]
pub struct LogInfo {
    /// Names the run: the same for every log of it.
    pub run_id: String,
    /// The task.
    pub task: String,
    /// The task's version.
    pub task_version: String,
    /// The model's name.
    pub model: String,
    /// Where it was asked.
    pub base_url: Option<String>,
    /// When the run began, RFC 3339.
    pub started_at: String,
    /// When the log was closed, RFC 3339.
    pub completed_at: String,
    /// Everything else worth knowing, shown under "metadata".
    pub metadata: Json,
}

/// A log that is being written.
pub struct LogWriter {
    path: PathBuf,
    archive: Archive,
    info: LogInfo,
    summaries: Vec<wire::Summary>,
    scores: BTreeMap<String, Totals>,
    completed: usize,
}

/// What one scorer gave so far.
#[derive(Default)]
struct Totals {
    sum: f64,
    squares: f64,
    scored: usize,
}

impl LogWriter {
    /// Begins a log at `path`; what was there is written over.
    pub fn create(path: &Path, info: LogInfo) -> Result<Self, WriteError> {
        let fault = |source| WriteError { path: path.to_owned(), source };
        let archive = Archive::new(File::create(path).map_err(fault)?);
        let (summaries, scores) = (Vec::new(), BTreeMap::new());
        Ok(Self { path: path.to_owned(), archive, info, summaries, scores, completed: 0 })
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: &Sample) -> Result<(), WriteError> {
        let written = eval_sample(sample, &self.info.model);
        for (name, score) in &written.scores {
            if let Some(value) = score.value.as_f64() {
                self.scores.entry(name.clone()).or_default().add(value);
            }
        }
        self.completed += usize::from(sample.class == Class::Scored);
        let name = format!("samples/{}_epoch_{}.json", written.id, written.epoch);
        let added = self.archive.add(&name, &written);
        self.summaries.push(summary(written));
        added.map_err(|source| self.fault(source))
    }

    /// Writes what remains and makes the log last.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let path = self.path.clone();
        self.write_rest().and_then(|()| self.archive.finish()).map_err(|source| WriteError { path, source })
    }

    fn write_rest(&mut self) -> std::io::Result<()> {
        let Self { archive, info, summaries, scores, completed, .. } = self;
        let (task_id, eval_id) = (info.id("task"), info.id("eval"));
        let spec = spec(info, summaries.len(), [&task_id, &eval_id]);
        let scores = scores.iter().map(|(name, totals)| totals.score(name, summaries.len())).collect();
        let results = wire::Results { total_samples: summaries.len(), completed_samples: *completed, scores };
        let (started_at, completed_at) = (&*info.started_at, &*info.completed_at);
        let stats = wire::Stats { started_at, completed_at, model_usage: BTreeMap::new() };
        archive.add("_journal/start.json", &wire::Start { version: 2, eval: spec.clone(), plan: plan() })?;
        archive.add("summaries.json", summaries)?;
        let header = wire::Header { version: 2, status: "success", eval: spec, plan: plan(), results, stats };
        archive.add("header.json", &header)
    }

    fn fault(&self, source: std::io::Error) -> WriteError {
        WriteError { path: self.path.clone(), source }
    }
}

impl LogInfo {
    /// An identifier that the same run gets again.
    fn id(&self, kind: &str) -> String {
        short_hash(&[kind, &self.run_id, &self.task, &self.model])
    }
}

fn spec<'a>(info: &'a LogInfo, samples: usize, [task_id, eval_id]: [&'a str; 2]) -> wire::Spec<'a> {
    wire::Spec {
        eval_id,
        run_id: &info.run_id,
        created: &info.started_at,
        task: &info.task,
        task_id,
        task_version: &info.task_version,
        dataset: wire::Dataset { name: &info.task, samples },
        model: &info.model,
        model_base_url: info.base_url.as_deref(),
        config: wire::Config { epochs: 1 },
        packages: BTreeMap::from([("daepyo", env!("CARGO_PKG_VERSION"))]),
        metadata: info.metadata.clone(),
    }
}

impl Totals {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.squares += value * value;
        self.scored += 1;
    }

    /// The mean and its standard error, as inspect's `mean` and `stderr` work them out.
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    fn score(&self, name: &str, total: usize) -> wire::Score {
        let count = self.scored as f64;
        let mean = self.sum / count;
        let variance =
            if self.scored > 1 { (self.squares - count * mean * mean).max(0.0) / (count - 1.0) } else { 0.0 };
        let metrics = [("accuracy", mean), ("stderr", (variance / count).sqrt())];
        wire::Score {
            name: name.to_owned(),
            scorer: name.to_owned(),
            scored_samples: self.scored,
            unscored_samples: total - self.scored,
            metrics: metrics
                .map(|(name, value)| (name.to_owned(), wire::Metric { name: name.to_owned(), value }))
                .into_iter()
                .collect(),
        }
    }
}

/// Twenty-two letters and digits from the hash of `parts`.
fn short_hash(parts: &[&str]) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(parts.join("\n"));
    hex::encode(digest)[..22].to_owned()
}

fn plan() -> wire::Plan {
    wire::Plan { name: "plan", steps: vec![wire::Step { solver: "generate", params: BTreeMap::new() }] }
}

fn eval_sample(sample: &Sample, model: &str) -> wire::EvalSample {
    let input = input_of(sample);
    let completion = completion_of(sample);
    let mut messages = input.as_array().cloned().unwrap_or_else(|| vec![json!({ "role": "user", "content": input })]);
    let choices = completion.iter().map(|text| {
        let message = json!({ "role": "assistant", "content": text, "source": "generate", "model": model });
        json!({ "message": message, "stop_reason": stop_reason(sample.class) })
    });
    let choices: Vec<Json> = choices.collect();
    messages.extend(choices.first().map(|choice| choice["message"].clone()));
    wire::EvalSample {
        id: sample.doc_id.to_string(),
        epoch: 1,
        input,
        choices: choices_of(sample),
        target: target_of(&sample.target),
        messages,
        output: wire::Output { model: model.to_owned(), choices, completion: completion.unwrap_or_default() },
        scores: scores_of(sample),
        metadata: metadata_of(sample),
        uuid: short_hash(&[model, &sample.doc_id.to_string()]),
        error: sample.reason.as_ref().filter(|_| sample.class != Class::Scored).map(|reason| wire::ErrorText {
            message: format!("{}: {reason}", sample.class),
            traceback: String::new(),
            traceback_ansi: String::new(),
        }),
    }
}

/// The list shows only the beginning, and documents only in the sample itself.
fn summary(sample: wire::EvalSample) -> wire::Summary {
    let input = match &sample.input {
        Json::String(text) => text.as_str(),
        messages => {
            messages.as_array().and_then(|all| all.last()).and_then(|last| last["content"].as_str()).unwrap_or("")
        }
    };
    wire::Summary {
        input: input.chars().take(SUMMARY_CHARACTERS).collect(),
        message_count: sample.messages.len(),
        completed: sample.error.is_none(),
        error: sample.error.map(|error| error.message),
        metadata: sample.metadata.into_iter().filter(|(key, _)| key == "class").collect(),
        id: sample.id,
        epoch: sample.epoch,
        target: sample.target,
        scores: sample.scores,
        uuid: sample.uuid,
    }
}

fn input_of(sample: &Sample) -> Json {
    match sample.requests.first() {
        Some(Request::Generate { prompt, .. } | Request::LogLikelihood { context: prompt, .. }) => prompt_of(prompt),
        Some(Request::Rolling { text }) => json!(text),
        None => json!(""),
    }
}

fn prompt_of(prompt: &Prompt) -> Json {
    match prompt {
        Prompt::Text(text) => json!(text),
        Prompt::Chat(messages) => messages.iter().map(message_of).collect(),
    }
}

fn message_of(message: &Message) -> Json {
    match message.role {
        Role::Assistant => json!({ "role": "assistant", "content": message.content, "source": "input" }),
        role => json!({ "role": role, "content": message.content, "source": "input" }),
    }
}

/// The continuations that were weighed, where the task weighs them.
fn choices_of(sample: &Sample) -> Option<Vec<String>> {
    let continuations = sample.requests.iter().filter_map(|request| match request {
        Request::LogLikelihood { continuation, .. } => Some(continuation.clone()),
        _ => None,
    });
    let continuations: Vec<String> = continuations.collect();
    (continuations.len() > 1).then_some(continuations)
}

/// What was written, or the continuation that was found likeliest.
fn completion_of(sample: &Sample) -> Option<String> {
    let first = sample.responses.first()?.first()?;
    if let Some(text) = first.as_str() {
        return Some(text.to_owned());
    }
    let weighed = sample.responses.iter().map(|repeats| repeats.first()?.as_list()?.first()?.as_f64());
    let likeliest = weighed.enumerate().filter_map(|(place, sum)| Some((place, sum?)));
    let (place, _) = likeliest.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some(choices_of(sample)?.get(place)?.trim().to_owned())
}

fn target_of(target: &Value) -> Json {
    match target {
        Value::List(list) => list.iter().map(crate::python::str).collect(),
        other => Json::String(crate::python::str(other)),
    }
}

/// Every number that the sample earned, under `metric` or `metric,filter`; lists are for aggregation alone.
fn scores_of(sample: &Sample) -> BTreeMap<String, wire::SampleScore> {
    let numbers = sample.metrics.iter().filter_map(|metric| Some((metric, metric.value.as_f64()?)));
    let scores = numbers.map(|(metric, value)| {
        let answer = sample.filtered.iter().find(|(filter, _)| *filter == metric.filter);
        let answer = answer.and_then(|(_, values)| values.first()?.as_str().map(str::to_owned));
        (format!("{},{}", metric.metric, metric.filter), wire::SampleScore { value: json!(value), answer })
    });
    scores.collect()
}

fn metadata_of(sample: &Sample) -> BTreeMap<String, Json> {
    BTreeMap::from([
        ("class".to_owned(), json!(sample.class)),
        ("doc".to_owned(), serde_json::to_value(sample.doc.as_ref()).unwrap_or_default()),
    ])
}

fn stop_reason(class: Class) -> &'static str {
    match class {
        Class::Truncated => "max_tokens",
        Class::Refused => "content_filter",
        _ => "stop",
    }
}
