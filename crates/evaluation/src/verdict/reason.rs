//! The three words, and why one of them was not said.

use serde::{Deserialize, Serialize};

/// What a verdict says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The candidate is shown to reach the line.
    Reached,
    /// The candidate is shown to lie below it.
    NotReached,
    /// Neither is shown.
    NotShown,
}

/// Why "reached" and "not reached" were not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reason {
    /// The data allow both.
    Undecided {
        /// What was tested: a task, or `composite`.
        unit: String,
        /// Further items with which there would be four chances in five, were the ratio what it seems to be; none where
        /// it lies on the line.
        more_items: Option<u64>,
    },
    /// Items that are missing could turn it.
    TurnsWithinBounds {
        /// What was tested.
        unit: String,
    },
    /// No model was released in the window.
    EmptyWindow,
    /// The model that is the measure was not released in the window, or is not in the snapshot.
    NamedOutside {
        /// The model.
        model: String,
    },
    /// A model of the window has no results by item.
    NotRun {
        /// The model.
        model: String,
    },
    /// The question was asked more often than the rule plans for.
    TooManyLooks {
        /// This look.
        look: u32,
        /// What the rule plans for.
        planned: u32,
    },
    /// A model has no items of a task.
    NoItems {
        /// The task.
        task: String,
        /// The model.
        model: String,
    },
    /// A model's items were scored in another way than the rule says.
    OtherMetric {
        /// The task.
        task: String,
        /// The model.
        model: String,
        /// Its metric and filter.
        found: String,
    },
    /// Items were given in different words, or nobody hashed them.
    PromptsDiffer {
        /// The task.
        task: String,
        /// How many.
        items: u32,
    },
    /// The models had different budgets of tokens, or one is not stated.
    BudgetsDiffer {
        /// The frontier's model.
        model: String,
    },
    /// How hard a model was told to think is not stated.
    EffortUnknown {
        /// The model.
        model: String,
    },
    /// Items have no answer, and the rule says that then nothing is shown.
    MissingItems {
        /// The task.
        task: String,
        /// How many.
        items: u32,
    },
    /// There are fewer pairs than the rule asks for.
    TooFewItems {
        /// The task.
        task: String,
        /// Pairs that there are.
        pairs: u32,
        /// What the rule asks for.
        least: u32,
    },
    /// Items whose cluster nobody says.
    ClusterUnknown {
        /// The task.
        task: String,
        /// How many.
        items: u32,
    },
    /// Items that the models' files put into different clusters.
    ClustersDiffer {
        /// The task.
        task: String,
        /// How many.
        items: u32,
    },
    /// Fewer than two clusters have no spread.
    TooFewClusters {
        /// The task.
        task: String,
        /// How many.
        clusters: u32,
    },
    /// The frontier scores no better than guessing, so there is no ratio.
    NoRatio {
        /// The task or `composite`.
        unit: String,
    },
    /// One model was cut off much more often than the other.
    TruncationDiffers {
        /// The task.
        task: String,
        /// The candidate's share.
        candidate: f64,
        /// The frontier's share.
        frontier: f64,
    },
    /// One model's answers could be read much less often than the other's.
    ExtractionDiffers {
        /// The task.
        task: String,
        /// The candidate's share of answers that were not read.
        candidate: f64,
        /// The frontier's share.
        frontier: f64,
    },
}
