//! The evidence of a training is checked.

use std::path::Path;

use anyhow::Result;
use model::train::Run;
use provenance::evidence::verify;

use crate::{Verdict, say};

/// Checks the log of a training and the checkpoints beside it.
pub(crate) fn evidence(dir: &Path) -> Result<Verdict> {
    let inner = dir.join("work").join("training");
    let folder = if inner.is_dir() { inner } else { dir.to_owned() };
    let report = verify(&Run::evidence(&folder), &Run::checkpoints(&folder))?;
    for finding in &report.findings {
        say::line(&format!("wrong: {finding}"))?;
    }
    say::line(&format!(
        "{} lines, {} steps, taken up again {} times, {} checkpoints held against the log\nlast line: {}",
        report.lines, report.steps, report.resumed, report.checkpoints, report.head
    ))?;
    Ok(if report.findings.is_empty() { Verdict::Sound } else { Verdict::Unsound })
}
