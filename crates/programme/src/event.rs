//! Events: what anybody did. The state of a programme is a fold over them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use rulebook::{Format, Id, TieKind};
use serde::{Deserialize, Serialize};

use crate::{
    CutLine, Decision, EvaluatorId, Finding, Measurement, ObjectionId, OrganisationFacts, OrganisationId, PersonId,
    Seed, Sheet, TeamId,
};

/// One event as the record holds it: when, by whom, what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// When; never earlier than the event before it.
    pub at: Timestamp,
    /// By whom.
    pub by: By,
    /// What.
    pub event: Event,
}

/// Who did something, in which role.
///
/// An evaluator acts under the pseudonym of the stage: who that is stands outside the record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "role", content = "name")]
pub enum By {
    /// An officer of the programme.
    Officer(PersonId),
    /// Somebody who acts for a team.
    Applicant(PersonId),
    /// An evaluator.
    Evaluator(EvaluatorId),
    /// A reviewer of objections.
    Reviewer(PersonId),
    /// Somebody who speaks for themselves, in no role: an evaluator about their own ties, which a pseudonym cannot have.
    Person(PersonId),
}

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Officer(person) => write!(f, "officer {person}"),
            Self::Applicant(person) => write!(f, "applicant {person}"),
            Self::Evaluator(evaluator) => write!(f, "evaluator {evaluator}"),
            Self::Reviewer(person) => write!(f, "reviewer {person}"),
            Self::Person(person) => write!(f, "person {person}"),
        }
    }
}

/// A digest of something that lies outside the record: SHA-256 over a random salt and its bytes, as lower-case hex.
///
/// Erasing what it stands for leaves a number that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// A stage of one intake window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageKey {
    /// The window; `call` for a single intake.
    pub window: Id,
    /// The stage.
    pub stage: Id,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "type")]
#[expect(missing_docs, reason = "fields are named like what they hold, and every variant says what happened")]
#[expect(
    clippy::large_enum_variant,
    reason = "events are few and live briefly; a decision in a box would only be harder to read"
)]
pub enum Event {
    /// A person became known; name and address lie outside the record.
    PersonRegistered { person: PersonId, profile: Sealed },
    /// It was proven who a person is, outside of e-mail.
    IdentityResolved { person: PersonId, method: String },
    /// A person was made an officer, an auditor or a reviewer, or acts for an organisation.
    ///
    /// A second officer stands beside the first where the role is that of an officer: else one alone could make the
    /// second whom every decision takes. Only the founders have nobody beside them.
    RoleGranted {
        person: PersonId,
        role: Role,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    },
    /// A person declared their ties.
    TiesDeclared { person: PersonId, ties: Vec<Tie> },
    /// An organisation became known.
    OrganisationRegistered { organisation: OrganisationId, name: String },
    /// Facts about an organisation were established, with their evidence; they replace earlier ones.
    FactsEstablished { organisation: OrganisationId, facts: OrganisationFacts, evidence: String },

    /// The rulebook was adopted: the promise.
    RulebookAdopted { hash: String, text: String, second: PersonId },
    /// The rulebook was amended; stages that have opened keep the rules under which they opened.
    RulebookAmended { hash: String, text: String, reason: String, second: PersonId },

    /// A team began an application.
    ApplicationStarted { team: TeamId, window: Id, name: String, lead: OrganisationId },
    /// A member organisation was invited into the team.
    MemberInvited { team: TeamId, organisation: OrganisationId },
    /// A member organisation consented.
    MemberConsented { team: TeamId, organisation: OrganisationId },
    /// A document was put into the application; one of the same kind is replaced.
    DocumentAdded { team: TeamId, document: Document },
    /// The application was submitted.
    ApplicationSubmitted { team: TeamId },
    /// An application came too late and was refused.
    ApplicationRefused { team: TeamId, because: String },
    /// The team withdrew.
    TeamWithdrew { team: TeamId },
    /// The team was told of a formal gap and may mend it until then.
    SupplementAsked { team: TeamId, what: String, until: Timestamp },

    /// A stage opened, under the rulebook of this hash, for these teams.
    StageOpened { key: StageKey, rulebook: String, candidates: BTreeSet<TeamId> },
    /// A pool of candidate evaluators was fixed, and the sources of the seed that draws from it were announced.
    PoolCommitted { key: StageKey, panel: Id, pool: Pool },
    /// Evaluators were named to a panel that is not drawn.
    PanelNamed { key: StageKey, panel: Id, pool: Vec<PoolEntry>, second: PersonId },
    /// The sources of the seed for ties at the line were announced.
    SeedAnnounced { key: StageKey, announcement: SeedAnnouncement },
    /// The announced sources have their values.
    SeedFixed { key: StageKey, purpose: SeedPurpose, seed: Seed },
    /// The panel was seated by the draw.
    PanelSeated { key: StageKey, panel: Id, draw: Draw },
    /// A drawn evaluator does not sit; the next in the same order does.
    SeatDeclined { key: StageKey, panel: Id, evaluator: EvaluatorId, because: String },
    /// An evaluator signed the pledge.
    PledgeSigned { key: StageKey },
    /// An evaluator does not judge a team.
    EvaluatorRecused { key: StageKey, evaluator: EvaluatorId, team: TeamId, because: String },
    /// Two officers excused an evaluator who does not answer, or is found too close, from judging these teams.
    EvaluatorExcused {
        key: StageKey,
        evaluator: EvaluatorId,
        teams: BTreeSet<TeamId>,
        because: String,
        second: PersonId,
    },
    /// An evaluator sealed a sheet; the content is known to nobody until all are revealed.
    SheetSealed { key: StageKey, team: TeamId, sheet: Sealed },
    /// An evaluator was reminded of missing sheets.
    SheetsChased { key: StageKey, evaluator: EvaluatorId, teams: BTreeSet<TeamId> },
    /// The review was made longer, for every evaluator.
    ReviewExtended { key: StageKey, until: Timestamp, because: String, second: PersonId },
    /// All sheets were opened together.
    SheetsRevealed { key: StageKey, sheets: Vec<OpenedSheet> },
    /// Something was measured.
    Measured { key: StageKey, team: TeamId, leaf: Id, measurement: Measurement, source: String },
    /// Two officers found something about a gate.
    FindingEntered { key: StageKey, team: TeamId, gate: Id, finding: Finding, second: PersonId },
    /// An officer proposed the decision that the rules make of the facts.
    DecisionProposed { key: StageKey, decision: Decision, cut_line: Option<CutLine> },
    /// A second officer confirmed it.
    DecisionConfirmed { key: StageKey },
    /// The teams had notice; objection clocks run from here.
    NoticeGiven { key: StageKey },
    /// The decision was published.
    DecisionPublished { key: StageKey },

    /// A team objected.
    ObjectionFiled { objection: ObjectionId, key: StageKey, team: TeamId, ground: Id, text: Sealed },
    /// Reviewers were appointed who did not sit on the panel.
    ReviewersAppointed { objection: ObjectionId, reviewers: BTreeSet<PersonId> },
    /// A reviewer gave an opinion.
    ObjectionReviewed { objection: ObjectionId, upheld: bool, because: String },
    /// The objection was decided; one that is upheld sets the decision aside.
    ObjectionDecided { objection: ObjectionId, upheld: bool, because: String },

    /// A kept team signed its agreement.
    AgreementSigned { team: TeamId, agreement: Sealed },
    /// The programme signed it too.
    AgreementCountersigned { team: TeamId },
    /// What stood behind these digests was erased.
    Erased { sealed: BTreeSet<Sealed>, because: String, second: PersonId },
}

/// A role that a person holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum Role {
    /// Runs the programme.
    Officer,
    /// Acts for an organisation.
    Applicant {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Hears objections.
    Reviewer,
    /// Reads everything, changes nothing.
    Auditor,
}

/// A tie between a person and an organisation or another person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tie {
    /// Of what kind.
    pub kind: TieKind,
    /// With whom.
    pub with: Party,
    /// The day on which it ended; it goes on where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Date>,
    /// What it is: "outside director", "joint grant".
    pub what: String,
}

/// An organisation or a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// An organisation.
    Organisation(OrganisationId),
    /// A person.
    Person(PersonId),
}

/// A document of an application; its bytes lie outside the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Which of the application's documents it is.
    pub kind: Id,
    /// Its format.
    pub format: Format,
    /// Its pages, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub content: Sealed,
}

/// A pool of candidate evaluators, fixed before the seed that draws from it can be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The candidates, by pseudonym.
    pub entries: Vec<PoolEntry>,
    /// The seed that will draw.
    pub seed: SeedAnnouncement,
}

/// A candidate evaluator in a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolEntry {
    /// The pseudonym for this stage.
    pub evaluator: EvaluatorId,
    /// The person, sealed.
    pub person: Sealed,
    /// The field, where the panel keeps seats by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Id>,
    /// A label shared by the candidates of one organisation in this pool, and by nobody else.
    pub organisation: String,
    /// The teams that this candidate is too close to, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conflicts: BTreeMap<TeamId, Vec<TieKind>>,
}

/// What will make a seed, announced before anyone can know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAnnouncement {
    /// The public sources, in order.
    pub sources: Vec<String>,
    /// The first moment at which their values can be known.
    pub known_from: Timestamp,
}

/// What a seed is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedPurpose {
    /// To draw this panel.
    Panel(Id),
    /// To break ties at the line.
    Ties,
}

/// What a draw made of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Who sits.
    pub seated: Vec<EvaluatorId>,
    /// Who was passed over, and why, in the order of the draw.
    pub passed_over: Vec<PassedOver>,
}

/// A candidate passed over by a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassedOver {
    /// The candidate.
    pub evaluator: EvaluatorId,
    /// Why.
    pub because: PassedOverBecause,
}

/// Why a candidate was passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum PassedOverBecause {
    /// Too close to these teams.
    Conflict {
        /// The teams.
        teams: BTreeSet<TeamId>,
    },
    /// Declined, or could not sit.
    Declined,
    /// The organisation has its most seats.
    Organisation,
    /// The field has its seats.
    Field,
}

/// A sealed sheet, opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedSheet {
    /// The sheet.
    pub sheet: Sheet,
    /// The salt under which it was sealed, as lower-case hex.
    pub salt: String,
}
