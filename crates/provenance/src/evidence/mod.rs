//! What happened while a model was trained, as a chain that cannot be changed afterwards without it being seen.
//!
//! The log is JSON lines. Line `n`, counted from 0, is
//!
//! ```json
//! {"line":1,"before":"<SHA-256 of line 0>","entry":{"kind":"loss","step":10,"loss":7.1},"digest":"<of this line>"}
//! ```
//!
//! `before` is the SHA-256 of the whole line before, without its end; 64 zeros in the first. `digest` is the SHA-256 of
//! the line's own number, `before` and entry, so that the last line, which no later one vouches for, is held too. A
//! line is only ever written in this one form, so that no byte of the file is free.
//!
//! A chain shows that nothing was changed after its last line was *known to others*: whoever holds the whole file can
//! write another from the start. [`Report::head`] is what to publish as the training goes, or to hand to whoever
//! keeps the time. [`verify()`] holds the chain, the story it tells (what was done over again after an interruption has
//! to come out the same), and the checkpoints that are still there.
//!
//! After the end stand the tunings of the trained model, each with its data and the weights that it came to.
//!
//! Any trainer can keep such a log: [`Log::open`], then [`Log::append`], or [`Log::tell`], which reads the digests of
//! files itself. [`path`] asks whether the checkpoints of a log lie as those of one training do.

mod log;
pub mod path;
mod told;
mod verify;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use self::log::{Log, Repair};
pub use self::told::{Told, digest_of_path};
pub use self::verify::{Finding, Report, check, digest_of_file, verify};

/// The ending of files that the log speaks of.
pub const CHECKPOINT_ENDING: &str = "checkpoint";

/// One thing that happened. Digests are SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Entry {
    /// A training began from first weights.
    Start {
        /// Digest of the source that trains.
        source: String,
        /// Digest of the recipe.
        recipe: String,
        /// Digest of the manifest of the text.
        data: String,
        /// Digest of the tokenizer.
        tokenizer: String,
        /// Digest of the first weights, as little-endian floats.
        weights: String,
    },
    /// The loss of a step.
    Loss {
        /// Steps done, this one among them.
        step: u64,
        /// Mean nats a token.
        loss: f64,
        /// The learning rate of the step, where it was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rate: Option<f64>,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Steps done.
        step: u64,
        /// Its name in the folder of checkpoints.
        file: String,
        /// Digest of the file.
        digest: String,
        /// Digest of the weights in it, as little-endian floats.
        weights: String,
    },
    /// The training went on from a checkpoint; what was done after it was lost, and is done again.
    Resumed {
        /// Steps done at the checkpoint.
        step: u64,
        /// Digest of the checkpoint.
        digest: String,
    },
    /// The training came to its end.
    End {
        /// Steps done.
        step: u64,
        /// Digest of the last weights, as little-endian floats.
        weights: String,
    },
    /// The trained model was tuned: the one thing that may follow the end, and each time from the weights of the end.
    Tuned {
        /// Digest of the recipe.
        recipe: String,
        /// Digest of the conversations and then the pairs of answers, each as a line of JSON.
        data: String,
        /// Digest of the weights that it began from, as little-endian floats.
        from: String,
        /// Digest of the weights that it came to, as little-endian floats.
        weights: String,
    },
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: usize,
    before: String,
    entry: Entry,
    digest: String,
}

/// What `before` says in the first line.
fn nothing_before() -> String {
    "0".repeat(64)
}

impl Line {
    fn new(line: usize, before: String, entry: Entry) -> Result<Self, serde_json::Error> {
        let digest = sha256(format!("{line}\n{before}\n{}", serde_json::to_string(&entry)?).as_bytes());
        Ok(Self { line, before, entry, digest })
    }

    /// Reads a line, and says what is wrong with it, if anything is: none but the form it was written in will do.
    fn read(text: &str, line: usize, before: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|fault| format!("is no line of a log: {fault}"))?;
        if read.line != line {
            return Err(format!("says it is line {}: lines are missing, or stand in another order", read.line));
        }
        if read.before != before {
            return Err("does not hold the digest of the line before: one of the two was changed".to_owned());
        }
        let anew = Self::new(line, read.before.clone(), read.entry.clone()).map_err(|fault| fault.to_string())?;
        match anew.digest == read.digest && serde_json::to_string(&anew).is_ok_and(|anew| anew == text) {
            true => Ok(read),
            false => Err("was changed: it does not hold its own digest".to_owned()),
        }
    }
}

/// Why a log could not be kept or read.
#[derive(Debug, Error)]
pub enum EvidenceFault {
    /// A file cannot be read or written.
    #[error("the evidence log {path}: {fault}; see that the folder is there and can be written")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A log that is to be continued is not whole.
    #[error("the evidence log {path}, line {line} {what}; begin a new run in another folder, or bring back the file")]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A training cannot end at a step that left no weights.
    #[error("no checkpoint of step {step} was told; tell it, or name it with the end")]
    NoCheckpoint {
        /// The step of the end.
        step: u64,
    },
    /// Two would write into each other's lines.
    #[error(
        "the evidence log {path} is being written by another process; let it end first, or keep one open for all entries"
    )]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// An entry that JSON cannot say, a loss that is no number.
    #[error("the entry cannot be written: {0}; write only finite numbers")]
    Entry(serde_json::Error),
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of floats as little-endian bytes, in hexadecimal.
#[must_use]
pub fn digest_of_floats(floats: &[f32]) -> String {
    let mut hash = Sha256::new();
    let mut bytes = Vec::with_capacity(4 * 4096);
    for chunk in floats.chunks(4096) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|float| float.to_le_bytes()));
        hash.update(&bytes);
    }
    hex::encode(hash.finalize())
}
