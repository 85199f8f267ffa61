//! The evaluation engine against files, servers and other tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod run;
mod server;
