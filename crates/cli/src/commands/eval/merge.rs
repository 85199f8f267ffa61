//! `daepyo eval merge`: journals of several folders become one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use evaluation::run::{Journal, JournalOptions};

use crate::{Verdict, say};

/// The journal of an output folder.
pub(super) fn journal_of(output: &Path) -> PathBuf {
    output.join("journal")
}

pub(crate) fn merge(from: &[PathBuf], into: &Path) -> Result<Verdict> {
    let journal = Journal::open(&journal_of(into), JournalOptions::default())?;
    join(&journal, from)?;
    say::line(&format!("{} answers in {}", journal.len(), journal_of(into).display()))?;
    Ok(Verdict::Sound)
}

/// Joins the journals of output folders into one that is open.
pub(super) fn join(journal: &Journal, from: &[PathBuf]) -> Result<()> {
    for folder in from {
        journal.merge(&journal_of(folder))?;
    }
    journal.sync()?;
    Ok(())
}
