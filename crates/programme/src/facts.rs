//! Facts: what a decision is made from, taken out of the record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rulebook::{Country, Exact, Format, Id, OrganisationKind};
use serde::{Deserialize, Serialize};

use crate::{EvaluatorId, OrganisationId, Seed, TeamId};

/// Everything that the decision of one stage depends on besides the rulebook.
///
/// What is missing is absent, never a number: [`decide`](crate::decide()) names each gap and decides nothing until it
/// is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The stage.
    pub stage: Id,
    /// The intake window whose teams stand here.
    pub window: Id,
    /// The teams that stand here, those that withdrew since included.
    pub candidates: BTreeSet<TeamId>,
    /// The candidates that withdrew.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub withdrawn: BTreeSet<TeamId>,
    /// What each candidate applied with; for stages that check eligibility.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applications: BTreeMap<TeamId, ApplicationFacts>,
    /// The day on which eligibility is judged: the window's last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// Who sits on each panel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub panels: BTreeMap<Id, BTreeSet<EvaluatorId>>,
    /// Who does not judge whom.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub recusals: BTreeSet<Recusal>,
    /// The score sheets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<Sheet>,
    /// The measurements, by team and by measured leaf of the score tree.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measurements: BTreeMap<TeamId, BTreeMap<Id, Measurement>>,
    /// The findings of officers, by team and gate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<TeamId, BTreeMap<Id, Finding>>,
    /// The public seed, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

/// An evaluator who does not judge a team.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recusal {
    /// The evaluator.
    pub evaluator: EvaluatorId,
    /// The team.
    pub team: TeamId,
}

/// One evaluator's judgement of one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The evaluator.
    pub evaluator: EvaluatorId,
    /// The team.
    pub team: TeamId,
    /// A mark for each scored leaf of the evaluator's panel.
    #[serde(default)]
    pub marks: BTreeMap<Id, Mark>,
    /// A vote for each gate that the evaluator's panel votes on.
    #[serde(default)]
    pub votes: BTreeMap<Id, Vote>,
    /// The vote to keep the team, where the cut asks for a majority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Vote>,
}

/// A mark on a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// So much.
    Given(Exact),
    /// The criterion cannot be judged for this team. It counts as no mark, never as zero.
    NotApplicable,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// It is met; keep the team.
    Met,
    /// It is not met; do not keep the team.
    NotMet,
    /// No vote; it counts for neither side and is not a vote cast.
    Abstain,
}

/// What was measured on one leaf for one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measurement {
    /// A value for each item of the leaf; the single item of a leaf without items is called like the leaf.
    Values(BTreeMap<Id, Measured>),
    /// It cannot be measured for this team. The team then has no total and cannot be ranked.
    NotApplicable,
}

/// One measured value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What the team reached.
    pub value: Exact,
    /// What its named target reached, where the leaf is a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Exact>,
}

/// What two officers found about a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Whether the gate's condition is met.
    pub met: bool,
    /// Why, in words.
    pub because: String,
}

/// What a team applied with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationFacts {
    /// The lead organisation; it is a member too.
    pub lead: OrganisationId,
    /// The organisations of the team.
    pub members: BTreeMap<OrganisationId, OrganisationFacts>,
    /// The documents handed in.
    #[serde(default)]
    pub documents: Vec<DocumentFacts>,
}

/// What is known of an organisation. What is not known is absent and decides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationFacts {
    /// Where it is established.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub established_in: Option<Country>,
    /// From where it is controlled in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controlled_from: Option<Country>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<OrganisationKind>,
    /// The largest model that it trained, in thousand million parameters; 0 where it trained none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_parameters_billion: Option<u32>,
    /// Whether students take part in the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub students_take_part: Option<bool>,
    /// Its certificates and their last valid days.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub certificates: BTreeMap<Id, Date>,
    /// Whether it is barred from public programmes on the day of judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barred: Option<bool>,
}

/// A document handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFacts {
    /// Which of the application's documents it is.
    pub kind: Id,
    /// Its format.
    pub format: Format,
    /// Its pages, where it has pages and they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
}
