//! `daepyo rulebook check | explain | hash | schema`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rulebook::{Findings, Language, Rulebook};

use crate::{Verdict, read, say};

/// Everything that is wrong in every file.
pub(crate) fn check(files: &[PathBuf], json: bool) -> Result<Verdict> {
    let checked: Vec<_> = files.iter().map(|file| Ok((file, findings(file)?))).collect::<Result<_>>()?;
    let broken = checked.iter().any(|(_, (findings, _))| findings.errors().next().is_some());
    if json {
        say::json(&checked.iter().map(|(_, (findings, _))| findings).collect::<Vec<_>>())?;
    } else {
        for (file, (findings, hash)) in &checked {
            say_findings(file, findings, hash.as_deref())?;
        }
    }
    Ok(if broken { Verdict::Unsound } else { Verdict::Sound })
}

/// What is found in a file, and the rulebook's hash if it is one.
fn findings(file: &Path) -> Result<(Findings, Option<String>)> {
    let name = file.display().to_string();
    Ok(match Rulebook::parse(&read::text(file)?) {
        Ok(checked) => (checked.warnings.in_file(name), Some(checked.hash)),
        Err(findings) => (findings.in_file(name), None),
    })
}

fn say_findings(file: &Path, findings: &Findings, hash: Option<&str>) -> Result<()> {
    if !findings.is_empty() {
        say::line(&findings.to_string())?;
    }
    match hash {
        Some(hash) => say::line(&format!("{}: a rulebook, SHA-256 {hash}", file.display())),
        None => say::line(&format!("{}: no rulebook", file.display())),
    }
}

pub(crate) fn explain(file: &Path, language: Option<Language>) -> Result<Verdict> {
    let rulebook = read::rulebook(file)?.rulebook;
    let first = rulebook.programme.languages.first().copied();
    let language = language.or(first).context("the rulebook speaks no language")?;
    say::line(rulebook::explain(&rulebook, language).trim_end())?;
    Ok(Verdict::Sound)
}

pub(crate) fn hash(file: &Path) -> Result<Verdict> {
    // A hash that is spoken of must be of a rulebook that holds.
    say::line(&read::rulebook(file)?.hash)?;
    Ok(Verdict::Sound)
}

pub(crate) fn schema() -> Result<Verdict> {
    say::line(&serde_json::to_string_pretty(&rulebook::schema())?)?;
    Ok(Verdict::Sound)
}
