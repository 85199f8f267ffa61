//! Reports of shards, put together.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use provenance::contamination::{Report, merge as joined};

use super::tell;
use crate::Verdict;
use crate::args::contamination::ToldArgs;

/// Puts the reports of all shards together.
pub(crate) fn merge(files: &[PathBuf], told: &ToldArgs) -> Result<Verdict> {
    let reports = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    tell::tell(&joined(reports)?, told)
}

pub(super) fn read(file: &std::path::Path) -> Result<Report> {
    let text = crate::read::text(file)?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is no report of `daepyo contamination`", file.display()))
}
