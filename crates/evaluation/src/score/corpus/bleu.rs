//! BLEU.

use super::float;
use super::ngram::Counts;
use crate::score::text::{strip_end, words};

const ORDER: usize = 4;

/// The hypothesis's length, the closest reference's length, four counts of matches, four counts of n-grams.
pub(super) fn segments(hypothesis: &str, references: &[&str]) -> Vec<Vec<f64>> {
    let hypothesis = tokens(hypothesis);
    let hypothesis: Vec<&str> = words(&hypothesis).collect();
    let references: Vec<String> = references.iter().map(|reference| tokens(reference)).collect();
    let references: Vec<Vec<&str>> = references.iter().map(|reference| words(reference).collect()).collect();
    let grams: Vec<_> = (1..=ORDER).map(|order| Counts::of(&hypothesis, order)).collect();
    let mut merged: Vec<Counts<'_, &str>> = (1..=ORDER).map(|order| Counts::of(&[], order)).collect();
    let mut lengths = Vec::new();
    let mut segments = Vec::with_capacity(references.len());
    for reference in &references {
        lengths.push(reference.len());
        for (order, merged) in (1..=ORDER).zip(&mut merged) {
            merged.merge(&Counts::of(reference, order));
        }
        let mut segment = vec![float(hypothesis.len()), float(closest(hypothesis.len(), &lengths))];
        segment.extend(grams.iter().zip(&merged).map(|(grams, merged)| float(grams.matches(merged))));
        segment.extend(grams.iter().map(|grams| float(grams.total())));
        segments.push(segment);
    }
    segments
}

/// The length that is nearest to `length`; of two, the shorter.
fn closest(length: usize, lengths: &[usize]) -> usize {
    lengths.iter().copied().min_by_key(|other| (other.abs_diff(length), *other)).unwrap_or(0)
}

pub(super) fn score(sum: &[f64]) -> f64 {
    let [hypothesis, reference, counts @ ..] = sum else { return 0.0 };
    let (correct, total) = counts.split_at(ORDER.min(counts.len()));
    if correct.iter().all(|count| *count == 0.0) {
        return 0.0;
    }
    let penalty = if hypothesis < reference { libm::exp(1.0 - reference / hypothesis) } else { 1.0 };
    let mut smoothing = 1.0;
    let mut logarithms = 0.0;
    let mut ended = false;
    for (correct, total) in correct.iter().zip(total) {
        ended |= *total == 0.0;
        let precision = if ended {
            0.0
        } else if *correct == 0.0 {
            smoothing *= 2.0;
            100.0 / (smoothing * total)
        } else {
            100.0 * correct / total
        };
        logarithms += if precision == 0.0 { -9_999_999_999.0 } else { libm::log(precision) };
    }
    penalty * libm::exp(logarithms / float(ORDER))
}

/// The tokens of mteval-v13a, with a space between them.
fn tokens(line: &str) -> String {
    let mut line = strip_end(line).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if line.contains('&') {
        line = line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    let spaced: String = format!(" {line} ").chars().fold(String::new(), |mut spaced, character| {
        if is_separate(character) {
            spaced.extend([' ', character, ' ']);
        } else {
            spaced.push(character);
        }
        spaced
    });
    let is_point = |character: char| matches!(character, '.' | ',');
    let is_other = |character: char| !character.is_ascii_digit();
    let after_other = pairs(&spaced, is_other, is_point, |a, b| [a, ' ', b, ' ']);
    let before_other = pairs(&after_other, is_point, is_other, |a, b| [' ', a, ' ', b]);
    let is_digit = |character: char| character.is_ascii_digit();
    pairs(&before_other, is_digit, |character| character == '-', |a, b| [a, ' ', b, ' '])
}

/// Punctuation that is always a token, as the class of mteval-v13a has it: not the quotation mark, the comma, the
/// dash and the full stop.
fn is_separate(character: char) -> bool {
    matches!(character, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/')
}

/// Rewrites every pair of neighbours of which both hold, from the left, none of them twice.
fn pairs(
    text: &str,
    first: impl Fn(char) -> bool,
    second: impl Fn(char) -> bool,
    write: impl Fn(char, char) -> [char; 4],
) -> String {
    let mut written = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        match first(one).then(|| characters.next_if(|other| second(*other))).flatten() {
            Some(other) => written.extend(write(one, other)),
            None => written.push(one),
        }
    }
    written
}
