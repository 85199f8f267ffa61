//! A run that is killed at any moment and resumed loses nothing and asks nothing twice that it knew.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Trial, chat, generated, server, sum};
use evaluation::run::{Journal, Record};

const ROUNDS: u32 = 200;
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

#[test]
fn killed_and_resumed_two_hundred_times() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let mut answered: std::collections::BTreeMap<String, Record> = std::collections::BTreeMap::new();
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
        // What the server has been asked in this round is nothing that the journal knew before it.
        let log = server.log();
        let known = Journal::read(dir.path());
        let Ok(known) = known else { continue };
        let asked: Vec<usize> = log[seen..].iter().map(document).collect();
        seen = log.len();
        let texts: std::collections::BTreeSet<String> = answered.values().map(said).collect();
        for id in asked {
            assert!(
                !texts.contains(&format!("The answer is {}.", id + 1)),
                "round {round}: document {id} was asked again"
            );
        }
        // And what the journal knew, it still knows.
        let mut now = std::collections::BTreeMap::new();
        known.each(|key, _, record| assert!(now.insert(key.to_string(), record).is_none())).unwrap();
        assert!(answered.iter().all(|(key, record)| now.get(key) == Some(record)), "round {round}: an answer is lost");
        assert_eq!(known.damaged(), 0);
        grown += usize::from(now.len() > answered.len());
        answered = now;
    }
    let killed_with = answered.len();
    let trial = Trial::new(chat(&server.url()));
    let (summary, whole) = trial.run(dir.path(), (0..ITEMS).map(sum).collect()).unwrap();
    assert!(whole.iter().all(|(id, answers)| generated(answers) == format!("The answer is {}.", id + 1)));
    assert_eq!((whole.len(), summary.progress.from_journal as usize), (ITEMS, killed_with));
    // Asked more than once is only what was on its way at a kill: sixteen requests a round at most.
    let asked = server.requests() as usize;
    assert!(asked - ITEMS <= 16 * ROUNDS as usize, "{asked} requests for {ITEMS} items");
    println!("{killed_with} of {ITEMS} answers from {grown} of {ROUNDS} rounds, {} requests in all", asked);
    assert!(grown >= ROUNDS as usize / 4, "only {grown} rounds came to an answer");
}

fn said(record: &Record) -> String {
    match record.outcome.clone().into_result() {
        Ok(evaluation::Answer::Generated(generated)) => generated.text,
        other => panic!("{other:?}"),
    }
}
