//! What a rehearsal leaves behind, for machines.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use programme::{StageKey, State};
use serde::Serialize;

use super::{models::ModelsSummary, phase, play::Play, stages};
use crate::text::wrapped;

/// One rehearsal.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    programme: String,
    seed: u64,
    rulebook: String,
    stages: Vec<StageSummary>,
    /// What came after selection.
    later: Vec<StageSummary>,
    /// What came of the models, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<ModelsSummary>,
    applications: Applications,
    objections: usize,
    agreements: usize,
    events: u64,
    root: String,
    checkpoint: String,
}

/// One stage.
#[derive(Debug, Serialize)]
struct StageSummary {
    id: String,
    candidates: usize,
    kept: usize,
    ties: usize,
    teams: Vec<String>,
}

/// What became of the applications.
#[derive(Debug, Serialize)]
struct Applications {
    begun: usize,
    withdrawn: usize,
    late: usize,
}

/// Signs a checkpoint and writes the summary into the folder, where the seal will cover it.
pub(crate) fn write(play: &Play, models: Option<ModelsSummary>, dir: &Path) -> Result<Summary> {
    let state = play.state();
    let checkpoint = play.office.record().checkpoint()?;
    let told = |key: &StageKey| stage(play, &state, key);
    let (stages, later) = (stages(play), [phase::key(play)]);
    let teams = state.teams.values();
    let summary = Summary {
        programme: play.rulebook.programme.id.to_string(),
        seed: play.seed,
        rulebook: state.adopted()?.hash.clone(),
        stages: stages.iter().map(told).collect::<Result<_>>()?,
        later: later.iter().map(told).collect::<Result<_>>()?,
        models,
        applications: Applications {
            begun: teams.len(),
            withdrawn: teams.clone().filter(|team| team.withdrew.is_some()).count(),
            late: teams.filter(|team| team.refused.is_some()).count(),
        },
        objections: state.objections.len(),
        agreements: state.agreements.len(),
        events: state.events,
        root: checkpoint.root().to_string(),
        checkpoint: checkpoint.text().to_owned(),
    };
    let text = serde_json::to_string_pretty(&summary)?;
    fs::write(dir.join("summary.json"), text).context("the summary could not be written")?;
    Ok(summary)
}

fn stage(play: &Play, state: &State, key: &StageKey) -> Result<StageSummary> {
    let decision = &state.decided(key)?.decision;
    Ok(StageSummary {
        id: key.stage.to_string(),
        candidates: decision.teams.len(),
        kept: decision.kept.len(),
        ties: decision.ties.len(),
        teams: decision.kept.iter().map(|team| play.name(team)).collect(),
    })
}

impl Summary {
    /// The last words: where the record lies and how to check it.
    pub(crate) fn ending(&self, dir: &Path) -> String {
        let dir = dir.display();
        let told = format!(
            "{} events, {} applications ({} withdrawn, {} late), {} objection, {} agreements. \
             The tree over the events has the root {}; its checkpoint is signed.",
            self.events,
            self.applications.begun,
            self.applications.withdrawn,
            self.applications.late,
            self.objections,
            self.agreements,
            self.root,
        );
        format!(
            "{}\n\nThe folder is {dir}. Check it, from the events alone:\n\n  daepyo verify {dir}",
            wrapped("", &told)
        )
    }
}
