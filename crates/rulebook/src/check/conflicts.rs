//! Some tie between an evaluator and a team counts.

use crate::{Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let at = Place::root().key("conflicts");
    if book.conflicts.kinds.is_empty() {
        let right = "name at least one of `money`, `duty`, `person`";
        problems.warning(at.key("kinds"), "no tie keeps an evaluator from judging a team", right);
    }
}
