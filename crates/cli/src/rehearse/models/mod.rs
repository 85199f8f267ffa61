//! The phase evaluation with models in it: trained, served, measured, held against a frontier that is trained as well.
//!
//! Nothing measured is invented here. What panels think of the teams is, as in the rest of the rehearsal.

mod evidence;
mod given;
mod leaves;
mod lineage;
mod measuring;
mod serving;
mod teams;
mod telling;
mod training;
mod verdicts;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use evaluation::measure::Measured;
use model::world::World;
use office::Command;
use programme::{StageKey, TeamId};

use self::given::Asked;
pub(crate) use self::given::read;
pub(crate) use self::telling::ModelsSummary;

use self::measuring::Room;
use self::teams::{Entrant, Roster, Source};
use super::{
    amended, deciding, phase,
    play::Play,
    scoring::{self, Incidents},
    seating,
};

/// Plays the phase evaluation with models, which are left in `dir` with all that was asked of them.
pub(crate) fn act(play: &mut Play, asked: &Asked, dir: &Path) -> Result<ModelsSummary> {
    play.heading("Phase evaluation");
    play.at("2025-12-01T10:00:00")?;
    amend(play)?;
    let key = phase::key(play);

    play.heading("The models");
    play.at("2025-12-30T09:00:00")?;
    let world = World::new(&asked.world);
    let roster = Roster::draw(play, asked)?;
    training::act(play, asked, &roster, dir)?;

    play.heading("Measured against the frontier");
    play.at("2026-01-05T09:00:00")?;
    play.officer_asks(Command::OpenStage { key: key.clone() })?;
    let seated = seating::seat_all(play, &key, "2026-01-06T18:00:00")?;
    play.at("2026-01-07T09:00:00")?;
    let measured = measure(play, &world, &roster, dir)?;
    let verdicts = verdicts::give(play, &roster, &dir.join("runs"), &dir.join("verdicts"))?;
    enter(play, &key, &roster, (&measured, &verdicts))?;

    play.at("2026-01-12T09:00:00")?;
    let evidence = evidence::act(play, &roster, dir)?;
    let doubted = evidence.iter().filter(|(_, evidence)| evidence.speaks_against()).map(|(team, _)| team.clone());
    scoring::score(play, &key, &seated, &Incidents { doubted: doubted.collect(), ..Incidents::default() })?;
    play.at("2026-01-15T14:00:00")?;
    let decision = deciding::decide(play, &key)?;
    let summary = ModelsSummary::new(&roster, &measured, &verdicts, (&evidence, &decision))?;
    play.show(&summary.table());
    play.show(&summary.sentence());
    Ok(summary)
}

/// What was run of every model, by [`Entrant::slug`].
type Runs = BTreeMap<String, Measured>;

/// The rules come a month before the stage opens: January's stage, the goal with the tasks that it is measured by, and of
/// two ways to leave a place empty the one of August's rules.
fn amend(play: &Play) -> Result<()> {
    let stage = phase::stage_text()?;
    let (before, rest) = stage.split_once("among = \"all\"").context("January's rules say who is ranked")?;
    let (_, after) = rest.split_once('\n').context("the stage goes on")?;
    let stage = format!("{before}among = \"passing\"\n{after}");
    let text = format!("{}\n{}\n{stage}", amended(), verdicts::rule_text());
    let reason = "the first phase evaluation is due in January; its rules are agreed with all five teams".to_owned();
    play.officers_ask(Command::AmendRulebook { text, reason })?;
    play.tell("an amendment adds the phase evaluation: benchmarks 40, experts 35, users 25, and a gate")?;
    play.tell(
        "as in the rules of August, a team that fails the gate leaves its place to the next; what \"95 % of the frontier\" \
         is measured by is written down with it",
    )
}

/// Every model is served and asked the same questions, the frontier first.
fn measure(play: &Play, world: &World, roster: &Roster, dir: &Path) -> Result<Runs> {
    let room = Room::open(world, dir, play.now)?;
    play.tell(format!("{} questions in {} tasks are asked of every model", room.questions(), room.tasks()))?;
    let mut runs = Runs::new();
    for entrant in roster.all() {
        let began = std::time::Instant::now();
        let measured = match &entrant.source {
            Source::Guest(guest) => room.measure(&entrant.slug, guest)?,
            _ => {
                serving::while_served(&entrant.folder(dir), &entrant.slug, |guest| room.measure(&entrant.slug, guest))?
            }
        };
        let told = leaves::told(&measured)?;
        play.tell(format!("{}: {told} ({:.0} s)", entrant.name, began.elapsed().as_secs_f64()))?;
        runs.insert(entrant.slug.clone(), measured);
    }
    Ok(runs)
}

/// Officers enter what was measured, with where it came from.
fn enter(play: &Play, key: &StageKey, roster: &Roster, (runs, verdicts): (&Runs, &verdicts::Verdicts)) -> Result<()> {
    let stage = play.state().stage_rule(key)?.clone();
    let frontier = run_of(runs, &roster.frontier)?;
    for (team, entrant) in &roster.teams {
        let source = format!(
            "run runs/{}, scores SHA-256 {}",
            entrant.slug,
            verdicts.get(&entrant.slug).context("every model has a verdict")?.inputs.candidate_sha256
        );
        for (leaf, measurement) in leaves::of(&stage, run_of(runs, entrant)?, frontier)? {
            let (key, team, source) = (key.clone(), team.clone(), source.clone());
            play.officer_asks(Command::EnterMeasurement { key, team, leaf, measurement, source })?;
        }
    }
    play.tell("all parts that are measured are entered for every team, each with its run and the digest of its scores")
}

fn run_of<'a>(runs: &'a Runs, entrant: &Entrant) -> Result<&'a Measured> {
    runs.get(&entrant.slug).context("every model was run")
}

/// What is known of each team's weights.
type Findings = BTreeMap<TeamId, evidence::Evidence>;
