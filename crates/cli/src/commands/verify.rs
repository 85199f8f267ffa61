//! `daepyo verify` and `daepyo record verify`.

use std::path::Path;

use anyhow::{Result, ensure};
use office::Verification;
use programme::{StageKey, State};
use record::{Report, VerifyOptions};
use serde::Serialize;

use crate::{
    Verdict,
    args::Trust,
    read, say,
    text::{table, wrapped},
};

impl Trust {
    /// Has `verify` look at a folder with this trust.
    fn with<T>(&self, dir: &Path, verify: impl FnOnce(VerifyOptions<'_>) -> T) -> Result<T> {
        ensure!(dir.is_dir(), "`{}` is no folder", dir.display());
        let kept = self.checkpoint.as_deref().map(read::text).transpose()?;
        let vkey = self.vkey.as_deref().map(read::vkey).transpose()?;
        Ok(verify(VerifyOptions {
            vkey: vkey.as_ref(),
            kept_checkpoint: kept.as_deref(),
            allow_unsealed: self.live,
            ..VerifyOptions::default()
        }))
    }
}

/// Checks a folder: the record byte by byte, then every event against the rules.
pub(crate) fn programme(dir: &Path, trust: &Trust, json: bool) -> Result<Verdict> {
    let verification = trust.with(dir, |options| office::verify(dir, options))?;
    if json {
        say::json(&Told::of(&verification))?;
    } else {
        say::out(record_part(&verification.record))?;
        say::out(programme_part(&verification))?;
        if !verification.is_sound() {
            say::line("\nNOT SOUND")?;
        }
    }
    Ok(verdict(verification.is_sound()))
}

/// Checks a folder as a record alone. What was erased on purpose only the events can say.
pub(crate) fn record(dir: &Path, trust: &Trust, json: bool) -> Result<Verdict> {
    let report =
        trust.with(dir, |options| record::verify(dir, &VerifyOptions { erased: office::erased(dir), ..options }))?;
    if json {
        say::json(&report)?;
    } else {
        say::out(record_part(&report))?;
    }
    Ok(verdict(report.is_sound()))
}

fn verdict(sound: bool) -> Verdict {
    if sound { Verdict::Sound } else { Verdict::Unsound }
}

/// What is told as JSON.
#[derive(Serialize)]
struct Told<'a> {
    sound: bool,
    record: &'a Report,
    events: Option<u64>,
    decisions: Vec<ToldDecision<'a>>,
    error: Option<String>,
}

#[derive(Serialize)]
struct ToldDecision<'a> {
    window: &'a str,
    stage: &'a str,
    candidates: usize,
    kept: usize,
}

impl<'a> Told<'a> {
    fn of(verification: &'a Verification) -> Self {
        let state = verification.state.as_ref().ok();
        let decisions = state.map(|state| decisions(state)).unwrap_or_default();
        let decisions = decisions.into_iter().map(|(key, candidates, kept)| ToldDecision {
            window: key.window.as_str(),
            stage: key.stage.as_str(),
            candidates,
            kept,
        });
        Self {
            sound: verification.is_sound(),
            record: &verification.record,
            events: state.map(|state| state.events),
            decisions: decisions.collect(),
            error: verification.state.as_ref().err().map(chain),
        }
    }
}

/// Every decision that stands, in the order in which the stages opened.
fn decisions(state: &State) -> Vec<(&StageKey, usize, usize)> {
    let mut stages: Vec<_> = state.stages.iter().collect();
    stages.sort_by_key(|(_, stage)| stage.opened);
    let decided = stages.into_iter().filter_map(|(key, stage)| {
        let decision = &stage.decided.as_ref()?.decision;
        Some((key, decision.teams.len(), decision.kept.len()))
    });
    decided.collect()
}

fn record_part(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&format!("{}\n", wrapped("FOUND  ", &finding.to_string())));
    }
    let size = report.size.map_or_else(|| "no".to_owned(), |size| size.to_string());
    text.push_str(&format!("record      {size} events\n"));
    if let Some(root) = &report.root {
        text.push_str(&format!("root        {root}\n"));
    }
    if let Some(vkey) = &report.vkey {
        text.push_str(&format!("log         {vkey}\n"));
    }
    let sealed = match (report.sealed, report.is_sound()) {
        (true, true) => "yes: every byte of every file was checked",
        (true, false) => "yes, but see what was found",
        (false, _) => "no",
    };
    text.push_str(&format!("sealed      {sealed}\n"));
    let private = if report.private_part { "here" } else { "absent, as in a copy for others" };
    text.push_str(&format!("private     {private}\n"));
    let verdict = if report.is_sound() { "sound" } else { "NOT SOUND" };
    text.push_str(&format!("verdict     the record is {verdict}\n"));
    text
}

fn programme_part(verification: &Verification) -> String {
    match &verification.state {
        Err(error) => format!("\nNOT SOUND   {}\n", chain(error)),
        Ok(state) => {
            let rows = decisions(state).into_iter().map(|(key, candidates, kept)| {
                let from = format!("{}/{}", key.window, key.stage);
                vec![from, candidates.to_string(), kept.to_string(), "worked out anew, the same".to_owned()]
            });
            let table = table(&["stage", "teams", "kept", "decision"], &[1, 2], rows.collect());
            let erased = state.erased.len();
            format!(
                "\n{table}\n\n\
                 Every event follows from the events before it and the rulebook; every draw, seal\n\
                 and decision was worked out anew. {erased} sealed items were erased on purpose; the\n\
                 tree stands as it did.\n"
            )
        }
    }
}

/// An error and everything that led to it.
fn chain(error: &(impl std::error::Error + 'static)) -> String {
    anyhow::Chain::new(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
