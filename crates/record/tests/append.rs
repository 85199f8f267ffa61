//! Appending, reading, receipts, opening and closing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests stop at faults and print figures"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::thread;

use common::{batch, chain, copy_folder, create, event, sealed};
use record::{
    AppendError, Batch, CloseError, CreateError, Event, EventError, IdempotencyKey, LogKey, MAX_EVENT_BYTES, OpenError,
    ReadError, ReceiptError, Record, SignError, VerifyOptions, export, verify, verify_receipt,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

#[test]
fn a_repeated_append_gets_the_first_answer_and_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    let first = record.append(batch("one", 3)).unwrap();
    record.append(batch("two", 1)).unwrap();
    // A repetition is recognised before its expectation is judged.
    let again = Batch { expect_size: Some(0), ..batch("one", 3) };
    assert_eq!(record.append(again.clone()).unwrap(), first);
    record.close().unwrap();
    let record = Record::open(&dir).unwrap();
    assert_eq!(record.append(again).unwrap(), first);
    assert_eq!(record.size(), 4);
}

#[test]
fn a_key_stands_for_one_content() {
    let folder = tempfile::tempdir().unwrap();
    let record = create(&folder.path().join("record"));
    record.append(batch("one", 2)).unwrap();
    let others = [batch("one", 1).events, batch("one", 3).events, vec![event("x", 0), event("one", 1)]];
    for events in others {
        let refused = record.append(Batch { events, ..batch("one", 0) });
        assert!(matches!(refused, Err(AppendError::KeyReused { key }) if key == "one"));
    }
    assert_eq!(record.size(), 2);
}

#[test]
fn a_stale_or_empty_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let record = create(&folder.path().join("record"));
    record.append(Batch { expect_size: Some(0), ..batch("one", 2) }).unwrap();
    let stale = record.append(Batch { expect_size: Some(1), ..batch("two", 1) });
    assert!(matches!(stale, Err(AppendError::Stale { expected: 1, actual: 2 })));
    assert!(matches!(record.append(batch("three", 0)), Err(AppendError::Empty)));
    // The key of a refused batch is free.
    record.append(batch("two", 5)).unwrap();
    assert_eq!(record.size(), 7);
}

/// Many writers share commits; what one is refused for does not touch the others.
#[test]
fn thirty_two_writers_leave_no_gap_and_each_key_once() {
    const WRITERS: usize = 32;
    const APPENDS: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    let write = |writer: usize| {
        let mut indices = Vec::new();
        for n in 0..APPENDS {
            // Every fourth key is every writer's own attempt at the same append.
            let key = if n % 4 == 0 { format!("shared-{n}") } else { format!("{writer}-{n}") };
            let appended = record.append(batch(&key, 1 + n % 2)).unwrap();
            if n % 10 == 0 {
                let refused = record.append(Batch { expect_size: Some(u64::MAX), ..batch(&format!("no-{key}"), 1) });
                assert!(matches!(refused, Err(AppendError::Stale { .. })));
            }
            indices.push((key, appended[0].index, appended.len()));
        }
        indices
    };
    let landed: BTreeSet<(String, u64, usize)> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(landed.len(), APPENDS / 4 + WRITERS * APPENDS * 3 / 4, "a key landed twice");
    let mut places: Vec<u64> = landed.iter().flat_map(|(_, first, count)| *first..*first + *count as u64).collect();
    places.sort_unstable();
    assert_eq!(places, (0..record.size()).collect::<Vec<_>>(), "a gap or an overlap");
    let entries = record.entries(0..u64::MAX).unwrap();
    for (key, first, count) in &landed {
        for n in 0..*count {
            assert_eq!(entries[*first as usize + n].event, event(key, n));
        }
    }
    record.close().unwrap();
    assert!(verify(&dir, &VerifyOptions::default()).is_sound());
}

#[test]
fn receipts_verify_offline_and_prove_only_their_event() {
    let folder = tempfile::tempdir().unwrap();
    let record = create(&folder.path().join("record"));
    for n in 0..9 {
        record.append(batch(&format!("key-{n}"), 1 + n % 3)).unwrap();
    }
    let entries = record.entries(0..record.size()).unwrap();
    for entry in &entries {
        let receipt = record.receipt(entry.index).unwrap();
        let proven = verify_receipt(receipt.text(), record.vkey(), entry.event.as_bytes()).unwrap();
        assert_eq!((proven.index, proven.checkpoint.size()), (entry.index, record.size()));
        for other in entries.iter().filter(|other| other.index != entry.index) {
            let refused = verify_receipt(receipt.text(), record.vkey(), other.event.as_bytes());
            assert_eq!(refused, Err(ReceiptError::OtherEvent));
        }
    }
    let text = record.receipt(5).unwrap().text().to_owned();
    for at in 0..text.len() * 8 {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(verify_receipt(&changed, record.vkey(), entries[5].event.as_bytes()).is_err(), "bit {at}");
    }
    // What others add is ignored: extra data, a witness's line.
    let witness = "\u{2014} witness.example AAAAAAAA\n";
    let more = text.replacen("\nindex", "\nextra AAAA\nindex", 1) + witness;
    assert!(verify_receipt(&more, record.vkey(), entries[5].event.as_bytes()).is_ok());
    let size = record.size();
    let none = record.receipt(size);
    assert!(matches!(none, Err(SignError::NotCovered { index, size: covered }) if index == size && covered == size));
}

#[test]
fn events_keep_their_meaning_or_are_refused() {
    let text = Event::from_value(&json!({ "b": 1.0, "a": [true, null, "한"] })).unwrap();
    assert_eq!(text.as_bytes(), r#"{"a":[true,null,"한"],"b":1}"#.as_bytes());
    assert!(matches!(Event::from_value(&json!(9_007_199_254_740_993_u64)), Err(EventError::NotCanonical(_))));
    assert!(matches!(Event::from_value(&f64::NAN), Err(EventError::Unwritable(_))));
    assert!(matches!(Event::from_canonical(*b"{ }"), Err(EventError::NotCanonical(_))));
    let long = Event::from_value(&"x".repeat(MAX_EVENT_BYTES - 2));
    assert_eq!(long.unwrap().as_bytes().len(), MAX_EVENT_BYTES);
    assert!(matches!(Event::from_value(&"x".repeat(MAX_EVENT_BYTES - 1)), Err(EventError::TooLarge { .. })));

    #[derive(serde::Serialize)]
    struct Twice {
        name: u8,
        #[serde(flatten)]
        rest: std::collections::BTreeMap<&'static str, u8>,
    }
    let twice = Twice { name: 1, rest: [("name", 2)].into() };
    assert!(matches!(Event::from_value(&twice), Err(EventError::Unwritable(_))));

    for key in ["", "a\nb", &"x".repeat(201)] {
        assert!(IdempotencyKey::new(key).is_err());
    }
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    record.append(batch("one", 2)).unwrap();
    assert!(matches!(Record::open(&dir), Err(OpenError::Locked)));
    let again = Record::create(&dir, common::ORIGIN, LogKey::from_seed([7; 32]));
    assert!(matches!(again, Err(CreateError::Exists(_))));
    let reader = Record::read(&dir).unwrap();
    assert_eq!((reader.size(), reader.root()), (2, record.root()));
    assert_eq!(reader.entries(1..9).unwrap()[0].event, event("one", 1));
    // The stored checkpoint does not cover it yet, and a reader signs nothing.
    assert!(matches!(reader.receipt(0), Err(SignError::NotCovered { index: 0, size: 0 })));
    drop(reader);
    // Without a close the lock falls with the last clone, and the log is whole.
    drop(record.clone());
    assert!(matches!(Record::open(&dir), Err(OpenError::Locked)));
    drop(record);
    assert_eq!(Record::open(&dir).unwrap().size(), 2);
}

#[test]
fn a_closed_record_is_closed_for_all_its_clones() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = sealed(&dir);
    assert!(matches!(record.append(batch("late", 1)), Err(AppendError::Closed)));
    assert!(matches!(record.entries(0..1), Err(ReadError::Closed)));
    assert!(record.vault().put(b"late").is_err());
    assert!(matches!(record.close(), Err(CloseError::Closed)));
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(files.iter().all(|name| !name.to_string_lossy().starts_with("log.sqlite-")), "{files:?}");
}

#[test]
fn opening_takes_the_seal_off_and_closing_puts_it_on() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    sealed(&dir);
    let before = verify(&dir, &VerifyOptions::default());
    let record = Record::open(&dir).unwrap();
    let open = verify(&dir, &VerifyOptions { allow_unsealed: true, ..VerifyOptions::default() });
    assert!(open.is_sound() && !open.sealed, "{:?}", open.findings);
    assert!(!verify(&dir, &VerifyOptions::default()).is_sound());
    record.close().unwrap();
    let after = verify(&dir, &VerifyOptions::default());
    assert!(after.is_sound() && after.sealed);
    assert_eq!(after.root, before.root);
}

#[test]
fn opening_refuses_what_is_no_whole_record_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    assert!(matches!(Record::open(&dir), Err(OpenError::NoRecord(_))));
    let record = create(&dir);
    record.append(batch("one", 5)).unwrap();
    record.checkpoint().unwrap();
    drop(record);
    type Damage = fn(&std::path::Path);
    let damages: [(Damage, &str); 5] = [
        (|dir| fs::remove_file(dir.join("private/log.key")).unwrap(), "open the copy for reading"),
        (|dir| fs::write(dir.join("private/log.key"), "x").unwrap(), "restore it from a copy"),
        (|dir| fs::write(dir.join("log.vkey"), "x").unwrap(), "restore it from a copy"),
        (|dir| fs::write(dir.join("checkpoint"), "x").unwrap(), "restore it from a copy"),
        (|dir| delete_last_event(dir), "does not contain the 5 events"),
    ];
    for (damage, hint) in damages {
        let copy = folder.path().join("copy");
        copy_folder(&dir, &copy);
        damage(&copy);
        let refused = chain(&Record::open(&copy).err().unwrap());
        assert!(refused.contains(hint), "{refused}");
        fs::remove_dir_all(&copy).unwrap();
    }
}

/// With the batch's digest mended, so that only the checkpoint is left to contradict.
fn delete_last_event(dir: &std::path::Path) {
    let mut hasher = Sha256::new();
    hasher.update(3u64.to_be_bytes());
    hasher.update("one");
    hasher.update(0u64.to_be_bytes());
    (0..4).for_each(|n| hasher.update(event("one", n).leaf_hash().as_bytes()));
    let digest: [u8; 32] = hasher.finalize().into();
    let database = rusqlite::Connection::open(dir.join("log.sqlite")).unwrap();
    database.execute_batch("DROP TRIGGER event_stays; DROP TRIGGER event_unchanged").unwrap();
    assert_eq!(database.execute("DELETE FROM event WHERE idx = 4", []).unwrap(), 1);
    database.execute("UPDATE event SET batch_digest = ?1 WHERE idx = 0", [digest]).unwrap();
}

/// A change behind the log's back is noticed on reading, and nothing is signed over it.
#[test]
fn a_changed_event_is_neither_handed_out_nor_signed_for() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    record.append(batch("one", 3)).unwrap();
    let database = rusqlite::Connection::open(dir.join("log.sqlite")).unwrap();
    database.execute_batch("DROP TRIGGER event_unchanged; UPDATE event SET body = x'7b7d' WHERE idx = 1").unwrap();
    assert!(matches!(record.entries(0..3), Err(ReadError::Changed { index: 1 })));
    assert!(matches!(record.checkpoint(), Err(SignError::Read(ReadError::Changed { index: 1 }))));
    drop(database);
    assert!(matches!(record.close(), Err(CloseError::Sign(_))));
    assert!(!dir.join("seal").exists());
}

#[test]
fn an_export_covers_the_checkpoint_and_says_what_it_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, out) = (folder.path().join("record"), folder.path().join("export"));
    let record = create(&dir);
    record.append(batch("one", 300)).unwrap();
    record.checkpoint().unwrap();
    record.append(batch("two", 5)).unwrap();
    let exported = export(&dir, &out).unwrap();
    assert_eq!((exported.size, exported.left_out), (300, 5));
    let lines = fs::read_to_string(out.join("events.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 300);
    assert!(export(&dir, &out).is_err(), "an export never overwrites");
}
