//! What of an item is looked for: its question, unless the question alone tells it from nothing.

use super::super::Item;
use super::super::fold::{Unit, fold, is_character, is_thin, weight};
use super::table::{LONG, SHORT, windows};

/// What of an item is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Core {
    /// The question.
    Question,
    /// The passage and the question, because other items ask the same question or it is too short.
    PassageAndQuestion,
    /// The question with its options, for the same reasons.
    QuestionAndOptions,
}

/// An item in units.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub question: Vec<u64>,
    pub answer: Vec<u64>,
    pub passage: Vec<u64>,
    pub options: Vec<u64>,
}

impl Folded {
    pub(super) fn new(item: &Item, units: &mut Vec<Unit>) -> Self {
        let mut keys = |text: &str| {
            fold(text, units);
            units.iter().map(|unit| unit.key).collect::<Vec<u64>>()
        };
        Self {
            question: keys(&item.question),
            answer: item.answer.as_deref().map(&mut keys).unwrap_or_default(),
            passage: item.passage.as_deref().map(&mut keys).unwrap_or_default(),
            options: item.options.iter().flat_map(|option| keys(option)).collect(),
        }
    }

    /// The ways to look for it, the best first.
    pub(super) fn cores(&self) -> Vec<(Core, Vec<u64>)> {
        let mut cores = vec![(Core::Question, self.question.clone())];
        if !self.passage.is_empty() {
            cores.push((Core::PassageAndQuestion, [self.passage.as_slice(), &self.question].concat()));
        }
        if !self.options.is_empty() {
            cores.push((Core::QuestionAndOptions, [self.question.as_slice(), &self.options].concat()));
        }
        cores
    }
}

/// Whether a window tells anything apart: enough different units in it that are no numbers and no single letters. Runs
/// of numbers, tables and dotted lines never do.
pub(super) fn is_telling(window: &[u64]) -> bool {
    let total: u32 = window.iter().map(|key| weight(*key)).sum();
    let mut different: Vec<u64> = window.iter().copied().filter(|key| !is_thin(*key)).collect();
    different.sort_unstable();
    different.dedup();
    let telling: u32 = different.iter().map(|key| weight(*key)).sum();
    // Three words of five, or six characters of ten; of short windows all but one.
    telling >= if total >= LONG { 6 } else { 5 }
}

/// The weight of a window that suits a text.
pub(super) fn window_of(keys: &[u64]) -> u32 {
    let total: u32 = keys.iter().map(|key| weight(*key)).sum();
    if total >= LONG { LONG } else { SHORT }
}

/// The telling windows of a text: hash, first unit, last unit.
pub(super) fn telling_windows(keys: &[u64]) -> Vec<(u64, usize, usize)> {
    let mut found = Vec::new();
    windows(
        keys.len(),
        |at| keys[at],
        window_of(keys),
        |first, last, hash| {
            if is_telling(&keys[first..=last]) {
                found.push((hash, first, last));
            }
        },
    );
    found
}

/// How often each of many values occurs, sorted by value.
#[derive(Debug, Default)]
pub(super) struct Counts(Vec<(u64, u32)>);

impl Counts {
    pub(super) fn new(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        let mut counts: Vec<(u64, u32)> = Vec::new();
        for value in values {
            match counts.last_mut() {
                Some((last, count)) if *last == value => *count += 1,
                _ => counts.push((value, 1)),
            }
        }
        Self(counts)
    }

    pub(super) fn of(&self, value: u64) -> u32 {
        self.0.binary_search_by_key(&value, |(value, _)| *value).map_or(0, |at| self.0[at].1)
    }
}

/// What of a text carries meaning by itself: words alone, characters with the one before.
pub(super) fn meanings(keys: &[u64]) -> impl Iterator<Item = u64> {
    keys.iter().enumerate().map(|(at, key)| match at.checked_sub(1).map(|before| keys[before]) {
        Some(before) if is_character(*key) && is_character(before) => before.rotate_left(17) ^ *key,
        _ => *key,
    })
}

/// The values of a list, each once.
pub(super) fn distinct(mut values: Vec<u64>) -> Vec<u64> {
    values.sort_unstable();
    values.dedup();
    values
}
