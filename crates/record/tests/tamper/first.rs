//! The first verifier against all of it.

use std::collections::BTreeMap;
use std::fs;

use record::{Code, Record, VerifyOptions, verify};

use crate::attack::{Bench, history};
use crate::common::dice::Dice;
use crate::common::{copy_folder, sealed};

/// Runs attacks until `count` of them changed something; every one must be found.
fn all_found(
    seed: u64,
    count: usize,
    options: &VerifyOptions<'_>,
    mut attack: impl FnMut(&Bench, &mut Dice) -> Option<String>,
) {
    let bench = Bench::new();
    let mut dice = Dice::new(seed);
    let mut found: BTreeMap<Code, usize> = BTreeMap::new();
    let mut done = 0;
    while done < count {
        if let Some(what) = attack(&bench, &mut dice) {
            let report = verify(&bench.hurt(), options);
            assert!(!report.is_sound(), "not found (seed {seed}, attack {done}): {what}");
            report.findings.iter().for_each(|finding| *found.entry(finding.code).or_default() += 1);
            done += 1;
        }
        bench.restore();
    }
    println!("{done} attacks, all found: {found:?}");
}

#[test]
fn changed_bytes_are_found() {
    all_found(1, 7_500, &VerifyOptions::default(), Bench::change_bytes);
}

/// Not a sample but all of them.
#[test]
#[ignore = "a hundred thousand verifications; for a release, with --release"]
fn every_single_bit_is_found() {
    let bench = Bench::new();
    let mut found = 0;
    for (path, bytes) in bench.files() {
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            fs::write(bench.hurt().join(path), changed).unwrap();
            assert!(!verify(&bench.hurt(), &VerifyOptions::default()).is_sound(), "{path}, bit {bit}");
            found += 1;
        }
        fs::write(bench.hurt().join(path), bytes).unwrap();
    }
    println!("{found} bits flipped, all found");
}

#[test]
fn changed_files_are_found() {
    all_found(2, 1_000, &VerifyOptions::default(), Bench::change_files);
}

#[test]
fn changed_events_are_found_without_a_seal() {
    let live = VerifyOptions { allow_unsealed: true, ..VerifyOptions::default() };
    all_found(3, 600, &live, |bench, dice| bench.change_events(dice, false));
}

/// Against an attacker who mends the batches only the tree stands, under its signed checkpoint.
#[test]
fn changed_events_are_found_even_with_their_batches_mended() {
    let live = VerifyOptions { allow_unsealed: true, ..VerifyOptions::default() };
    all_found(4, 400, &live, |bench, dice| {
        // A batch renamed and mended is a caller's key changed, and no event: the seal's business.
        bench.change_events(dice, true).filter(|what| !what.contains("renamed"))
    });
}

#[test]
fn a_folder_rolled_back_is_found_against_a_kept_checkpoint() {
    let (_folder, history) = history(33);
    let mut attacks = 0;
    for (older, (folder, _)) in history.iter().enumerate() {
        assert!(verify(folder, &VerifyOptions::default()).is_sound());
        for (newer, (_, kept)) in history.iter().enumerate() {
            let options = VerifyOptions { kept_checkpoint: Some(kept), ..VerifyOptions::default() };
            let report = verify(folder, &options);
            assert_eq!(report.is_sound(), newer <= older, "{:?}", report.findings);
            attacks += usize::from(newer > older);
        }
    }
    assert!(attacks >= 500);
    println!("{attacks} roll-backs, all found");
}

/// Mixing the files of two states of one record: each file is genuine, the whole is not.
#[test]
fn a_folder_mixed_from_two_of_its_states_is_found() {
    let (folder, history) = history(2);
    let mixed = folder.path().join("mixed");
    for file in ["log.sqlite", "checkpoint", "seal"] {
        copy_folder(&history[1].0, &mixed);
        fs::copy(history[0].0.join(file), mixed.join(file)).unwrap();
        assert!(!verify(&mixed, &VerifyOptions::default()).is_sound(), "{file}");
        fs::remove_dir_all(&mixed).unwrap();
    }
}

#[test]
fn verification_changes_nothing_and_a_copy_without_the_private_part_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, copy) = (folder.path().join("record"), folder.path().join("copy"));
    sealed(&dir);
    let names = |dir: &std::path::Path| {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    };
    let before = names(&dir);
    let whole = verify(&dir, &VerifyOptions::default());
    assert!(whole.is_sound() && whole.sealed && whole.private_part, "{:?}", whole.findings);
    assert_eq!(names(&dir), before);

    copy_folder(&dir, &copy);
    fs::remove_dir_all(copy.join("private")).unwrap();
    let part = verify(&copy, &VerifyOptions::default());
    assert!(part.is_sound() && !part.private_part, "{:?}", part.findings);
    assert_eq!(part.root, whole.root);
    assert_eq!(Record::read(&copy).unwrap().size(), whole.size.unwrap());
}

/// What was sealed and changed since does not open either.
#[test]
fn a_tampered_folder_does_not_open() {
    let bench = Bench::new();
    for file in ["log.sqlite", "log.vkey", "checkpoint", "seal"] {
        let path = bench.hurt().join(file);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(Record::open(&bench.hurt()).is_err(), "{file}");
        bench.restore();
    }
    assert!(Record::open(&bench.hurt()).is_ok());
}
