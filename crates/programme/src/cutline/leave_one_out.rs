//! The list without one evaluator, and without one part of the score.

use std::collections::BTreeSet;

use rulebook::{Exact, Id, Node};
use serde::{Deserialize, Serialize};

use super::{
    contest::{Contest, ListChange},
    number::Column,
    scoring::{Judged, Plan},
};
use crate::{EvaluatorId, Tally, TeamId};

/// The list without one evaluator's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutEvaluator {
    /// The panel.
    pub panel: Id,
    /// Who is left out.
    pub evaluator: EvaluatorId,
    /// What changes; none where a team would have too few values for the aggregator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListChange>,
    /// A team that would have too few values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_few_for: Option<TeamId>,
}

/// The list without one part of the score: every team has nothing there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutPart {
    /// The node of the score tree.
    pub node: Id,
    /// What changes.
    pub list: ListChange,
}

/// Leaves out each evaluator of each panel in turn. An evaluator is left out everywhere; the quorum is not applied.
pub(super) fn without_evaluators(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Vec<WithoutEvaluator> {
    let judged = Judged::all(root, tally);
    let everyone: BTreeSet<(&Id, &EvaluatorId)> = judged
        .iter()
        .flat_map(|judged| {
            judged.values.iter().flatten().flat_map(|values| values.keys().map(|who| (judged.panel, who)))
        })
        .collect();
    let one = |(panel, out): (&Id, &EvaluatorId)| {
        let judged: Vec<&Judged<'_>> = judged.iter().filter(|judged| judged.panel == panel).collect();
        let columns = judged.iter().map(|judged| judged.aggregated(tally, judged.aggregator, |who| who != out));
        let (list, too_few_for) = match columns.collect::<Result<Vec<_>, TeamId>>() {
            Ok(columns) => (change(root, tally, contest, &judged, &columns), None),
            Err(team) => (None, Some(team)),
        };
        WithoutEvaluator { panel: panel.clone(), evaluator: out.clone(), list, too_few_for }
    };
    everyone.into_iter().map(one).collect()
}

/// What other values at `judged` change in the list.
pub(super) fn change(
    root: &Node,
    tally: &Tally,
    contest: &Contest<'_>,
    judged: &[&Judged<'_>],
    columns: &[Column<Exact>],
) -> Option<ListChange> {
    let free: Vec<&Id> = judged.iter().map(|judged| &judged.node.id).collect();
    contest.change(&Plan::of(root, &free, tally)?.points(columns)?)
}

/// Leaves out each node below the root at which the teams have points. What lies below an aggregator has none: there
/// the tally holds one value for each evaluator.
pub(super) fn without_parts(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Vec<WithoutPart> {
    let nothing = Column { above: vec![Exact::zero(); tally.teams.len()], below: Exact::one() };
    let one = |node: &Node| {
        let totals = Plan::of(root, &[&node.id], tally)?.points(std::slice::from_ref(&nothing))?;
        Some(WithoutPart { node: node.id.clone(), list: contest.change(&totals)? })
    };
    team_nodes(root).into_iter().skip(1).filter_map(one).collect()
}

/// The nodes at which teams have points, parents first: those that are not below an aggregator.
pub(super) fn team_nodes(root: &Node) -> Vec<&Node> {
    let mut nodes = vec![root];
    if root.aggregate.is_none() {
        nodes.extend(root.parts.iter().flat_map(team_nodes));
    }
    nodes
}
