//! The frontier on one day: which models there were, when they were released, and what they earned item by item.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};

use super::scores::{Protocol, Scores, ScoresFault, TaskScores};

/// A dated, frozen list of models. Once a verdict was given by it, it is not edited: another day is another snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Snapshot {
    /// What people call it.
    pub name: String,
    /// The day on which it was frozen; the window ends with it.
    pub frozen_on: Date,
    /// The models, in any order.
    pub models: Vec<SnapshotModel>,
}

/// A model of the frontier, or one that might be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SnapshotModel {
    /// The model.
    pub name: String,
    /// Who made it.
    pub developer: String,
    /// The day on which the public could first use it.
    pub released_on: Date,
    /// Where that day was published: an address or a citation.
    pub release_source: String,
    /// What shows that the public can use it.
    pub release_evidence: String,
    /// How it was asked; none where it was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Its items, where it was run.
    #[serde(default)]
    pub tasks: BTreeMap<String, TaskScores>,
    /// Totals that others published: context, never part of a ratio.
    #[serde(default)]
    pub published: Vec<Published>,
}

/// A total that somebody published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Published {
    /// What was measured.
    pub measure: String,
    /// The figure, as it was published.
    pub value: String,
    /// What kind of figure it is; an Elo or an index has no ratio.
    pub kind: PublishedKind,
    /// Where it was published.
    pub source: String,
}

/// What kind of figure a published total is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublishedKind {
    /// A share of items.
    Proportion,
    /// A rating from comparisons; only differences have a meaning.
    Elo,
    /// A mixture of several measures.
    Index,
    /// Something else.
    Other,
}

/// The models of a snapshot, told apart by a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day: the snapshot's.
    pub to: Date,
    /// Models that were released in it, by name.
    pub inside: Vec<String>,
    /// Models that were not.
    pub outside: Vec<Outside>,
}

/// A model outside the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outside {
    /// The model.
    pub model: String,
    /// When it was released.
    pub released_on: Date,
    /// On which side of the window.
    pub because: OutsideBecause,
}

/// On which side of the window a release lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutsideBecause {
    /// It is older.
    BeforeTheWindow,
    /// It came after the snapshot was frozen.
    AfterTheSnapshot,
}

/// What is wrong with a snapshot.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SnapshotFault {
    /// Two models share a name.
    #[error("the snapshot has two models called `{0}`; give each a name of its own")]
    Twice(String),
    /// A release without a source cannot be checked by anybody.
    #[error("model `{model}` has no `{field}`; say where the release was published and what shows it")]
    NoSource {
        /// The model.
        model: String,
        /// The empty field.
        field: &'static str,
    },
    /// Items without a word on how they were asked for.
    #[error("model `{0}` has items but no protocol; say how it was asked, or leave the items out")]
    NoProtocol(String),
    /// The window reaches back before dates begin.
    #[error("a window of {months} months before {to} is no span of dates; write a shorter one")]
    Window {
        /// The window.
        months: u32,
        /// The snapshot's day.
        to: Date,
    },
    /// Its items have a fault.
    #[error(transparent)]
    Scores(#[from] ScoresFault),
}

impl Snapshot {
    /// Whether releases have their sources and items stand once; the first fault found.
    ///
    /// # Errors
    ///
    /// The model, and what is wrong with it.
    pub fn check(&self) -> Result<(), SnapshotFault> {
        let mut seen = std::collections::BTreeSet::new();
        for model in &self.models {
            if !seen.insert(&model.name) {
                return Err(SnapshotFault::Twice(model.name.clone()));
            }
            let sources = [("release-source", &model.release_source), ("release-evidence", &model.release_evidence)];
            if let Some((field, _)) = sources.into_iter().find(|(_, words)| words.trim().is_empty()) {
                return Err(SnapshotFault::NoSource { model: model.name.clone(), field });
            }
            if model.protocol.is_none() && !model.tasks.is_empty() {
                return Err(SnapshotFault::NoProtocol(model.name.clone()));
            }
            if let Some(scores) = model.scores() {
                scores.check()?;
            }
        }
        Ok(())
    }

    /// The window of `months` calendar months up to the snapshot's day, and which models were released in it.
    ///
    /// The first day has the same number as the snapshot's, `months` months before, and counts as inside; where that
    /// month has no such day it is the month's last (six months before 31 August is 28 or 29 February).
    ///
    /// # Errors
    ///
    /// A window that reaches back before dates begin.
    pub fn window(&self, months: u32) -> Result<Window, SnapshotFault> {
        let to = self.frozen_on;
        let span = Span::new().try_months(months).ok();
        let from = span.and_then(|span| to.checked_sub(span).ok()).ok_or(SnapshotFault::Window { months, to })?;
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for model in &self.models {
            let because = match model.released_on {
                day if day < from => OutsideBecause::BeforeTheWindow,
                day if day > to => OutsideBecause::AfterTheSnapshot,
                _ => {
                    inside.push(model.name.clone());
                    continue;
                }
            };
            outside.push(Outside { model: model.name.clone(), released_on: model.released_on, because });
        }
        inside.sort();
        outside.sort_by(|one, other| one.model.cmp(&other.model));
        Ok(Window { from, to, inside, outside })
    }

    /// The model called `name`.
    pub(crate) fn model(&self, name: &str) -> Option<&SnapshotModel> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl SnapshotModel {
    /// Its items, where it was run.
    pub fn scores(&self) -> Option<Scores> {
        let protocol = self.protocol.clone()?;
        (!self.tasks.is_empty()).then(|| Scores { model: self.name.clone(), protocol, tasks: self.tasks.clone() })
    }
}
