//! One word for one thing: rejected synonyms do not name public items.

use super::room_code;
use crate::fault::{Fault, assert_none, places};
use crate::source::{Source, Token};

/// A rejected word, the house's own, and the places in which it means something else: parts of a path, or
/// [`IN_FUNCTIONS`].
struct Word {
    rejected: &'static str,
    ours: &'static str,
    but_in: &'static [&'static str],
}

const WORDS: &[Word] = &[
    Word { rejected: "blockchain", ours: "record", but_in: &[] },
    Word { rejected: "competitor", ours: "team", but_in: &[] },
    Word { rejected: "consortium", ours: "team", but_in: &[] },
    Word { rejected: "contestant", ours: "team", but_in: &[] },
    // A function may judge; a thing is no judge, but for a model that judges another's answers, which the field calls so.
    Word {
        rejected: "judge",
        ours: "evaluator",
        but_in: &[IN_FUNCTIONS, "crates/evaluation/", "crates/cli/src/args/eval.rs"],
    },
    Word { rejected: "jury", ours: "panel", but_in: &[] },
    Word { rejected: "ledger", ours: "record", but_in: &[] },
    Word { rejected: "referee", ours: "evaluator", but_in: &[] },
    // Those who look again at a decision that was objected to.
    Word { rejected: "reviewer", ours: "evaluator", but_in: &["objection", "crates/rulebook/src/conduct.rs"] },
];

/// The place of a word that a function's name may use as a verb.
const IN_FUNCTIONS: &str = "`fn`";

/// What may stand between `pub` and a name.
const BEFORE_A_NAME: &[&str] =
    &["async", "const", "enum", "extern", "fn", "mod", "mut", "static", "struct", "trait", "type", "union", "unsafe"];

/// The name that a `pub` at `place` makes public, and whether it is a function's; none for a `use`.
fn public_name(source: &Source, place: usize) -> Option<(&Token, bool)> {
    let after = source.tokens.get(place + 1..)?;
    // `pub(crate)` is not public, but its words are read as well.
    let skipped = if after.first()?.text == "(" { after.iter().position(|token| token.text == ")")? + 1 } else { 0 };
    let at = (skipped..after.len()).find(|at| !BEFORE_A_NAME.contains(&after[*at].text.as_str()))?;
    let is_function = after[skipped..at].iter().any(|token| token.text == "fn");
    let name = after.get(at)?;
    (name.text != "use").then_some((name, is_function))
}

/// The words of an identifier, in small letters and without the plural's `s`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for sign in name.chars() {
        if sign == '_' || sign.is_uppercase() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (sign != '_', words.last_mut()) {
            word.extend(sign.to_lowercase());
        }
    }
    words.iter().map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).collect()
}

fn faults(source: &Source) -> Vec<Fault> {
    let publics = (0..source.tokens.len()).filter(|place| source.window::<1>(*place) == ["pub"]);
    let names = publics.filter_map(|place| public_name(source, place));
    names.filter_map(|(name, is_function)| fault(&source.file, name, is_function)).collect()
}

fn fault(file: &str, name: &Token, is_function: bool) -> Option<Fault> {
    let words = words_of(&name.text);
    let is_elsewhere = |place: &&'static str| file.contains(*place) || (is_function && *place == IN_FUNCTIONS);
    let is_rejected = |word: &&Word| words.iter().any(|used| used == word.rejected);
    let word = WORDS.iter().filter(is_rejected).find(|word| !word.but_in.iter().any(is_elsewhere))?;
    let wrong = format!("`{}` says \"{}\"; the house says \"{}\"", name.text, word.rejected, word.ours);
    Some(Fault::at(file, name.line, wrong, "use the house's word, so that one thing has one name"))
}

#[test]
fn public_names_use_the_houses_words() {
    assert_none(room_code().iter().flat_map(faults).collect());
}

#[test]
fn control_a_rejected_word_is_found() {
    let text = "pub struct ConsortiumLead {\n    pub judges: u8,\n}\npub(crate) const fn the_jury() {}\n\
                fn private_jury() {}\npub use a::Judge;\npub fn judge(judges: u8) {}\n";
    let found = faults(&Source::parse("p.rs", text));
    assert_eq!(places(&found), ["p.rs:1", "p.rs:2", "p.rs:4"]);
}

#[test]
fn control_a_word_is_rejected_outside_its_own_place() {
    let text = "pub struct Reviewers;\n";
    assert_eq!(faults(&Source::parse("crates/programme/src/state/objection.rs", text)), []);
    assert_eq!(faults(&Source::parse("crates/programme/src/state/panel.rs", text)).len(), 1);
}
