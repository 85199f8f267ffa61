//! A decision: who is kept and why, step by step, each step with the clause behind it.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Exact, Id};
use serde::{Deserialize, Serialize};

use crate::{EvaluatorId, TeamId};

/// What the rules make of the facts of one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The stage.
    pub stage: Id,
    /// The intake window.
    pub window: Id,
    /// The teams that go on.
    pub kept: BTreeSet<TeamId>,
    /// Every candidate, and what became of it.
    pub teams: BTreeMap<TeamId, Outcome>,
    /// The order of the teams that have a total, the highest first; teams in one group are equal and nothing hung on
    /// their order. Where the tie ladder separated a group, it stands here separated; teams that are equal to it but that
    /// the cut does not count, because a gate bars them, follow it as a group of their own.
    pub order: Vec<BTreeSet<TeamId>>,
    /// How a tie at the line was broken, if there was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ties: Vec<TieBreak>,
    /// What was done, in order, each with its clause.
    pub steps: Vec<Step>,
}

/// What became of one candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its points on every node of the score tree that has a value for it, the root included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<Id, Exact>,
    /// Its total; none where the stage has no score, or a mark or measurement is not applicable to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Exact>,
    /// Its place: one more than the number of candidates before it; equal teams share a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// How it stands at every gate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<Id, GateOutcome>,
    /// Why it goes out; empty where it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// How a team stands at a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateOutcome {
    /// Whether it passes.
    pub passed: bool,
    /// The votes, where the gate is voted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<VoteCount>,
}

/// Votes counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteCount {
    /// For "met".
    pub met: u32,
    /// For "not met".
    pub not_met: u32,
    /// Neither.
    pub abstained: u32,
}

/// Why a team goes out. A team can have several reasons; all are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum Reason {
    /// It withdrew.
    Withdrawn,
    /// An eligibility rule is not met.
    NotEligible {
        /// The clause.
        clause: String,
        /// What is not so.
        because: String,
    },
    /// A gate is not passed.
    GateFailed {
        /// The clause.
        clause: String,
        /// The gate.
        gate: Id,
    },
    /// It has no total, because something is not applicable to it.
    NoTotal {
        /// The clause of the score tree that has no value.
        clause: String,
    },
    /// Its total is below the threshold.
    BelowThreshold {
        /// The clause.
        clause: String,
        /// Its total.
        total: Exact,
        /// The threshold.
        at_least: Exact,
    },
    /// The panel's majority did not vote to keep it.
    NoMajority {
        /// The clause.
        clause: String,
        /// The votes.
        votes: VoteCount,
    },
    /// Its place is below the line.
    BelowLine {
        /// The clause.
        clause: String,
        /// Its place among those that the cut counts, the tie ladder considered: one more than the number before it.
        place: u32,
        /// The last place that is kept.
        keep: u32,
    },
}

/// How a group of equal teams at the line was put in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TieBreak {
    /// The clause of the rung.
    pub clause: String,
    /// The equal teams.
    pub teams: BTreeSet<TeamId>,
    /// The order that the rung gives them, equal teams together; one group where the rung separates nobody.
    pub order: Vec<BTreeSet<TeamId>>,
}

/// One step of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The clause of the rulebook, for example `stage.written.cut.keep`.
    pub clause: String,
    /// What it did.
    pub did: StepKind,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StepKind {
    /// Candidates that withdrew were left out.
    LeftOut {
        /// The teams.
        teams: BTreeSet<TeamId>,
    },
    /// Eligibility was checked.
    Checked {
        /// The teams that do not meet the rule.
        failed: BTreeSet<TeamId>,
    },
    /// A node of the score tree was worked out.
    Scored {
        /// The teams with a value.
        valued: u32,
    },
    /// A gate was applied.
    Gated {
        /// The teams that it fails.
        failed: BTreeSet<TeamId>,
    },
    /// A condition of the cut was applied.
    Cut {
        /// The teams that it puts out.
        out: BTreeSet<TeamId>,
    },
    /// A rung of the tie ladder was used.
    Tie {
        /// The teams that were equal.
        teams: BTreeSet<TeamId>,
    },
}

/// Why nothing can be decided yet: every gap, not just the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the stage cannot be decided yet: {}", list(.gaps))]
pub struct Undecided {
    /// What is missing or wrong.
    pub gaps: Vec<Gap>,
}

fn list(gaps: &[Gap]) -> String {
    gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Something missing or wrong among the facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Gap {
    /// The rulebook has no such stage.
    #[error("the rulebook has no stage `{stage}`")]
    NoSuchStage {
        /// The stage.
        stage: Id,
    },
    /// The rulebook leaves something unset.
    #[error("the rulebook leaves `{clause}` unset")]
    Unset {
        /// What.
        clause: String,
    },
    /// A panel is not full.
    #[error("panel `{panel}` has {sitting} of {seats} evaluators")]
    PanelNotFull {
        /// The panel.
        panel: Id,
        /// How many sit.
        sitting: u32,
        /// How many should.
        seats: u32,
    },
    /// A sheet is not in.
    #[error("evaluator `{evaluator}` has no sheet for team `{team}`")]
    NoSheet {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
    },
    /// A sheet stands twice.
    #[error("evaluator `{evaluator}` has two sheets for team `{team}`")]
    TwoSheets {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
    },
    /// A sheet by somebody who may not judge that team, or for somebody who does not stand here.
    #[error("evaluator `{evaluator}` has no business with a sheet for team `{team}`")]
    StraySheet {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
    },
    /// An evaluator sits on two panels of the stage, so what a sheet of theirs should hold cannot be said.
    #[error("evaluator `{evaluator}` sits on more than one panel of the stage")]
    TwoPanels {
        /// Who.
        evaluator: EvaluatorId,
    },
    /// A mark is not on its sheet.
    #[error("evaluator `{evaluator}` gave team `{team}` no mark on `{criterion}`")]
    NoMark {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
        /// On what.
        criterion: Id,
    },
    /// A mark is out of range, off the step, or on something that is no criterion of the evaluator's panel.
    #[error("evaluator `{evaluator}` gave team `{team}` a mark on `{criterion}` that the rulebook does not know")]
    BadMark {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
        /// On what.
        criterion: Id,
    },
    /// A vote is not on its sheet.
    #[error("evaluator `{evaluator}` did not vote on `{question}` for team `{team}`")]
    NoVote {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
        /// On what: a gate, or `keep`.
        question: Id,
    },
    /// A vote on something that the evaluator's panel does not vote on.
    #[error("evaluator `{evaluator}` voted on `{question}` for team `{team}`, which is not for the panel to vote on")]
    StrayVote {
        /// Whose.
        evaluator: EvaluatorId,
        /// For whom.
        team: TeamId,
        /// On what: a gate, or `keep`.
        question: Id,
    },
    /// Too few evaluators judge a team: below the quorum, or too few for the aggregator.
    #[error("team `{team}` has {sheets} sheets at `{at}`, fewer than {fewest}")]
    TooFewSheets {
        /// The team.
        team: TeamId,
        /// The panel, or the node whose aggregator has too few values.
        at: Id,
        /// How many there are.
        sheets: u32,
        /// How many there must be.
        fewest: u32,
    },
    /// A measurement is not in, or an item of it.
    #[error("team `{team}` has no measurement of `{item}` at `{leaf}`")]
    NoMeasurement {
        /// The team.
        team: TeamId,
        /// The leaf.
        leaf: Id,
        /// The item.
        item: Id,
    },
    /// A measurement is out of range, has no usable target, or is of something that the leaf does not know.
    #[error("team `{team}` has a measurement of `{item}` at `{leaf}` that the rulebook does not know")]
    BadMeasurement {
        /// The team.
        team: TeamId,
        /// The leaf.
        leaf: Id,
        /// The item.
        item: Id,
    },
    /// A finding is not in.
    #[error("nothing is found about team `{team}` at gate `{gate}`")]
    NoFinding {
        /// The team.
        team: TeamId,
        /// The gate.
        gate: Id,
    },
    /// An application's facts are not in.
    #[error("team `{team}` has no application among the facts")]
    NoApplication {
        /// The team.
        team: TeamId,
    },
    /// Something that an eligibility rule asks about is not known.
    #[error("for rule `{rule}`, team `{team}`: {unknown} is not known")]
    Unknown {
        /// The rule.
        rule: Id,
        /// The team.
        team: TeamId,
        /// What.
        unknown: String,
    },
    /// A tie at the line needs the public seed.
    #[error("teams {} are equal at the line and the public seed is not known yet", names(.teams))]
    NoSeed {
        /// The equal teams.
        teams: BTreeSet<TeamId>,
    },
    /// Nobody would be kept, and the rulebook does not allow that.
    #[error("nobody would be kept, and `{clause}` does not allow that")]
    Nobody {
        /// The clause.
        clause: String,
    },
}

fn names(teams: &BTreeSet<TeamId>) -> String {
    teams.iter().map(|team| format!("`{team}`")).collect::<Vec<_>>().join(", ")
}
