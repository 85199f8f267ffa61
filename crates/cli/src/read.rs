//! Files that a command is given.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use rulebook::{Checked, Rulebook};

/// The text of a file.
pub(crate) fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))
}

/// A rulebook without errors; where there are some, all of them are the error.
pub(crate) fn rulebook(file: &Path) -> Result<Checked> {
    match Rulebook::parse(&text(file)?) {
        Ok(checked) => Ok(checked),
        Err(findings) => bail!("the rulebook has errors\n\n{}", findings.in_file(file.display().to_string())),
    }
}

/// A verifier key: the text itself, or the name of a file that holds it.
pub(crate) fn vkey(given: &str) -> Result<record::VerifierKey> {
    let held = fs::read_to_string(given).ok();
    let text = held.as_deref().map_or(given, str::trim_end);
    text.parse().with_context(|| format!("`{given}` is neither a verifier key nor a file that holds one"))
}
