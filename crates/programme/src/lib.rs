//! Events, state and decisions: pure.
//!
//! A programme's history is a list of [`Recorded`] events. [`State`] is a fold over them. [`decide()`] makes a
//! [`Decision`] of a rulebook and of [`Facts`] that were taken out of the state, and [`cut_line`] says how near its line
//! was. Nothing here reads a clock, a file or a random number, so whoever has the events gets the same answers.
//!
//! ```
//! use programme::{Facts, decide};
//! use rulebook::Rulebook;
//!
//! let rulebook = Rulebook::parse(include_str!("../../../programmes/kr-2026-02-additional.toml"))?.rulebook;
//! let stage = rulebook.stages[0].id.clone();
//! let facts: Facts = serde_json::from_value(serde_json::json!({ "stage": stage, "window": "call", "candidates": [] }))?;
//! let decision = decide(&rulebook, &facts)?;
//! assert!(decision.kept.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - Missing is a state, never a number. It is a [`Gap`], and a stage with a gap is not decided.
//! - Arithmetic on the way to a rank is exact; comparators are total orders; input order never matters.
//! - What chance decides, a public [`Seed`] decides that was announced before it could be known.
//! - [`State::apply`] alone says which histories are possible, for those who write them and for those who check them.
//!
//! # Covered
//!
//! Applications, panels and draws, sealed sheets, gates, points, cuts and ties, objections, agreements; reliability
//! statistics; the simulation of a stage.
//!
//! # Not covered
//!
//! Who may ask for what, and who sits behind a pseudonym: that is the office's. What a measurement is worth: it is taken
//! as entered, with its source.

mod aggregate;
mod conflict;
mod cutline;
mod decide;
mod decision;
mod draw;
mod event;
mod facts;
mod names;
mod reliability;
mod sealed;
mod seed;
mod simulate;
mod state;
mod tally;

pub use self::{
    aggregate::*, conflict::*, cutline::*, decide::*, decision::*, draw::*, event::*, facts::*, names::*,
    reliability::*, sealed::*, seed::*, simulate::*, state::*, tally::*,
};
