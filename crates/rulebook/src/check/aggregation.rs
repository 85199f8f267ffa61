//! Between a scored leaf and the root stands one aggregator, and a branch adds values of one kind.

use super::walk;
use crate::{Id, Node, Rulebook, place::Place, problem::Problems};

/// Whose a node's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level<'b> {
    /// One for each evaluator of this panel.
    Evaluators(&'b Id),
    /// One for the team.
    Team,
}

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        let nodes = walk::nodes(&place, stage);
        if let Some((root, node)) = nodes.first()
            && let Some(Level::Evaluators(panel)) = after(node)
        {
            let wrong = format!("nothing makes one value of the marks of panel `{panel}`");
            let right = "add `aggregate = \"mean\"` or another aggregator to the leaf or to a branch above it";
            problems.error(root.clone(), wrong, right);
        }
        for (place, node) in &nodes {
            one_kind(place, node, problems);
            aggregator_has_marks(place, node, problems);
        }
    }
}

/// Whose value leaves this node, if its parts agree.
pub(super) fn after(node: &Node) -> Option<Level<'_>> {
    if node.aggregate.is_some() { Some(Level::Team) } else { before(node) }
}

/// Whose value reaches this node's aggregator, if its parts agree.
pub(super) fn before(node: &Node) -> Option<Level<'_>> {
    match (&node.scored, &node.measured) {
        (Some(scored), _) => Some(Level::Evaluators(&scored.panel)),
        (None, Some(_)) => Some(Level::Team),
        (None, None) => {
            let mut levels = node.parts.iter().map(after);
            let first = levels.next()?;
            levels.all(|level| level == first).then_some(first).flatten()
        }
    }
}

fn one_kind(place: &Place, node: &Node, problems: &mut Problems) {
    let levels: Vec<_> = node.parts.iter().filter_map(after).collect();
    if levels.len() == node.parts.len() && !node.is_leaf() && before(node).is_none() {
        let wrong = format!("the parts of `{}` cannot be added: not all are values of the same kind", node.id);
        let right = "parts are all marks of one panel, or all one value per team; add the missing `aggregate`";
        problems.error(place.key("parts"), wrong, right);
    }
}

fn aggregator_has_marks(place: &Place, node: &Node, problems: &mut Problems) {
    if node.aggregate.is_some() && before(node) == Some(Level::Team) {
        let wrong = format!("`{}` has one value per team already, so there is nothing to aggregate", node.id);
        let right = "leave `aggregate` out: it stands once between a panel's marks and the root";
        problems.error(place.key("aggregate"), wrong, right);
    }
}
