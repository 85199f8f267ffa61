//! Marks can be given, and measurements can be averaged.

use super::walk;
use crate::{Exact, Measured, Node, Rulebook, Scored, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, node) in walk::all_nodes(book) {
        if let Some(scored) = &node.scored {
            marks(&place.key("scored"), node, scored, problems);
        }
        if let Some(measured) = &node.measured {
            measurement(&place.key("measured"), measured, problems);
        }
    }
}

fn marks(at: &Place, node: &Node, scored: &Scored, problems: &mut Problems) {
    let (min, max, step) = (&scored.min, node.max_mark(), &scored.step);
    if *min >= max {
        let right = "write a `min` below `max` (the node's points where no `max` is said)";
        problems.error(at.clone(), format!("marks from {min} to {max} leave nothing to choose"), right);
    } else if step.is_zero() || step.is_negative() {
        problems.error(at.key("step"), format!("marks cannot be {step} apart"), "write more than 0");
    } else if !max.is_on_step(min, step) {
        let wrong = format!("steps of {step} from {min} never reach {max}");
        let right = format!("choose a step that divides {}", &max - min);
        problems.error(at.clone(), wrong, right);
    }
    if min.is_negative() {
        problems.error(at.key("min"), "a mark cannot be below 0", "write 0 or more");
    }
}

fn measurement(at: &Place, measured: &Measured, problems: &mut Problems) {
    let above_nothing = |number: &Exact| !number.is_zero() && !number.is_negative();
    if !above_nothing(&measured.max) {
        problems.error(at.key("max"), "the highest value must be above 0", "write, for example, `max = 100`");
    }
    for (index, item) in measured.items.iter().enumerate() {
        if !above_nothing(&item.weight) {
            let wrong = format!("`{}` weighs {}", item.id, item.weight);
            problems.error(
                at.key("items").index(index).key("weight"),
                wrong,
                "write more than 0, or leave the item out",
            );
        }
    }
}
