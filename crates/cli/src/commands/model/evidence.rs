//! The evidence of a training is checked.

use std::path::Path;

use anyhow::Result;
use model::folder::load_weights;
use model::train::Run;
use provenance::evidence::{Finding, digest_of_floats, verify};

use crate::{Verdict, say};

/// Checks the log of a training, the checkpoints beside it, and the weights that came of it.
pub(crate) fn evidence(dir: &Path) -> Result<Verdict> {
    let inner = dir.join("work").join("training");
    let folder = if inner.is_dir() { inner } else { dir.to_owned() };
    let mut report = verify(&Run::evidence(&folder), &Run::checkpoints(&folder))?;
    if folder != dir {
        report.findings.extend(other_weights(dir, &report.weights)?);
    }
    for finding in &report.findings {
        say::line(&format!("wrong: {finding}"))?;
    }
    say::line(&format!(
        "{} lines, {} steps, taken up again {} times, {} checkpoints held against the log\nlast line: {}",
        report.lines, report.steps, report.resumed, report.checkpoints, report.head
    ))?;
    Ok(if report.findings.is_empty() { Verdict::Sound } else { Verdict::Unsound })
}

/// Whether the folder holds the weights that the log comes to. One whose training is under way holds none yet.
fn other_weights(dir: &Path, told: &[String]) -> Result<Option<Finding>> {
    if !dir.join("config.json").is_file() {
        return Ok(None);
    }
    let (_, weights) = load_weights(dir)?;
    let what = "the folder's weights are not those that the log comes to".to_owned();
    Ok((!told.contains(&digest_of_floats(&weights))).then_some(Finding { line: None, what }))
}
