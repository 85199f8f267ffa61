//! What each part of the score weighs: on paper, in effect, and at which weight the line would turn.
//!
//! A part that spreads the teams little weighs little, however many points it is worth.

use rulebook::{Aggregator, Exact, Id, Node};
use serde::{Deserialize, Serialize};

use super::{
    contest::Contest,
    turn::{Turn, turn},
};
use crate::{
    Figure, Tally, TeamTally, aggregate,
    reliability::{covariance, spread},
};

/// What one node of the score tree weighs, over the teams that have a total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartWeight {
    /// The node.
    pub node: Id,
    /// The most it can be worth: its weight on paper.
    pub points: Exact,
    /// From the fewest to the most points that a team has.
    pub range: Exact,
    /// The population standard deviation of the teams' points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Figure>,
    /// Its share of what separates the teams: the covariance of its points with the totals over the variance of the
    /// totals. The shares of the parts of a sum add to the share of the sum, unless an aggregator that is no mean
    /// stands above them. None where all totals are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Exact>,
    /// At which weight the first team out would be level with the last kept; for the parts of the root only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turn>,
}

/// What every node below the root weighs.
pub(super) fn weights(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Vec<PartWeight> {
    let totals = points(root, root, tally);
    let one = |node: &Node| {
        let own = points(node, root, tally);
        let pairs: Vec<(&Exact, &Exact)> = own.iter().zip(&totals).collect();
        let variance = covariance(&totals.iter().map(|total| (total, total)).collect::<Vec<_>>());
        PartWeight {
            node: node.id.clone(),
            points: node.points.clone(),
            range: own.iter().max().zip(own.iter().min()).map_or_else(Exact::zero, |(most, least)| most - least),
            spread: Figure::new(spread(own.iter())),
            share: covariance(&pairs).checked_div(&variance),
            turns: turn(root, node, tally, contest),
        }
    };
    root.walk().skip(1).map(one).collect()
}

/// The points at `node` of the teams that have a total. Below an aggregator a team has none of its own, and the mean of
/// its evaluators' points stands for them.
fn points(node: &Node, root: &Node, tally: &Tally) -> Vec<Exact> {
    let ranked = tally.teams.values().filter(|team| team.points.contains_key(&root.id));
    ranked.map(|team| team.points.get(&node.id).cloned().unwrap_or_else(|| mean_point(team, node))).collect()
}

fn mean_point(team: &TeamTally, node: &Node) -> Exact {
    let values: Vec<Exact> = team.by_evaluator.get(&node.id).into_iter().flat_map(|of| of.values().cloned()).collect();
    aggregate(&Aggregator::Mean, &values, (&Exact::zero(), &node.points)).unwrap_or_else(Exact::zero)
}
