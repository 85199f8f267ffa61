//! The tally: the score tree worked out for every candidate.

use std::collections::BTreeMap;

use rulebook::{Exact, Id};

use crate::{EvaluatorId, TeamId};

/// The score tree worked out for every candidate that did not withdraw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The candidates.
    pub teams: BTreeMap<TeamId, TeamTally>,
}

/// The score tree worked out for one team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamTally {
    /// The points on every node that has a value for the team.
    pub points: BTreeMap<Id, Exact>,
    /// At every node with an aggregator, each evaluator's value before aggregation; at every node below it, each
    /// evaluator's points there.
    pub by_evaluator: BTreeMap<Id, BTreeMap<EvaluatorId, Exact>>,
    /// The lowest node that has no value for the team because something is not applicable to it, if there is one.
    /// The root then has no value either.
    pub not_applicable: Option<Id>,
}
