//! The journal under every kind of bad luck.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::endpoint::{Endpoint, Kind, Model};
use crate::{Answer, Class, Failure, Finish, Generated, Usage};

fn model(name: &str) -> Model {
    Model::new(name, Kind::Chat, Endpoint::new("http://127.0.0.1:1/v1"))
}

fn keys(name: &str) -> Keys {
    Keys::new(&model(name)).unwrap()
}

fn answered(text: &str) -> Record {
    let generated = Generated { text: text.into(), reasoning: None, finish: Finish::Stop, usage: Usage::default() };
    let outcome = Outcome::Reply(Answer::Generated(generated));
    Record { at: 7, repeat: 0, outcome, usage: None, answered_by: None, id: None, cut: 0, latency_ms: 3, tries: 1 }
}

fn failed(lasts: bool) -> Record {
    let failure = Failure { class: Class::TransportError, reason: "400".into(), status: Some(400) };
    Record { outcome: Outcome::Failed { failure, lasts, written: None }, ..answered("") }
}

fn request(number: usize) -> Vec<u8> {
    format!("{{\"ask\":\"문제 {number}\"}}").into_bytes()
}

fn put(journal: &Journal, keys: &Keys, number: usize, record: &Record) -> Key {
    let key = keys.key(&request(number), 0);
    journal.put(&key, record, &keys.whose, &request(number)).unwrap();
    key
}

fn open(dir: &Path) -> Journal {
    Journal::open(dir, JournalOptions::default()).unwrap()
}

fn text(journal: &Journal, key: &Key) -> Option<String> {
    match journal.get(key).unwrap()?.outcome {
        Outcome::Reply(Answer::Generated(generated)) => Some(generated.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_put_is_there_after_closing_and_while_another_reads() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let own = keys("a");
    let put: Vec<Key> =
        (0..100).map(|number| put(&journal, &own, number, &answered(&format!("답 {number}")))).collect();
    let beside = Journal::read(dir.path()).unwrap();
    assert_eq!(text(&beside, &put[42]).as_deref(), Some("답 42"));
    assert!(matches!(beside.put(&put[0], &answered(""), &own.whose, b"{}"), Err(JournalFault::ReadOnly { .. })));
    assert!(matches!(Journal::open(dir.path(), JournalOptions::default()), Err(JournalFault::Locked { .. })));
    drop(journal);
    let journal = open(dir.path());
    assert_eq!((journal.len(), journal.damaged().len()), (100, 0));
    assert!(put.iter().enumerate().all(|(number, key)| text(&journal, key) == Some(format!("답 {number}"))));
}

#[test]
fn every_line_is_json_with_all_that_was_asked() {
    let dir = TempDir::new().unwrap();
    let key = put(&open(dir.path()), &keys("a"), 1, &answered("one"));
    let file = std::fs::read_to_string(dir.path().join("answers-000001.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(file.trim_end()).unwrap();
    assert_eq!(line["key"], key.to_string());
    assert_eq!(line["request"]["ask"], "문제 1");
    assert_eq!(line["of"]["endpoint"], "http://127.0.0.1:1/v1");
    assert_eq!(line["record"]["reply"]["text"], "one");
    assert_eq!(file.lines().count(), 1);
}

/// Cut at every byte of the last record, a journal loses that record and no other, and takes new ones.
#[test]
fn a_torn_tail_is_cut_away_whatever_its_length() {
    let dir = TempDir::new().unwrap();
    let own = keys("a");
    let journal = open(dir.path());
    let first = put(&journal, &own, 0, &answered("first"));
    let path = dir.path().join("answers-000001.jsonl");
    let before = std::fs::read(&path).unwrap().len();
    let last = put(&journal, &own, 1, &answered("last"));
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    for end in before..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let reader = Journal::read(dir.path()).unwrap();
        assert_eq!((text(&reader, &first).as_deref(), text(&reader, &last)), (Some("first"), None), "cut at {end}");
        let journal = open(dir.path());
        assert_eq!((journal.len(), journal.damaged().len()), (1, 0), "cut at {end}");
        put(&journal, &own, 1, &answered("again"));
        drop(journal);
        let journal = Journal::read(dir.path()).unwrap();
        assert_eq!(text(&journal, &last).as_deref(), Some("again"), "cut at {end}");
    }
}

/// A byte changed anywhere in a record makes that record unknown, never another.
#[test]
fn a_changed_byte_is_noticed() {
    let dir = TempDir::new().unwrap();
    let own = keys("a");
    let journal = open(dir.path());
    let put: Vec<Key> = (0..3).map(|number| put(&journal, &own, number, &answered("same"))).collect();
    drop(journal);
    let path = dir.path().join("answers-000001.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let start = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let length = whole[start..].iter().position(|byte| *byte == b'\n').unwrap();
    for place in start..start + length {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let journal = Journal::read(dir.path()).unwrap();
        assert_eq!(text(&journal, &put[1]), None, "byte {place}");
        assert_eq!(text(&journal, &put[0]).as_deref(), Some("same"), "byte {place}");
        assert_eq!(text(&journal, &put[2]).as_deref(), Some("same"), "byte {place}");
        // A byte of the key makes another key of it, under which nobody asks before its checksum is looked at.
        let damaged = journal.damaged();
        assert!(damaged.is_empty() || damaged == [(path.clone(), 1)], "byte {place}: {damaged:?}");
    }
}

#[test]
fn keys_tell_models_fingerprints_endpoints_requests_and_repeats_apart() {
    let mut all = std::collections::BTreeSet::new();
    let mut of = |model: &Model| {
        let keys = Keys::new(model).unwrap();
        for body in [b"{\"t\":0}".as_slice(), b"{\"t\":1}"] {
            for repeat in 0..2 {
                assert!(all.insert(keys.key(body, repeat)), "{model:?} {repeat}");
            }
        }
    };
    of(&model("a"));
    of(&model("b"));
    of(&Model { fingerprint: "1".into(), ..model("a") });
    of(&Model { endpoint_id: Some("x".into()), ..model("a") });
    of(&Model { endpoints: vec![Endpoint::new("http://127.0.0.1:2/v1")], ..model("a") });
    // Lengths stand before the parts, so that no part can reach into the next.
    of(&Model { name: "a1".into(), fingerprint: "2".into(), ..model("") });
    of(&Model { name: "a".into(), fingerprint: "12".into(), ..model("") });
    let same =
        Keys::new(&Model { endpoints: vec![Endpoint::new("HTTP://127.0.0.1:1/v1/chat/completions/")], ..model("a") });
    assert_eq!(same.unwrap().key(b"{}", 0), keys("a").key(b"{}", 0));
}

#[test]
fn a_failure_never_takes_the_place_of_an_answer() {
    let dir = TempDir::new().unwrap();
    let own = keys("a");
    let journal = open(dir.path());
    let key = put(&journal, &own, 0, &failed(true));
    assert!(!journal.get(&key).unwrap().unwrap().is_answered());
    put(&journal, &own, 0, &answered("yes"));
    put(&journal, &own, 0, &failed(false));
    assert_eq!(text(&journal, &key).as_deref(), Some("yes"));
    drop(journal);
    assert_eq!(text(&open(dir.path()), &key).as_deref(), Some("yes"));
}

#[test]
fn long_journals_have_several_segments() {
    let dir = TempDir::new().unwrap();
    let options = JournalOptions { segment_bytes: 2000, ..JournalOptions::default() };
    let own = keys("a");
    let mut put_keys = Vec::new();
    for round in 0..4 {
        let journal = Journal::open(dir.path(), options).unwrap();
        for number in 0..10 {
            put_keys.push(put(&journal, &own, round * 10 + number, &answered("x")));
        }
    }
    assert!(dir.path().join("answers-000004.jsonl").is_file());
    let journal = open(dir.path());
    assert!(put_keys.iter().all(|key| text(&journal, key).is_some()));
}

#[test]
fn shards_are_merged_once_and_answers_win() {
    let (one, two, all) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let (a, b) = (keys("a"), keys("b"));
    let shard = open(one.path());
    put(&shard, &a, 0, &answered("a0"));
    put(&shard, &a, 1, &failed(false));
    let other = open(two.path());
    put(&other, &a, 1, &answered("a1"));
    put(&other, &b, 0, &answered("b0"));
    put(&other, &a, 0, &answered("another a0"));
    let merged = open(all.path());
    assert_eq!(merged.merge(one.path()).unwrap(), Merged { added: 2, known: 0, damaged: 0 });
    assert_eq!(merged.merge(two.path()).unwrap(), Merged { added: 2, known: 1, damaged: 0 });
    assert_eq!(merged.merge(two.path()).unwrap(), Merged { added: 0, known: 3, damaged: 0 });
    let told = |keys: &Keys, number| text(&merged, &keys.key(&request(number), 0));
    assert_eq!((told(&a, 0), told(&a, 1), told(&b, 0)), (Some("a0".into()), Some("a1".into()), Some("b0".into())));
    let mut models = Vec::new();
    merged.each(|_, whose, _| models.push(whose.model)).unwrap();
    models.sort();
    assert_eq!(models, ["a", "a", "b"]);
    assert!(matches!(merged.merge(Path::new("/nowhere")), Err(JournalFault::File { .. })));
}
