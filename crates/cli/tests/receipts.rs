//! Receipts and exports: proofs that need no folder.

use std::fs;

use crate::house::{daepyo, path, rehearsal, said};

#[test]
fn a_receipt_is_checked_offline_and_stands_for_one_event() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let file = home.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let dir = path(rehearsal());
    let receipt = file("receipt", said(["record", "receipt", dir, "100"]));
    let event = file("event", said(["record", "event", dir, "100"]));
    let other = file("other", said(["record", "event", dir, "101"]));
    let vkey = rehearsal().join("log.vkey");
    let check = |event: &std::path::Path| {
        daepyo(["record", "receipt", "--check", path(&receipt), "--event", path(event), "--vkey", path(&vkey)])
    };
    let proven = check(&event);
    assert_eq!(proven.code, Some(0), "{proven:?}");
    assert!(proven.out.contains("place 100"), "{}", proven.out);
    assert_eq!(check(&other).code, Some(1), "the receipt of one event proves no other");
}

#[test]
fn an_export_holds_every_event() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("export");
    said(["record", "export", path(rehearsal()), "--out", path(&out)]);
    let exported = fs::read_to_string(out.join("events.jsonl")).unwrap();
    assert_eq!(exported, said(["record", "event", path(rehearsal())]));
}

#[test]
fn a_place_that_is_not_there_is_said_so() {
    let ended = daepyo(["record", "event", path(rehearsal()), "100000"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("there is no event 100000"), "{}", ended.err);
}
