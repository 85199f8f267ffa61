//! What a task file leaves to Python, ported by hand and keyed by the hash of its source.
//!
//! A port stands in only for exactly the source it was written from: its hash covers the function and everything
//! in its file that it uses. Any other source is refused by name.
//!
//! What a function says (prompts, names of languages, lists of subjects) is not copied here: a port reads it from the source
//! whose hash it knows. What a `partial` binds to the function itself is no part of the hash, so that one port serves all
//! subjects.

mod build;
mod code;
mod format;
mod ports;
mod rows;
mod source;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::code::{CodeMetric, Program};
use self::source::{Library, Source};
use crate::task::Function;
use crate::{Dict, Document, Rows, RowsFault, Splits, Value};

/// What `process_docs` does: rows to rows. It maps lazily; where it picks, it reads every row once to see which stay.
pub type DocsPort = Arc<dyn Fn(Arc<dyn Rows>) -> Result<Arc<dyn Rows>, RowsFault> + Send + Sync>;

/// What a function of a document does: a document to a value.
pub type FieldPort = Arc<dyn Fn(&Document) -> Result<Value, PortFault> + Send + Sync>;

/// What `process_results` does: a document and its filtered answers to a value a metric.
pub type ResultsPort = Arc<dyn Fn(&Document, &[Value]) -> Result<Dict, PortFault> + Send + Sync>;

/// What a metric function does: references and predictions, with the metric's arguments, to a number or a dictionary
/// of numbers.
pub type MetricPort = Arc<dyn Fn(&[Value], &[Value], &Dict) -> Result<Value, PortFault> + Send + Sync>;

/// What an aggregation does: what all items say to one number.
pub type AggregationPort = Arc<dyn Fn(&[Value]) -> Result<f64, PortFault> + Send + Sync>;

/// What a filter does to one document: its answers (one a repeat), the document and the filter's arguments, to what goes
/// on: a list of answers, or one answer.
pub type FilterPort = Arc<dyn Fn(&[Value], &Document, &Dict) -> Result<Value, PortFault> + Send + Sync>;

/// What `samples` of `fewshot_config` does: the examples themselves.
pub type SamplesPort = Arc<dyn Fn() -> Vec<Document> + Send + Sync>;

/// What `custom_dataset` does: the splits, from the task's `dataset_kwargs`.
pub type DatasetPort = Arc<dyn Fn(&Dict) -> Result<Splits, PortFault> + Send + Sync>;

/// A native port of a Python function, by the place in which a task file may name it.
#[derive(Clone)]
pub enum Port {
    /// `process_docs`.
    Docs(DocsPort),
    /// `doc_to_text`, `doc_to_target`, `doc_to_choice`, `description`: a document to a value.
    Field(FieldPort),
    /// `process_results`: a document and its filtered answers to a value a metric.
    Results(ResultsPort),
    /// A metric of `metric_list` for generated text.
    Metric(MetricPort),
    /// A metric of `metric_list` whose answers are programs, which somebody else runs.
    Code(CodeMetric),
    /// An aggregation: what all items say to one number.
    Aggregation(AggregationPort),
    /// A filter.
    Filter(FilterPort),
    /// `samples` of `fewshot_config`: the examples themselves.
    Samples(SamplesPort),
    /// `custom_dataset`: the splits, from nothing.
    Dataset(DatasetPort),
}

impl Port {
    /// The place in a task file for which it was written.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Docs(_) => "process_docs",
            Self::Field(_) => "doc_to_text, doc_to_target or doc_to_choice",
            Self::Results(_) => "process_results",
            Self::Metric(_) => "metric",
            Self::Code(_) => "metric that runs code",
            Self::Aggregation(_) => "aggregation",
            Self::Filter(_) => "filter",
            Self::Samples(_) => "samples of fewshot_config",
            Self::Dataset(_) => "custom_dataset",
        }
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Port({})", self.place())
    }
}

/// Why a port could not do its work on a document: what Python would have raised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortFault(pub String);

/// The ports there are. Clones share what was read: every file is read once, every function looked up once.
#[derive(Clone, Default)]
pub struct Hooks {
    library: Arc<Library>,
    found: Arc<Mutex<BTreeMap<Function, Result<Port, Refusal>>>>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl Hooks {
    /// The port of `function`, if there is one for exactly its source. Where the place it is named in needs another kind of
    /// port than comes back, [`Refusal::misplaced`] says so.
    ///
    /// # Errors
    ///
    /// [`Refusal`], if the source cannot be read, or there is no port of exactly this source.
    pub fn find(&self, function: &Function) -> Result<Port, Refusal> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(function).cloned();
        known.unwrap_or_else(|| {
            let found = self.look_up(function);
            let mut cache = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            cache.insert(function.clone(), found.clone());
            found
        })
    }

    /// The hash of the source of `function`, with which a port of it would be keyed.
    ///
    /// # Errors
    ///
    /// [`Refusal`], if the source cannot be read.
    pub fn hash(&self, function: &Function) -> Result<String, Refusal> {
        let refuse = |reason| Refusal { function: function.clone(), reason };
        let source = Source::find(&self.library, function).map_err(refuse)?;
        Ok(source.hash())
    }

    fn look_up(&self, function: &Function) -> Result<Port, Refusal> {
        let refuse = |reason| Refusal { function: function.clone(), reason };
        let source = Source::find(&self.library, function).map_err(refuse)?;
        match table::find(&source) {
            Some(entry) => (entry.make)(&source)
                .map_err(|fault| refuse(format!("the port of {} is of no use: {fault}", entry.what))),
            None => Err(refuse(format!(
                "there is no port of exactly this source (hash {}); write what it does as a template or use another task, \
                 or run the task with lm-eval",
                source.hash()
            ))),
        }
    }
}

/// Why a function of a task file is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in {}: {reason}", .function.name, .function.file.display())]
pub struct Refusal {
    /// The function.
    pub function: Function,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

impl Refusal {
    /// `function` has a port, but it was written for another place than `place`.
    pub fn misplaced(function: &Function, port: &Port, place: &str) -> Self {
        let reason = format!("it stands for {place}, but its port is one for {}; name it there", port.place());
        Self { function: function.clone(), reason }
    }
}

#[cfg(test)]
mod tests;
