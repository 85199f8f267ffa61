//! Runs the child, hurts it, and checks what it was promised.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use record::{Batch, Event, IdempotencyKey, Record, VerifyOptions, verify};
use tempfile::TempDir;

use crate::common;

pub(crate) struct Victim {
    pub(crate) folder: TempDir,
    pub(crate) job: String,
    pub(crate) shim: Vec<(&'static str, String)>,
}

/// What a child wrote down before it ended.
#[derive(Default)]
pub(crate) struct Notes {
    /// Key, first index, count.
    pub(crate) acknowledged: Vec<(String, u64, usize)>,
    pub(crate) blobs: Vec<(String, String)>,
    pub(crate) signed: u64,
    pub(crate) errors: Vec<String>,
    pub(crate) closed: bool,
}

impl Victim {
    pub(crate) fn new(job: &str) -> Victim {
        let folder = tempfile::tempdir().unwrap();
        Victim { folder, job: job.to_owned(), shim: Vec::new() }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("record")
    }

    pub(crate) fn notes_path(&self) -> PathBuf {
        self.folder.path().join("notes")
    }

    pub(crate) fn spawn(&self) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::child", "--test-threads=1"]);
        command.env("CRASH_JOB", &self.job).env("CRASH_DIR", self.dir());
        command.env("CRASH_NOTES", self.notes_path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if !self.shim.is_empty() {
            command.env("LD_PRELOAD", shim()).env("SHIM_ROOT", self.dir());
            command.envs(self.shim.iter().map(|(name, value)| (name, value)));
        }
        command.spawn().unwrap()
    }

    pub(crate) fn notes(&self) -> Notes {
        let text = fs::read_to_string(self.notes_path()).unwrap_or_default();
        let mut notes = Notes::default();
        // A last line without its end was being written when the child died.
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["ack", key, first, count] => {
                    let ack = (key.to_string(), first.parse().unwrap(), count.parse().unwrap());
                    notes.acknowledged.push(ack);
                }
                ["blob", commitment, key] => notes.blobs.push((commitment.to_string(), key.to_string())),
                ["signed", size] => notes.signed = notes.signed.max(size.parse().unwrap()),
                ["error", ..] => notes.errors.push(line.to_owned()),
                ["closed"] => notes.closed = true,
                ["created"] => (),
                _ => panic!("{line}"),
            }
        }
        notes
    }
}

/// The `n`-th event under a key. Those of runs named `bulk` are long, so that the write-ahead log
/// fills up and SQLite moves it into the database while the faults strike.
pub(crate) fn event(key: &str, n: usize) -> Event {
    let bulk = if key.starts_with("bulk") { "·".repeat(12_000) } else { String::new() };
    // Spelt out: writing it through the canonicaliser takes most of a debug run.
    Event::from_canonical(format!(r#"{{"batch":"{key}","bulk":"{bulk}","n":{n}}}"#).into_bytes()).unwrap()
}

pub(crate) fn batch(key: &str, count: usize) -> Batch {
    let key = IdempotencyKey::new(key).unwrap();
    let events = (0..count).map(|n| event(key.as_str(), n)).collect();
    Batch { key, expect_size: None, events }
}

/// The number at the end of a key, which decides how many events its batch has.
pub(crate) fn number(key: &str) -> usize {
    key.rsplit('-').next().unwrap().parse().unwrap()
}

/// Everything acknowledged is there, unchanged and once; nothing is broken.
pub(crate) fn check(dir: &Path, notes: &Notes) {
    let unsealed = VerifyOptions { allow_unsealed: true, ..VerifyOptions::default() };
    let report = verify(dir, &unsealed);
    assert!(report.is_sound(), "{:?}", report.findings);
    assert!(report.size.unwrap() >= notes.signed, "a signed event is gone");

    let record = Record::open(dir).unwrap_or_else(|error| panic!("{}", common::chain(&error)));
    let entries = record.entries(0..u64::MAX).unwrap();
    for (key, first, count) in &notes.acknowledged {
        for n in 0..*count {
            let index = *first as usize + n;
            let entry = entries.get(index).unwrap_or_else(|| panic!("{key}: event {index} is lost"));
            assert_eq!(entry.event, event(key, n), "{key}: event {index} is another");
        }
        // Asking again gives the same answer and adds nothing.
        let again = record.append(batch(key, *count)).unwrap();
        assert_eq!((again[0].index, again.len()), (*first, *count));
    }
    assert_eq!(record.size(), entries.len() as u64);
    for error in &notes.errors {
        // "Nothing was appended" must be true; an append whose outcome was unknown can be repeated.
        let [_, kind @ ("refused" | "unknown"), key, ..] = error.split(' ').collect::<Vec<_>>()[..] else { continue };
        let landed = entries.iter().filter(|entry| entry.event == event(key, 0)).count();
        assert!(landed == 0 || (kind == "unknown" && landed == 1), "{key} was {kind} and is there {landed} times");
        let size = record.size();
        let index = record.append(batch(key, 1 + number(key) % 3)).unwrap()[0].index;
        assert_eq!(index < size, landed == 1, "{key} landed twice");
    }
    for (commitment, content) in &notes.blobs {
        let blob = record.vault().get(&commitment.parse().unwrap()).unwrap();
        assert_eq!(blob.as_deref(), Some(content.as_bytes()), "a blob is lost");
    }
}

/// Compiled once a process; the name carries the process so that parallel tests do not collide.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
        let name = format!("shim-{}.so", std::process::id());
        let object = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&object).arg(source).arg("-ldl");
        assert!(cc.status().expect("a C compiler, cc, is needed").success());
        object
    })
}
