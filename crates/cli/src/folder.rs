//! Folders that a command is given.

use std::path::Path;

use anyhow::{Result, ensure};

/// Refuses a folder in which something lies that could be written over.
pub(crate) fn ensure_free(dir: &Path) -> Result<()> {
    let is_free = !dir.exists() || dir.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    ensure!(is_free, "`{}` is not empty; name an empty or new folder", dir.display());
    Ok(())
}

/// What a folder of a model is called, however it was written down.
pub(crate) fn name(dir: &Path) -> String {
    let own = dir.canonicalize().ok().and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()));
    own.unwrap_or_else(|| "model".to_owned())
}
