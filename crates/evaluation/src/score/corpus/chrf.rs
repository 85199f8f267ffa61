//! chrF and chrF++.

use super::float;
use super::ngram::Counts;
use crate::score::text::{is_ascii_punctuation, is_space, words};

const ORDER: usize = 6;
/// Beta squared: recall weighs four times as much as precision.
const FACTOR: f64 = 4.0;

/// For every order of characters, then of words: n-grams of the hypothesis, of the best reference, and of both.
pub(super) fn segments(hypothesis: &str, references: &[&str], word_order: usize) -> Vec<Vec<f64>> {
    let hypothesis = Text::of(hypothesis);
    let hypothesis = hypothesis.counts(word_order);
    let mut best: Vec<f64> = Vec::new();
    let mut best_score = -1.0;
    let mut segments = Vec::with_capacity(references.len());
    for reference in references {
        let reference = Text::of(reference);
        let statistics = hypothesis.against(&reference.counts(word_order));
        let found = score(&statistics);
        if found > best_score {
            best_score = found;
            best = statistics;
        }
        segments.push(best.clone());
    }
    segments
}

/// F over the averages of precision and recall, of the orders that occur on both sides.
pub(super) fn score(sum: &[f64]) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for counts in sum.chunks_exact(3) {
        let [hypothesis, reference, both] = counts else { continue };
        if *hypothesis > 0.0 && *reference > 0.0 {
            precision += both / hypothesis;
            recall += both / reference;
            orders += 1.0;
        }
    }
    if orders > 0.0 {
        precision /= orders;
        recall /= orders;
    }
    if precision + recall > 0.0 {
        100.0 * ((1.0 + FACTOR) * precision * recall / (FACTOR * precision + recall))
    } else {
        0.0
    }
}

/// The characters without white space, and the words with punctuation split off.
struct Text<'a> {
    characters: Vec<char>,
    words: Vec<&'a str>,
}

impl<'a> Text<'a> {
    fn of(text: &'a str) -> Self {
        let characters = text.chars().filter(|character| !is_space(*character)).collect();
        Self { characters, words: words(text).flat_map(split_punctuation).collect() }
    }

    fn counts(&self, word_order: usize) -> Orders<'_, 'a> {
        let characters = (1..=ORDER).map(|order| Counts::of(&self.characters, order)).collect();
        Orders { characters, words: (1..=word_order).map(|order| Counts::of(&self.words, order)).collect() }
    }
}

/// A mark at the end of a word is split off; else one at its beginning.
fn split_punctuation(word: &str) -> impl Iterator<Item = &str> {
    let first = word.chars().next().filter(|character| is_ascii_punctuation(*character));
    let last = word.chars().next_back().filter(|character| is_ascii_punctuation(*character));
    let cut = match (first, last) {
        _ if word.chars().nth(1).is_none() => word.len(),
        (_, Some(_)) => word.len() - 1,
        (Some(_), None) => 1,
        (None, None) => word.len(),
    };
    let (one, other) = word.split_at(cut);
    [one, other].into_iter().filter(|part| !part.is_empty())
}

struct Orders<'a, 'b> {
    characters: Vec<Counts<'a, char>>,
    words: Vec<Counts<'a, &'b str>>,
}

impl Orders<'_, '_> {
    fn against(&self, reference: &Orders<'_, '_>) -> Vec<f64> {
        let characters = self.characters.iter().zip(&reference.characters).flat_map(|(a, b)| triple(a, b));
        let words = self.words.iter().zip(&reference.words).flat_map(|(a, b)| triple(a, b));
        characters.chain(words).collect()
    }
}

/// n-grams of the hypothesis (none where the reference has none), of the reference, and of both.
fn triple<T: Ord>(hypothesis: &Counts<'_, T>, reference: &Counts<'_, T>) -> [f64; 3] {
    let total = reference.total();
    let own = if total > 0 { hypothesis.total() } else { 0 };
    [float(own), float(total), float(hypothesis.matches(reference))]
}
