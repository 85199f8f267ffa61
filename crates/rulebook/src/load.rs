//! Reading a rulebook: everything that is wrong with a file is reported at once.

use std::sync::LazyLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::de::{DeTable, Deserializer};

use crate::{Finding, Findings, Rulebook, Severity, check, place::Tree, problem::Problems, shape};

/// The longest file that is read: no programme needs more, and a limit keeps hostile files cheap.
const MAX_BYTES: usize = 1024 * 1024;

/// The most findings that are reported for one file.
const MAX_FINDINGS: usize = 100;

/// What a bare word in place of a value can have been meant as.
const BARE: &str = "write `true` or `false`, or put words in quotes";

/// The schema is the same for every file.
static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(crate::schema);

/// A rulebook that has passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The rulebook.
    pub rulebook: Rulebook,
    /// What somebody should look at, and what is unset so that a stage cannot open yet.
    pub warnings: Findings,
    /// The [`hash`] of the file.
    pub hash: String,
}

/// The SHA-256 of a rulebook's bytes in hexadecimal, as `sha256sum` prints it.
///
/// The promise is the file as it was published, comments included: anyone can compare it without this software.
///
/// ```
/// let hash = rulebook::hash("");
/// assert_eq!(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// ```
pub fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Rulebook {
    /// Reads and checks a rulebook. On success there are no errors, though there may be warnings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong: first the syntax; where that is right, keys, types and words; where those are right,
    /// what they mean together.
    pub fn parse(text: &str) -> Result<Checked, Findings> {
        let tree = syntax(text)?;
        let shape = shape::check(tree.root(), &SCHEMA);
        if !shape.problems.is_empty() {
            return Err(findings(shape.problems.locate(text, &tree)));
        }
        let rulebook = typed(text)?;
        let mut problems = Problems::default();
        check::all(&rulebook, &tree, &shape.texts, &mut problems);
        let refused = problems.has_errors();
        let found = findings(problems.locate(text, &tree));
        if refused { Err(found) } else { Ok(Checked { rulebook, warnings: found, hash: hash(text) }) }
    }
}

fn findings(mut list: Vec<Finding>) -> Findings {
    let left_out = list.len().saturating_sub(MAX_FINDINGS);
    list.truncate(MAX_FINDINGS);
    Findings { file: String::new(), list, left_out }
}

/// The tree of a file that is TOML.
fn syntax(text: &str) -> Result<Tree<'_>, Findings> {
    if text.len() > MAX_BYTES {
        let wrong = format!("the file has {} bytes", text.len());
        let right = format!("a rulebook has {MAX_BYTES} bytes at most");
        return Err(findings(vec![Finding { wrong, right, ..Finding::at(text, 0..0, Severity::Error) }]));
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Tree::new(table));
    }
    let mut list: Vec<_> = errors.iter().map(|error| syntax_finding(text, error)).collect();
    list.sort_by_key(|finding| finding.span.start);
    list.dedup_by_key(|finding| finding.line);
    Err(findings(list))
}

/// The parser says "what is wrong, expected what would be right".
fn syntax_finding(text: &str, error: &toml::de::Error) -> Finding {
    let (wrong, expected) = match error.message().split_once(", expected ") {
        Some((wrong, expected)) => (wrong, Some(expected)),
        None => (error.message(), None),
    };
    let right = match (wrong, expected) {
        ("invalid boolean" | "string values must be quoted", _) => BARE.to_owned(),
        ("duplicate key", _) => "a key stands once in its table; leave one of the two out".to_owned(),
        (_, Some("nothing")) => "leave it out".to_owned(),
        (_, Some(expected)) => format!("write {expected}"),
        (_, None) => "write it as TOML does: https://toml.io".to_owned(),
    };
    let span = error.span().unwrap_or_default();
    Finding { wrong: wrong.to_owned(), right, ..Finding::at(text, span, Severity::Error) }
}

/// The typed rulebook of a file whose shape is right.
fn typed(text: &str) -> Result<Rulebook, Findings> {
    let read = Deserializer::parse(text).and_then(Rulebook::deserialize);
    read.map_err(|error| {
        let finding = Finding::at(text, error.span().unwrap_or_default(), Severity::Error);
        let right = "the schema says what can stand here".to_owned();
        findings(vec![Finding { wrong: error.message().to_owned(), right, ..finding }])
    })
}
