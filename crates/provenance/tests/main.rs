//! The room as its users meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod contamination;
mod evidence;
mod lineage;
mod path;
mod weights;
