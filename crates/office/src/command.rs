//! Commands: what an actor asks the office to do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use programme::{
    EvaluatorId, Finding, Mark, Measurement, ObjectionId, OrganisationFacts, OrganisationId, PersonId, Role, Sealed,
    Seed, SeedAnnouncement, SeedPurpose, StageKey, TeamId, Tie, Vote,
};
use rulebook::{Format, Id};

/// What an actor asks the office to do.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "fields are named like what they hold, and every variant says what is asked")]
pub enum Command {
    /// Make a person known.
    RegisterPerson { name: String, contact: String },
    /// State how it was proven who a person is.
    ResolveIdentity { person: PersonId, method: String },
    /// Make a person an officer, an auditor or a reviewer, or let one act for an organisation.
    GrantRole { person: PersonId, role: Role },
    /// Declare a person's ties; an officer enters them for a candidate evaluator, anybody declares their own.
    DeclareTies { person: PersonId, ties: Vec<Tie> },
    /// Make an organisation known.
    RegisterOrganisation { name: String },
    /// Establish facts about an organisation.
    EstablishFacts { organisation: OrganisationId, facts: OrganisationFacts, evidence: String },

    /// Adopt the rulebook.
    AdoptRulebook { text: String },
    /// Amend the rulebook, for what has not opened. Takes two officers.
    AmendRulebook { text: String, reason: String },

    /// Begin an application.
    StartApplication { name: String, lead: OrganisationId },
    /// Invite an organisation into a team.
    InviteMember { team: TeamId, organisation: OrganisationId },
    /// Consent to being a member.
    Consent { team: TeamId, organisation: OrganisationId },
    /// Put a document into an application.
    AddDocument { team: TeamId, kind: Id, format: Format, pages: Option<u32>, content: Vec<u8> },
    /// Submit an application.
    Submit { team: TeamId },
    /// Withdraw a team.
    Withdraw { team: TeamId },
    /// Tell a team of a formal gap that it may mend.
    AskSupplement { team: TeamId, what: String },

    /// Open a stage.
    OpenStage { key: StageKey },
    /// Fix a pool of candidate evaluators and announce the seed that will draw from it.
    CommitPool { key: StageKey, panel: Id, candidates: Vec<Candidate>, seed: SeedAnnouncement },
    /// Name a panel that is not drawn. Takes two officers.
    NamePanel { key: StageKey, panel: Id, evaluators: Vec<Candidate> },
    /// Announce the seed for ties at the line.
    AnnounceSeed { key: StageKey, seed: SeedAnnouncement },
    /// Enter the values of announced sources.
    FixSeed { key: StageKey, purpose: SeedPurpose, seed: Seed },
    /// Seat the panel that the seed draws.
    SeatPanel { key: StageKey, panel: Id },
    /// Give a seat back; seated again, the panel has the next of the same draw.
    DeclineSeat { key: StageKey, because: String },
    /// Sign the evaluator's pledge.
    SignPledge { key: StageKey },
    /// Step aside for one team.
    Recuse { key: StageKey, team: TeamId, because: String },
    /// Excuse an evaluator from judging teams: one who does not answer, or is found too close. Takes two officers.
    ExcuseEvaluator { key: StageKey, evaluator: EvaluatorId, teams: BTreeSet<TeamId>, because: String },
    /// Seal a sheet; a later one for the same team replaces it until the sheets are opened.
    SealSheet { key: StageKey, team: TeamId, marks: BTreeMap<Id, Mark>, votes: BTreeMap<Id, Vote>, keep: Option<Vote> },
    /// Remind every evaluator whose sheets are missing.
    ChaseSheets { key: StageKey },
    /// Make the review longer, for every evaluator.
    ExtendReview { key: StageKey, until: Timestamp, because: String },
    /// Open all sheets together.
    RevealSheets { key: StageKey },
    /// Enter a measurement.
    EnterMeasurement { key: StageKey, team: TeamId, leaf: Id, measurement: Measurement, source: String },
    /// Enter a finding about a gate. Takes two officers.
    EnterFinding { key: StageKey, team: TeamId, gate: Id, finding: Finding },
    /// Propose the decision that the rules make of the facts.
    ProposeDecision { key: StageKey },
    /// Confirm a decision that another officer proposed.
    ConfirmDecision { key: StageKey },
    /// Give the teams notice.
    GiveNotice { key: StageKey },
    /// Publish the decision.
    PublishDecision { key: StageKey },

    /// Object to a decision.
    FileObjection { key: StageKey, team: TeamId, ground: Id, text: String },
    /// Appoint reviewers who did not sit on the panel.
    AppointReviewers { objection: ObjectionId, reviewers: BTreeSet<PersonId> },
    /// Advise on an objection.
    ReviewObjection { objection: ObjectionId, upheld: bool, because: String },
    /// Decide an objection as most of its reviewers advise.
    DecideObjection { objection: ObjectionId, because: String },

    /// Sign the agreement for a team.
    SignAgreement { team: TeamId, text: String },
    /// Sign the agreement for the programme.
    CountersignAgreement { team: TeamId },
    /// Erase what lies behind digests. Takes two officers.
    Erase { sealed: BTreeSet<Sealed>, because: String },
}

/// A person for a pool, and the field in which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub person: PersonId,
    /// The organisation that the person works for.
    pub organisation: OrganisationId,
    /// The field, where the panel keeps seats by field.
    pub field: Option<Id>,
}
