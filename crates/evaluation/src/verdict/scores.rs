//! Scores by item: what a verdict is computed from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Class;

/// What one model earned, item by item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scores {
    /// The model.
    pub model: String,
    /// How it was asked.
    pub protocol: Protocol,
    /// Its items, a list a task.
    pub tasks: BTreeMap<String, TaskScores>,
}

/// How a model was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Protocol {
    /// The endpoint that was asked.
    pub endpoint: String,
    /// What the endpoint calls the model.
    pub model_id: String,
    /// The day on which the answers were collected.
    pub collected_on: String,
    /// How many tokens an answer may take, and how that was decided.
    pub token_budget: String,
    /// How hard the model was told to think, or that it was not told.
    pub reasoning_effort: String,
}

/// The items of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TaskScores {
    /// The metric.
    pub metric: String,
    /// The filter whose output was scored.
    pub filter: String,
    /// The items, in any order.
    pub items: Vec<ItemScore>,
}

/// What one item earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ItemScore {
    /// What tells the item from all others of its task, the same for every model: the hash of the document.
    pub key: String,
    /// What it earned, from 0 to 1; the mean where it was asked more than once. None unless the class is `scored`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// What became of it.
    pub class: Class,
    /// How often it was asked.
    pub repeats: u32,
    /// The value of the column that makes items belong together, where the rule names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The hash of what the model was given.
    pub prompt_hash: String,
}

/// A score from 0 to 1: a number, or a fraction such as `"2/3"` that loses nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// So many of so many.
    Fraction(u32, u32),
    /// A number.
    Number(f64),
}

/// What is wrong with scores.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScoresFault {
    /// An item stands twice, so nobody knows which of the two counts.
    #[error("item `{key}` of task `{task}` of `{model}` stands twice; decide which record counts and strike the other")]
    Duplicate {
        /// The model.
        model: String,
        /// The task.
        task: String,
        /// The item.
        key: String,
    },
    /// A score does not fit its class, or is none.
    #[error("item `{key}` of task `{task}` of `{model}`: {reason}")]
    Item {
        /// The model.
        model: String,
        /// The task.
        task: String,
        /// The item.
        key: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Score {
    /// The score as a number.
    pub fn value(self) -> f64 {
        match self {
            Self::Fraction(above, below) => f64::from(above) / f64::from(below),
            Self::Number(value) => value,
        }
    }
}

impl Scores {
    /// Whether every item stands once and its score fits its class; the first fault found.
    ///
    /// # Errors
    ///
    /// The item, and what is wrong with it.
    pub fn check(&self) -> Result<(), ScoresFault> {
        for (task, scores) in &self.tasks {
            let mut seen = std::collections::BTreeSet::new();
            for item in &scores.items {
                let (model, task, key) = (self.model.clone(), task.clone(), item.key.clone());
                if !seen.insert(&item.key) {
                    return Err(ScoresFault::Duplicate { model, task, key });
                }
                if let Some(reason) = item.fault() {
                    return Err(ScoresFault::Item { model, task, key, reason });
                }
            }
        }
        Ok(())
    }
}

impl ItemScore {
    fn fault(&self) -> Option<&'static str> {
        match (self.class, self.score) {
            (Class::Scored, None) => Some("it is of class scored but has no score; add it, or give its class"),
            (Class::Scored, Some(score)) if !(0.0..=1.0).contains(&score.value()) => {
                Some("its score is not from 0 to 1; only such scores have a ratio")
            }
            (Class::Scored, Some(_)) => None,
            (_, Some(_)) => Some("it has a score but is not of class scored; strike one of the two"),
            (_, None) => None,
        }
    }
}

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fraction(above, below) => serializer.collect_str(&format_args!("{above}/{below}")),
            Self::Number(value) => serializer.serialize_f64(*value),
        }
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(value) => Ok(Self::Number(value)),
            Written::Text(text) => {
                let parts = text.split_once('/').and_then(|(above, below)| {
                    let below: u32 = below.parse().ok()?;
                    Some((above.parse().ok()?, (below > 0).then_some(below)?))
                });
                let fault = || serde::de::Error::custom(format!("`{text}` is no score; write 0.5 or \"1/2\""));
                parts.map(|(above, below)| Self::Fraction(above, below)).ok_or_else(fault)
            }
        }
    }
}
