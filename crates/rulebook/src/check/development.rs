//! Teams have time to develop.

use crate::{Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    if book.development.is_some_and(|development| development.months == 0) {
        let at = Place::root().key("development").key("months");
        problems.error(at, "0 months are no time to develop", "write 1 or more, or leave `[development]` out");
    }
}
