//! A panel comes to sit: a pool, a seed that nobody could know when the pool was fixed, a draw.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use office::{Actor, Candidate, Command, Refusal};
use programme::{EvaluatorId, Party, PersonId, Seed, SeedAnnouncement, SeedPurpose, SeedSource, StageKey, Tie};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rulebook::{Id, LocalDateTime, Panel, TieKind};

use super::play::Play;

/// A panel that sits, and who its evaluators are.
pub(crate) struct Seated {
    pub(crate) panel: Id,
    pub(crate) seats: BTreeMap<EvaluatorId, PersonId>,
}

/// Seats every panel of a stage that has opened.
pub(crate) fn seat_all(play: &mut Play, key: &StageKey, known_from: &str) -> Result<Vec<Seated>> {
    let panels = play.state().stage_rule(key)?.panels.clone();
    let known = play.rulebook.calendar.instant(LocalDateTime(known_from.parse()?))?;
    let sources = ["the public dice of the rehearsal, first throw", "the public dice of the rehearsal, second throw"];
    let seed = SeedAnnouncement { sources: sources.map(str::to_owned).to_vec(), known_from: known };
    // The same throws decide ties at the line; they too are announced before any sheet is opened.
    play.officer_asks(Command::AnnounceSeed { key: key.clone(), seed: seed.clone() })?;
    let pools = panels.iter().map(|panel| commit(play, key, panel, &seed)).collect::<Result<Vec<_>>>()?;
    play.at(known_from)?;
    let throws = throw(play.seed, &key.stage, &seed);
    play.tell("the seed is thrown in public")?;
    play.officer_asks(Command::FixSeed { key: key.clone(), purpose: SeedPurpose::Ties, seed: throws.clone() })?;
    panels.iter().zip(&pools).map(|(panel, pool)| seat(play, key, panel, pool, &throws)).collect()
}

/// Commits a pool. Nobody of whom it is not known who they are gets into it.
fn commit(play: &Play, key: &StageKey, panel: &Panel, seed: &SeedAnnouncement) -> Result<Vec<Candidate>> {
    let pool = people(play, panel)?;
    refuse_stranger(play, key, panel, &pool)?;
    let (key_, id) = (key.clone(), panel.id.clone());
    play.officer_asks(Command::CommitPool { key: key_, panel: id, candidates: pool.clone(), seed: seed.clone() })?;
    let state = play.state();
    let entries = state.stage(key)?.pools.get(&panel.id).context("the pool stands")?;
    let close = entries.iter().filter(|entry| !entry.conflicts.is_empty()).count();
    play.tell(format!(
        "a pool of {} for panel {} is committed under pseudonyms, {close} of them too close to a team",
        entries.len(),
        panel.id,
    ))?;
    Ok(pool)
}

/// Draws the panel, replaces one evaluator who declines, has the others pledge.
fn seat(play: &mut Play, key: &StageKey, panel: &Panel, pool: &[Candidate], seed: &Seed) -> Result<Seated> {
    let purpose = SeedPurpose::Panel(panel.id.clone());
    play.officer_asks(Command::FixSeed { key: key.clone(), purpose, seed: seed.clone() })?;
    play.officer_asks(Command::SeatPanel { key: key.clone(), panel: panel.id.clone() })?;
    let draw = play.state().drawn(key, &panel.id)?;
    let (seated, passed) = (draw.seated.len(), draw.passed_over.len());
    play.tell(format!("{seated} are drawn for panel {}; {passed} were passed over", panel.id))?;
    decline(play, key, panel, pool)?;
    let seats = who_sits(play, key, panel, pool)?;
    for person in seats.values() {
        play.ask(&Actor::Evaluator(person.clone()), Command::SignPledge { key: key.clone() })?;
    }
    play.tell(format!("all {} sign the pledge", seats.len()))?;
    Ok(Seated { panel: panel.id.clone(), seats })
}

/// As many people as the rulebook asks for and a few more, in every field that it keeps seats for. Some of them are
/// too close to a team.
fn people(play: &Play, panel: &Panel) -> Result<Vec<Candidate>> {
    let seats = panel.seats.context("the panel has seats")? as usize;
    // One in five is too close to a team, one declines, and fields are not met evenly.
    let size = seats * panel.pool_per_seat.unwrap_or(1) as usize + seats / 2 + 3;
    let fields: Vec<Option<Id>> =
        std::iter::once(None).chain(panel.fields.iter().map(|field| Some(field.id.clone()))).collect();
    let mut pool = Vec::with_capacity(size);
    for number in 0..size {
        let organisation = play.organisation(&format!("Institute {number:02} of experts"))?;
        let person = play.person(&format!("Evaluator {number:02}"))?;
        let ties = ties(play, number);
        play.officer_asks(Command::DeclareTies { person: person.clone(), ties })?;
        let field = fields.get(number % fields.len()).cloned().flatten();
        pool.push(Candidate { person, organisation, field });
    }
    Ok(pool)
}

/// Every fifth candidate is too close to a team: money, duty or a person. One tie ended long ago and does not count.
fn ties(play: &Play, number: usize) -> Vec<Tie> {
    let Some(troupe) = play.teams.get(number % play.teams.len()) else { return Vec::new() };
    let tie = |kind, with, ended: Option<&str>, what: &str| {
        let ended = ended.and_then(|day| day.parse().ok());
        vec![Tie { kind, with, ended, what: what.to_owned() }]
    };
    match number % 15 {
        3 => tie(TieKind::Money, Party::Organisation(troupe.lead.clone()), None, "holds shares"),
        8 => tie(TieKind::Duty, Party::Organisation(troupe.university.clone()), Some("2023-02-28"), "professor"),
        13 => tie(TieKind::Person, Party::Person(troupe.applicant.clone()), None, "taught the applicant"),
        5 => tie(TieKind::Duty, Party::Organisation(troupe.lead.clone()), Some("2021-12-31"), "former adviser"),
        _ => Vec::new(),
    }
}

/// Nobody of whom it is not known who they are can be put into a pool.
fn refuse_stranger(play: &Play, key: &StageKey, panel: &Panel, pool: &[Candidate]) -> Result<()> {
    let person = play.stranger("Somebody with only an e-mail address")?;
    let organisation = pool.first().context("the pool is not empty")?.organisation.clone();
    let mut candidates = pool.to_vec();
    candidates.push(Candidate { person, organisation, field: None });
    let later = play.now.checked_add(jiff::SignedDuration::from_hours(100))?;
    let seed = SeedAnnouncement { sources: vec!["dice".to_owned()], known_from: later };
    let commit = Command::CommitPool { key: key.clone(), panel: panel.id.clone(), candidates, seed };
    match play.is_refused(&play.officer(), commit)? {
        Refusal::IdentityUnresolved { .. } => play.tell("a candidate known by e-mail alone is refused for the pool"),
        other => bail!("refused for another reason: {other}"),
    }
}

/// The throws, which come from the rehearsal's own seed.
fn throw(seed: u64, stage: &Id, announced: &SeedAnnouncement) -> Seed {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    dice.set_stream(stage.as_str().len() as u64);
    let mut value = || (0..8).map(|_| char::from(b'1' + (dice.next_u32() % 6) as u8)).collect::<String>();
    Seed(announced.sources.iter().map(|source| SeedSource { source: source.clone(), value: value() }).collect())
}

/// The first who was drawn cannot come; the next in the same order does.
fn decline(play: &mut Play, key: &StageKey, panel: &Panel, pool: &[Candidate]) -> Result<()> {
    let first = play.state().drawn(key, &panel.id)?.seated.first().cloned().context("somebody sits")?;
    let person = whose(play, key, pool, &first)?;
    play.minutes(45)?;
    let because = "abroad on the days of the review".to_owned();
    play.ask(&Actor::Evaluator(person), Command::DeclineSeat { key: key.clone(), because })?;
    play.officer_asks(Command::SeatPanel { key: key.clone(), panel: panel.id.clone() })?;
    let seats = play.state().stage(key)?.seats.get(&panel.id).cloned().unwrap_or_default();
    ensure!(!seats.contains(&first), "whoever declines does not sit");
    play.tell("one declines; the next in the same drawn order takes the seat, and nobody else moves")
}

fn who_sits(play: &Play, key: &StageKey, panel: &Panel, pool: &[Candidate]) -> Result<BTreeMap<EvaluatorId, PersonId>> {
    let seats = play.state().stage(key)?.seats.get(&panel.id).cloned().unwrap_or_default();
    seats.into_iter().map(|seat| Ok((seat.clone(), whose(play, key, pool, &seat)?))).collect()
}

/// Who sits behind a pseudonym: each person asks the office for their own seat.
fn whose(play: &Play, key: &StageKey, pool: &[Candidate], seat: &EvaluatorId) -> Result<PersonId> {
    let mut people = pool.iter().map(|candidate| &candidate.person);
    let found = people.find(|person| play.office.seat_of(key, person).as_ref() == Some(seat));
    found.cloned().context("the seat is somebody's")
}
