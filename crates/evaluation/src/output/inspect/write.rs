//! Writing a log: samples one by one, the header at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::archive::{Archive, List};
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
    /// Everything else worth knowing, shown under "metadata".
    pub metadata: Json,
}

/// A log that is being written.
pub struct LogWriter {
    archive: Archive,
    path: PathBuf,
    info: LogInfo,
    summaries: List,
    scores: BTreeMap<String, Totals>,
    samples: usize,
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
    /// Begins a log that will stand at `path` once it is finished; what is there is written over then.
    pub fn create(path: &Path, info: LogInfo) -> Result<Self, WriteError> {
        let begun = Archive::create(path).and_then(|archive| Ok((archive, List::beside(path)?)));
        let (archive, summaries) = begun.map_err(|source| WriteError { path: path.to_owned(), source })?;
        let (path, scores) = (path.to_owned(), BTreeMap::new());
        Ok(Self { archive, path, info, summaries, scores, samples: 0, completed: 0 })
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: &Sample) -> Result<(), WriteError> {
        self.write(sample).map_err(|source| WriteError { path: self.path.clone(), source })
    }

    fn write(&mut self, sample: &Sample) -> std::io::Result<()> {
        let parts = Parts::of(sample, &self.info.model);
        let written = eval_sample(sample, &parts, &self.info.model);
        for (name, score) in &parts.scores {
            match self.scores.get_mut(name) {
                Some(totals) => totals.add(score.value),
                None => self.scores.entry(name.clone()).or_default().add(score.value),
            }
        }
        self.samples += 1;
        self.completed += usize::from(sample.class == Class::Scored);
        let input = input_of(sample);
        let name = format!("samples/{}_epoch_{}.json", written.id, written.epoch);
        self.archive.add_text(&name, |text| written.write(&input, text))?;
        self.summaries.add(&summary(&written, &input))
    }

    /// Writes what remains and makes the log last; `completed_at` is when the last answer came, RFC 3339.
    pub fn finish(self, completed_at: &str) -> Result<(), WriteError> {
        let path = self.path.clone();
        self.write_rest(completed_at).map_err(|source| WriteError { path, source })
    }

    fn write_rest(self, completed_at: &str) -> std::io::Result<()> {
        let Self { mut archive, info, summaries, scores, samples, completed, .. } = self;
        let (task_id, eval_id) = (info.id("task"), info.id("eval"));
        let spec = spec(&info, samples, [&task_id, &eval_id]);
        let scores = scores.iter().map(|(name, totals)| totals.score(name, samples)).collect();
        let results = wire::Results { total_samples: samples, completed_samples: completed, scores };
        let stats = wire::Stats { started_at: &info.started_at, completed_at, model_usage: BTreeMap::new() };
        archive.add("_journal/start.json", &wire::Start { version: 2, eval: spec.clone(), plan: plan() })?;
        archive.add_list("summaries.json", summaries)?;
        let header = wire::Header { version: 2, status: "success", eval: spec, plan: plan(), results, stats };
        archive.add("header.json", &header)?;
        archive.finish()
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

/// What is worked out of a sample, for the sample itself and for the list.
struct Parts {
    id: String,
    uuid: String,
    target: Json,
    completion: Option<String>,
    scores: BTreeMap<String, wire::SampleScore>,
    error: Option<String>,
}

impl Parts {
    fn of(sample: &Sample, model: &str) -> Self {
        let id = sample.doc_id.to_string();
        let reason = sample.reason.as_ref().filter(|_| sample.class != Class::Scored);
        Self {
            uuid: short_hash(&[model, &id]),
            id,
            target: target_of(&sample.target),
            completion: completion_of(sample),
            scores: scores_of(sample),
            error: reason.map(|reason| format!("{}: {reason}", sample.class)),
        }
    }
}

fn eval_sample<'a>(sample: &'a Sample, parts: &'a Parts, model: &'a str) -> wire::EvalSample<'a> {
    let stop_reason = stop_reason(sample.class);
    let choice = |content| {
        let source = Some("generate");
        let message = wire::ChatMessage { role: Role::Assistant, content, source, model: Some(model) };
        wire::Choice { message, stop_reason }
    };
    let completion = parts.completion.as_deref();
    wire::EvalSample {
        id: &parts.id,
        epoch: 1,
        choices: choices_of(sample),
        target: &parts.target,
        output: wire::Output {
            model,
            choices: completion.map(choice).into_iter().collect(),
            completion: completion.unwrap_or_default(),
        },
        scores: &parts.scores,
        metadata: wire::SampleMetadata { class: sample.class, doc: Some(&sample.doc) },
        uuid: &parts.uuid,
        error: parts.error.as_deref().map(|message| wire::ErrorText { message, traceback: "", traceback_ansi: "" }),
    }
}

/// The list shows only the beginning, and documents only in the sample itself.
fn summary<'a>(sample: &wire::EvalSample<'a>, input: &'a wire::Input<'a>) -> wire::Summary<'a> {
    let last = input.last();
    let end = last.char_indices().nth(SUMMARY_CHARACTERS).map_or(last.len(), |(end, _)| end);
    wire::Summary {
        id: sample.id,
        epoch: sample.epoch,
        input: &last[..end],
        target: sample.target,
        scores: sample.scores,
        metadata: wire::SampleMetadata { doc: None, ..sample.metadata },
        uuid: sample.uuid,
        error: sample.error.as_ref().map(|error| error.message),
        completed: sample.error.is_none(),
        message_count: input.len() + sample.output.choices.len(),
    }
}

fn input_of(sample: &Sample) -> wire::Input<'_> {
    match sample.requests.first() {
        Some(
            Request::Generate { prompt: Prompt::Text(text), .. }
            | Request::LogLikelihood { context: Prompt::Text(text), .. }
            | Request::Rolling { text },
        ) => wire::Input::Text(text),
        Some(
            Request::Generate { prompt: Prompt::Chat(messages), .. }
            | Request::LogLikelihood { context: Prompt::Chat(messages), .. },
        ) => wire::Input::Chat(messages.iter().map(message_of).collect()),
        None => wire::Input::Text(""),
    }
}

fn message_of(message: &Message) -> wire::ChatMessage<'_> {
    wire::ChatMessage { role: message.role, content: &message.content, source: Some("input"), model: None }
}

/// The continuations that were weighed, where the task weighs them.
fn choices_of(sample: &Sample) -> Option<Vec<&str>> {
    let continuations = sample.requests.iter().filter_map(|request| match request {
        Request::LogLikelihood { continuation, .. } => Some(continuation.as_str()),
        _ => None,
    });
    let continuations: Vec<&str> = continuations.collect();
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
        (format!("{},{}", metric.metric, metric.filter), wire::SampleScore { value, answer })
    });
    scores.collect()
}

fn stop_reason(class: Class) -> &'static str {
    match class {
        Class::Truncated => "max_tokens",
        Class::Refused => "content_filter",
        _ => "stop",
    }
}
