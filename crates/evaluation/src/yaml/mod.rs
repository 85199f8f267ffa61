//! YAML 1.1 as PyYAML's safe loader reads it, with `!function`.
//!
//! Task files are written for PyYAML, so its reading counts and not that of YAML 1.2: `yes` is true, `010` is eight,
//! `1e5` is a text, `1:30` is ninety, `<<` merges. The events come from `saphyr-parser`; two habits that it refuses and
//! PyYAML takes (quoted texts and brackets that go on at the margin) are mended before it sees them.
//!
//! Sources: YAML 1.1 (<https://yaml.org/spec/1.1/>), its type repository (<https://yaml.org/type/>) and the resolver of
//! PyYAML 6, against which a test compares this module.

mod construct;
mod mend;
mod node;
mod scalar;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::task::Field;

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Something that is read, but hardly meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What, and how to mend it.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlFault {
    /// It is not YAML.
    #[error("{place}: {problem}; {mend}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the parser says.
        problem: String,
        /// What to do.
        mend: &'static str,
    },
    /// A character that YAML does not allow.
    #[error("{place}: the character U+{code:04X} is not allowed in YAML; write it as an escape in double quotes")]
    Character {
        /// Where.
        place: Place,
        /// The code point.
        code: u32,
    },
    /// A second document.
    #[error("{place}: a second document begins here; a task file holds one, so remove the `---`")]
    Documents {
        /// Where.
        place: Place,
    },
    /// A tag that is not known.
    #[error("{place}: the tag `{tag}` is not supported; only `!function` and the plain types of YAML are")]
    Tag {
        /// Where.
        place: Place,
        /// The tag.
        tag: String,
    },
    /// A text that does not fit its type.
    #[error("{place}: `{text}` is not a {kind}; put it in quotes if it is meant as a text")]
    Scalar {
        /// Where.
        place: Place,
        /// The text.
        text: String,
        /// The type.
        kind: &'static str,
    },
    /// A key that is a list, a dictionary or a function.
    #[error("{place}: a key is a single value, not a list or a dictionary; put a template in quotes")]
    Key {
        /// Where.
        place: Place,
    },
    /// `<<` with something that is no dictionary.
    #[error("{place}: `<<` takes a dictionary or a list of dictionaries")]
    Merge {
        /// Where.
        place: Place,
    },
    /// `!function` without a module.
    #[error("{place}: `!function {given}` names no module; write `!function module.name`")]
    Function {
        /// Where.
        place: Place,
        /// What stands there.
        given: String,
    },
    /// Something that contains itself, is nested too deep, or grows without measure through its aliases.
    #[error("{place}: {what}; write it out")]
    Endless {
        /// Where.
        place: Place,
        /// Which of these.
        what: &'static str,
    },
}

impl YamlFault {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            Self::Syntax { place, .. }
            | Self::Character { place, .. }
            | Self::Documents { place }
            | Self::Tag { place, .. }
            | Self::Scalar { place, .. }
            | Self::Key { place }
            | Self::Merge { place }
            | Self::Function { place, .. }
            | Self::Endless { place, .. } => place,
        }
    }
}

/// A file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What it holds.
    pub field: Field,
    /// What is hardly meant.
    pub warnings: Vec<Warning>,
    /// The line of each key at the top.
    pub lines: IndexMap<String, usize>,
}

/// Reads `text`, which stands in the file `path`; functions are looked for next to it.
///
/// Of keys that are given twice the last wins, in the place of the first, and there is a warning. An empty text is
/// `None`.
pub fn load(text: &str, path: &Path) -> Result<(Field, Vec<Warning>), YamlFault> {
    parse(text, path).map(|parsed| (parsed.field, parsed.warnings))
}

/// As [`load`], and tells on which line each key stands.
pub fn parse(text: &str, path: &Path) -> Result<Parsed, YamlFault> {
    let nodes = mend::compose(text, path)?;
    construct::construct(&nodes, path)
}
