//! Text made fit to learn from: read, normalised, freed of repeats and of test items, and written down.
//!
//! [`Tokens`] are a split as a model reads it: one long run of token ids on disk. [`Windows`] are the order in which a
//! training run sees it.

mod chance;
mod documents;
mod language;
mod tokens;
mod windows;

pub(crate) use self::chance::Chance;
pub use self::documents::{Document, DocumentsFault, read_documents, write_lines};
pub use self::language::Language;
pub use self::tokens::{Span, Tokens, TokensFault, Vocabulary};
pub use self::windows::{Windows, WindowsFault};
