//! The frontier is frozen, and every team's model is held against it by the rule that stands in the record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use evaluation::verdict::{Rule, Snapshot, SnapshotModel, Verdict, Word};
use jiff::civil::date;

use super::teams::{Roster, Source};
use crate::commands::verdict::{of_frontier, scores};
use crate::rehearse::{phase, play::Play};

/// Verdicts, by the model's name in files.
pub(crate) type Verdicts = BTreeMap<String, Verdict>;

/// The tasks that "95 % of the frontier" is measured by.
const TASKS: [&str; 2] = ["world_told_ko", "world_told_en"];

/// What a rulebook's `[frontier]` still has to say before a verdict can be computed by it.
pub(crate) fn rule_text() -> String {
    let mut text = "[frontier.verdict]\ngate = \"composite\"\nlooks = 1\ntruncation_tolerance = 0.05\n\
                    extraction_tolerance = 0.05\n"
        .to_owned();
    for task in TASKS {
        text.push_str(&format!(
            "\n[[frontier.task]]\ntask = \"{task}\"\nmetric = \"acc\"\nfilter = \"none\"\nweight = 1\nchance = 0.25\n\
             cluster = \"none\"\nleast_items = 10\n"
        ));
    }
    text
}

/// Freezes the frontier into `folder` and gives every team's verdict.
pub(crate) fn give(play: &Play, roster: &Roster, runs: &Path, folder: &Path) -> Result<Verdicts> {
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
    };
    let rule = rule(play)?;
    let snapshot = frozen(roster, runs, &rule)?;
    write("frontier.json", snapshot.canonical()?)?;
    play.tell(format!("the frontier is frozen as of {}, SHA-256 {}", snapshot.frozen_on, snapshot.digest()?))?;
    let mut verdicts = Verdicts::new();
    for (_, entrant) in &roster.teams {
        let candidate = scores((&runs.join(&entrant.slug), None), &rule)?;
        let verdict = Verdict::compute(&candidate, &snapshot, &rule, 1)?;
        write(&format!("{}.json", entrant.slug), verdict.canonical()?)?;
        play.tell(format!("{} is at {} of the frontier: {}", entrant.name, ratio(&verdict), word(verdict.word)))?;
        verdicts.insert(entrant.slug.clone(), verdict);
    }
    Ok(verdicts)
}

/// The rule of the rulebook by which the stage opened.
fn rule(play: &Play) -> Result<Rule> {
    let state = play.state();
    let (rulebook, hash) = (state.rules_of(&phase::key(play))?, &state.adopted()?.hash);
    let frontier = rulebook.frontier.as_ref().context("the rulebook says what the frontier is")?;
    of_frontier(frontier, format!("{}, SHA-256 {hash}", rulebook.programme.id))
}

/// The frontier of the rehearsal: one model, which came out in autumn.
fn frozen(roster: &Roster, runs: &Path, rule: &Rule) -> Result<Snapshot> {
    let entrant = &roster.frontier;
    let scores = scores((&runs.join(&entrant.slug), None), rule)?;
    let (source, evidence) = match &entrant.source {
        Source::Guest(guest) => (guest.place.clone(), "it answers there".to_owned()),
        _ => (format!("models/{}", entrant.slug), "its weights lie there".to_owned()),
    };
    Ok(Snapshot {
        name: "frontier of the rehearsal".to_owned(),
        frozen_on: date(2026, 1, 5),
        models: vec![SnapshotModel {
            name: entrant.slug.clone(),
            developer: "a company that does not exist".to_owned(),
            released_on: date(2025, 10, 15),
            release_source: source,
            release_evidence: evidence,
            protocol: Some(scores.protocol),
            tasks: scores.tasks,
            published: Vec::new(),
        }],
    })
}

/// The share of the frontier's score, over all tasks of the rule together.
pub(crate) fn ratio(verdict: &Verdict) -> String {
    let figures = verdict.comparisons.iter().flat_map(|one| &one.units).find_map(|unit| unit.figures.as_ref());
    let ratio = figures.and_then(|figures| figures.ratio);
    ratio.map_or_else(|| "an unknown share".to_owned(), |ratio| format!("{:.1} %", 100.0 * ratio))
}

/// The word as people say it.
pub(crate) fn word(word: Word) -> &'static str {
    match word {
        Word::Reached => "reached",
        Word::NotReached => "not reached",
        Word::NotShown => "not shown",
    }
}
