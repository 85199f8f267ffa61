//! Kills, power cuts, failing syncs and full disks: no acknowledged event may be lost, and every
//! fault must come back as a typed error.
//!
//! The victim is this same test binary, run again with `CRASH_JOB` set (see `child`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests stop at faults and print figures"
)]
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod child;
mod faults;
mod harness;
mod kill;
mod power;
