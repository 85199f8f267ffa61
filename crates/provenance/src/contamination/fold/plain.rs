//! Folding in the plainest way: the text in pieces, each put through the whole of Unicode normalisation, then cut into
//! units. A model to hold [`super::fold()`] against, and the way to show what a unit is.

use super::markup::{Markup, markup};
use super::{can_glue, fold_piece, is_mark, is_unit, key_of};

/// The units of a text, spelled out.
#[must_use]
pub fn fold(text: &str) -> Vec<String> {
    let mut units = Vec::new();
    let mut word = String::new();
    for (piece, ends_a_word) in pieces(text) {
        for sign in fold_piece(&piece) {
            if is_unit(sign) {
                close(&mut word, &mut units);
                units.push(sign.to_string());
            } else if is_mark(sign) {
                word.extend((!word.is_empty()).then_some(sign));
            } else if sign.is_alphanumeric() {
                word.push(sign);
            } else {
                close(&mut word, &mut units);
            }
        }
        if ends_a_word {
            close(&mut word, &mut units);
        }
    }
    close(&mut word, &mut units);
    units
}

/// The keys that [`super::fold()`] is to give.
#[must_use]
pub fn keys(text: &str) -> Vec<u64> {
    fold(text).iter().map(|unit| key_of(unit)).collect()
}

fn close(word: &mut String, units: &mut Vec<String>) {
    if !word.is_empty() {
        units.push(std::mem::take(word));
    }
}

/// A text without markup, in pieces that are normalised apart, and whether a word ends after each.
fn pieces(text: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '\\', ']']) {
        let (found, length) = markup(&rest.as_bytes()[at..]);
        let before = rest[..at].to_owned();
        let mut length = at + length;
        match found {
            Markup::Letter(sign) => {
                let glued: String = rest[length..].chars().take_while(|sign| can_glue(*sign)).collect();
                length += glued.len();
                pieces.extend([(before, false), (format!("{sign}{glued}"), false)]);
            }
            Markup::Word(sign) => pieces.extend([(before, true), (sign.to_string(), true)]),
            Markup::Gap => pieces.push((before, true)),
        }
        rest = &rest[length..];
    }
    pieces.push((rest.to_owned(), false));
    pieces
}
