//! A panel comes to sit: a pool, a seed that nobody could know when it was fixed, a draw.

use office::{Candidate, Command, Refusal};
use programme::{Inconsistent, Party, PassedOverBecause, Seed, SeedPurpose, SeedSource, Tie};
use rulebook::TieKind;

use crate::{
    assert_refused,
    world::{World, announced, key, thrown},
};

fn tie(kind: TieKind, with: Party, ended: Option<&str>) -> Vec<Tie> {
    let ended = ended.map(|day| day.parse().unwrap());
    vec![Tie { kind, with, ended, what: "adviser".to_owned() }]
}

#[test]
fn somebody_known_by_an_address_alone_is_not_appointed() {
    let mut world = World::reviewing();
    let person = world.stranger("Somebody");
    world.pool[0].person = person.clone();
    assert_refused!(world.commit_pool("2025-07-22T18:00:00"), Refusal::IdentityUnresolved { person: who } if who == person);
}

#[test]
fn somebody_who_declared_no_ties_is_not_somebody_who_has_none() {
    let mut world = World::reviewing();
    world.pool[0].person = world.person("Somebody");
    assert_refused!(world.commit_pool("2025-07-22T18:00:00"), Refusal::TiesUndeclared { .. });
}

#[test]
fn the_same_is_asked_of_a_panel_that_is_named() {
    let mut world = World::noticed();
    world.at("2025-07-30T09:00:00");
    world.as_officer(Command::OpenStage { key: key("final") }).unwrap();
    let jury: Vec<_> = (0..3).map(|n| world.candidate(&format!("Juror {n}"), Vec::new())).collect();
    let name = |first: Candidate| {
        let evaluators = [vec![first], jury[1..].to_vec()].concat();
        world.as_officers(Command::NamePanel { key: key("final"), panel: "jury".into(), evaluators })
    };
    let stranger = Candidate { person: world.stranger("Somebody"), ..jury[0].clone() };
    assert_refused!(name(stranger), Refusal::IdentityUnresolved { .. });
    let close = tie(TieKind::Money, Party::Organisation(world.teams[0].lead.clone()), None);
    let too_close = Candidate { person: world.person_with("Close", close), ..jury[0].clone() };
    assert_refused!(name(too_close), Refusal::Rules(Inconsistent::PanelIs { .. }));
    let colleague = Candidate { organisation: jury[1].organisation.clone(), ..jury[0].clone() };
    assert_refused!(name(colleague), Refusal::Rules(Inconsistent::PanelIs { .. }));
    name(jury[0].clone()).unwrap();
}

#[test]
fn a_named_evaluator_who_declines_is_replaced_by_naming_anew() {
    let (world, jury) = World::juried();
    let decline = Command::DeclineSeat { key: key("final"), because: "ill".into() };
    world.ask(&office::Actor::Evaluator(jury[0].clone()), decline).unwrap();
    let evaluators = (0..3).map(|n| world.candidate(&format!("Other {n}"), Vec::new())).collect();
    world.as_officers(Command::NamePanel { key: key("final"), panel: "jury".into(), evaluators }).unwrap();
    assert_eq!(world.who_sits(&key("final")).len(), 3);
}

#[test]
fn a_pool_holds_as_many_as_the_rulebook_asks_and_nobody_twice() {
    let mut world = World::reviewing();
    let last = world.pool.pop().unwrap();
    assert_refused!(world.commit_pool("2025-07-22T18:00:00"), Refusal::Rules(Inconsistent::PanelIs { .. }));
    world.pool.push(Candidate { person: world.pool[0].person.clone(), ..last });
    assert_refused!(world.commit_pool("2025-07-22T18:00:00"), Refusal::InPoolAlready { .. });
}

#[test]
fn a_pool_is_committed_once_and_before_its_seed_can_be_known() {
    let world = World::reviewing();
    assert_refused!(world.commit_pool("2025-07-22T09:00:00"), Refusal::Rules(Inconsistent::SeedTooEarly));
    world.commit_pool("2025-07-22T18:00:00").unwrap();
    assert!(world.commit_pool("2025-07-22T18:00:00").is_err());
}

#[test]
fn a_seed_is_not_known_before_its_moment() {
    let mut world = World::pooled();
    let fix =
        || Command::FixSeed { key: key("written"), purpose: SeedPurpose::Panel("experts".into()), seed: thrown() };
    world.at("2025-07-22T17:59:59");
    assert_refused!(world.as_officer(fix()), Refusal::Rules(Inconsistent::SeedTooEarly));
    world.at("2025-07-22T18:00:00");
    world.as_officer(fix()).unwrap();
    assert_refused!(world.as_officer(fix()), Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn a_seed_comes_from_the_sources_that_were_announced_in_their_order() {
    let mut world = World::pooled();
    world.at("2025-07-22T18:00:00");
    let fix = |seed: Seed| {
        let purpose = SeedPurpose::Panel("experts".into());
        world.as_officer(Command::FixSeed { key: key("written"), purpose, seed })
    };
    let mut turned = thrown();
    turned.0.reverse();
    assert_refused!(fix(turned), Refusal::Rules(Inconsistent::OtherSources));
    let mut short = thrown();
    short.0.pop();
    assert_refused!(fix(short), Refusal::Rules(Inconsistent::OtherSources));
    let other = Seed(vec![SeedSource { source: "my own dice".into(), value: "6".into() }]);
    assert_refused!(fix(other), Refusal::Rules(Inconsistent::OtherSources));
}

#[test]
fn nobody_sits_before_the_seed_and_nobody_is_seated_twice() {
    let world = World::pooled();
    let seat = || Command::SeatPanel { key: key("written"), panel: "experts".into() };
    assert_refused!(world.as_officer(seat()), Refusal::Rules(Inconsistent::PanelIs { is: "has no seed yet", .. }));
    let mut world = World::thrown();
    world.seat_panel();
    assert_refused!(world.as_officer(seat()), Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn the_seed_for_ties_is_announced_while_every_sheet_is_closed() {
    let world = World::revealed();
    let late = world.as_officer(Command::AnnounceSeed { key: key("written"), seed: announced("2025-08-01T18:00:00") });
    assert_refused!(late, Refusal::Rules(Inconsistent::SeedTooEarly));
}

#[test]
fn whoever_declines_is_struck_and_nobody_else_moves() {
    let mut world = World::thrown();
    world.seat_panel();
    let order = world.state().drawn(&key("written"), &"experts".into()).unwrap().seated;
    let first = world.panel.iter().position(|p| world.office.seat_of(&key("written"), p).as_ref() == Some(&order[0]));
    world.as_evaluator(first.unwrap(), Command::DeclineSeat { key: key("written"), because: "abroad".into() }).unwrap();
    assert!(world.state().stages[&key("written")].seats.is_empty());
    world.seat_panel();
    let again = world.state().drawn(&key("written"), &"experts".into()).unwrap();
    assert_eq!(again.seated[..2], order[1..]);
    assert_eq!(again.passed_over[0].evaluator, order[0]);
    assert_eq!(again.passed_over[0].because, PassedOverBecause::Declined);
}

#[test]
fn whoever_sealed_a_sheet_can_step_aside_but_not_give_the_seat_back() {
    let world = World::seated();
    world.as_evaluator(0, world.usual_sheet(0)).unwrap();
    let decline = || Command::DeclineSeat { key: key("written"), because: "abroad".into() };
    assert_refused!(world.as_evaluator(0, decline()), Refusal::Rules(Inconsistent::EvaluatorIs { .. }));
}

#[test]
fn an_organisation_sends_no_more_than_its_share() {
    let mut world = World::reviewing();
    let one = world.pool[0].organisation.clone();
    for candidate in &mut world.pool[..4] {
        candidate.organisation = one.clone();
    }
    world.commit_pool("2025-07-22T18:00:00").unwrap();
    world.at("2025-07-22T18:00:00");
    let purpose = SeedPurpose::Panel("experts".into());
    world.as_officer(Command::FixSeed { key: key("written"), purpose, seed: thrown() }).unwrap();
    world.seat_panel();
    let colleagues = world.pool[..4].iter().filter(|candidate| world.panel.contains(&candidate.person)).count();
    assert_eq!((colleagues, world.panel.len()), (1, 3));
}

#[test]
fn whoever_is_too_close_to_a_team_is_passed_over() {
    let mut world = World::reviewing();
    let lead = Party::Organisation(world.teams[0].lead.clone());
    let member = Party::Organisation(world.teams[1].member.clone());
    let applicant = Party::Person(world.teams[2].applicant.clone());
    world.pool.push(world.candidate("Holds shares", tie(TieKind::Money, lead.clone(), None)));
    world.pool.push(world.candidate("Advised a member", tie(TieKind::Duty, member, Some("2022-07-22"))));
    world.pool.push(world.candidate("Taught the applicant", tie(TieKind::Person, applicant, None)));
    let works_there = Candidate { organisation: world.teams[3].lead.clone(), ..world.candidate("Works there", vec![]) };
    world.pool.push(works_there);
    world.pool.push(world.candidate("Long ago", tie(TieKind::Duty, lead, Some("2022-07-21"))));
    world.commit_pool("2025-07-22T18:00:00").unwrap();
    let state = world.state();
    let entries = &state.stages[&key("written")].pools["experts"];
    let mut close: Vec<_> = entries.iter().filter(|entry| !entry.conflicts.is_empty()).collect();
    close.sort_by_key(|entry| entry.conflicts.values().next().cloned());
    let kinds: Vec<_> = close.iter().flat_map(|entry| entry.conflicts.values().flatten()).collect();
    assert_eq!(kinds, [&TieKind::Money, &TieKind::Duty, &TieKind::Duty, &TieKind::Person]);
}

#[test]
fn an_evaluator_of_one_stage_has_no_seat_in_another() {
    let (world, jury) = World::juried();
    let pledge = world.as_evaluator(0, Command::SignPledge { key: key("final") });
    assert_refused!(pledge, Refusal::NoSeat { .. });
    let juror = office::Actor::Evaluator(jury[0].clone());
    assert_refused!(world.ask(&juror, Command::SignPledge { key: key("written") }), Refusal::NoSeat { .. });
    assert_refused!(world.as_evaluator(0, world.jury_sheet(0)), Refusal::NoSeat { .. });
}

#[test]
fn names_stand_nowhere_in_the_record_and_pseudonyms_are_not_joined() {
    let world = World::seated();
    let record = world.office.record();
    let entries = record.entries(0..record.size()).unwrap();
    for person in &world.panel {
        let seat = world.office.seat_of(&key("written"), person).unwrap();
        let both = entries.iter().filter(|entry| {
            let text = String::from_utf8_lossy(entry.event.as_bytes());
            text.contains(person.as_str()) && text.contains(seat.as_str())
        });
        assert_eq!(both.count(), 0, "an event joins a person and a pseudonym");
    }
}
