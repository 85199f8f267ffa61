//! One decision without a record: the same one that the record holds.

use std::fs;

use serde_json::Value;

use crate::house::{daepyo, path, rehearsal, said};

#[test]
fn the_facts_of_the_record_give_the_decision_of_the_record() {
    let home = tempfile::tempdir().unwrap();
    let facts = home.path().join("facts.json");
    fs::write(&facts, said(["record", "facts", path(rehearsal()), "written"])).unwrap();
    let rulebook = home.path().join("rulebook.toml");
    fs::write(&rulebook, said(["record", "rulebook", path(rehearsal()), "--stage", "written"])).unwrap();
    let told: Value = serde_json::from_str(&said(["decide", "--json", path(&rulebook), path(&facts)])).unwrap();
    let decided = &told["decided"]["decision"];
    let recorded = said(["record", "event", path(rehearsal())])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|event| event["event"]["type"] == "decision-proposed" && event["event"]["key"]["stage"] == "written")
        .unwrap();
    assert_eq!(*decided, recorded["event"]["decision"]);
}

#[test]
fn every_gap_is_named() {
    let home = tempfile::tempdir().unwrap();
    let mut facts: Value = serde_json::from_str(&said(["record", "facts", path(rehearsal()), "written"])).unwrap();
    facts["sheets"].as_array_mut().unwrap().truncate(100);
    let file = home.path().join("facts.json");
    fs::write(&file, facts.to_string()).unwrap();
    let rulebook = home.path().join("rulebook.toml");
    fs::write(&rulebook, said(["record", "rulebook", path(rehearsal())])).unwrap();
    let ended = daepyo(["decide", path(&rulebook), path(&file)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.matches("has no sheet for team").count() >= 4, "{}", ended.out);
}
