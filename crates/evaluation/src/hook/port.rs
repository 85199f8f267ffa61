//! What stands in for a Python function, by the place in which a task file may name it.

use std::fmt;
use std::sync::Arc;

use super::code::CodeMetric;
use super::fault::PortFault;
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
