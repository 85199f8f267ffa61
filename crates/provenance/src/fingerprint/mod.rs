//! What one pass over all weights leaves: hashes, moments, norms, sketches.

mod card;
mod facts;
mod file;
mod hash;
mod job;
mod kernel;
mod library;
mod make;
mod number;
mod pass;
mod raw;
mod signs;
mod source;
mod sums;
mod tokens;
mod units;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use self::file::Stored;

pub use self::facts::{Facts, Moments, Part, TokenizerPrint};
pub use self::file::FingerprintFault;
pub use self::library::{Known, Library, LibraryFault};
pub use self::pass::{PassFault, PassOptions};
pub use self::raw::Matrix;
pub use self::units::{SKETCH, Units};

/// A model's fingerprint: what is known of each part, and its units' sketches when they are asked for.
#[derive(Debug)]
pub struct Fingerprint {
    facts: Facts,
    parts: Vec<Part>,
    tokenizer: Option<TokenizerPrint>,
    remarks: Vec<String>,
    store: Store,
}

/// Where the units are. A model of a trillion weights has a fingerprint of 10 GB, so they are read part by part.
#[derive(Debug)]
enum Store {
    Memory(Vec<Units>),
    File(Stored),
}

/// Why units could not be read.
#[derive(Debug, Error)]
pub enum UnitsFault {
    /// The fingerprint has fewer parts.
    #[error("the fingerprint of {model} has {parts} parts, and none numbered {part}")]
    NoSuchPart {
        /// Which model.
        model: String,
        /// How many parts it has.
        parts: usize,
        /// Which was asked for.
        part: usize,
    },
    /// The file cannot be read.
    #[error("the fingerprint {path}: {fault}; make it anew from the model's weights")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
}

impl Fingerprint {
    /// A fingerprint whose units are all in memory, one [`Units`] a part.
    #[must_use]
    pub fn in_memory(facts: Facts, parts: Vec<(Part, Units)>, tokenizer: Option<TokenizerPrint>) -> Self {
        let (parts, units) = parts.into_iter().unzip();
        Self { facts, parts, tokenizer, remarks: Vec::new(), store: Store::Memory(units) }
    }

    /// What is known of the model as a whole.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Its parts, ordered by component, role and expert.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Its tokenizer, if it came with one.
    #[must_use]
    pub fn tokenizer(&self) -> Option<&TokenizerPrint> {
        self.tokenizer.as_ref()
    }

    /// Tensors that were left out or that no rule names, and why.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The units of a part, by its place in [`Self::parts`].
    ///
    /// # Errors
    ///
    /// When there is no such part, or the file cannot be read.
    pub fn units(&self, part: usize) -> Result<Units, UnitsFault> {
        let none = || UnitsFault::NoSuchPart { model: self.facts.name.clone(), parts: self.parts.len(), part };
        match &self.store {
            Store::Memory(units) => units.get(part).cloned().ok_or_else(none),
            Store::File(stored) => {
                let width = self.parts.get(part).ok_or_else(none)?.width;
                let fault = |fault| UnitsFault::File { path: stored.path().to_owned(), fault };
                stored.units(part, width).map_err(fault)
            }
        }
    }
}
