//! Durable appends a second, beside raw SQLite commits of the same payload in the same run.
//!
//! `cargo bench -p record --bench append`. Rounds alternate, so that a disk that is busy for a
//! while hurts all of them alike; medians are printed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench talks to the terminal and may stop"
)]

mod measure;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use measure::{Cost, median, timed};
use record::{Batch, Event, IdempotencyKey, LogKey, Record};
use rusqlite::Connection;

const ROUNDS: usize = 7;
const SINGLE: u64 = 1_000;
const WRITERS: u64 = 64;
const TOGETHER: u64 = 64 * 300;

static NEXT: AtomicU64 = AtomicU64::new(0);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let raw = raw_table(folder.path());
    let record = Record::create(&folder.path().join("record"), "example.kr/bench", LogKey::from_seed([1; 32])).unwrap();
    let (mut raws, mut singles, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raws.push(timed(SINGLE, || raw_commits(&raw)));
        singles.push(timed(SINGLE, || appends(&record, SINGLE)));
        together.push(timed(TOGETHER, || {
            thread::scope(|scope| {
                for _ in 0..WRITERS {
                    scope.spawn(|| appends(&record, TOGETHER / WRITERS));
                }
            });
        }));
    }
    let (raw, single, together) = (median(raws), median(singles), median(together));
    print("raw SQLite, one insert a commit", &raw, &raw);
    print("record, one writer", &single, &raw);
    print("record, 64 writers", &together, &raw);
    println!("aims: 0.5 times raw for one writer, 10 times raw for 64");
}

fn print(name: &str, cost: &Cost, raw: &Cost) {
    let cpu = cost.cpu.as_secs_f64() * 1e6 / cost.items as f64;
    let (rate, beside) = (cost.rate(), cost.rate() / raw.rate());
    println!("{name:34} {rate:9.0} a second  {beside:6.2} times raw  {cpu:6.1} CPU-us each");
}

/// About 300 bytes, as an event of a programme is.
fn payload(n: u64) -> Vec<u8> {
    let text = "a score sheet was signed and its commitment is in the vault; ".repeat(4);
    format!(r#"{{"n":{n},"text":"{text}","type":"score_sheet_signed"}}"#).into_bytes()
}

fn raw_table(folder: &Path) -> Connection {
    let raw = Connection::open(folder.join("raw.sqlite")).unwrap();
    raw.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;
         CREATE TABLE event (idx INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    )
    .unwrap();
    raw
}

fn raw_commits(raw: &Connection) {
    for _ in 0..SINGLE {
        let body = payload(NEXT.fetch_add(1, Ordering::Relaxed));
        let mut insert = raw.prepare_cached("INSERT INTO event (body) VALUES (?1)").unwrap();
        insert.execute([body]).unwrap();
    }
}

fn appends(record: &Record, count: u64) {
    for _ in 0..count {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let key = IdempotencyKey::new(format!("bench-{n}")).unwrap();
        let events = vec![Event::from_canonical(payload(n)).unwrap()];
        record.append(Batch { key, expect_size: None, events }).unwrap();
    }
}
