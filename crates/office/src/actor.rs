//! Actors: a person in the role in which they act. That the person is who they say is proven before this room.

use programme::{EvaluatorId, PersonId};

/// A person in the role in which they act.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// An officer of the programme.
    Officer(PersonId),
    /// Somebody who acts for an organisation.
    Applicant(PersonId),
    /// An evaluator, in one stage.
    Evaluator(PersonId),
    /// A reviewer of objections.
    Reviewer(PersonId),
    /// An auditor.
    Auditor(PersonId),
    /// Anybody.
    Public,
}

/// The role of an actor, without the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActorRole {
    /// Runs the programme.
    Officer,
    /// Acts for an organisation.
    Applicant,
    /// Judges teams.
    Evaluator,
    /// Hears objections.
    Reviewer,
    /// Reads everything, changes nothing.
    Auditor,
    /// Anybody.
    Public,
}

impl ActorRole {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Officer, Self::Applicant, Self::Evaluator, Self::Reviewer, Self::Auditor, Self::Public];
}

impl Actor {
    /// The role.
    pub fn role(&self) -> ActorRole {
        match self {
            Self::Officer(_) => ActorRole::Officer,
            Self::Applicant(_) => ActorRole::Applicant,
            Self::Evaluator(_) => ActorRole::Evaluator,
            Self::Reviewer(_) => ActorRole::Reviewer,
            Self::Auditor(_) => ActorRole::Auditor,
            Self::Public => ActorRole::Public,
        }
    }

    /// The person, unless it is anybody.
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Officer(person)
            | Self::Applicant(person)
            | Self::Evaluator(person)
            | Self::Reviewer(person)
            | Self::Auditor(person) => Some(person),
            Self::Public => None,
        }
    }
}

impl std::fmt::Display for ActorRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Officer => "officer",
            Self::Applicant => "applicant",
            Self::Evaluator => "evaluator",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
            Self::Public => "public",
        })
    }
}

/// Who sits behind a pseudonym; known to the office alone and never written into the record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unmasked {
    /// The pseudonym.
    pub(crate) evaluator: EvaluatorId,
    /// The person.
    pub(crate) person: PersonId,
}
