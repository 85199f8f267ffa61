//! A run that is killed at any moment and resumed loses nothing and asks nothing twice that it knew.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Trial, chat, generated, server, sum};

const ROUNDS: usize = 200;
const ITEMS: usize = 6000;
const DIR: &str = "DAEPYO_KILL_DIR";
const URL: &str = "DAEPYO_KILL_URL";

/// What the child does. Without the variables it is started by hand, and there is nothing to do.
#[test]
#[ignore = "a part of `killed_and_resumed_two_hundred_times`"]
fn child() {
    let (Ok(dir), Ok(url)) = (std::env::var(DIR), std::env::var(URL)) else { return };
    let trial = Trial { most: 16, ..Trial::new(chat(&url)) };
    trial.run(Path::new(&dir), (0..ITEMS).map(sum).collect()).unwrap();
}

fn start(dir: &Path, url: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "run::kill::child"])
        .env(DIR, dir)
        .env(URL, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits for some requests, none to forty, and a moment more, so that every stage of a run is met.
fn wait(server: &crate::server::Server, random: u64) {
    let until = server.requests() + random % 41;
    let began = std::time::Instant::now();
    while server.requests() < until && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_micros(100));
    }
    std::thread::sleep(Duration::from_micros((random >> 32) % 2000));
}

/// The document that a request asks about.
fn document(body: &serde_json::Value) -> usize {
    let text = body["messages"][0]["content"].as_str().unwrap();
    text.split(' ').nth(2).unwrap().parse().unwrap()
}

/// What a reader of the file sees: whole lines, of which none that was there before may change or go.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    keys: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Kept {
    /// Reads on; says whether anything came anew.
    fn read_on(&mut self, dir: &Path) -> bool {
        let mut file = std::fs::read(dir.join("answers-000001.jsonl")).unwrap_or_default();
        file.truncate(file.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        assert!(file.starts_with(&self.bytes), "what was written has changed or gone");
        for line in file[self.bytes.len()..].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: serde_json::Value = serde_json::from_slice(line).unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            assert!(self.keys.insert(text(&line["key"])), "an answer is there twice");
            self.texts.insert(text(&line["record"]["reply"]["text"]));
        }
        let has_grown = file.len() > self.bytes.len();
        self.bytes = file;
        has_grown
    }
}

#[test]
fn killed_and_resumed_two_hundred_times() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let mut kept = Kept::default();
    let (mut seen, mut grown) = (0, 0);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..ROUNDS {
        let mut child = start(dir.path(), &server.url());
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        wait(&server, random);
        child.kill().unwrap();
        child.wait().unwrap();
        // Nothing that was known before this round was asked in it.
        let asked = server.log_from(seen);
        seen += asked.len();
        for id in asked.iter().map(document) {
            let answer = format!("The answer is {}.", id + 1);
            assert!(!kept.texts.contains(&answer), "round {round}: document {id} was asked again");
        }
        grown += usize::from(kept.read_on(dir.path()));
    }
    let trial = Trial::new(chat(&server.url()));
    let (summary, whole) = trial.run(dir.path(), (0..ITEMS).map(sum).collect()).unwrap();
    assert!(whole.iter().all(|(id, answers)| generated(answers) == format!("The answer is {}.", id + 1)));
    assert_eq!((whole.len(), summary.progress.from_journal as usize), (ITEMS, kept.keys.len()));
    kept.read_on(dir.path());
    assert_eq!((kept.keys.len(), kept.texts.len()), (ITEMS, ITEMS));
    // Asked more than once is only what was on its way at a kill: sixteen requests a round at most.
    let asked = server.requests() as usize;
    assert!(asked - ITEMS <= 16 * ROUNDS, "{asked} requests for {ITEMS} items");
    assert!(grown >= ROUNDS / 4, "only {grown} rounds came to an answer");
}
