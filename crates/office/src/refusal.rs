//! Why the office does not do something.

use jiff::Timestamp;
use programme::{Conflict, EvaluatorId, Inconsistent, PersonId, Sealed, TeamId};
use record::{AppendError, EventError, ReadError, VaultError};

use crate::{ActorRole, CommandKind};

/// Why the office does not do something. Nothing was changed, unless the message says what was noted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum Refusal {
    #[error("{command:?} is not for the role `{role}`; it is for: {}", roles(.command))]
    NotYourRole { command: CommandKind, role: ActorRole },
    #[error("`{person}` does not hold the role `{role}`; an officer can grant it")]
    RoleNotHeld { person: PersonId, role: ActorRole },
    #[error("{0:?} takes two officers; a second one must stand beside the first")]
    TakesTwoOfficers(CommandKind),
    #[error("`{person}` does not act for team `{team}`")]
    NotYourTeam { person: PersonId, team: TeamId },
    #[error("`{person}` can only declare their own ties")]
    NotYourTies { person: PersonId },
    #[error("no window is open: {0}")]
    NoWindow(String),
    #[error("the application came too late: {because}; it was noted and refused")]
    Late { because: String },
    #[error("the application is not complete: {}", .missing.join("; "))]
    Incomplete { missing: Vec<String> },
    #[error("the document is refused: {0}")]
    BadDocument(String),
    #[error("the identity of `{person}` is not resolved, so nobody can be sure who it is; resolve it first")]
    IdentityUnresolved { person: PersonId },
    #[error("`{person}` has not declared their ties, and none declared is not none")]
    TiesUndeclared { person: PersonId },
    #[error("`{person}` is too close to team `{team}`: {}", list(.conflicts))]
    Conflict { person: PersonId, team: TeamId, conflicts: Vec<Conflict> },
    #[error("an evaluator is too close to a team that they judged: {}", .found.join("; "))]
    ConflictsFound { found: Vec<String> },
    #[error("`{person}` runs the programme, audits it or made the decision, and cannot judge in it")]
    RunsTheProgramme { person: PersonId },
    #[error("`{person}` sat on the panel and cannot hear an objection against it")]
    SatOnPanel { person: PersonId },
    #[error("`{person}` stands in the pools of this stage already; one person, one pseudonym")]
    InPoolAlready { person: PersonId },
    #[error("`{}` is no digest", .0.0)]
    NoDigest(Sealed),
    #[error("no sheet is missing")]
    NoSheetMissing,
    #[error("`{person}` has no seat in this stage")]
    NoSeat { person: PersonId },
    #[error(
        "{missing} sheets are still missing, and the review runs until {until}; chase them, make the review longer, or let two officers excuse who will not come"
    )]
    SheetsMissing { missing: usize, until: String },
    #[error("the content of the sheet of `{evaluator}` for team `{team}` is gone")]
    SheetGone { evaluator: EvaluatorId, team: TeamId },
    #[error("the rules forbid it: {0}")]
    Rules(#[from] Inconsistent),
    #[error("it is {now}, and {what} is not due before {due}")]
    TooEarly { what: &'static str, now: Timestamp, due: Timestamp },
    #[error("the event cannot be written down")]
    Event(#[from] EventError),
    #[error(
        "the record did not take it; the office has read again what the record holds, so look at that and ask again"
    )]
    Append(#[from] AppendError),
    #[error("the documents did not take it")]
    Vault(#[from] VaultError),
    #[error("the record cannot be read")]
    Read(#[from] ReadError),
    #[error("the system gives no random numbers")]
    NoRandomness,
}

fn roles(command: &CommandKind) -> String {
    command.roles().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn list(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
