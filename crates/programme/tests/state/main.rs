//! State: which histories are possible.
//!
//! Histories are played from a [`plot::Plot`], by hand or by chance, and then tampered with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod authority;
mod conflicts;
mod draws;
mod forgeries;
mod plot;
mod replay;
