//! A choice is about something that stands in the file.

use std::collections::BTreeSet;

use crate::{
    Rulebook,
    place::{Place, Tree},
    problem::Problems,
    suggest,
};

pub(super) fn check(book: &Rulebook, tree: &Tree<'_>, problems: &mut Problems) {
    let list = Place::root().key("choice");
    let mut seen = BTreeSet::new();
    for (index, choice) in book.choices.iter().enumerate() {
        let at = list.index(index).key("about");
        if !seen.insert(&choice.about) {
            problems.error(at.clone(), "another choice is about the same", "say both reasons in one");
        }
        if tree.find(&choice.about).is_none() {
            let (trodden, ways) = tree.ways_on(&choice.about);
            let rest = choice.about.get(trodden.len()..).unwrap_or_default().trim_start_matches('.');
            let word = rest.split('.').next().unwrap_or_default();
            let right = suggest::instead(word, ways.iter().map(String::as_str));
            let below = if trodden.is_empty() { "in the file".to_owned() } else { format!("below `{trodden}`") };
            problems.error(at, format!("nothing called `{word}` stands {below}"), right);
        }
    }
}
