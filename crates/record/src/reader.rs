//! Reading a record without touching it.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::checkpoint::Checkpoint;
use crate::folder::{self, DATABASE, Quiet, SEAL, VAULT};
use crate::key::VerifierKey;
use crate::log::{Entry, Log, ReadError};
use crate::receipt::Receipt;
use crate::record::{self, OpenError, SignError};
use crate::sqlite::{Access, Sqlite};
use crate::tree::{Hash, Tree};
use crate::vault::Vault;

/// A record open for reading: what it held when it was opened.
///
/// A sealed record is read without any lock, as on media that cannot hold one. Should a writer open
/// it meanwhile, reading may fail, but never hands out an event that differs from the tree.
pub struct Reader {
    log: Log,
    vkey: VerifierKey,
    checkpoint: Checkpoint,
    vault: Vault,
    /// Keeps the copy of a crashed database for as long as it is read.
    _source: Source,
}

impl Reader {
    pub(crate) fn open(dir: &Path) -> Result<Reader, OpenError> {
        if !dir.join(folder::CHECKPOINT).exists() {
            return Err(OpenError::NoRecord(dir.to_owned()));
        }
        let vkey = record::read_vkey(dir)?;
        let source = Source::of(dir).map_err(OpenError::Folder)?;
        // Before the events: a writer may be at work, and the log only ever grows.
        let checkpoint = record::read_checkpoint(dir, &vkey)?;
        let log = Log::read(Arc::new(source.engine.clone())).map_err(OpenError::Replay)?;
        record::check_contains(&log, &checkpoint)?;
        let vault = Vault::new(dir.join(VAULT), false);
        Ok(Reader { log, vkey, checkpoint, vault, _source: source })
    }

    /// How many events it holds.
    pub fn size(&self) -> u64 {
        self.log.tree().size()
    }

    /// The root over all of them.
    pub fn root(&self) -> Hash {
        self.log.tree().root()
    }

    /// The events of a range, as many as there are, each compared with the tree.
    pub fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, ReadError> {
        self.log.entries(range)
    }

    /// The checkpoint that was stored last; events may have come after it.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Proof that an event is in the log, if the stored checkpoint covers it.
    pub fn receipt(&self, index: u64) -> Result<Receipt, SignError> {
        record::receipt(&self.log, index, &self.checkpoint)
    }

    /// The documents and personal data beside the log, for reading.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The key that anyone needs to check this log.
    pub fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    pub(crate) fn with_tree<T>(&self, work: impl FnOnce(&Tree) -> T) -> T {
        work(&self.log.tree())
    }
}

/// How to get at the events of a folder in whatever state it is.
pub(crate) struct Source {
    pub(crate) engine: Sqlite,
    /// A database that a crash left with a write-ahead log is read from a copy, as SQLite would
    /// otherwise write beside it.
    _copy: Option<TempDir>,
}

impl Source {
    pub(crate) fn of(dir: &Path) -> io::Result<Source> {
        let path = dir.join(DATABASE);
        let quiet = folder::keep_quiet(dir)?;
        if matches!(quiet, Quiet::No) {
            let engine = Sqlite { path, access: Access::Shared };
            return Ok(Source { engine, _copy: None });
        }
        let written_ahead = folder::write_ahead_log(dir);
        if dir.join(SEAL).exists() || !written_ahead.exists() {
            let path = fs::canonicalize(path)?;
            let engine = Sqlite { path, access: Access::Immutable };
            return Ok(Source { engine, _copy: None });
        }
        let copy = tempfile::tempdir()?;
        let path = copy.path().join(DATABASE);
        fs::copy(dir.join(DATABASE), &path)?;
        fs::copy(written_ahead, folder::write_ahead_log(copy.path()))?;
        Ok(Source { engine: Sqlite { path, access: Access::Shared }, _copy: Some(copy) })
    }
}
