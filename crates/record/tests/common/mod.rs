//! What several tests need: small events, small records.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test stops where its preparations fail")]

pub(crate) mod dice;

use std::fs;
use std::path::Path;

use record::{Batch, Event, IdempotencyKey, LogKey, Record};
use serde_json::json;

pub(crate) const ORIGIN: &str = "example.kr/programme";

pub(crate) fn create(dir: &Path) -> Record {
    Record::create(dir, ORIGIN, LogKey::from_seed([7; 32])).unwrap()
}

/// The `n`-th event of the batch under a key: tests find content again by its key alone.
pub(crate) fn event(key: &str, n: usize) -> Event {
    Event::from_value(&json!({ "batch": key, "n": n, "text": "적합 / suitable" })).unwrap()
}

pub(crate) fn batch(key: &str, count: usize) -> Batch {
    Batch {
        key: IdempotencyKey::new(key).unwrap(),
        expect_size: None,
        events: (0..count).map(|n| event(key, n)).collect(),
    }
}

/// A closed record of 20 events in 10 batches, with three blobs and a file of the caller's.
pub(crate) fn sealed(dir: &Path) -> Record {
    let record = create(dir);
    for n in 0..10 {
        record.append(batch(&format!("key-{n}"), 1 + n % 3)).unwrap();
    }
    for n in 0..3u8 {
        record.vault().put_with_salt(&[b'a' + n; 40], [n; 32]).unwrap();
    }
    fs::write(dir.join("summary.json"), b"{}").unwrap();
    record.clone().close().unwrap();
    record
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An error and everything behind it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
