//! Checkpoints (C2SP tlog-checkpoint): the log's size and root, signed.

use crate::key::{Signer, VerifierKey};
use crate::note::{self, Note, NoteError};
use crate::tree::Hash;

/// A signed statement that the log held `size` events under `root`.
///
/// Whoever keeps one can later show whether the log still contains everything it held then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    size: u64,
    root: Hash,
    text: String,
}

/// Why a text is not a checkpoint of the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note is malformed or not signed by the log's key.
    #[error("the checkpoint is not the log's")]
    Note(#[source] NoteError),
    /// The signed text is not origin, size and root.
    #[error("the checkpoint does not consist of the log's origin, a size and a root")]
    Form,
}

impl Checkpoint {
    pub(crate) fn sign(size: u64, root: Hash, signer: &Signer) -> Checkpoint {
        let body = format!("{}\n{size}\n{root}\n", signer.vkey().name());
        Checkpoint { size, root, text: note::sign(&body, signer) }
    }

    /// Reads a checkpoint and checks the log's signature; further signatures are ignored.
    pub fn parse(text: &str, vkey: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        let note = Note::parse(text).map_err(CheckpointError::Note)?;
        let body = note.signed_by(vkey).map_err(CheckpointError::Note)?;
        Checkpoint::from_body(body, text, vkey)
    }

    /// Reads the log's own file, in which no byte may be anything but what the log wrote.
    pub(crate) fn parse_own(text: &str, vkey: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        let note = Note::parse(text).map_err(CheckpointError::Note)?;
        let body = note.signed_only_by(vkey).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::from_body(body, text, vkey)?;
        // No extension lines in our own: they could not be audited.
        if body.lines().count() == 3 { Ok(checkpoint) } else { Err(CheckpointError::Form) }
    }

    fn from_body(body: &str, text: &str, vkey: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        let mut lines = body.strip_suffix('\n').unwrap_or(body).split('\n');
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        if origin != Some(vkey.name()) || lines.any(str::is_empty) {
            return Err(CheckpointError::Form);
        }
        let size = size.and_then(parse_decimal).ok_or(CheckpointError::Form)?;
        let root = root.and_then(|root| root.parse().ok()).ok_or(CheckpointError::Form)?;
        Ok(Checkpoint { size, root, text: text.to_owned() })
    }

    /// How many events it covers.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The signed note, to print, publish or keep.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A decimal without sign or leading zero.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
