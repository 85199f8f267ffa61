//! Where things lie in a record's folder, and who may write there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The database of events.
pub(crate) const DATABASE: &str = "log.sqlite";
/// The log's verifier key.
pub(crate) const VKEY: &str = "log.vkey";
/// The latest checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The seal over a closed folder.
pub(crate) const SEAL: &str = "seal";
/// Documents and personal data.
pub(crate) const VAULT: &str = "vault";
/// What never leaves the operator.
pub(crate) const PRIVATE: &str = "private";
/// The signing key.
pub(crate) const SECRET: &str = "private/log.key";
/// The seal over the private part, so that the other one need not name what is in it.
pub(crate) const PRIVATE_SEAL: &str = "private/seal";

/// SQLite's companions of the database while it is open.
pub(crate) fn write_ahead_log(dir: &Path) -> PathBuf {
    dir.join("log.sqlite-wal")
}

/// Takes the right to write, which is a lock on the signing key: whoever signs, writes. The lock
/// falls when the file is dropped. `None` if somebody else has it.
pub(crate) fn lock_for_writing(dir: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().read(true).write(true).open(dir.join(SECRET))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Keeps writers away while a folder is read that nobody writes to.
pub(crate) enum Quiet {
    /// Nobody writes, and nobody will while this is held.
    Held(#[expect(dead_code, reason = "held for its lock")] File),
    /// Nobody can write: the signing key is not here.
    NoKey,
    /// A writer is at work.
    No,
}

pub(crate) fn keep_quiet(dir: &Path) -> io::Result<Quiet> {
    let file = match File::open(dir.join(SECRET)) {
        Ok(file) => file,
        // Somebody else's key is as good as none.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
            return Ok(Quiet::NoKey);
        }
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Quiet::Held(file)),
        Err(TryLockError::WouldBlock) => Ok(Quiet::No),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
