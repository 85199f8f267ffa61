//! Points are above nothing, and parts add up to their whole.

use super::walk;
use crate::{Exact, Node, Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, node) in walk::all_nodes(book) {
        let points = &node.points;
        if points.is_zero() || points.is_negative() {
            let wrong = format!("`{}` is worth {points} points", node.id);
            problems.error(place.key("points"), wrong, "write more than 0");
        } else if node.transform.is_none() {
            untransformed(&place, node, problems);
        }
    }
}

/// Where nothing turns a value into points, the highest value is the points.
fn untransformed(place: &Place, node: &Node, problems: &mut Problems) {
    let (points, id) = (&node.points, &node.id);
    if node.is_leaf() {
        let wrong = |most: &Exact| most != points && *most > Exact::zero();
        let Some(most) = highest(node).filter(wrong) else { return };
        let wrong = format!("the highest value of `{id}` is {most}, but it is worth {points} points");
        let right = format!("write `points = {most}`, or add `transform = {{ absolute = {{ of = {most} }} }}`");
        return problems.error(place.key("points"), wrong, right);
    }
    let sum: Exact = node.parts.iter().map(|part| &part.points).sum();
    if sum != *points {
        let wrong = format!("the parts of `{id}` are worth {sum} points together, but it is worth {points}");
        let right = format!("write `points = {sum}`, or change the parts so that they add up to {points}");
        problems.error(place.key("points"), wrong, right);
    }
}

/// The highest value of a node before its transform.
pub(super) fn highest(node: &Node) -> Option<Exact> {
    match (&node.scored, &node.measured) {
        (Some(_), _) => Some(node.max_mark()),
        (None, Some(measured)) => Some(measured.max.clone()),
        (None, None) if node.is_leaf() => None,
        (None, None) => Some(node.parts.iter().map(|part| &part.points).sum()),
    }
}
