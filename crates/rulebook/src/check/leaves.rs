//! A leaf is marked or measured; a branch is made of its parts.

use super::walk;
use crate::{Rulebook, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, node) in walk::all_nodes(book) {
        let id = &node.id;
        match (node.is_leaf(), &node.scored, &node.measured) {
            (true, None, None) => {
                let right = "add `scored = { panel = \"…\" }`, `measured = { … }` or `parts`";
                problems.error(place, format!("nothing says where the points of `{id}` come from"), right);
            }
            (true, Some(_), Some(_)) => {
                let right = "leave one of the two out, or make two parts";
                problems.error(place, format!("`{id}` is both marked by a panel and measured"), right);
            }
            (false, None, None) | (true, _, _) => {}
            (false, ..) => {
                let right = "leave `scored` and `measured` out here: they stand on the parts";
                problems.error(place, format!("`{id}` has parts and is marked or measured itself"), right);
            }
        }
    }
}
