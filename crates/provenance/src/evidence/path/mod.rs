//! Do checkpoints lie as those of one training lie?
//!
//! Fingerprints of the checkpoints are held against each other, in the order of their steps:
//!
//! - the first looks like random numbers: means of 0, tails no heavier than a normal's, units of equal length;
//! - each depends on the one before, in every component: units at the same place agree more than shifted ones;
//! - distances from the first grow, and of three checkpoints the outer two are the farthest apart;
//! - no stretch is out of proportion to the steps, or learning rates, that lie in it;
//! - they do not lie on a straight line, as blends of two models do.
//!
//! This does not train again. Whoever makes up a whole path with care is not found, nor is an exchange of two checkpoints
//! that differ by less than a hundredth of their norm, which is of the size of the rounding of sketches.

mod dependence;
mod distance;
mod start;
mod story;

use serde::Serialize;

use self::distance::Distances;
use super::Finding;
use crate::fingerprint::{Fingerprint, UnitsFault};

pub use self::dependence::Tie;
pub use self::start::{Start, Unlike};

/// So many checkpoints are held against each other; of more, so many are picked at even distances.
pub const MOST: usize = 40;

/// A checkpoint of a training.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// Steps done.
    pub step: u64,
    /// Its weights.
    pub fingerprint: &'a Fingerprint,
}

/// What the checkpoints of a training show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Course {
    /// What is wrong; nothing, where they lie as those of one training do.
    pub findings: Vec<Finding>,
    /// Steps of the checkpoints, in order.
    pub steps: Vec<u64>,
    /// Distance of each from the first, over the norm of the first.
    pub from_start: Vec<f64>,
    /// Each checkpoint and the one before it.
    pub legs: Vec<Leg>,
    /// How the first looks, where it is of step 0.
    pub start: Option<Start>,
    /// What could not be looked at, and why.
    pub omitted: Vec<String>,
}

/// A checkpoint and the one before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leg {
    /// Steps of the earlier.
    pub from: u64,
    /// Steps of the later.
    pub to: u64,
    /// Distance between the two, over the norm of the earlier.
    pub distance: f64,
    /// The distance over what the steps and learning rates of the leg account for, beside the middle one of all legs: 1
    /// is usual.
    pub pace: f64,
    /// The component whose units keep least, and how much.
    pub least: Option<Tie>,
}

/// Holds checkpoints against each other. `rates` are learning rates by step, as far as they are known; between two that
/// are known the first holds on.
///
/// # Errors
///
/// When a fingerprint cannot be read.
pub fn hold(stages: &[Stage<'_>], rates: &[(u64, f64)]) -> Result<Course, UnitsFault> {
    let mut omitted = Vec::new();
    let mut stages = stages.to_vec();
    stages.sort_by_key(|stage| stage.step);
    let mut findings = Vec::new();
    let stages = alike(picked(stages, &mut omitted), &mut findings);
    let start = match stages.first() {
        Some(first) if first.step == 0 => Some(start::look(first.fingerprint)?),
        _ => {
            omitted.push(
                "no checkpoint of step 0 is there, so it cannot be seen whether the training began at random"
                    .to_owned(),
            );
            None
        }
    };
    findings.extend(start.iter().filter_map(Start::finding));
    let distances = Distances::between(&stages)?;
    let ties = stages.windows(2).map(|two| dependence::between(&two[0], &two[1])).collect::<Result<Vec<_>, _>>()?;
    for (two, ties) in stages.windows(2).zip(&ties) {
        findings.extend(dependence::finding(two[0].step, two[1].step, ties));
    }
    let steps: Vec<u64> = stages.iter().map(|stage| stage.step).collect();
    let paces = story::paces(&steps, &distances, rates);
    findings.extend(story::order(&steps, &distances));
    findings.extend(story::proportion(&steps, &paces, &distances));
    findings.extend(story::line(&distances));
    let legs = steps.windows(2).zip(ties).zip(&paces).enumerate();
    let legs = legs.map(|(place, ((two, ties), pace))| Leg {
        from: two[0],
        to: two[1],
        distance: distances.of(place, place + 1) / distances.norm(place).max(f64::MIN_POSITIVE),
        pace: *pace,
        least: ties.into_iter().min_by(|one, other| one.cosine.total_cmp(&other.cosine)),
    });
    let legs = legs.collect();
    let norm = distances.norm(0).max(f64::MIN_POSITIVE);
    let from_start = (0..steps.len()).map(|place| distances.of(0, place) / norm).collect();
    if steps.len() < 3 {
        omitted.push(format!("{} checkpoints are there; the order on a path takes three or more", steps.len()));
    }
    Ok(Course { findings, steps, from_start, legs, start, omitted })
}

/// The first, the last, and others at even distances.
fn picked<'a>(stages: Vec<Stage<'a>>, omitted: &mut Vec<String>) -> Vec<Stage<'a>> {
    let all = stages.len();
    if all <= MOST {
        return stages;
    }
    omitted.push(format!(
        "{} of {all} checkpoints were not looked at: {MOST} at even distances stand for all",
        all - MOST
    ));
    (0..MOST).map(|place| stages[place * (all - 1) / (MOST - 1)]).collect()
}

/// Checkpoints of one anatomy; those that are unlike the first are findings.
fn alike<'a>(stages: Vec<Stage<'a>>, findings: &mut Vec<Finding>) -> Vec<Stage<'a>> {
    let parts = |stage: &Stage<'_>| -> Vec<(String, u64, u64)> {
        let parts = stage.fingerprint.parts().iter();
        parts.map(|part| (part.tensor.clone(), part.units, part.width)).collect()
    };
    let first = stages.first().map(parts).unwrap_or_default();
    let (alike, unlike): (Vec<_>, Vec<_>) = stages.into_iter().partition(|stage| parts(stage) == first);
    findings.extend(unlike.iter().map(|stage| Finding {
        line: None,
        what: format!("the checkpoint of step {} has other parts, or parts of other sizes, than the first", stage.step),
    }));
    alike
}

/// Parts in which distances mean something: matrices, not gains and biases, which are near a common value.
fn counted(fingerprint: &Fingerprint) -> impl Iterator<Item = usize> + '_ {
    use crate::anatomy::Role;
    let parts = fingerprint.parts().iter().enumerate();
    let matrices = parts.filter(|(_, part)| !matches!(part.role, Role::Norm | Role::Bias) && part.width > 1);
    matrices.map(|(place, _)| place)
}
