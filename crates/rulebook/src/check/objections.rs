//! An objection can be filed and heard.

use crate::{Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let at = Place::root().key("objections");
    let Some(objections) = &book.objections else {
        let right = "add `[objections]`, so that a team can contest what went wrong";
        return problems.warning(Place::root(), "no objection is possible", right);
    };
    if objections.reviewers == 0 {
        problems.error(at.key("reviewers"), "nobody hears an objection", "write 1 or more");
    }
    if objections.grounds.is_empty() {
        problems.error(at.key("ground"), "there is no ground to object on", "add `[[objections.ground]]`");
    }
    if objections.per_decision == 0 {
        let right = "write 1 or more, or leave `[objections]` out";
        problems.error(at.key("per_decision"), "no objection may be filed", right);
    }
}
