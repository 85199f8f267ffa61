//! A majority is counted over marks of yes or no.

use super::walk;
use crate::{Aggregator, Rulebook, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, node) in walk::all_nodes(book) {
        if node.aggregate != Some(Aggregator::Majority) {
            continue;
        }
        let at = place.key("aggregate");
        let Some(scored) = &node.scored else {
            let right = "use it on a `scored` leaf with two possible marks";
            problems.error(at, format!("`{}` has no marks of yes or no", node.id), right);
            continue;
        };
        let gap = &node.max_mark() - &scored.min;
        if gap != scored.step {
            let right = format!("write `step = {gap}`, or another aggregator");
            problems.error(at, format!("more than two marks are possible on `{}`", node.id), right);
        }
    }
}
