//! Text made fit to learn from: read, normalised, freed of repeats and of test items, and written down.
//!
//! [`prepare()`] reads files and writes two of clean texts, one to learn from and one to measure on, with a [`Manifest`]
//! that accounts for every text. [`Tokens`] are a split as a model reads it: one long run of token ids on disk. [`Windows`]
//! are the order in which a training run sees it. [`fetch`] gets public corpora and verifies them.

pub mod fetch;

mod chance;
mod contamination;
mod documents;
mod duplicates;
mod gather;
mod hashing;
mod language;
mod manifest;
mod normalise;
mod prepare;
mod quality;
mod read;
mod sources;
mod tokens;
mod windows;

pub(crate) use self::chance::Chance;
pub use self::contamination::{Contamination, Hit, Overlaps};
pub use self::documents::{Document, DocumentsFault, read_documents, write_lines};
pub use self::language::Language;
pub use self::manifest::{Amount, Manifest, Removed, Shard, Split};
pub use self::normalise::normalise;
pub use self::prepare::{PrepareFault, PrepareOptions, Prepared, prepare, prepare_against};
pub use self::quality::Quality;
pub use self::sources::{Source, SourcesFault};
pub use self::tokens::{Span, Tokens, TokensFault, Vocabulary};
pub use self::windows::{Windows, WindowsFault};
