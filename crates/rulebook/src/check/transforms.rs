//! A transform stands where its value is defined, and never gives more than the points.

use super::{aggregation, points};
use crate::{Exact, Node, Rulebook, Transform, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, node) in super::walk::all_nodes(book) {
        let at = place.key("transform");
        match &node.transform {
            Some(Transform::Absolute { of }) => absolute(&at.key("absolute").key("of"), node, of, problems),
            Some(Transform::Ratio { cap }) => ratio(&at, node, cap, problems),
            Some(Transform::RescaleToBest) => rescale(&at, node, problems),
            None => {}
        }
    }
}

fn absolute(at: &Place, node: &Node, of: &Exact, problems: &mut Problems) {
    let Some(most) = points::highest(node) else { return };
    if of.is_zero() || of.is_negative() {
        problems.error(at.clone(), format!("no value can be counted of {of}"), format!("write `of = {most}`"));
    } else if *of < most {
        let wrong = format!("a value of {most} would earn more than all points of `{}`", node.id);
        problems.error(at.clone(), wrong, format!("write `of = {most}`"));
    } else if *of > most {
        let wrong = format!("nobody can earn all points of `{}`: the highest value is {most}", node.id);
        problems.warning(at.clone(), wrong, format!("write `of = {most}`, or say in a choice why"));
    }
}

fn ratio(at: &Place, node: &Node, cap: &Exact, problems: &mut Problems) {
    if node.measured.is_none() {
        let right = "use it on a `measured` leaf; elsewhere use `absolute`";
        problems.error(at.clone(), format!("`{}` has no items that could have targets", node.id), right);
    }
    let at = at.key("ratio").key("cap");
    if cap.is_zero() || cap.is_negative() {
        problems.error(at, format!("a cap of {cap} leaves no points"), "write `cap = 1`");
    } else if *cap > Exact::one() {
        let wrong = format!("an item could earn {cap} times its share, so a team more than all points");
        problems.error(at, wrong, "write `cap = 1`");
    }
}

fn rescale(at: &Place, node: &Node, problems: &mut Problems) {
    if let Some(aggregation::Level::Evaluators(_)) = aggregation::after(node) {
        let right = "put it where the aggregator stands, or above";
        problems.error(at.clone(), format!("`{}` has no value per team that could be the best", node.id), right);
    }
}
