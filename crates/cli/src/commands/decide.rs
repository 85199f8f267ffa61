//! `daepyo decide`: one decision from a rulebook and facts, with no record and no office.

use std::path::Path;

use anyhow::{Context as _, Result};
use programme::{CutLine, Decision, Facts, Undecided, decide, tally};
use serde::Serialize;

use crate::{Verdict, read, report, say};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Told<'a> {
    Decided { decision: &'a Decision, cut_line: Option<&'a CutLine> },
    Undecided(&'a Undecided),
}

pub(crate) fn run(rulebook: &Path, facts: &Path, json: bool) -> Result<Verdict> {
    let rulebook = read::rulebook(rulebook)?.rulebook;
    let file = facts;
    let facts: Facts = serde_json::from_str(&read::text(file)?)
        .with_context(|| format!("`{}` does not hold facts", file.display()))?;
    let decision = match decide(&rulebook, &facts) {
        Ok(decision) => decision,
        Err(undecided) => {
            if json {
                say::json(&Told::Undecided(&undecided))?;
            } else {
                say::line("the stage cannot be decided yet:")?;
                undecided.gaps.iter().try_for_each(|gap| say::line(&format!("  - {gap}")))?;
            }
            return Ok(Verdict::Unsound);
        }
    };
    let stage = rulebook.stage(&facts.stage).filter(|stage| stage.score.is_some());
    let line = stage.and_then(|stage| tally(stage, &facts).ok().map(|tally| (stage, tally)));
    let line = line.map(|(stage, tally)| programme::cut_line(stage, &tally, &decision));
    if json {
        say::json(&Told::Decided { decision: &decision, cut_line: line.as_ref() })?;
    } else {
        let nameless = |team: &programme::TeamId| team.to_string();
        say::line(&report::standings(&decision, nameless))?;
        if let Some(line) = &line {
            say::line(&report::cut_line(line, nameless))?;
        }
    }
    Ok(Verdict::Sound)
}
