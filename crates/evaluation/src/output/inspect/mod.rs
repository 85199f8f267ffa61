//! Inspect's `.eval` logs, written so that its viewer opens them, and read so that a verdict can be computed from runs
//! of inspect's own.
//!
//! A log is a zip archive, version 2 of the format: `header.json` (the log without its samples), one
//! `samples/<id>_epoch_<n>.json` a sample, `summaries.json` (what the viewer lists), and `_journal/start.json`.

mod archive;
mod read;
mod wire;
mod write;

pub use self::read::{ReadError, read};
pub use self::write::{LogInfo, LogWriter, WriteError};
