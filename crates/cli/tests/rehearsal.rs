//! A rehearsal: what it prints, what it leaves, and that it can be repeated.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::house::{daepyo, path, rehearsal, said};

fn summary(dir: &std::path::Path) -> Value {
    let text = std::fs::read(dir.join("summary.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[test]
fn fifteen_become_ten_become_five() {
    let summary = summary(rehearsal());
    let stages: Vec<_> = summary["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| {
            (stage["id"].as_str().unwrap(), stage["candidates"].as_u64().unwrap(), stage["kept"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(stages, [("eligibility", 15, 15), ("written", 15, 10), ("presentation", 10, 5)]);
    assert_eq!(summary["applications"], serde_json::json!({ "begun": 17, "withdrawn": 1, "late": 1 }));
    assert_eq!((&summary["objections"], &summary["agreements"]), (&1.into(), &5.into()));
    let later = &summary["later"][0];
    assert_eq!((&later["candidates"], &later["kept"]), (&5.into(), &3.into()), "one by its place, one by the gate");
    assert_eq!(summary["stages"][1]["ties"].as_u64().map(|ties| ties > 0), Some(true), "a tie at the written line");
}

#[test]
fn the_same_seed_plays_the_same_rehearsal_and_another_seed_another() {
    let home = tempfile::tempdir().unwrap();
    let play = |seed: &str, name: &str| {
        let dir = home.path().join(name);
        let told = said(["rehearse", "--json", "--seed", seed, "--out", path(&dir)]);
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, summary(&dir), "what is printed is what is left behind");
        told["root"].as_str().unwrap().to_owned()
    };
    let first = summary(rehearsal())["root"].as_str().unwrap().to_owned();
    assert_eq!(play("7", "again"), first);
    assert_ne!(play("8", "other"), first);
}

#[test]
fn what_an_officer_reads_fits_eighty_columns() {
    let home = tempfile::tempdir().unwrap();
    let told = said(["rehearse", "--out", path(&home.path().join("r"))]);
    let wide: Vec<_> = told.lines().filter(|line| line.width() > 80).collect();
    // The one thing that cannot be broken is the path of the folder.
    let wide: Vec<_> = wide.into_iter().filter(|line| !line.contains(path(home.path()))).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    for part in ["withdraws", "comes too late", "steps aside", "reminded", "equal at the line", "objection is heard"] {
        assert!(told.contains(part), "the play has no part in which somebody {part}");
    }
}

#[test]
fn every_decision_is_worked_out_anew() {
    let told = said(["verify", "--json", path(rehearsal())]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["sound"], Value::Bool(true));
    let decided: BTreeSet<_> = told["decisions"].as_array().unwrap().iter().map(|one| one["stage"].as_str()).collect();
    assert_eq!(decided, ["eligibility", "evaluation", "presentation", "written"].map(Some).into());
}

#[test]
fn a_folder_that_is_in_use_is_left_alone() {
    let before = std::fs::read(rehearsal().join("summary.json")).unwrap();
    let ended = daepyo(["rehearse", "--out", path(rehearsal())]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("name an empty or new folder"), "{}", ended.err);
    assert_eq!(std::fs::read(rehearsal().join("summary.json")).unwrap(), before);
}
