//! The rulebook: everything that a programme promised before the deadline, in one file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Application, Calendar, Compute, Conflicts, Disclosure, EligibilityRule, Frontier, Id, Intake, Language,
    LineagePolicy, Objections, Openness, Stage, Text,
};

/// A programme's rulebook: one TOML file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    /// The programme.
    pub programme: Programme,
    /// What was never published or is undecided in the sources, and was chosen for this file.
    #[serde(default, rename = "choice", skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The calendar that clocks count by.
    pub calendar: Calendar,
    /// When teams may apply, and which.
    pub intake: Intake,
    /// What an application holds.
    #[serde(default)]
    pub application: Application,
    /// What a team must be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligibility: Vec<EligibilityRule>,
    /// When an evaluator is too close to a team.
    #[serde(default)]
    pub conflicts: Conflicts,
    /// The stages, in order.
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
    /// What a team may contest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objections: Option<Objections>,
    /// What a kept team signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// How long teams develop, and what a late team gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development: Option<Development>,
    /// Who sees what, from when.
    #[serde(default)]
    pub disclosure: Disclosure,
    /// Where each component of a model may come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineage: Option<LineagePolicy>,
    /// How open the model must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openness: Option<Openness>,
    /// What counts as a unit of compute, and what is granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute: Option<Compute>,
    /// What "as good as the frontier" means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontier: Option<Frontier>,
}

/// The programme that a rulebook is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// The programme.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// Who runs it.
    pub operator: Text,
    /// The languages it speaks.
    pub languages: Vec<Language>,
    /// Where its rules were published: addresses or titles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// A rule that no source states and that was chosen for this file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The rule's place, for example `stage.written.panel.experts.seats`.
    pub about: String,
    /// Why it is what it is.
    pub because: Text,
}

/// How long teams develop before a stage measures them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Development {
    /// The months.
    pub months: u32,
    /// What a team gets that joins late.
    pub late_teams: LateTeams,
}

/// What a team gets that joins late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LateTeams {
    /// As many months as the others, so its clock ends later.
    EqualLength,
    /// The same end as the others.
    SameEnd,
}

impl Rulebook {
    /// The stage called `id`.
    pub fn stage(&self, id: &Id) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// The stage before `id`, if it has one.
    pub fn stage_before(&self, id: &Id) -> Option<&Stage> {
        let place = self.stages.iter().position(|stage| stage.id == *id)?;
        self.stages.get(place.checked_sub(1)?)
    }
}
