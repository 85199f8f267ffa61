//! Why an event cannot have happened.

use rulebook::{ClockError, Id};

use crate::{EvaluatorId, ObjectionId, PersonId, Sealed, TeamId, Undecided, draw::PoolTooSmall};

/// Why an event cannot have happened after the events before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum Inconsistent {
    #[error("it happened before the event that stands before it")]
    TimeRunsBack,
    #[error("there is already a {what} `{name}`")]
    Twice { what: &'static str, name: String },
    #[error("there is no {what} `{name}`")]
    Unknown { what: &'static str, name: String },
    #[error("no rulebook is adopted yet")]
    NoRulebook,
    #[error("the text of the rulebook does not have the hash that it is said to have")]
    WrongHash,
    #[error("the rulebook cannot be read: {0}")]
    BadRulebook(String),
    #[error("an amendment cannot reach `{what}`, which has opened; it may only change what has not")]
    AmendsWhatOpened { what: String },
    #[error("this needs a reason")]
    NoReason,
    #[error("it takes two officers, and both are `{0}`")]
    OneOfficer(PersonId),
    #[error("`{0}` cannot be two of these: officer, auditor, applicant")]
    RolesClash(PersonId),
    #[error("team `{team}` {is}")]
    TeamIs { team: TeamId, is: &'static str },
    #[error("stage `{stage}` {is}")]
    StageIs { stage: Id, is: &'static str },
    #[error("stage `{stage}` cannot open: the rulebook leaves {} unset", list(.unset))]
    Unset { stage: Id, unset: Vec<String> },
    #[error("stage `{stage}` opens for other teams than those that stand in it")]
    WrongCandidates { stage: Id },
    #[error("panel `{panel}` {is}")]
    PanelIs { panel: Id, is: &'static str },
    #[error("the seed does not name the sources that were announced")]
    OtherSources,
    #[error("the seed stands before the moment at which it can be known")]
    SeedTooEarly,
    #[error("the panel is not the one that the seed draws from the pool")]
    WrongDraw,
    #[error(transparent)]
    PoolTooSmall(#[from] PoolTooSmall),
    #[error("evaluator `{evaluator}` {is}")]
    EvaluatorIs { evaluator: EvaluatorId, is: &'static str },
    #[error("the sheet of `{evaluator}` for team `{team}` is not the one that was sealed")]
    WrongSheet { evaluator: EvaluatorId, team: TeamId },
    #[error("not every sealed sheet is opened, and all are opened together or none")]
    SheetsLeftSealed,
    #[error(transparent)]
    Undecided(#[from] Undecided),
    #[error("the rules make another decision of the facts")]
    WrongDecision,
    #[error("the report on the line does not follow from the facts")]
    WrongCutLine,
    #[error("{missing} sheets are missing and the review is not over")]
    SheetsMissing { missing: usize },
    #[error("an open stage still needs what stands behind `{}`", .0.0)]
    StillNeeded(Sealed),
    #[error("`{who}` may not do this")]
    NotTheirs { who: String },
    #[error("objection `{objection}` {is}")]
    ObjectionIs { objection: ObjectionId, is: &'static str },
    #[error(transparent)]
    Clock(#[from] ClockError),
}

fn list(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

impl Inconsistent {
    /// There is no such thing.
    pub(crate) fn unknown(what: &'static str, name: impl ToString) -> Self {
        Self::Unknown { what, name: name.to_string() }
    }

    /// There is such a thing already.
    pub(crate) fn twice(what: &'static str, name: impl ToString) -> Self {
        Self::Twice { what, name: name.to_string() }
    }
}
