//! `daepyo eval merge`: journals of several folders become one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use evaluation::run::{Journal, JournalOptions};

use super::journal;
use crate::{Verdict, say};

pub(crate) fn merge(from: &[PathBuf], into: &Path) -> Result<Verdict> {
    let joined = Journal::open(&journal::of(into), JournalOptions::default())?;
    journal::join(&joined, from)?;
    journal::tell_damaged(&joined, false);
    say::line(&format!("{} answers in {}", joined.len(), journal::of(into).display()))?;
    Ok(Verdict::Sound)
}
