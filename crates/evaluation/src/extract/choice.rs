//! Which option a model chose, from what it wrote.
//!
//! There are two extractors that go different ways to the same end. [`by_pattern`] looks for words that announce an answer
//! ("정답은", "the answer is", `\boxed`) and takes the last of them. [`by_structure`] looks at no such words: it takes the
//! line that says nothing but an option, or the only option that the last sentence which names any leaves standing. Where both
//! find something and it is not the same, nothing is chosen, and [`Agreement::Conflict`] asks for a human.

mod pattern;
mod structure;

use super::Extractor;
use super::lexicon::Lexicon;
use super::normal::normal;

/// The extractor that looks for words that announce an answer.
pub const PATTERN: Extractor = Extractor { name: "choice-pattern", version: 1 };
/// The extractor that looks at lines and sentences.
pub const STRUCTURE: Extractor = Extractor { name: "choice-structure", version: 1 };
/// Both together.
pub const LETTER: Extractor = Extractor { name: "choice-letter", version: 1 };

/// What both extractors say of an answer. Options count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What [`by_pattern`] found.
    pub pattern: Option<usize>,
    /// What [`by_structure`] found.
    pub structure: Option<usize>,
}

/// How two extractors stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// Both found the same option.
    Both,
    /// One found an option, the other none.
    One,
    /// Neither found any.
    Neither,
    /// They found different options.
    Conflict,
}

impl Reading {
    /// The option that is taken as the answer: what both found, or the only one found.
    pub fn chosen(self) -> Option<usize> {
        match (self.pattern, self.structure) {
            (Some(left), Some(right)) if left != right => None,
            (left, right) => left.or(right),
        }
    }

    /// How the two extractors stand to each other; a human should look at all but [`Agreement::Both`].
    pub fn agreement(self) -> Agreement {
        match (self.pattern, self.structure) {
            (Some(left), Some(right)) if left == right => Agreement::Both,
            (Some(_), Some(_)) => Agreement::Conflict,
            (None, None) => Agreement::Neither,
            _ => Agreement::One,
        }
    }
}

/// Reads an answer with both extractors. `options` are the options' texts in the order in which they were shown; where the
/// question showed letters only, they are the letters.
///
/// Labels may be written as A, a, ①, 1, 가 or ㄱ, whichever was shown; a text that is an option goes before a label that
/// looks like it.
pub fn read(answer: &str, options: &[String]) -> Reading {
    let (text, lexicon) = (normal(answer), Lexicon::new(options));
    Reading { pattern: pattern::find(&text, &lexicon), structure: structure::find(&text, &lexicon) }
}

/// The option that the last announcement names.
pub fn by_pattern(answer: &str, options: &[String]) -> Option<usize> {
    pattern::find(&normal(answer), &Lexicon::new(options))
}

/// The option that stands alone in a line, or that the last sentence leaves standing.
pub fn by_structure(answer: &str, options: &[String]) -> Option<usize> {
    structure::find(&normal(answer), &Lexicon::new(options))
}
