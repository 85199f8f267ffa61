//! What lies behind a digest can be erased; the record stays whole.

use std::collections::BTreeSet;

use office::{Command, CommandKind, Refusal};
use programme::{Inconsistent, Sealed};
use record::{Commitment, VerifyOptions};

use crate::{
    assert_refused,
    world::{World, key},
};

fn erase(world: &World, sealed: impl IntoIterator<Item = Sealed>) -> Result<office::Done, Refusal> {
    let sealed: BTreeSet<_> = sealed.into_iter().collect();
    world.as_officers(Command::Erase { sealed, because: "it was asked for".into() })
}

fn lies_in_the_vault(world: &World, sealed: &Sealed) -> bool {
    let commitment: Commitment = sealed.0.parse().unwrap();
    world.office.record().vault().get(&commitment).unwrap().is_some()
}

/// The seals of those who sit in the written stage, and of those who only stood in its pool.
fn identities(world: &World) -> (Vec<Sealed>, Vec<Sealed>) {
    let state = world.state();
    let stage = &state.stages[&key("written")];
    let seats = &stage.seats["experts"];
    let (sit, stood): (Vec<_>, Vec<_>) =
        stage.pools["experts"].iter().partition(|entry| seats.contains(&entry.evaluator));
    let seals = |entries: Vec<&programme::PoolEntry>| entries.iter().map(|entry| entry.person.clone()).collect();
    (seals(sit), seals(stood))
}

#[test]
fn a_profile_is_erased_and_the_record_still_verifies() {
    let world = World::noticed();
    let person = world.stranger("Somebody who asks to be forgotten");
    let profile = world.state().people[&person].profile.clone();
    assert!(lies_in_the_vault(&world, &profile));
    erase(&world, [profile.clone()]).unwrap();
    assert!(!lies_in_the_vault(&world, &profile));
    world.office.clone().close().unwrap();
    let found = office::verify(&world.folder(), VerifyOptions::default());
    assert!(found.is_sound(), "{found:?}");
}

#[test]
fn what_is_missing_without_having_been_erased_is_found() {
    let world = World::applied();
    let profile = world.state().people[&world.officers[0]].profile.clone();
    let commitment: Commitment = profile.0.parse().unwrap();
    world.office.record().vault().erase(&commitment).unwrap();
    world.office.clone().close().unwrap();
    let found = office::verify(&world.folder(), VerifyOptions::default());
    assert!(!found.is_sound(), "a profile vanished and nobody noticed");
}

#[test]
fn who_sat_is_forgotten_once_it_is_erased() {
    let world = World::noticed();
    let (sit, _) = identities(&world);
    erase(&world, sit).unwrap();
    let panel = world.panel.clone();
    let world = world.reopen();
    for person in &panel {
        assert_eq!(world.office.seat_of(&key("written"), person), None);
    }
    assert!(world.state().decided(&key("written")).is_ok(), "what they decided stands");
}

#[test]
fn who_sits_is_not_forgotten_before_the_stage_is_decided() {
    let world = World::seated();
    let (sit, stood) = identities(&world);
    assert_refused!(erase(&world, sit), Refusal::Rules(Inconsistent::StillNeeded(_)));
    erase(&world, stood).unwrap();
}

#[test]
fn who_sat_is_not_forgotten_while_an_objection_is_heard() {
    let (world, objection) = World::objected();
    let (sit, _) = identities(&world);
    assert_refused!(erase(&world, sit.clone()), Refusal::Rules(Inconsistent::StillNeeded(_)));
    let words = world.state().objections[&objection].text.clone();
    assert_refused!(erase(&world, [words.clone()]), Refusal::Rules(Inconsistent::StillNeeded(_)));
    world.settle(&objection, false);
    erase(&world, sit.into_iter().chain([words])).unwrap();
}

#[test]
fn a_sealed_sheet_is_not_erased_before_it_is_opened() {
    let world = World::sealed();
    let sheet = world.state().stages[&key("written")].sealed.values().next().unwrap().clone();
    assert_refused!(erase(&world, [sheet.clone()]), Refusal::Rules(Inconsistent::StillNeeded(_)));
    world.as_officer(Command::RevealSheets { key: key("written") }).unwrap();
    erase(&world, [sheet]).unwrap();
}

#[test]
fn erasing_takes_two_officers_a_reason_and_a_digest_and_is_done_once() {
    let world = World::applied();
    let profile = world.state().people[&world.teams[0].dean].profile.clone();
    let alone = Command::Erase { sealed: [profile.clone()].into(), because: "tidiness".into() };
    assert_refused!(world.as_officer(alone), Refusal::TakesTwoOfficers(CommandKind::Erase));
    let silent = Command::Erase { sealed: [profile.clone()].into(), because: String::new() };
    assert_refused!(world.as_officers(silent), Refusal::Rules(Inconsistent::NoReason));
    assert_refused!(erase(&world, [Sealed("everything".into())]), Refusal::NoDigest(_));
    assert!(lies_in_the_vault(&world, &profile));
    erase(&world, [profile.clone()]).unwrap();
    assert_refused!(erase(&world, [profile]), Refusal::Rules(Inconsistent::Twice { .. }));
}
