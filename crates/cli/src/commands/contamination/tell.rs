//! A report is written and printed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use provenance::contamination::{Comparison, Report, compare, html, read_scores};

use super::table;
use crate::args::contamination::ToldArgs;
use crate::{Verdict, say};

/// Writes what is wanted, prints the rest, and says whether anything was found.
pub(super) fn tell(report: &Report, told: &ToldArgs) -> Result<Verdict> {
    let scores = scores(report, told)?;
    let json = report.to_json()?;
    if let Some(file) = &told.out {
        write(file, &json)?;
    }
    if let Some(file) = &told.html {
        write(file, &html::render(report, &scores, told.lang.map_or(provenance::Language::En, Into::into)))?;
    }
    if told.json {
        say::out(json)?;
    } else {
        say::line(&table::told(report, &scores))?;
        for (name, file) in [("report", &told.out), ("page", &told.html)] {
            if let Some(file) = file {
                say::line(&format!("{name}: {}", file.display()))?;
            }
        }
    }
    let is_found = report.benchmarks.iter().any(|one| one.verbatim + one.near > 0);
    Ok(if is_found || !report.corpus.faults.is_empty() { Verdict::Unsound } else { Verdict::Sound })
}

fn scores(report: &Report, told: &ToldArgs) -> Result<Vec<Comparison>> {
    let each = told.scores.iter().map(|given| {
        let (task, file) = given.split_once('=').unwrap_or_default();
        ensure!(!task.is_empty() && !file.is_empty(), "--scores takes TASK=FILE, not `{given}`");
        Ok(compare(report, task, &read_scores(Path::new(file), &told.score_field)?)?)
    });
    each.collect()
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}
