//! Answers found in what a model wrote.
//!
//! Every extractor has a name and a version, which stand in results: a score is only comparable with one that was read by
//! the same extractor. A change of what an extractor finds is a new version. How well each does is measured on a corpus of
//! Korean and English phrasings, `tests/data/extract/`.
//!
//! - [`choice`]: which option is meant. Two independent extractors; where they differ, a human should look.
//! - [`number`]: a number, exactly, with Korean numerals.
//! - [`text`]: a short text.
//! - [`adapter`]: multiple choice for models that only chat.

pub mod adapter;
pub mod choice;
mod lexicon;
mod normal;
pub mod number;
pub mod text;

/// An extractor's name and version, as they stand in results: `choice-letter@1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extractor {
    /// The name.
    pub name: &'static str,
    /// The version; another one may find other answers.
    pub version: u32,
}

impl std::fmt::Display for Extractor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests;
