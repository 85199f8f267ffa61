//! Who may do what: commands, roles and clocks; the only writer of the record.
//!
//! ```
//! use office::{Actor, Command, Entropy, Founder, Office, Refusal};
//! use record::LogKey;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = &folder.path().join("programme");
//! let founder = |name: &str| Founder {
//!     name: name.to_owned(),
//!     contact: format!("{name}@example.kr"),
//!     identity: "identity card, face to face".to_owned(),
//! };
//! let founders = [founder("kim"), founder("lee")];
//! let at = "2025-06-16T00:00:00Z".parse()?;
//! let (office, [kim, lee]) =
//!     Office::found(dir, "example.kr/k-ai-2025", LogKey::generate()?, Entropy::System, at, &founders)?;
//!
//! let text = include_str!("../../../programmes/kr-2025-call.toml").to_owned();
//! let adopt = Command::AdoptRulebook { text };
//! let alone = office.execute(at, &Actor::Officer(kim.clone()), adopt.clone());
//! assert!(matches!(alone, Err(Refusal::TakesTwoOfficers(_))));
//! office.execute_with(at, &Actor::Officer(kim), &Actor::Officer(lee), adopt)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! - Nothing else writes the record. What is answered with [`Done`] is durable.
//! - A refusal changes nothing, but for a late application, which is noted.
//! - What does not stand in the permission table is refused. What cannot have happened after the events before it,
//!   [`programme::State::apply`] refuses, the same code that verification runs.
//! - Time comes in with the command, and the record's time never runs back.
//! - Who sits behind a pseudonym lies in the vault alone.
//!
//! # Covered
//!
//! The way from the call to signed agreements, and every later stage that a rulebook has.
//!
//! # Not covered
//!
//! Whether a person is who they say: that is proven before this room. What a role may see: that is a view's.

mod actor;
mod command;
mod commands;
mod desk;
mod digest;
mod entropy;
mod identities;
mod office;
mod permission;
mod refusal;
mod replay;

pub use self::{actor::*, command::*, entropy::*, office::*, permission::*, refusal::*, replay::*};
