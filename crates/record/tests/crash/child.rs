//! The process that is hurt: appends from several threads and notes what was acknowledged.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::{env, thread};

use record::{AppendError, LogKey, OpenError, Record};
use rusqlite::Connection;

use crate::common::{ORIGIN, chain};
use crate::harness::{batch, event};

/// Does nothing unless a harness asked for it.
#[test]
fn child() {
    let Ok(job) = env::var("CRASH_JOB") else { return };
    let [job, run, threads, appends]: [&str; 4] = job.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let (threads, appends) = (threads.parse().unwrap(), appends.parse().unwrap());
    let dir = env::var("CRASH_DIR").unwrap();
    let dir = Path::new(&dir);
    match job {
        "append" => append(dir, run, threads, appends, End::Close),
        "stop" => append(dir, run, threads, appends, End::Stop),
        "create" => create(dir),
        _ => weak_control(dir, run, job),
    }
}

/// One line a fact, each in a single write to a file outside the record.
#[derive(Clone)]
struct Notes(std::sync::Arc<File>);

impl Notes {
    fn open() -> Notes {
        let path = env::var("CRASH_NOTES").unwrap();
        let file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        Notes(file.into())
    }

    fn note(&self, line: &str) {
        (&*self.0).write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// How a run ends that nobody interrupts.
#[derive(PartialEq)]
enum End {
    Close,
    /// As if killed right after the last acknowledgement.
    Stop,
}

fn append(dir: &Path, run: &str, threads: usize, appends: usize, end: End) {
    let notes = Notes::open();
    let record = match Record::open(dir) {
        Ok(record) => record,
        Err(error) => return notes.note(&format!("error open {}", chain(&error))),
    };
    thread::scope(|scope| {
        for t in 0..threads {
            let (notes, record) = (&notes, &record);
            scope.spawn(move || write(record, notes, &format!("{run}-{t}"), appends));
        }
    });
    if end == End::Stop {
        std::process::exit(0);
    }
    match record.close() {
        Ok(()) => notes.note("closed"),
        Err(error) => notes.note(&format!("error close {}", chain(&error))),
    }
}

fn write(record: &Record, notes: &Notes, name: &str, appends: usize) {
    for n in 0..appends {
        let key = format!("{name}-{n}");
        match record.append(batch(&key, 1 + n % 3)) {
            Ok(appended) => notes.note(&format!("ack {key} {} {}", appended[0].index, appended.len())),
            Err(error) => {
                let kind = match &error {
                    AppendError::Storage(_) => "refused",
                    AppendError::Unknown(_) => "unknown",
                    _ => "unexpected",
                };
                notes.note(&format!("error {kind} {key} {}", chain(&error)));
                // An outage of writing is none of reading.
                if let Err(error) = record.entries(0..u64::MAX) {
                    notes.note(&format!("error read {}", chain(&error)));
                }
            }
        }
        if n % 5 == 0 {
            match record.vault().put(key.as_bytes()) {
                Ok(commitment) => notes.note(&format!("blob {commitment} {key}")),
                Err(error) => notes.note(&format!("error vault {}", chain(&error))),
            }
        }
        if n % 7 == 3 {
            match record.checkpoint() {
                Ok(checkpoint) => notes.note(&format!("signed {}", checkpoint.size())),
                Err(error) => notes.note(&format!("error checkpoint {}", chain(&error))),
            }
        }
    }
}

fn create(dir: &Path) {
    let notes = Notes::open();
    match Record::create(dir, ORIGIN, LogKey::from_seed([7; 32])) {
        Ok(record) => {
            notes.note("created");
            match record.close() {
                Ok(()) => notes.note("closed"),
                Err(error) => notes.note(&format!("error close {}", chain(&error))),
            }
        }
        Err(error) => notes.note(&format!("error create {}", chain(&error))),
    }
}

/// Writes the same table with weaker durability. The harness must catch this one losing events.
fn weak_control(dir: &Path, run: &str, synchronous: &str) {
    let notes = Notes::open();
    let database = Connection::open(dir.join("log.sqlite")).unwrap();
    database.execute_batch(&format!("PRAGMA synchronous = {synchronous}")).unwrap();
    let next = "SELECT ifnull(max(idx) + 1, 0) FROM event";
    let first: i64 = database.query_row(next, [], |row| row.get(0)).unwrap();
    for n in first..first + 100_000 {
        let key = format!("{run}-control-{n}");
        let insert = "INSERT INTO event VALUES (?1, ?2, ?3, zeroblob(32))";
        let body = event(&key, 0);
        database.execute(insert, rusqlite::params![n, body.as_bytes(), key]).unwrap();
        notes.note(&format!("ack {key} {n} 1"));
    }
}

/// The control's promises, counted by what is really there.
pub(crate) fn lost_by_control(dir: &Path, acknowledged: &[(String, u64, usize)]) -> usize {
    let Ok(database) = Connection::open(dir.join("log.sqlite")) else { return acknowledged.len() };
    let there = |key: &str| -> bool {
        let sql = "SELECT count(*) FROM event WHERE batch_key = ?1";
        database.query_row(sql, [key], |row| row.get::<_, i64>(0)).is_ok_and(|count| count == 1)
    };
    acknowledged.iter().filter(|(key, _, _)| !there(key)).count()
}

/// Whether a record can be opened, or was never finished.
pub(crate) fn is_unfinished(dir: &Path) -> bool {
    matches!(Record::open(dir), Err(OpenError::NoRecord(_)))
}
