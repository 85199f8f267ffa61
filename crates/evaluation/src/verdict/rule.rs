//! The rule that a verdict is given by: every choice spelled out, nothing by default.

use serde::{Deserialize, Serialize};

use super::matched::Line;

/// What "as good as the frontier" means, with everything that a verdict hangs on. No field has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Where the rule stands: a programme and the hash of its rulebook, for people to find it.
    pub source: String,
    /// Models released in so many calendar months before the snapshot's date are the frontier.
    pub window_months: u32,
    /// Which of them is the measure.
    pub of: Of,
    /// How scores are read.
    pub scale: Scale,
    /// Whether the benchmarks count together or one by one.
    pub gate: Gate,
    /// The share of the frontier's score that is to be reached, above 0 and at most 1.
    pub margin: f64,
    /// The chance of saying "reached" wrongly that is accepted, above 0 and below 0.5; the same for "not reached".
    pub alpha: f64,
    /// What an item without an answer counts as.
    pub missing: Missing,
    /// How often the question may be asked; each look gets an equal part of `alpha`, so 1 forbids a second one.
    pub looks: u32,
    /// The most by which the shares of items that were cut off may differ between two models, from 0 to 1.
    pub truncation_tolerance: f64,
    /// The most by which the shares of answers that no extractor could read may differ, from 0 to 1.
    pub extraction_tolerance: f64,
    /// The benchmarks.
    pub tasks: Vec<RuleTask>,
}

/// A benchmark of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleTask {
    /// The task.
    pub task: String,
    /// The metric that is compared; higher is better, from 0 to 1 an item.
    pub metric: String,
    /// The filter whose output the metric scores.
    pub filter: String,
    /// What it counts among the benchmarks, above 0; only the proportions matter.
    pub weight: f64,
    /// What guessing earns, from 0 to below 1.
    pub chance: Chance,
    /// What makes items belong together.
    pub cluster: ClusterBy,
    /// Fewer pairs of items than this show nothing.
    pub least_items: u32,
}

/// Which model of the window is the measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// The best: every model of the window must be reached.
    Maximum,
    /// Their mean, item by item.
    Mean,
    /// One that is named.
    Model(String),
}

/// How scores are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As they are.
    Raw,
    /// With what guessing earns taken off: `(score − chance) / (1 − chance)`.
    ChanceCorrected,
}

/// Whether benchmarks count together or one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Their weighted mean is one score.
    Composite,
    /// Each must be reached.
    EveryTask,
}

/// What an item without an answer counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// As wrong.
    Wrong,
    /// It is left out of both models.
    LeftOut,
    /// The verdict is "not shown".
    NotShown,
}

/// What guessing earns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chance {
    /// Nobody knows, or it makes no sense.
    Unknown,
    /// So much: `0.25` with four options, `0` for free answers.
    Level(f64),
}

/// What makes items belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClusterBy {
    /// Nothing: every item stands alone.
    Item,
    /// The value of a column of the document: a passage, a template, a subject.
    Column(String),
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleFault {
    /// A number lies outside its range.
    #[error("`{field}` is {value}; write a number {range}")]
    OutOfRange {
        /// The field.
        field: String,
        /// What it says.
        value: f64,
        /// What it may say.
        range: &'static str,
    },
    /// There is nothing to measure by.
    #[error("the rule names no task; list those that the verdict is about, each with its weight")]
    NoTask,
    /// A task is listed twice.
    #[error("task `{0}` is listed twice; list it once, with the metric that counts")]
    Twice(String),
    /// Guessing is to be taken off, but nobody said what it earns.
    #[error("task `{0}` has no chance level, and the scale is chance-corrected; say what guessing earns on it")]
    NoChance(String),
}

impl Rule {
    /// Whether the rule can be judged by; the first fault found.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to write instead.
    pub fn check(&self) -> Result<(), RuleFault> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        inside("window-months", f64::from(self.window_months), self.window_months > 0, "above 0")?;
        inside("looks", f64::from(self.looks), self.looks > 0, "above 0")?;
        inside("margin", self.margin, self.margin > 0.0 && self.margin <= 1.0, "above 0 and at most 1")?;
        inside("alpha", self.alpha, self.alpha > 0.0 && self.alpha < 0.5, "above 0 and below 0.5")?;
        inside("truncation-tolerance", self.truncation_tolerance, share(self.truncation_tolerance), "from 0 to 1")?;
        inside("extraction-tolerance", self.extraction_tolerance, share(self.extraction_tolerance), "from 0 to 1")?;
        if self.tasks.is_empty() {
            return Err(RuleFault::NoTask);
        }
        let mut seen = std::collections::BTreeSet::new();
        for task in &self.tasks {
            if !seen.insert(&task.task) {
                return Err(RuleFault::Twice(task.task.clone()));
            }
            task.check(self.scale)?;
        }
        Ok(())
    }

    /// The level of one look.
    pub(crate) fn level(&self) -> f64 {
        self.alpha / f64::from(self.looks)
    }

    /// The weights, added up to 1.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let whole: f64 = self.tasks.iter().map(|task| task.weight).sum();
        self.tasks.iter().map(|task| task.weight / whole).collect()
    }

    /// What is taken off the scores of a task.
    pub(crate) fn taken_off(&self, task: &RuleTask) -> f64 {
        match (self.scale, task.chance) {
            (Scale::ChanceCorrected, Chance::Level(level)) => level,
            _ => 0.0,
        }
    }

    pub(crate) fn line(&self, task: &RuleTask) -> Line {
        Line { margin: self.margin, chance: self.taken_off(task) }
    }
}

impl RuleTask {
    fn check(&self, scale: Scale) -> Result<(), RuleFault> {
        let field = |name: &str| format!("{name} of {}", self.task);
        inside(&field("weight"), self.weight, self.weight > 0.0 && self.weight.is_finite(), "above 0")?;
        inside(&field("least-items"), f64::from(self.least_items), self.least_items >= 2, "of at least 2")?;
        match self.chance {
            Chance::Level(level) => inside(&field("chance"), level, (0.0..1.0).contains(&level), "from 0 to below 1"),
            Chance::Unknown if scale == Scale::ChanceCorrected => Err(RuleFault::NoChance(self.task.clone())),
            Chance::Unknown => Ok(()),
        }
    }
}

fn inside(field: &str, value: f64, holds: bool, range: &'static str) -> Result<(), RuleFault> {
    if holds { Ok(()) } else { Err(RuleFault::OutOfRange { field: field.to_owned(), value, range }) }
}
