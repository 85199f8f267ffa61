//! A document can be handed in.

use crate::{Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let list = Place::root().key("application").key("document");
    for (index, document) in book.application.documents.iter().enumerate() {
        let at = list.index(index);
        if document.formats.is_empty() {
            let wrong = format!("`{}` can be handed in in no format", document.id);
            problems.error(at.key("formats"), wrong, "name at least one, as `formats = [\"pdf\", \"hwpx\"]`");
        }
        if document.max_pages == Some(0) {
            problems.error(at.key("max_pages"), "no page is allowed", "write 1 or more, or leave it out");
        }
    }
}
