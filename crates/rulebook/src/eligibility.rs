//! Eligibility: typed conditions over a team's organisations, members and documents.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Id, Text};

/// One condition that a team must meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EligibilityRule {
    /// The rule.
    pub id: Id,
    /// The condition in words.
    pub text: Text,
    /// The condition.
    pub require: TeamCondition,
}

/// A condition on a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TeamCondition {
    /// The lead organisation meets this.
    Lead(OrganisationCondition),
    /// Every organisation of the team meets this, the lead included.
    EveryMember(OrganisationCondition),
    /// At least one organisation of the team meets this, the lead included.
    AnyMember(OrganisationCondition),
    /// The number of organisations, the lead included.
    Members {
        /// At least so many.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<u32>,
        /// At most so many.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<u32>,
    },
    /// Every required document is there, in a format and length that is taken.
    CompleteDocuments,
    /// No organisation of this role stands in another application of the same window.
    OneTeamPer(MemberRole),
    /// All of these.
    AllOf(Vec<TeamCondition>),
    /// At least one of these.
    AnyOf(Vec<TeamCondition>),
    /// Not this.
    Not(Box<TeamCondition>),
}

/// Which organisations a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemberRole {
    /// The lead.
    Lead,
    /// Any organisation of the team.
    Any,
}

/// A condition on an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OrganisationCondition {
    /// Established in one of these countries (ISO 3166-1 alpha-2).
    EstablishedIn(BTreeSet<Country>),
    /// Controlled, in the end, from one of these countries.
    ControlledFrom(BTreeSet<Country>),
    /// Of one of these kinds.
    Kind(BTreeSet<OrganisationKind>),
    /// Has trained a model of at least so many parameters, in thousand millions.
    TrainedParametersBillion(u32),
    /// Students take part in the work.
    StudentsTakePart,
    /// Holds a certificate that is valid when the window closes.
    Certificate(Id),
    /// Not barred from public programmes when the window closes.
    NotBarred,
    /// All of these.
    AllOf(Vec<OrganisationCondition>),
    /// At least one of these.
    AnyOf(Vec<OrganisationCondition>),
    /// Not this.
    Not(Box<OrganisationCondition>),
}

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Country(#[schemars(regex(pattern = r"^[A-Z]{2}$"))] String);

impl Country {
    /// The country with this code.
    pub fn new(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// A large firm.
    LargeFirm,
    /// A firm of middle size.
    MidFirm,
    /// A small firm or start-up.
    SmallFirm,
    /// A university.
    University,
    /// A public research institute.
    ResearchInstitute,
    /// Any other body.
    Other,
}

impl OrganisationKind {
    /// Whether it is a private firm of any size.
    pub fn is_private(self) -> bool {
        matches!(self, Self::LargeFirm | Self::MidFirm | Self::SmallFirm)
    }
}
