//! A small closed world whose every fact is known, in Korean and English: texts about it and questions on it.
//!
//! People, towns and regions have names that were put together by chance, so that nothing a model could have read
//! elsewhere helps. What a model knows of this world it learnt from [`World::documents()`], and how much that is can be
//! counted on questions of five kinds ([`Kind`]).
//!
//! A tiny model can answer about a fact in a form in which it never met that fact only if facts are told in several
//! phrasings and if other facts of the same kind were asked in that form. Source: Allen-Zhu and Li, "Physics of Language
//! Models: Part 3.1, Knowledge Storage and Extraction", arXiv 2309.14316.

mod arithmetic;
mod documents;
mod facts;
mod korean;
mod names;
mod phrases;
mod questions;
mod tasks;
mod tuning;
mod words;

pub use self::names::Name;
pub use self::questions::{Kind, Question};
pub use self::tasks::WriteFault;
pub use self::tuning::{Conversation, Message, Preference};

use self::facts::{Facts, Hops};

/// How large a world is, and how often it is told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldOptions {
    /// What everything is drawn from.
    pub seed: u64,
    /// People; each has six things said of them and a cousin.
    pub people: usize,
    /// Towns in which people were born.
    pub towns: usize,
    /// How often everything is told. One telling of 100 people is about 80 kB, more than half of it Korean.
    pub tellings: usize,
    /// A rare fact is told once in as many tellings.
    pub rare_every: usize,
    /// Sums are of numbers below this.
    pub operands: usize,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { seed: 1, people: 100, towns: 16, tellings: 60, rare_every: 10, operands: 30 }
    }
}

/// A closed world.
#[derive(Debug, Clone)]
pub struct World {
    options: WorldOptions,
    facts: Facts,
    hops: Hops,
}

impl World {
    /// Makes a world. The same options make the same world.
    #[must_use]
    pub fn new(options: &WorldOptions) -> Self {
        let facts = Facts::draw(options);
        let hops = Hops::draw(options, &facts);
        Self { options: options.clone(), facts, hops }
    }

    /// What it was made from.
    #[must_use]
    pub fn options(&self) -> &WorldOptions {
        &self.options
    }
}

/// The languages of the world.
pub(crate) const LANGUAGES: [crate::corpus::Language; 2] =
    [crate::corpus::Language::Korean, crate::corpus::Language::English];

#[cfg(test)]
mod tests;
