//! The agreement follows a stage.

use crate::{Rulebook, place::Place, problem::Problems, suggest};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(agreement) = &book.agreement else { return };
    if book.stage(&agreement.after).is_none() {
        let wrong = format!("there is no stage `{}`", agreement.after);
        let right = suggest::instead(agreement.after.as_str(), book.stages.iter().map(|stage| stage.id.as_str()));
        problems.error(Place::root().key("agreement").key("after"), wrong, right);
    }
}
