//! What a corpus was made from, and what became of every text that went in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Language, PrepareOptions, Source};

/// The account of a prepared corpus, `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this account.
    pub format: String,
    /// What it was made with.
    pub options: PrepareOptions,
    /// How test items were looked for, if they were.
    pub decontamination: Option<String>,
    /// Where the texts are from.
    pub sources: BTreeMap<String, Source>,
    /// Every file that was read.
    pub shards: Vec<Shard>,
    /// Files that were found and are no corpus by their names.
    pub passed_over: Vec<String>,
    /// Why texts were taken out, with an example of each reason.
    pub removed: BTreeMap<String, Removed>,
    /// What was written.
    pub splits: Vec<Split>,
}

impl Manifest {
    /// The form that is written.
    pub const FORMAT: &'static str = "daepyo-corpus-1";

    /// Texts that went in.
    #[must_use]
    pub fn documents_in(&self) -> usize {
        self.shards.iter().map(|shard| shard.documents).sum()
    }

    /// Texts that were kept, in both splits.
    #[must_use]
    pub fn documents_kept(&self) -> usize {
        self.splits.iter().flat_map(|split| split.languages.values()).map(|amount| amount.documents).sum()
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its path, from the input that it was found in.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Its source, an entry of [`Manifest::sources`].
    pub source: String,
    /// The licence of the source, or `unknown`.
    pub licence: String,
    /// Texts in it, those that could not be read with them.
    pub documents: usize,
    /// What could be read, by language.
    pub found: BTreeMap<Language, Amount>,
    /// What of it was kept.
    pub kept: BTreeMap<Language, Amount>,
    /// Texts that were taken out, by reason.
    pub removed: BTreeMap<String, usize>,
}

/// An amount of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Texts.
    pub documents: usize,
    /// Bytes of UTF-8.
    pub bytes: usize,
    /// Characters.
    pub characters: usize,
}

impl Amount {
    pub(super) fn add(&mut self, text: &str) {
        self.documents += 1;
        self.bytes += text.len();
        self.characters += text.chars().count();
    }
}

/// Texts that were taken out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// How many.
    pub documents: usize,
    /// Where the first of them stood.
    pub place: String,
    /// How it begins, or why it could not be read.
    pub example: String,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Its name in the folder.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
    /// What is in it.
    pub languages: BTreeMap<Language, Amount>,
}
