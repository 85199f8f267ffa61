//! The k-th call fails, for k = 1, 2, … until none does.

use crate::child;
use crate::common;
use crate::harness::{Notes, Victim, check};

const ALL: [&str; 6] = ["sync", "write", "truncate", "rename", "unlink", "open"];

/// Runs one job under one fault; `None` once k is past the last call.
fn hurt(job: &str, op: &str, k: u32, how: &str) -> Option<(Victim, Notes)> {
    let mut victim = Victim::new(job);
    if !job.starts_with("create") {
        drop(common::create(&victim.dir()));
    }
    let fired = victim.folder.path().join("fired");
    victim.shim = vec![("SHIM_FAULT", format!("{op}:{k}:{how}")), ("SHIM_FIRED", fired.to_string_lossy().into_owned())];
    let status = victim.spawn().wait().unwrap();
    assert!(status.success() || how == "torn", "{op} {k} {how}: the process died of it");
    let notes = victim.notes();
    fired.exists().then_some((victim, notes))
}

/// What every append may answer: done, or one of the two typed refusals.
fn check_typed(notes: &Notes, what: &str) {
    for error in &notes.errors {
        assert!(!error.starts_with("error unexpected"), "{what}: {error}");
        // Without new files no reader can be opened; everything else leaves reading alone.
        assert!(!error.starts_with("error read") || what.starts_with("open"), "{what}: {error}");
    }
}

fn sweep(job: &str, ops: &[&str], how: &str, stride: u32) {
    for op in ops {
        let mut k = 1;
        let (mut errors, mut unknown) = (0, 0);
        while let Some((victim, notes)) = hurt(job, op, k, how) {
            check_typed(&notes, &format!("{op} {k} {how}"));
            check(&victim.dir(), &notes);
            errors += notes.errors.len();
            unknown += notes.errors.iter().filter(|e| e.starts_with("error unknown")).count();
            k += stride;
        }
        let faults = (k - 1) / stride;
        println!("{op} {how}: {faults} faults, {errors} typed errors ({unknown} unknown), 0 lost");
        assert!(k > 1, "{op}: nothing was hurt");
    }
}

#[test]
fn one_failure_at_every_call_loses_nothing() {
    sweep("append 0 1 8", &ALL, "once", 1);
}

#[test]
fn failure_from_every_call_on_loses_nothing() {
    sweep("append 0 1 8", &ALL, "sticky", 1);
}

#[test]
fn a_torn_write_and_exit_at_every_write_loses_nothing() {
    sweep("append 0 1 8", &["write"], "torn", 1);
}

/// Long enough for SQLite to move the write-ahead log into the database on its own.
#[test]
fn failures_while_the_log_is_moved_lose_nothing() {
    sweep("append bulk 1 120", &["write"], "once", 613);
    sweep("append bulk 1 120", &["write"], "torn", 701);
    sweep("append bulk 1 120", &["sync"], "sticky", 61);
}

#[test]
fn failure_at_every_call_of_creation_leaves_a_record_or_none() {
    for op in ["sync", "write", "rename", "open"] {
        let mut k = 1;
        while let Some((victim, notes)) = hurt("create 0 0 0", op, k, "once") {
            assert!(!notes.errors.is_empty() || notes.closed, "{op} {k}: neither error nor record");
            if !child::is_unfinished(&victim.dir()) {
                check(&victim.dir(), &notes);
            }
            k += 1;
        }
        assert!(k > 1, "{op}: nothing was hurt");
    }
}

/// One failure does not end the process's work: the writer reopens the log, says for certain what
/// became of the append, and the next one goes through.
#[test]
fn appends_resume_in_the_same_process_after_a_single_failure() {
    for op in ["sync", "write"] {
        for k in 1..60 {
            let Some((_, notes)) = hurt("append 0 1 8", op, k, "once") else { break };
            if notes.errors.iter().any(|error| error.starts_with("error open")) {
                continue;
            }
            let refused = notes.errors.iter().filter(|e| e.starts_with("error refused")).count();
            assert_eq!(notes.acknowledged.len() + refused, 8, "{op} {k}: {:?}", notes.errors);
            assert!(refused <= 1, "{op} {k}: {:?}", notes.errors);
        }
    }
}
