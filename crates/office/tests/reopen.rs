//! What the office knows, it knows from the record.

use office::{Verification, VerifyError};
use programme::{Inconsistent, Recorded, State};
use record::{Batch, Event, IdempotencyKey, Record, VerifyOptions};

use crate::world::{ORIGIN, World, log_key};

#[test]
fn an_office_that_is_closed_and_opened_knows_the_same() {
    let world = World::finished();
    let before = world.state();
    let world = world.reopen();
    assert!(world.state() == before);
    assert_eq!(world.who_sits(&crate::world::key("written")), world.panel);
}

#[test]
fn the_state_is_what_a_replay_of_the_record_makes() {
    let world = World::finished();
    assert!(State::replay(&events(&world)).unwrap() == world.state());
}

#[test]
fn a_whole_programme_verifies() {
    let world = World::finished();
    world.office.clone().close().unwrap();
    let found = office::verify(&world.folder(), VerifyOptions::default());
    assert!(found.is_sound(), "{found:?}");
    assert!(*found.state.unwrap() == world.state());
}

#[test]
fn one_changed_letter_is_found() {
    let world = World::checking();
    world.office.clone().close().unwrap();
    let files = std::fs::read_dir(world.folder()).unwrap();
    let changed = files.filter(|file| change_a_letter(&file.as_ref().unwrap().path())).count();
    assert!(changed > 0, "no file holds the event");
    assert!(!office::verify(&world.folder(), VerifyOptions::default()).is_sound());
}

/// Team Otter becomes team Ottes, in the bytes of a file.
fn change_a_letter(file: &std::path::Path) -> bool {
    let Ok(mut bytes) = std::fs::read(file) else { return false };
    let name = b"\"name\":\"Otter\"";
    let Some(at) = bytes.windows(name.len()).position(|window| window == name) else { return false };
    bytes[at + name.len() - 2] = b's';
    std::fs::write(file, bytes).unwrap();
    true
}

#[test]
fn even_the_key_cannot_make_an_impossible_history_sound() {
    let world = World::noticed();
    let honest = events(&world);
    assert!(forge(&world, "honest", &honest).is_sound());

    let place = honest.windows(2).position(|pair| matches!(pair[1].event, programme::Event::DecisionConfirmed { .. }));
    let mut swapped = honest.clone();
    swapped.swap(place.unwrap(), place.unwrap() + 1);
    let found = forge(&world, "swapped", &swapped);
    assert!(found.record.is_sound(), "the tree is right, what it says is not: {:?}", found.record);
    assert!(matches!(found.state, Err(VerifyError::Replay(_))));

    let alone = match &honest[place.unwrap()].by {
        programme::By::Officer(proposer) => proposer.clone(),
        by => panic!("{by} proposed"),
    };
    let mut confirmed_alone = honest;
    confirmed_alone[place.unwrap() + 1].by = programme::By::Officer(alone.clone());
    match forge(&world, "alone", &confirmed_alone).state {
        Err(VerifyError::Replay(office::ReplayError::Inconsistent { inconsistent, .. })) => {
            assert_eq!(inconsistent, Inconsistent::OneOfficer(alone));
        }
        other => panic!("{other:?}"),
    }
}

/// What the record of a world holds.
fn events(world: &World) -> Vec<Recorded> {
    let record = world.office.record();
    let entries = record.entries(0..record.size()).unwrap();
    entries.iter().map(|entry| entry.event.parse().unwrap()).collect()
}

/// Copies a folder and what is in it.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        match from.is_dir() {
            true => copy(&from, &to.join(name)),
            false => drop(std::fs::copy(&from, to.join(name)).unwrap()),
        }
    }
}

/// Writes a history into a record of its own, with the log's true key, and verifies it.
fn forge(world: &World, name: &str, history: &[Recorded]) -> Verification {
    let folder = world.dir.path().join(name);
    let record = Record::create(&folder, ORIGIN, log_key()).unwrap();
    for (place, recorded) in history.iter().enumerate() {
        let key = IdempotencyKey::new(format!("c-{place}")).unwrap();
        let events = vec![Event::from_value(recorded).unwrap()];
        record.append(Batch { key, expect_size: None, events }).unwrap();
    }
    copy(&world.folder().join("vault"), &folder.join("vault"));
    record.close().unwrap();
    office::verify(&folder, VerifyOptions::default())
}
