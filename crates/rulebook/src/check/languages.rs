//! Words for people stand in every language of the programme.

use std::collections::BTreeSet;

use crate::{
    Language, Rulebook,
    place::{Place, Tree},
    problem::Problems,
};

pub(super) fn check(book: &Rulebook, tree: &Tree<'_>, texts: &[Place], problems: &mut Problems) {
    let spoken: BTreeSet<_> = book.programme.languages.iter().copied().collect();
    let at = Place::root().key("programme").key("languages");
    if spoken.is_empty() {
        problems.error(at.clone(), "the programme speaks no language", "write `languages = [\"ko\", \"en\"]`");
    }
    if spoken.len() < book.programme.languages.len() {
        problems.error(at, "a language stands in the list twice", "name each language once");
    }
    for place in texts {
        for language in &spoken {
            let (key, name) = match language {
                Language::Ko => ("ko", "Korean"),
                Language::En => ("en", "English"),
            };
            if !tree.has_words(place, key) {
                let right = format!("add `{key} = \"…\"`: the programme speaks {name}");
                problems.error(place.clone(), format!("the words in {name} are missing"), right);
            }
        }
    }
}
