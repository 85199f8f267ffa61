//! The results of a task.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::aggregate::{Clustered, Interval};
use crate::{Class, Value};

/// What a task came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// The task.
    pub task: String,
    /// What it is called in tables, where that is another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// `metadata.version` of the task file; `Yaml` where it has none, as in lm-eval.
    pub version: Value,
    /// How many examples stood before a question.
    pub num_fewshot: usize,
    /// How many items there were.
    pub items: Items,
    /// How many of them ended in each class; every class is named.
    pub classes: BTreeMap<Class, usize>,
    /// The scores, by filter pipeline and metric, in the order of the task file.
    pub metrics: Vec<MetricResult>,
}

/// How many items there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// In the split.
    pub original: usize,
    /// Of those asked: lm-eval's effective number, the items that the largest metric has a value of.
    pub effective: usize,
    /// Asked, whatever became of them.
    pub asked: usize,
}

/// The score of a task by one metric after one filter pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricResult {
    /// The metric.
    pub metric: Arc<str>,
    /// The filter pipeline.
    pub filter: Arc<str>,
    /// How the items became one number.
    pub aggregation: String,
    /// Whether more is better, where that is known.
    pub higher_is_better: Option<bool>,
    /// How many items count in `value`: see [`Class::counts`].
    pub n: usize,
    /// The score over the scored items; none where there are none or `fault` says why.
    pub value: Option<f64>,
    /// Its standard error, found as lm-eval finds it; none where lm-eval has none.
    pub stderr: Option<f64>,
    /// An interval of 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The standard error if items come in clusters, where a cluster was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered: Option<Clustered>,
    /// Where the score would lie whatever the missing items had earned; only for means of values from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// The score as lm-eval computes it.
    pub lm_eval: LmEval,
    /// Why there is no value, where there should be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A score with missing items counted as lm-eval counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LmEval {
    /// How many items count.
    pub n: usize,
    /// The score.
    pub value: Option<f64>,
    /// Its standard error.
    pub stderr: Option<f64>,
}

/// The least and the greatest that a score can be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// If every missing item had earned 0.
    pub lower: f64,
    /// If every missing item had earned 1.
    pub upper: f64,
}

impl TaskResult {
    /// The result of one metric after one filter pipeline.
    pub fn metric(&self, metric: &str, filter: &str) -> Option<&MetricResult> {
        self.metrics.iter().find(|result| &*result.metric == metric && &*result.filter == filter)
    }
}
