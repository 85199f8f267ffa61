//! `daepyo rulebook simulate`: how well would these rules find the best teams?

use std::path::Path;

use anyhow::{Context as _, Result};
use programme::{Figure, PanelResult, SimulateOptions, Simulation, StageMean, StageShare, simulate};
use rulebook::{Exact, Id, Rulebook, Stage};

use crate::{
    Verdict, read, say,
    text::{table, wrapped},
};

/// What is asked.
pub(crate) struct Ask {
    pub(crate) stage: Option<String>,
    pub(crate) panel: Option<String>,
    pub(crate) teams: u32,
    pub(crate) icc: f64,
    pub(crate) spread: f64,
    pub(crate) severity: f64,
    pub(crate) step: Option<String>,
    pub(crate) runs: u64,
    pub(crate) seed: u64,
}

pub(crate) fn run(file: &Path, ask: &Ask, json: bool) -> Result<Verdict> {
    let rulebook = read::rulebook(file)?.rulebook;
    let stage = stage(&rulebook, ask.stage.as_deref())?;
    let step = ask.step.as_deref().map(str::parse::<Exact>).transpose().context("the step is no number")?;
    let simulation = simulate(
        stage,
        &SimulateOptions {
            teams: ask.teams,
            stages: ask.runs,
            seed: ask.seed,
            quality_sd: ask.spread,
            icc: ask.icc,
            severity_sd: ask.severity,
            step,
            panel: ask.panel.as_deref().map(Id::new),
        },
    )?;
    if json {
        say::json(&simulation)?;
    } else {
        say::line(&told(stage, ask, &simulation))?;
    }
    Ok(Verdict::Sound)
}

/// The stage asked for, or the first that keeps a number of teams.
fn stage<'a>(rulebook: &'a Rulebook, asked: Option<&str>) -> Result<&'a Stage> {
    if let Some(id) = asked {
        return rulebook.stage(&Id::from(id)).with_context(|| format!("the rulebook has no stage `{id}`"));
    }
    let keeps = |stage: &&Stage| stage.score.is_some() && stage.cut.as_ref().is_some_and(|cut| cut.keep.is_some());
    rulebook.stages.iter().find(keeps).context("no stage of the rulebook keeps a number of teams by their score")
}

fn told(stage: &Stage, ask: &Ask, simulation: &Simulation) -> String {
    let asked = format!(
        "stage {}: {} teams, {} kept; {} stages played, seed {}; quality spreads {} of the points, a single \
         evaluator's total has ICC {}, severity spreads {}",
        stage.id,
        simulation.teams,
        simulation.keep,
        simulation.stages,
        simulation.seed,
        ask.spread,
        ask.icc,
        ask.severity,
    );
    let (now, more) = (&simulation.as_asked, &simulation.one_more);
    let row = |what: &str, of: fn(&PanelResult) -> String| vec![what.to_owned(), of(now), of(more)];
    let rows = vec![
        row("a truly best team is missed", |panel| share(&panel.missed_any)),
        row("how many are missed, on average", |panel| mean(&panel.missed)),
        row("the list changes without one evaluator", |panel| share(&panel.changed_without_one)),
        row("the cut is an exact tie", |panel| share(&panel.exact_tie)),
    ];
    let head = [String::new(), seats(now), seats(more)];
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let gain = format!(
        "One more evaluator saves {} truly best teams a stage (standard error {}).",
        short(&simulation.gain.mean, 3),
        short(&simulation.gain.error, 3),
    );
    let mut text = format!("{}\n\n{}\n\n{gain}", wrapped("", &asked), table(&head, &[1, 2], rows));
    if !simulation.held_equal.is_empty() {
        let held: Vec<_> = simulation.held_equal.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\n{}", wrapped("", &format!("Held equal for all teams: {}.", held.join(", ")))));
    }
    text
}

fn seats(panel: &PanelResult) -> String {
    format!("{} evaluators", panel.seats)
}

fn share(share: &StageShare) -> String {
    let percent = |figure: &Figure| scaled(figure, 100).rounded(1);
    format!("{} % ± {}", percent(&share.share), percent(&share.error))
}

fn mean(estimate: &StageMean) -> String {
    format!("{} ± {}", short(&estimate.mean, 2), short(&estimate.error, 2))
}

fn short(figure: &Figure, places: u32) -> String {
    scaled(figure, 1).rounded(places)
}

/// A figure is a decimal, so it always reads as a number.
fn scaled(figure: &Figure, by: i32) -> Exact {
    figure.as_str().parse::<Exact>().unwrap_or_else(|_| Exact::zero()) * Exact::from(by)
}
