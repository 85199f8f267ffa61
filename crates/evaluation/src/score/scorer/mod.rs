//! From answers to a sample: filters, then metrics, then a class.

mod choice;
mod generated;
mod likelihood;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::aggregate::Aggregation;
use super::filter::{FilterFault, Pipeline};
use super::metric::{Function, Metric, MetricFault, RunPrograms, defaults};
use crate::hook::{FieldPort, Hooks, Port, PortFault, Refusal, ResultsPort};
use crate::task::{Field, OutputType};
use crate::{Answer, Class, Dict, Failure, Finish, Item, MetricValue, Request, Sample, TaskConfig, Value};

/// A task that asks for at most so many tokens means to be cut: its answer is a letter or a word, and what follows does
/// not matter. Where it asks for more, an answer that is cut is not taken for an answer.
pub const SHORT_ANSWER: u32 = 16;

pub use crate::run::Answers;

/// Says where the right choice of an item stands, from 0.
pub type GoldOf = Arc<dyn Fn(&Item) -> Option<i64> + Send + Sync>;

/// Why a task cannot be scored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScorerFault {
    /// One of its filters cannot be used.
    #[error("task {task}: pipeline {pipeline:?}: {fault}")]
    Filter {
        /// The task.
        task: String,
        /// The pipeline.
        pipeline: String,
        /// What is wrong.
        fault: FilterFault,
    },
    /// One of its metrics cannot be used.
    #[error("task {task}: {fault}")]
    Metric {
        /// The task.
        task: String,
        /// What is wrong.
        fault: MetricFault,
    },
    /// `process_results` has no port.
    #[error("task {task}: process_results: {refusal}")]
    Results {
        /// The task.
        task: String,
        /// What is wrong.
        refusal: Refusal,
    },
    /// A function has a port that does something else than its place in the task file asks for.
    #[error("task {task}: the port of {field} does something else; correct the task file")]
    Port {
        /// The task.
        task: String,
        /// The field.
        field: &'static str,
    },
}

/// Scores the items of one task, exactly as lm-eval does, and gives each its class.
pub struct Scorer {
    pub(super) facts: Facts,
    pipelines: Vec<Pipeline>,
    pub(super) metrics: Vec<Metric>,
    output_type: OutputType,
    has_choices: bool,
    results: Option<ResultsPort>,
    text: TextGold,
    multiple_target: Option<bool>,
    /// Which metric a name comes from that is in no task file, where one function gives several values.
    given: Mutex<BTreeMap<Arc<str>, usize>>,
}

/// What results say of a task besides its scores.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) task: String,
    pub(super) alias: Option<String>,
    pub(super) version: Value,
    pub(super) num_fewshot: usize,
}

/// Where the right choice stands if the choices are put into the question (Winogrande): `doc_to_text` is its number.
enum TextGold {
    None,
    Column(Arc<str>),
    Port(FieldPort),
    Given(GoldOf),
}

impl Scorer {
    /// The scorer of a task.
    pub fn new(config: &TaskConfig, hooks: Hooks) -> Result<Self, ScorerFault> {
        let task = || config.task.clone();
        let results = match &config.process_results {
            None => None,
            Some(function) => match hooks.find(function) {
                Ok(Port::Results(port)) => Some(port),
                Ok(_) => return Err(ScorerFault::Port { task: task(), field: "process_results" }),
                Err(refusal) => return Err(ScorerFault::Results { task: task(), refusal }),
            },
        };
        let metric = |fault| ScorerFault::Metric { task: task(), fault };
        let is_called = results.is_none() && config.output_type == OutputType::GenerateUntil;
        let metrics = match config.metrics.as_slice() {
            [] => defaults(config.output_type).iter().map(|name| Metric::of(name)).collect::<Result<_, _>>(),
            listed => listed.iter().map(|one| Metric::new(one, is_called, &hooks)).collect(),
        };
        Ok(Self {
            facts: Facts::of(config),
            pipelines: pipelines(config, &hooks)?,
            metrics: metrics.map_err(metric)?,
            output_type: config.output_type,
            has_choices: config.doc_to_choice.is_some(),
            results,
            text: TextGold::of(config, &hooks),
            multiple_target: None,
            given: Mutex::default(),
        })
    }

    /// Says whether the task has several right answers, which lm-eval decides for all documents by the first one.
    /// Without it every item decides for itself.
    #[must_use]
    pub fn with_first(mut self, first: &Item) -> Self {
        self.multiple_target = Some(first.target.as_list().is_some());
        self
    }

    /// Gives the number of the right choice where the choices are put into the question: `doc_to_text`, if it is a
    /// number. Needed only where that field is a template, since a column or a function is read here; a renderer of
    /// prompts has worked it out.
    #[must_use]
    pub fn with_gold(mut self, gold: GoldOf) -> Self {
        if self.output_type == OutputType::MultipleChoice {
            self.text = TextGold::Given(gold);
        }
        self
    }

    /// Gives a sandbox to metrics whose answers are programs. Without one such an item is of class
    /// [`Class::ExtractorFailed`] and says why.
    #[must_use]
    pub fn with_programs(mut self, programs: &RunPrograms) -> Self {
        for metric in &mut self.metrics {
            if let Function::Code { run, .. } = &mut metric.function {
                *run = Some(Arc::clone(programs));
            }
        }
        self
    }

    /// The sample of an item and its answers. What does not fit (an answer of the wrong kind, a function that fails)
    /// is an item of class [`Class::ExtractorFailed`] with the reason, never the end of the run.
    pub fn score(&self, item: &Item, answers: Answers) -> Sample {
        let mut verdict = unanswered(item, &answers);
        let responses = self.responses(&answers);
        let mut filtered = Vec::with_capacity(self.pipelines.len());
        let mut metrics = Vec::new();
        let (mut extracting, mut missed, mut fault) = (0, 0, None);
        for pipeline in self.pipelines.iter().filter(|_| is_complete(&responses)) {
            match self.apply(pipeline, item, &responses) {
                Ok(applied) => {
                    extracting += usize::from(pipeline.extracts());
                    missed += usize::from(applied.missed);
                    metrics.extend(applied.metrics);
                    filtered.push((Arc::clone(&pipeline.name), applied.values));
                }
                Err(reason) => fault = fault.or(Some(format!("{}: {reason}", pipeline.name))),
            }
        }
        if verdict.is_none() && extracting > 0 && extracting == missed {
            verdict = Some((Class::ExtractorFailed, "no answer was found in the text".into()));
        }
        let verdict = verdict.or(fault.map(|reason| (Class::ExtractorFailed, reason)));
        let (class, reason) = verdict.map_or((Class::Scored, None), |(class, reason)| (class, Some(reason)));
        Sample {
            doc_id: item.doc_id,
            doc: Arc::clone(&item.doc),
            target: item.target.clone(),
            requests: item.requests.clone(),
            responses,
            filtered,
            metrics,
            class,
            reason,
        }
    }

    /// The answers as lm-eval has them. A missing text is an empty one there, if the endpoint answered at all.
    fn responses(&self, answers: &Answers) -> Vec<Vec<Value>> {
        let rolling = self.output_type == OutputType::Rolling;
        let response = |answer: &Result<Answer, Failure>| match answer {
            Ok(Answer::Generated(generated)) => generated.text.as_str().into(),
            Ok(Answer::LogLikelihood(given)) if rolling => given.sum.into(),
            Ok(Answer::LogLikelihood(given)) => Value::List(vec![given.sum.into(), given.is_greedy.into()]),
            Err(failure) => self.missing(failure),
        };
        answers.iter().map(|repeats| repeats.iter().map(response).collect()).collect()
    }

    fn missing(&self, failure: &Failure) -> Value {
        let answered = matches!(failure.class, Class::Truncated | Class::Refused);
        if answered && self.output_type == OutputType::GenerateUntil { "".into() } else { Value::None }
    }

    fn apply(&self, pipeline: &Pipeline, item: &Item, responses: &[Vec<Value>]) -> Result<Applied, PortFault> {
        let states =
            responses.iter().map(|repeats| pipeline.apply(repeats, &item.doc)).collect::<Result<Vec<_>, _>>()?;
        let missed = pipeline.extracts() && states.iter().all(super::filter::State::is_missed);
        let values: Vec<Value> = states.into_iter().map(super::filter::State::into_value).collect();
        let scores = self.process(item, &values)?;
        let metric = |(metric, value)| MetricValue { metric, filter: Arc::clone(&pipeline.name), value };
        Ok(Applied { metrics: scores.into_iter().map(metric).collect(), missed, values })
    }

    /// lm-eval's `process_results`.
    fn process(&self, item: &Item, results: &[Value]) -> Result<Dict, PortFault> {
        if let Some(port) = &self.results {
            return port(&item.doc, results);
        }
        match self.output_type {
            OutputType::LogLikelihood => likelihood::single(self, results),
            OutputType::Rolling => likelihood::rolling(self, item, results),
            OutputType::MultipleChoice => choice::score(self, item, results),
            OutputType::GenerateUntil => generated::score(self, item, results),
        }
    }

    fn uses(&self, metric: &str) -> bool {
        self.metrics.iter().any(|used| used.name.as_ref() == metric)
    }

    fn has_multiple_targets(&self, item: &Item) -> bool {
        self.multiple_target.unwrap_or_else(|| item.target.as_list().is_some())
    }

    fn given(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, usize>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The metric that values of this name belong to: its own, or the one whose function gave it.
    pub(super) fn metric(&self, name: &str) -> Option<&Metric> {
        let own = self.metrics.iter().find(|metric| metric.name.as_ref() == name);
        own.or_else(|| self.given().get(name).copied().and_then(|index| self.metrics.get(index)))
    }

    /// Where results of a metric after a pipeline stand among all: as in the task file, then by name.
    pub(super) fn place(&self, metric: &str, filter: &str) -> (usize, usize, Arc<str>) {
        let pipeline = self.pipelines.iter().position(|pipeline| &*pipeline.name == filter);
        let own = self.metrics.iter().position(|other| &*other.name == metric);
        let own = own.or_else(|| self.given().get(metric).copied());
        (pipeline.unwrap_or(usize::MAX), own.unwrap_or(usize::MAX), metric.into())
    }

    /// How values of this name are aggregated; the mean, as in lm-eval, where nothing says.
    pub(super) fn aggregation(&self, name: &str) -> Aggregation {
        self.metric(name).map_or(Aggregation::Mean, |metric| metric.aggregation.clone())
    }
}

/// What one pipeline made of an item.
struct Applied {
    values: Vec<Value>,
    metrics: Vec<MetricValue>,
    missed: bool,
}

impl Facts {
    fn of(config: &TaskConfig) -> Self {
        Self {
            task: config.task.clone(),
            alias: config.alias.clone(),
            version: config.metadata.get("version").cloned().unwrap_or_else(|| "Yaml".into()),
            num_fewshot: config.num_fewshot.unwrap_or(0),
        }
    }
}

impl TextGold {
    fn of(config: &TaskConfig, hooks: &Hooks) -> Self {
        if config.output_type != OutputType::MultipleChoice || config.doc_to_choice.is_none() {
            return Self::None;
        }
        match &config.doc_to_text {
            Some(Field::Value(Value::Str(column))) => Self::Column(Arc::clone(column)),
            Some(Field::Function(function)) => match hooks.find(function) {
                Ok(Port::Field(port)) => Self::Port(port),
                _ => Self::None,
            },
            _ => Self::None,
        }
    }

    /// The number of the right choice, where the question says it.
    fn of_item(&self, item: &Item) -> Result<Option<i64>, PortFault> {
        let number = |value: &Value| match value {
            Value::Bool(truth) => Some(i64::from(*truth)),
            other => other.as_int(),
        };
        match self {
            Self::None => Ok(None),
            Self::Column(column) => Ok(item.doc.get(column).and_then(number)),
            Self::Port(port) => Ok(number(&port(&item.doc)?)),
            Self::Given(gold) => Ok(gold(item)),
        }
    }
}

fn pipelines(config: &TaskConfig, hooks: &Hooks) -> Result<Vec<Pipeline>, ScorerFault> {
    if config.filters.is_empty() {
        return Ok(vec![Pipeline::plain()]);
    }
    let read = |filter: &crate::task::FilterConfig| {
        let fault = |fault| ScorerFault::Filter { task: config.task.clone(), pipeline: filter.name.clone(), fault };
        Pipeline::new(filter, hooks).map_err(fault)
    };
    config.filters.iter().map(read).collect()
}

/// Whether every request has answers, and none of them is missing.
fn is_complete(responses: &[Vec<Value>]) -> bool {
    !responses.is_empty() && responses.iter().all(|repeats| !repeats.is_empty() && !repeats.iter().any(Value::is_none))
}

/// Why an item is not scored, as far as the answers themselves tell; none if there is a whole answer to everything.
pub(crate) fn unanswered(item: &Item, answers: &Answers) -> Option<(Class, String)> {
    if answers.len() != item.requests.len() || answers.iter().any(Vec::is_empty) {
        return Some((Class::TransportError, "not every request has an answer".into()));
    }
    let failure = answers.iter().flatten().find_map(|answer| answer.as_ref().err());
    if let Some(failure) = failure {
        return Some((failure.class, failure.reason.clone()));
    }
    item.requests
        .iter()
        .zip(answers)
        .find_map(|(request, repeats)| repeats.iter().flatten().find_map(|a| cut(request, a)))
}

/// Why an answer that came is none that can be scored.
fn cut(request: &Request, answer: &Answer) -> Option<(Class, String)> {
    let (Request::Generate { generation, .. }, Answer::Generated(given)) = (request, answer) else { return None };
    match given.finish {
        Finish::ContentFilter => Some((Class::Refused, "a filter stopped the answer".into())),
        Finish::Length if generation.max_tokens.is_none_or(|most| most > SHORT_ANSWER) => {
            Some((Class::Truncated, "the answer was cut off by the limit of tokens".into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
