//! Where task files are found: the shipped ones, an installed lm-eval, and the folders that were named.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use evaluation::suite;

/// The folders of task files; of several tasks of one name the last counts: lm-eval's own, the shipped, those named.
pub(crate) fn roots(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut roots: Vec<PathBuf> = installed().into_iter().collect();
    roots.push(shipped()?);
    roots.extend_from_slice(named);
    Ok(roots)
}

/// The shipped tasks, written into the cache where they are not there yet.
pub(super) fn shipped() -> Result<PathBuf> {
    let dir = cache().join("tasks");
    suite::materialise(&dir).with_context(|| format!("the shipped tasks cannot be written to `{}`", dir.display()))
}

/// This program's own folder in the user's cache.
pub(super) fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
    let home = || std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from).join(".cache");
    base.unwrap_or_else(home).join("daepyo")
}

/// The tasks of the lm-eval in the active virtual environment.
fn installed() -> Option<PathBuf> {
    let libraries = Path::new(&std::env::var_os("VIRTUAL_ENV")?).join("lib");
    let pythons = std::fs::read_dir(libraries).ok()?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut tasks: Vec<PathBuf> = pythons.map(|python| python.join("site-packages/lm_eval/tasks")).collect();
    tasks.sort();
    tasks.into_iter().find(|tasks| tasks.is_dir())
}
