//! The tie ladder names what it compares and ends with the seed.

use super::{aggregation, walk};
use crate::{Id, Node, Rulebook, Rung, Stage, place::Place, problem::Problems, suggest};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        let at = place.key("ties");
        for (index, rung) in stage.ties.iter().enumerate() {
            let last = index + 1 == stage.ties.len();
            rung_stands(&at.index(index), rung, last, stage, problems);
            if stage.ties.iter().take(index).any(|earlier| earlier == rung) {
                problems.error(at.index(index), "this rung stands above already", "leave it out");
            }
        }
    }
}

fn rung_stands(at: &Place, rung: &Rung, last: bool, stage: &Stage, problems: &mut Problems) {
    match rung {
        Rung::Seed if !last => {
            problems.error(at.clone(), "the seed leaves no tie, so what follows is never reached", "put it last");
        }
        Rung::Seed => {}
        _ if last => {
            let right = "end the ladder with \"seed\": everything before it can be equal too";
            problems.error(at.clone(), "teams can still be equal after the last rung", right);
            compared(at, rung, stage, problems);
        }
        _ => compared(at, rung, stage, problems),
    }
}

fn compared(at: &Place, rung: &Rung, stage: &Stage, problems: &mut Problems) {
    let (key, id, per_evaluator) = match rung {
        Rung::Higher(id) => ("higher", id, false),
        Rung::MedianAt(id) => ("median-at", id, true),
        Rung::PreferredAt(id) => ("preferred-at", id, true),
        Rung::Seed => return,
    };
    let Some(node) = stage.score.as_ref().and_then(|root| root.find(id)) else {
        return unknown_node(at.key(key), id, stage, problems);
    };
    if per_evaluator && node.aggregate.is_none() {
        let with: Vec<_> = nodes(stage).filter(|node| node.aggregate.is_some()).map(|node| node.id.as_str()).collect();
        let right = format!("name a node with an aggregator: {}", suggest::list(&with));
        problems.error(at.key(key), format!("`{id}` has no value per evaluator to compare"), right);
    }
    if !per_evaluator {
        has_team_points(at.key(key), node, stage, problems);
    }
}

/// Reports a node below an aggregator: it has marks of evaluators there, but no points of the team.
pub(super) fn has_team_points(place: Place, node: &Node, stage: &Stage, problems: &mut Problems) {
    if let Some(aggregation::Level::Evaluators(_)) = aggregation::after(node) {
        let with = nodes(stage).filter(|node| aggregation::after(node) == Some(aggregation::Level::Team));
        let with: Vec<_> = with.map(|node| node.id.as_str()).collect();
        let wrong = format!("`{}` stands below the aggregator, so a team has no points on it", node.id);
        problems.error(place, wrong, format!("name a node at the aggregator or above: {}", suggest::list(&with)));
    }
}

fn nodes(stage: &Stage) -> impl Iterator<Item = &Node> {
    stage.score.iter().flat_map(Node::walk)
}

/// Reports a node that the stage's score tree does not have.
pub(super) fn unknown_node(place: Place, id: &Id, stage: &Stage, problems: &mut Problems) {
    let wrong = format!("the score tree of stage `{}` has no node `{id}`", stage.id);
    problems.error(place, wrong, suggest::instead(id.as_str(), nodes(stage).map(|node| node.id.as_str())));
}
