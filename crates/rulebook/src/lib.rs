//! The promise: what a programme said before the deadline, parsed, checked, explained and hashed.
//!
//! A rulebook is one TOML file. [`Rulebook::parse`] reads it and reports everything that is wrong at once, each finding
//! with its line, its column, what is wrong and what would be right; [`explain()`] says it in plain Korean or English;
//! [`hash`] names it; [`changes`] says what an amendment changes; [`schema()`] lets an editor complete it.
//!
//! ```
//! use rulebook::{Language, Rulebook};
//!
//! let text = include_str!("../../../programmes/kr-2025-call.toml");
//! let checked = Rulebook::parse(text)?;
//! assert!(checked.warnings.is_empty(), "every stage can open");
//! let promise = rulebook::explain(&checked.rulebook, Language::En);
//! assert!(promise.contains("one of the 10 highest totals"));
//!
//! let findings = Rulebook::parse(&text.replace("quorum = 6", "quorum = 8")).unwrap_err();
//! assert_eq!(findings.list[0].path, "stage.written.panel.experts.quorum");
//! # Ok::<(), rulebook::Findings>(())
//! ```
//!
//! # Invariants
//!
//! - A [`Rulebook`] that came out of [`Rulebook::parse`] holds no contradiction that a check knows of. One that was
//!   built or deserialised in another way has been checked by nobody.
//! - Nothing here reads a clock, a file or a network, and nothing is random: one text, one outcome.
//! - No text makes it panic, and no text makes it slow: length, depth, digits and the number of findings are bounded.
//! - Numbers are exact from the file on; no float stands between a rule and a rank.
//!
//! # What is not covered
//!
//! - Whether a rule is lawful, wise or fair. The checks know what cannot work, not what should not be.
//! - Whether a source says what the file says it says.
//! - What the rules decide: that is the `programme` crate's.
//!
//! # The map
//!
//! The nouns stand first (`rulebook`, `stage`, `score`, `intake`, `eligibility`, `conduct`, `model`, `clock`, `text`,
//! `exact`). Reading goes `load` → `shape` (against the schema) → serde → `check` (one rule a file), all of which add to
//! `problem`, and `place` finds each problem in the file.

mod amend;
mod check;
mod clock;
mod conduct;
mod eligibility;
mod exact;
mod explain;
mod finding;
mod intake;
mod load;
mod model;
mod place;
mod problem;
mod rulebook;
mod schema;
mod score;
mod shape;
mod stage;
mod suggest;
mod text;

pub use self::{
    amend::*, clock::*, conduct::*, eligibility::*, exact::*, explain::explain, finding::*, intake::*, load::*,
    model::*, rulebook::*, schema::schema, score::*, stage::*, text::*,
};

/// The word that a file uses for this value of an enumeration.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    let written = serde_json::to_value(value).ok();
    written.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}
