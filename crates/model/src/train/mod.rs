//! A recipe and a run of tokens become weights.
//!
//! [`run()`] is the loop: windows of the text in a seeded order go through an [`Engine`], whose steps follow the
//! recipe's [schedule](rate_share); losses, checkpoints and the end are written into the evidence log, checkpoints
//! survive a kill at any moment, and a run that is taken up again comes to the same bits. [`CpuEngine`] is the engine
//! of this crate: data-parallel over a fixed number of lanes, so that threads change nothing but the time.

mod checkpoint;
mod clock;
mod cpu;
mod engine;
mod muon;
mod optimiser;
mod page;
mod peak;
mod progress;
mod run;
mod schedule;
mod validation;
mod watcher;

pub use self::checkpoint::{Checkpoint, CheckpointFault, Checkpoints, Newest};
pub(crate) use self::clock::Clock;
pub use self::cpu::CpuEngine;
pub(crate) use self::engine::check;
pub use self::engine::{Engine, EngineFault, Rates, State};
pub(crate) use self::muon::{QUINTIC as MUON_QUINTIC, size as muon_size};
pub use self::optimiser::Stepper;
pub use self::page::page;
pub use self::peak::Peak;
pub use self::progress::{AtStep, Lines, Point, Said};
pub use self::run::{Digests, Outcome, Run, Sampler, TrainFault, run};
pub use self::schedule::rate_share;
pub use self::validation::{BitsPerByte, Validation};
pub use self::watcher::{Event, Quiet, Sample, StepReport, Watcher};
