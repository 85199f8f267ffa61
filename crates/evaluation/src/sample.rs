//! A sample: an item with its answers and what they earned.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Document, Request, Value};

/// The metric that judges give: the mean of their verdicts.
pub const JUDGE: &str = "judge";

/// What became of an item. Every item ends in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It was answered and scored.
    Scored,
    /// The answer was cut off by the limit of tokens before it was done, or in the middle of a thought.
    Truncated,
    /// The model or its endpoint declined: a filter, or a refusal that the protocol marks as one.
    Refused,
    /// No answer came: the network, the endpoint, or a request that the endpoint would not take.
    TransportError,
    /// It was answered, but no extractor found the answer in it.
    ExtractorFailed,
    /// It was answered, but no judge gave a verdict that holds.
    JudgeInvalid,
}

impl Class {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 6] =
        [Self::Scored, Self::Truncated, Self::Refused, Self::TransportError, Self::ExtractorFailed, Self::JudgeInvalid];

    /// The word in results and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::TransportError => "transport_error",
            Self::ExtractorFailed => "extractor_failed",
            Self::JudgeInvalid => "judge_invalid",
        }
    }

    /// Whether a value of `metric` counts in our own score if its item ended in this class.
    ///
    /// The task's rules and the judges do not undo each other. A value by the rules counts though no judge gave a
    /// verdict; a verdict, which there is only of a whole answer, counts though the rules found nothing in the answer.
    pub fn counts(self, metric: &str) -> bool {
        metric == JUDGE || matches!(self, Self::Scored | Self::JudgeInvalid)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What one metric says of one item, before it is aggregated: a number, or a list such as `[gold, predicted]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricValue {
    /// The metric: `acc`, `exact_match`, …
    pub metric: Arc<str>,
    /// The filter pipeline whose output was scored: `none`, `strict-match`, …
    pub filter: Arc<str>,
    /// What it says.
    pub value: Value,
}

/// An item with its answers and what they earned.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The place of the document in the split that is evaluated, from 0.
    pub doc_id: usize,
    /// The document.
    pub doc: Arc<Document>,
    /// The target.
    pub target: Value,
    /// What was asked.
    pub requests: Vec<Request>,
    /// What came back, a list of repeats a request: a text, or `[log-likelihood, is greedy]`.
    pub responses: Vec<Vec<Value>>,
    /// What each filter pipeline made of it, in the order of the task file.
    pub filtered: Vec<(Arc<str>, Vec<Value>)>,
    /// What it earned by the rules of the task, as lm-eval computes it, and by judges; empty where nothing came back. What
    /// counts in our own score is said by [`Class::counts`]: a text that was cut, or in which nothing was found, earns
    /// something here too, so that lm-eval's score can be given as well.
    pub metrics: Vec<MetricValue>,
    /// What became of it.
    pub class: Class,
    /// Why, where it was not scored.
    pub reason: Option<String>,
}
