//! Simulation: how well would these rules find the best teams?
//!
//! A stage is played many times with teams whose true quality is known. The model:
//!
//! - A team's true quality is normal with spread [`quality_sd`](SimulateOptions::quality_sd).
//! - An evaluator's severity is normal with spread [`severity_sd`](SimulateOptions::severity_sd); it moves all their
//!   marks alike.
//! - On each criterion a mark is the middle of the scale plus quality plus severity plus noise, each in proportion to
//!   the criterion's scale, rounded to the nearest step and held within the scale. Noise is normal and independent
//!   from mark to mark, of one size relative to the scale on every criterion.
//! - The noise is such that before rounding one evaluator's total has the intraclass correlation
//!   [`icc`](SimulateOptions::icc), in the sense of ICC(A,1): quality's share of the variance of a single total.
//! - The *truly best* are the teams with the highest true quality, as many as the cut keeps.
//!
//! Only one panel's marks vary. Measurements, gates, votes, thresholds and other panels are held equal for all teams,
//! which is to say ignored; [`Simulation::held_equal`] names the parts of the score. An exact tie at the line goes to
//! the team with the lower number, which says nothing about its quality: a draw by another name, and the same draw when
//! an evaluator is left out.
//!
//! The same options give the same answer on any number of threads and on any machine: stages are played in fixed chunks,
//! each with its own ChaCha8 stream, sums are whole numbers, and the normal deviates come from arithmetic that IEEE 754
//! fixes to the last bit.

mod draw;
mod normal;
mod plan;
mod play;
mod report;

use rayon::prelude::*;
use rulebook::{Exact, Id, Stage};

pub use self::report::{PanelResult, Simulation, StageMean, StageShare};
use self::{draw::Draw, plan::Plan, play::Sums};

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateOptions {
    /// The teams that compete; 64 at most.
    pub teams: u32,
    /// The stages that are played.
    pub stages: u64,
    /// The same seed gives the same answer.
    pub seed: u64,
    /// The standard deviation of the teams' true quality, as a share of the panel's points: 0.1 is 10 of 100.
    pub quality_sd: f64,
    /// The intraclass correlation of a single evaluator's total: above 0, at most 1. Panels that judge research
    /// proposals were measured between about 0.2 and 0.4.
    pub icc: f64,
    /// The standard deviation of the evaluators' severity, as a share of the panel's points.
    pub severity_sd: f64,
    /// The distance between neighbouring marks, in place of the rulebook's.
    pub step: Option<Exact>,
    /// Which panel's marks vary; it can be left out where only one panel marks.
    pub panel: Option<Id>,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        Self {
            teams: 15,
            stages: 100_000,
            seed: 0,
            quality_sd: 0.1,
            icc: 0.3,
            severity_sd: 0.05,
            step: None,
            panel: None,
        }
    }
}

/// Why a stage cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotSimulate {
    /// Nothing says how many teams are kept.
    #[error("stage `{stage}` keeps no fixed number of teams, so there is no line to simulate")]
    NoKeep {
        /// The stage.
        stage: Id,
    },
    /// As many teams as places.
    #[error("{teams} teams for {keep} places: more teams than places and at least one place are needed")]
    NothingToCut {
        /// The teams.
        teams: u32,
        /// The places.
        keep: u32,
    },
    /// More teams than are simulated.
    #[error("{0} teams; {MOST_TEAMS} are the most that are simulated")]
    TooManyTeams(u32),
    /// No panel marks anything.
    #[error("in stage `{stage}` no panel gives marks")]
    NoPanel {
        /// The stage.
        stage: Id,
    },
    /// Several panels mark, or the one asked for does not.
    #[error("say which panel's marks vary; these panels give marks: {}", list(.panels))]
    WhichPanel {
        /// The panels that mark.
        panels: Vec<Id>,
    },
    /// The panel's seats are unset.
    #[error("panel `{panel}` does not say how many evaluators sit")]
    NoSeats {
        /// The panel.
        panel: Id,
    },
    /// Too few seats to leave one evaluator out, or more than are simulated.
    #[error("panel `{panel}` has {seats} seats; {fewest} to {MOST_SEATS} can be simulated with its aggregators")]
    Seats {
        /// The panel.
        panel: Id,
        /// Its seats.
        seats: u32,
        /// The fewest with which an evaluator can be left out.
        fewest: u32,
    },
    /// Marks on a scored leaf that no aggregator takes up.
    #[error("nothing aggregates the marks on `{node}`")]
    NoAggregator {
        /// The leaf.
        node: Id,
    },
    /// A scale that cannot be marked on: no room, or a step that is not above zero or does not divide it.
    #[error(
        "the scale of `{criterion}` is not a whole number of steps above zero, or has more than {MOST_STEPS} steps"
    )]
    Scale {
        /// The criterion.
        criterion: Id,
    },
    /// A part is rescaled to the best while other parts of the same panel are not.
    #[error("`{node}` is rescaled to its best while the panel also marks elsewhere; that is not simulated")]
    Rescaled {
        /// The part.
        node: Id,
    },
    /// Points that machine integers cannot hold.
    #[error("the points do not fit the integers of the simulation; simplify weights or steps")]
    TooFine,
    /// A figure out of its range.
    #[error(
        "the quality's spread must be above 0, severity's not below 0, and the ICC above 0 and at most what severity \
         leaves: quality² / (quality² + severity²)"
    )]
    BadFigures,
    /// Nothing to play.
    #[error("at least one stage must be played")]
    NoStages,
}

fn list(panels: &[Id]) -> String {
    panels.iter().map(|panel| format!("`{panel}`")).collect::<Vec<_>>().join(", ")
}

/// The most teams that are simulated: one bit of a word each.
pub(crate) const MOST_TEAMS: u32 = 64;
/// The most seats that are simulated.
pub(crate) const MOST_SEATS: u32 = 200;
/// The most steps that a scale can have.
pub(crate) const MOST_STEPS: u32 = 1_000_000;
/// The stages of one chunk, which share a stream of random numbers. Changing it changes every answer.
const CHUNK: u64 = 256;

/// Plays `stage` many times and counts how it went.
///
/// Runs on the current rayon pool.
///
/// # Errors
///
/// [`CannotSimulate`] says what about the stage or the options stands in the way.
pub fn simulate(stage: &Stage, options: &SimulateOptions) -> Result<Simulation, CannotSimulate> {
    let plan = Plan::of(stage, options)?;
    let chunks = options.stages.div_ceil(CHUNK);
    let chunk = |number: u64| {
        let stages = CHUNK.min(options.stages - number * CHUNK);
        let mut draw = Draw::new(&plan, options.seed, number);
        let mut sums = Sums::new(&plan);
        for _ in 0..stages {
            draw.next_stage(&plan);
            sums.play(&plan, &draw);
        }
        sums
    };
    // Whole sums do not hang on the order in which chunks are added.
    let sums = (0..chunks).into_par_iter().map(chunk).reduce(|| Sums::new(&plan), Sums::plus);
    Ok(Simulation::of(&plan, options, &sums))
}

#[cfg(test)]
mod tests;
