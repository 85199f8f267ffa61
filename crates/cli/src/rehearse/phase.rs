//! Past selection: half a year later the five are measured. The stage is that of the Korean phase evaluation of January
//! 2026; here its rules are an amendment that stands in the record a month before the stage opens.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use office::Command;
use programme::{Measured, Measurement, StageKey, TeamId};
use rulebook::{Exact, Id, Node, Transform};

use super::{
    amended, deciding,
    marks::Marker,
    play::Play,
    scoring::{self, Incidents},
    seating,
};

/// The rulebook whose stage is added.
const PHASE: &str = include_str!("../../../../programmes/kr-2026-01-phase.toml");

pub(crate) fn act(play: &mut Play) -> Result<()> {
    play.heading("Phase evaluation");
    play.at("2025-12-01T10:00:00")?;
    let text = format!("{}\n{}", amended(), stage_text()?);
    let reason = "the first phase evaluation is due in January; its rules are agreed with all five teams".to_owned();
    play.officers_ask(Command::AmendRulebook { text, reason })?;
    play.tell("an amendment adds the phase evaluation: benchmarks 40, experts 35, users 25, and a gate")?;
    let key = key(play);
    play.at("2026-01-05T09:00:00")?;
    play.officer_asks(Command::OpenStage { key: key.clone() })?;
    let seated = seating::seat_all(play, &key, "2026-01-06T18:00:00")?;
    measure(play, &key)?;
    play.at("2026-01-12T09:00:00")?;
    let doubted = second_best(play, &key)?;
    scoring::score(play, &key, &seated, &Incidents { doubted: BTreeSet::from([doubted]), ..Incidents::default() })?;
    play.at("2026-01-15T14:00:00")?;
    deciding::decide(play, &key)?;
    Ok(())
}

/// The stage's key.
pub(crate) fn key(play: &Play) -> StageKey {
    play.key("evaluation")
}

/// The part of the phase's rulebook that is its stage.
pub(crate) fn stage_text() -> Result<&'static str> {
    let from = PHASE.find("[[stage]]").context("the phase has a stage")?;
    let to = PHASE.find("[objections]").context("the phase can be contested")?;
    PHASE.get(from..to).context("objections come after the stage")
}

/// The team that the gate will put out although it ranks high: the case for which gates stand apart from points.
fn second_best(play: &Play, key: &StageKey) -> Result<TeamId> {
    let state = play.state();
    let mut teams: Vec<_> = state.stage(key)?.candidates.iter().cloned().collect();
    teams.sort_by_key(|team| play.troupe(team).map(|troupe| -troupe.quality).unwrap_or_default());
    teams.into_iter().nth(1).context("two teams stand")
}

/// Measures every measured leaf for every team.
fn measure(play: &mut Play, key: &StageKey) -> Result<()> {
    let state = play.state();
    let stage = state.stage_rule(key)?;
    let leaves: Vec<_> = stage.score.iter().flat_map(Node::walk).filter(|node| node.measured.is_some()).collect();
    let mut marker = Marker::new(play.seed ^ 0xBE7C);
    for team in &state.stage(key)?.candidates {
        let quality = play.troupe(team)?.quality;
        for leaf in &leaves {
            let measurement = Measurement::Values(values(&mut marker, leaf, quality)?);
            let source = "invented for the rehearsal".to_owned();
            let (team, leaf) = (team.clone(), leaf.id.clone());
            play.officer_asks(Command::EnterMeasurement { key: key.clone(), team, leaf, measurement, source })?;
        }
    }
    play.tell(format!("{} parts are measured for every team", leaves.len()))
}

/// A value for each item, in tenths of the highest hundredth, and a target of 80 where the leaf is a ratio.
fn values(marker: &mut Marker, leaf: &Node, quality: i64) -> Result<BTreeMap<Id, Measured>> {
    let Some(measured) = &leaf.measured else { bail!("the leaf is measured") };
    let items = measured.items.iter().map(|item| item.id.clone());
    let items: Vec<Id> = if measured.items.is_empty() { vec![leaf.id.clone()] } else { items.collect() };
    let target = matches!(leaf.transform, Some(Transform::Ratio { .. })).then(|| Exact::from(80));
    let mut value = || Exact::ratio(marker.share(quality), 1000) * measured.max.clone();
    Ok(items.into_iter().map(|item| (item, Measured { value: value(), target: target.clone() })).collect())
}
