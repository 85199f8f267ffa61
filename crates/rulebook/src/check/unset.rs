//! What must still be said before a stage can open.

use super::walk;
use crate::{Rulebook, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        for unset in stage.unset() {
            let wrong = format!("`{}` is unset, so stage `{}` cannot open", unset.path, stage.id);
            problems.warning(place.clone(), wrong, "say it before the call opens, as a choice if nobody has");
        }
    }
}
