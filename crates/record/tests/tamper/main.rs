//! Ten thousand ways to change a record's folder: every one must be found, and the second verifier,
//! which shares no code with the first, must agree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests stop at faults and print figures"
)]

#[path = "../common/mod.rs"]
mod common;

mod agreement;
mod attack;
mod first;
