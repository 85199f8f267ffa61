//! What a task file leaves to Python, ported by hand and keyed by the hash of its source.
//!
//! A port stands in only for exactly the source it was written from: its hash covers the function and everything
//! in its file that it uses. Any other source is refused by name.

use std::sync::Arc;

use crate::task::Function;
use crate::{Dict, Document, Rows, RowsFault, Splits, Value};

/// What `process_docs` does: rows to rows. It maps or picks lazily where it can.
pub type DocsPort = fn(Arc<dyn Rows>) -> Result<Arc<dyn Rows>, RowsFault>;

/// What a metric function does: references and predictions, with the metric's arguments, to a number or a dictionary
/// of numbers.
pub type MetricPort = fn(references: &[Value], predictions: &[Value], kwargs: &Dict) -> Result<Value, PortFault>;

/// A native port of a Python function, by the place in which a task file may name it.
#[derive(Clone, Copy)]
pub enum Port {
    /// `process_docs`.
    Docs(DocsPort),
    /// `doc_to_text`, `doc_to_target`, `doc_to_choice`, `description`: a document to a value.
    Field(fn(&Document) -> Result<Value, PortFault>),
    /// `process_results`: a document and its filtered answers to a value a metric.
    Results(fn(&Document, &[Value]) -> Result<Dict, PortFault>),
    /// A metric of `metric_list` for generated text.
    Metric(MetricPort),
    /// An aggregation: what all items say to one number.
    Aggregation(fn(&[Value]) -> Result<f64, PortFault>),
    /// A filter: the answers of every item (one list of repeats each) and the documents, to answers.
    Filter(fn(&[Value], &Document, kwargs: &Dict) -> Result<Value, PortFault>),
    /// `samples` of `fewshot_config`: the examples themselves.
    Samples(fn() -> Vec<Document>),
    /// `custom_dataset`: the splits, from nothing.
    Dataset(fn(kwargs: &Dict) -> Result<Splits, PortFault>),
}

/// Why a port could not do its work on a document: what Python would have raised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortFault(pub String);

/// The ports there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks;

impl Hooks {
    /// The port of `function`, if there is one for exactly its source.
    pub fn find(&self, function: &Function) -> Result<Port, Refusal> {
        Err(Refusal { function: function.clone(), reason: "there is no port of it".into() })
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
