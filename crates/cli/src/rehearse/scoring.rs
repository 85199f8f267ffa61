//! Evaluators score: sealed one by one, one steps aside, one is harsh, one forgets, all are opened together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use office::{Actor, Command, Refusal};
use programme::{EvaluatorId, Facts, Gap, Party, PersonId, Sheet, StageKey, TeamId, Tie, Vote, decide};
use rulebook::{Rulebook, Stage, TieKind};

use super::{
    marks::{Judgement, Marker},
    play::Play,
    seating::Seated,
};

/// All judgements of a stage.
type Judgements = BTreeMap<(EvaluatorId, TeamId), Judgement>;

/// What happens while a panel scores.
#[derive(Clone, Default)]
pub(crate) struct Incidents {
    /// An evaluator finds a tie to a team and steps aside.
    pub(crate) recusal: bool,
    /// A sheet is missing and is chased.
    pub(crate) missing: bool,
    /// Equal totals at the line.
    pub(crate) tie: bool,
    /// Most evaluators find that these teams do not pass the gates.
    pub(crate) doubted: BTreeSet<TeamId>,
}

pub(crate) fn score(play: &mut Play, key: &StageKey, seated: &[Seated], incidents: &Incidents) -> Result<()> {
    let teams: Vec<_> = play.state().stage(key)?.candidates.iter().cloned().collect();
    let first = seated.first().context("a panel sits")?;
    let recusal = if incidents.recusal { Some(recuse(play, key, first, &teams)?) } else { None };
    let judgements = judge(play, key, seated, incidents)?;
    let forgotten = incidents.missing.then(|| judgements.keys().last().cloned()).flatten();
    for (place, judgement) in &judgements {
        let skipped = recusal.as_ref() == Some(place) || forgotten.as_ref() == Some(place);
        if !skipped {
            play.minutes(1)?;
            seal(play, key, seated, place, judgement)?;
        }
    }
    play.tell(format!("{} sheets are sealed; nobody can read them yet", play.state().stage(key)?.sealed.len()))?;
    if let Some(place) = forgotten {
        chase(play, key, seated, &place, &judgements)?;
    }
    play.officer_asks(Command::RevealSheets { key: key.clone() })?;
    play.tell("all sheets are opened together")
}

/// Judgements by everybody of everybody. Where the story wants equal totals at the line, invented opinions are drawn
/// until there are some.
fn judge(play: &Play, key: &StageKey, seated: &[Seated], incidents: &Incidents) -> Result<Judgements> {
    let state = play.state();
    let (rules, stage) = (state.rules_of(key)?, state.stage_rule(key)?);
    let mut facts = state.facts(key)?;
    let quality = facts.candidates.iter().map(|team| Ok((team.clone(), play.troupe(team)?.quality)));
    let quality: BTreeMap<_, _> = quality.collect::<Result<_>>()?;
    let first = play.seed.wrapping_mul(1_000_003).wrapping_add(key.stage.as_str().len() as u64);
    for attempt in 0..10_000 {
        let mut marker = Marker::new(first.wrapping_add(attempt));
        let judgements: Judgements =
            seated.iter().flat_map(|panel| opinions(&mut marker, stage, panel, &quality, &incidents.doubted)).collect();
        if is_tied(rules, &mut facts, &judgements) == incidents.tie {
            return Ok(judgements);
        }
    }
    bail!("no invented opinions gave what the story wants")
}

/// What a panel thinks. Its third evaluator is harsh and takes 6 % off every criterion; two of three doubt the teams
/// that are doubted.
fn opinions(
    marker: &mut Marker,
    stage: &Stage,
    seated: &Seated,
    quality: &BTreeMap<TeamId, i64>,
    doubted: &BTreeSet<TeamId>,
) -> Judgements {
    let mut judgements = Judgements::new();
    for (number, evaluator) in seated.seats.keys().enumerate() {
        let severity = if number == 2 { -60 } else { 0 };
        for (team, quality) in quality {
            let doubts = doubted.contains(team) && number % 3 != 0;
            let mut judgement = marker.judge(stage, &seated.panel, *quality, severity);
            judgement.votes.values_mut().for_each(|vote| *vote = if doubts { Vote::NotMet } else { Vote::Met });
            judgements.insert((evaluator.clone(), team.clone()), judgement);
        }
    }
    judgements
}

/// Whether equal totals lie across the line.
fn is_tied(rules: &Rulebook, facts: &mut Facts, judgements: &Judgements) -> bool {
    let sheets = judgements.iter().map(|((evaluator, team), judgement)| Sheet {
        evaluator: evaluator.clone(),
        team: team.clone(),
        marks: judgement.marks.clone(),
        votes: judgement.votes.clone(),
        keep: judgement.keep,
    });
    let recused = |sheet: &Sheet| {
        facts.recusals.iter().any(|known| known.evaluator == sheet.evaluator && known.team == sheet.team)
    };
    facts.sheets = sheets.filter(|sheet| !recused(sheet)).collect();
    match decide(rules, facts) {
        Ok(decision) => !decision.ties.is_empty(),
        Err(undecided) => undecided.gaps.iter().all(|gap| matches!(gap, Gap::NoSeed { .. })),
    }
}

/// The fifth evaluator remembers a tie to a team when its sheet comes up, declares it, cannot seal the sheet, and
/// steps aside for that team.
fn recuse(play: &mut Play, key: &StageKey, seated: &Seated, teams: &[TeamId]) -> Result<(EvaluatorId, TeamId)> {
    let (evaluator, person) = seated.seats.iter().nth(4).context("five sit")?;
    let team = teams.get(4).context("five teams stand")?;
    let lead = play.troupe(team)?.lead.clone();
    let tie = Tie {
        kind: TieKind::Money,
        with: Party::Organisation(lead),
        ended: Some("2023-11-30".parse()?),
        what: "joint research grant".to_owned(),
    };
    let actor = Actor::Evaluator(person.clone());
    play.ask(&actor, Command::DeclareTies { person: person.clone(), ties: vec![tie] })?;
    let stage = play.state().stage_rule(key)?.clone();
    let Judgement { marks, votes, keep } = Marker::new(0).judge(&stage, &seated.panel, 800, 0);
    let sheet = Command::SealSheet { key: key.clone(), team: team.clone(), marks, votes, keep };
    let Refusal::Conflict { conflicts, .. } = play.is_refused(&actor, sheet)? else {
        bail!("a conflict is not seen");
    };
    let why = conflicts.first().map(|conflict| conflict.what.clone()).unwrap_or_default();
    play.tell(format!("an evaluator declares a {why} with Team {}; the sheet is refused", play.name(team)))?;
    let because = format!("{why} within three years");
    play.ask(&actor, Command::Recuse { key: key.clone(), team: team.clone(), because })?;
    play.tell("the evaluator steps aside for that team and judges the others")?;
    Ok((evaluator.clone(), team.clone()))
}

fn seal(
    play: &Play,
    key: &StageKey,
    seated: &[Seated],
    place: &(EvaluatorId, TeamId),
    judgement: &Judgement,
) -> Result<()> {
    let mut seats = seated.iter().filter_map(|panel| panel.seats.get(&place.0));
    let person: &PersonId = seats.next().context("the evaluator sits")?;
    let Judgement { marks, votes, keep } = judgement.clone();
    let sheet = Command::SealSheet { key: key.clone(), team: place.1.clone(), marks, votes, keep };
    play.ask(&Actor::Evaluator(person.clone()), sheet)?;
    Ok(())
}

/// The sheets cannot be opened while one is missing; its evaluator is reminded and hands it in.
fn chase(
    play: &mut Play,
    key: &StageKey,
    seated: &[Seated],
    place: &(EvaluatorId, TeamId),
    judgements: &Judgements,
) -> Result<()> {
    let refusal = play.is_refused(&play.officer(), Command::RevealSheets { key: key.clone() })?;
    ensure!(matches!(refusal, Refusal::SheetsMissing { missing: 1, .. }), "one sheet is missing: {refusal}");
    play.officer_asks(Command::ChaseSheets { key: key.clone() })?;
    play.tell("one sheet is missing, so none can be opened; its evaluator is reminded")?;
    play.minutes(150)?;
    seal(play, key, seated, place, judgements.get(place).context("the sheet was judged")?)?;
    play.tell("the missing sheet comes in time")
}
