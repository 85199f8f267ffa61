//! What a simulation found, with the error of having played only so many stages.

use std::collections::BTreeMap;

use rulebook::Id;
use serde::{Deserialize, Serialize};

use super::{
    SimulateOptions,
    plan::Plan,
    play::{PanelSums, Sums},
};
use crate::{Figure, reliability::count};

/// How well the rules found the best teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// The panel whose marks varied.
    pub panel: Id,
    /// The teams that competed.
    pub teams: u32,
    /// The teams that were kept.
    pub keep: u32,
    /// The stages that were played.
    pub stages: u64,
    /// The seed.
    pub seed: u64,
    /// The leaves of the score tree that were taken to be equal for all teams.
    pub held_equal: Vec<Id>,
    /// With the panel as the rulebook has it.
    pub as_asked: PanelResult,
    /// With one evaluator more, who joins the same evaluators before the same teams.
    pub one_more: PanelResult,
    /// How many fewer of the truly best are missed with one evaluator more. Both were played on the same draws, so the
    /// error is smaller than that of either.
    pub gain: StageMean,
}

/// How it went with a panel of one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelResult {
    /// The evaluators.
    pub seats: u32,
    /// The stages in which at least one of the truly best teams was missed.
    pub missed_any: StageShare,
    /// How many of the truly best were missed.
    pub missed: StageMean,
    /// The stages by how many of the truly best were missed, from none to all.
    pub missed_by_number: Vec<u64>,
    /// The stages in which the list of kept teams would have been another without at least one of the evaluators.
    pub changed_without_one: StageShare,
    /// The stages in which teams were exactly equal across the line.
    pub exact_tie: StageShare,
    /// Those stages by how many teams were equal.
    pub tied_by_number: BTreeMap<u32, u64>,
}

/// A share of the stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageShare {
    /// So many stages.
    pub stages: u64,
    /// As a share of all.
    pub share: Figure,
    /// The standard error.
    pub error: Figure,
}

/// A mean over the stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageMean {
    /// The mean.
    pub mean: Figure,
    /// The standard error.
    pub error: Figure,
}

impl Simulation {
    pub(super) fn of(plan: &Plan, options: &SimulateOptions, sums: &Sums) -> Self {
        let missed = |panel: &PanelSums| moments(&panel.missed).0;
        let gain = missed(&sums.as_asked) as f64 - missed(&sums.one_more) as f64;
        Self {
            panel: plan.panel.clone(),
            teams: options.teams,
            keep: count(plan.keep),
            stages: sums.stages,
            seed: options.seed,
            held_equal: plan.held_equal.clone(),
            as_asked: PanelResult::of(plan.seats, sums.stages, &sums.as_asked),
            one_more: PanelResult::of(plan.seats + 1, sums.stages, &sums.one_more),
            gain: StageMean::of(gain, sums.gain_squares as f64, sums.stages),
        }
    }
}

impl PanelResult {
    fn of(seats: usize, stages: u64, sums: &PanelSums) -> Self {
        let (missed, squares) = moments(&sums.missed);
        let none = sums.missed.first().copied().unwrap_or_default();
        let ties = (0_u32..).zip(&sums.tied).skip(1).filter(|(_, stages)| **stages > 0);
        let tied_by_number: BTreeMap<u32, u64> = ties.map(|(teams, stages)| (teams, *stages)).collect();
        Self {
            seats: count(seats),
            missed_any: StageShare::of(stages - none, stages),
            missed: StageMean::of(missed as f64, squares as f64, stages),
            missed_by_number: sums.missed.clone(),
            changed_without_one: StageShare::of(sums.changed, stages),
            exact_tie: StageShare::of(tied_by_number.values().sum(), stages),
            tied_by_number,
        }
    }
}

impl StageShare {
    fn of(part: u64, stages: u64) -> Self {
        let StageMean { mean, error } = StageMean::of(part as f64, part as f64, stages);
        Self { stages: part, share: mean, error }
    }
}

impl StageMean {
    /// Of a sum, and a sum of squares, over `stages`.
    fn of(sum: f64, squares: f64, stages: u64) -> Self {
        let stages = stages as f64;
        let mean = sum / stages;
        let variance = (squares / stages - mean * mean).max(0.0);
        let figure = |value: f64| Figure::new(value).unwrap_or_else(Figure::zero);
        Self { mean: figure(mean), error: figure((variance / stages).sqrt()) }
    }
}

/// The sum, and the sum of squares, of a number that has value `n` in `stages[n]` stages.
fn moments(stages: &[u64]) -> (u64, u64) {
    let weighted = (0_u64..).zip(stages);
    weighted.fold((0, 0), |(sum, squares), (value, stages)| (sum + value * stages, squares + value * value * stages))
}
