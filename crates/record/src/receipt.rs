//! Receipts (C2SP tlog-proof): proof, on one page, that an event is in the log.

use std::fmt::Write as _;

use crate::checkpoint::{Checkpoint, CheckpointError, parse_decimal};
use crate::key::VerifierKey;
use crate::tree::{Hash, leaf_hash, root_from_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// No tree has a path longer than the bits of its size.
const MAX_PATH: usize = 64;

/// An inclusion proof and the checkpoint it leads to. It verifies offline, with the log's verifier
/// key and the event alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    index: u64,
    text: String,
}

impl Receipt {
    pub(crate) fn new(index: u64, path: &[Hash], checkpoint: &Checkpoint) -> Receipt {
        let mut text = format!("{FIRST_LINE}\nindex {index}\n");
        for hash in path {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{hash}");
        }
        text.push('\n');
        text.push_str(checkpoint.text());
        Receipt { index, text }
    }

    /// The event's position in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The proof's text, by custom in a file ending `.tlog-proof`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a receipt that holds proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The event's position in the log.
    pub index: u64,
    /// The checkpoint that commits the log to it.
    pub checkpoint: Checkpoint,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The text is not a tlog-proof.
    #[error("not a receipt: {0}")]
    Form(&'static str),
    /// The checkpoint on it is not the log's.
    #[error("the receipt's checkpoint is not to be believed")]
    Checkpoint(#[source] CheckpointError),
    /// The proof does not lead from this event to the checkpoint's root.
    #[error("the receipt does not belong to this event")]
    OtherEvent,
}

/// Checks a receipt for an event's bytes against the log's verifier key.
pub fn verify_receipt(text: &str, vkey: &VerifierKey, event: &[u8]) -> Result<Proven, ReceiptError> {
    let blank = text.find("\n\n").ok_or(ReceiptError::Form("it has no blank line"))?;
    let (head, checkpoint) = (&text[..blank], &text[blank + 2..]);
    let mut lines = head.split('\n').peekable();
    if lines.next() != Some(FIRST_LINE) {
        return Err(ReceiptError::Form("it does not begin as a tlog-proof"));
    }
    // Extra data is unsigned and this log gives it no meaning.
    lines.next_if(|line| line.starts_with("extra "));
    let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
    let index = index.ok_or(ReceiptError::Form("it names no index"))?;
    let path: Vec<Hash> = lines
        .take(MAX_PATH + 1)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| ReceiptError::Form("a line of its path is not a hash"))?;
    let checkpoint = Checkpoint::parse(checkpoint, vkey).map_err(ReceiptError::Checkpoint)?;
    match root_from_inclusion(leaf_hash(event), index, checkpoint.size(), &path) {
        Some(root) if root == checkpoint.root() => Ok(Proven { index, checkpoint }),
        _ => Err(ReceiptError::OtherEvent),
    }
}
