//! What may come from outside may also come from the team itself.

use crate::{Origin, Rulebook, place::Place, problem::Problems, word};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(lineage) = &book.lineage else { return };
    let at = Place::root().key("lineage");
    own_is_no_worse(&at.key("default"), lineage.default, problems);
    for (component, origin) in &lineage.components {
        own_is_no_worse(&at.key("component").key(word(component)), *origin, problems);
    }
}

fn own_is_no_worse(at: &Place, origin: Origin, problems: &mut Problems) {
    if origin.own < origin.outside {
        let wrong = "a team may take more from others than from its own earlier models";
        problems.warning(at.key("own"), wrong, "allow of `own` at least what `outside` allows");
    }
}
