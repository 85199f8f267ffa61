//! `kill -9` at random moments.

use std::thread;
use std::time::Duration;

use crate::child;
use crate::common;
use crate::common::dice::Dice;
use crate::harness::{Victim, check};

/// One record lives through all of it, so that each recovery builds on the ones before.
#[test]
fn a_hundred_kills_lose_nothing() {
    let mut victim = Victim::new("");
    drop(common::create(&victim.dir()));
    let mut dice = Dice::new(1);
    let mut killed = 0;
    while killed < 100 {
        let bulk = if killed % 3 == 0 { "bulk" } else { "" };
        victim.job = format!("append {bulk}{killed} 4 100000");
        let mut child = victim.spawn();
        thread::sleep(Duration::from_millis(15 + dice.roll(60)));
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        // All promises of all runs are checked every tenth time and at the end.
        if killed % 10 == 0 {
            let notes = victim.notes();
            assert!(notes.errors.is_empty(), "{:?}", notes.errors);
            check(&victim.dir(), &notes);
        }
    }
    let acknowledged = victim.notes().acknowledged.len();
    assert!(acknowledged > 100, "only {acknowledged} appends in 100 runs: the test saw nothing");
    println!("100 kills, {acknowledged} acknowledged appends, 0 lost");
}

/// A record is there whole or was never promised.
#[test]
fn kills_during_creation_leave_a_record_or_none() {
    let mut dice = Dice::new(2);
    let (mut whole, mut none) = (0, 0);
    for _ in 0..40 {
        let victim = Victim::new("create 0 0 0");
        let mut child = victim.spawn();
        thread::sleep(Duration::from_micros(dice.roll(30_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        if child::is_unfinished(&victim.dir()) {
            none += 1;
        } else {
            check(&victim.dir(), &victim.notes());
            whole += 1;
        }
    }
    println!("40 kills during creation: {whole} whole records, {none} never finished");
}
