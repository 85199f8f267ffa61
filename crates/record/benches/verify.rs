//! Seconds to verify a million events, and to open and close such a record.
//!
//! `cargo bench -p record --bench verify`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench talks to the terminal and may stop"
)]

mod measure;

use std::path::Path;

use measure::{median, timed};
use record::{Batch, Event, IdempotencyKey, LogKey, Record, VerifyOptions, verify};

const EVENTS: u64 = 1_000_000;
const BATCH: u64 = 4;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    fill(&dir);
    let verified = (0..3).map(|_| {
        timed(EVENTS, || {
            let report = verify(&dir, &VerifyOptions::default());
            assert!(report.is_sound() && report.size == Some(EVENTS), "{:?}", report.findings);
        })
    });
    let verified = median(verified.collect());
    let report = |name: &str, cost: &measure::Cost| {
        let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
        println!("{name:16} {wall:6.2} s wall  {cpu:6.2} s CPU  {:9.0} events a second", cost.rate());
    };
    report("verify, sealed", &verified);
    report("read", &timed(EVENTS, || drop(Record::read(&dir).unwrap())));
    let mut record = None;
    report("open", &timed(EVENTS, || record = Some(Record::open(&dir).unwrap())));
    report("close", &timed(EVENTS, || record.take().unwrap().close().unwrap()));
    println!("aim: {EVENTS} events verified in under 10 s");
}

fn fill(dir: &Path) {
    let record = Record::create(dir, "example.kr/bench", LogKey::from_seed([1; 32])).unwrap();
    let text = "a score sheet was signed and its commitment is in the vault; ".repeat(4);
    std::thread::scope(|scope| {
        for writer in 0..64u64 {
            let (record, text) = (&record, &text);
            scope.spawn(move || {
                for n in (writer..EVENTS / BATCH).step_by(64) {
                    let event = |part: u64| {
                        let event =
                            format!(r#"{{"n":{},"text":"{text}","type":"score_sheet_signed"}}"#, n * BATCH + part);
                        Event::from_canonical(event.into_bytes()).unwrap()
                    };
                    let key = IdempotencyKey::new(format!("bench-{n}")).unwrap();
                    let batch = Batch { key, expect_size: None, events: (0..BATCH).map(event).collect() };
                    record.append(batch).unwrap();
                }
            });
        }
    });
    record.close().unwrap();
}
