//! Does a checkpoint depend on the one before?

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Stage, counted};
use crate::anatomy::Component;
use crate::evidence::Finding;
use crate::fingerprint::{SKETCH, Units, UnitsFault};

/// Shifts that stand for chance.
const SHIFTS: usize = 40;
/// So many standard deviations above chance is dependence: once in a billion, were it a normal number.
const LEAST: f64 = 6.0;
/// Parts of fewer units have not enough shifts.
const FEWEST: usize = 2 * SHIFTS;

/// How much of its units a component keeps from one checkpoint to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tie {
    /// Which component.
    pub component: Component,
    /// Cosine of the units with those at their place, all together.
    pub cosine: f64,
    /// How many standard deviations that lies above the same with units shifted.
    pub deviations: f64,
}

/// Sums over the parts of a component.
#[derive(Debug, Clone, Default)]
struct Sums {
    product: f64,
    squares: (f64, f64),
    shifted: Vec<f64>,
}

/// The ties of all components of two checkpoints that have enough units to say.
pub(super) fn between(one: &Stage<'_>, other: &Stage<'_>) -> Result<Vec<Tie>, UnitsFault> {
    let mut sums: BTreeMap<Component, Sums> = BTreeMap::new();
    for place in counted(one.fingerprint) {
        let Some(part) = one.fingerprint.parts().get(place) else { continue };
        let (earlier, later) = (one.fingerprint.units(place)?, other.fingerprint.units(place)?);
        if earlier.count() < FEWEST || is_constant(&earlier) || is_constant(&later) {
            continue;
        }
        add(sums.entry(part.component).or_default(), &earlier, &later);
    }
    Ok(sums.into_iter().map(|(component, sums)| sums.tie(component)).collect())
}

/// Units that are all zero, as projections that start at zero: they are no start to depend on.
fn is_constant(units: &Units) -> bool {
    units.hashes.windows(2).all(|two| two[0] == two[1])
}

fn add(sums: &mut Sums, earlier: &Units, later: &Units) {
    let units = earlier.count();
    sums.product += product(earlier, later, 0);
    sums.squares.0 += product(earlier, earlier, 0);
    sums.squares.1 += product(later, later, 0);
    sums.shifted.resize(SHIFTS, 0.0);
    for (place, sum) in sums.shifted.iter_mut().enumerate() {
        // Neighbours may be alike, as the rows of a head are: shifts are spread over all places.
        *sum += product(earlier, later, (place + 1) * units / (SHIFTS + 1));
    }
}

/// The sum of products of units with those so many places on.
fn product(one: &Units, other: &Units, shift: usize) -> f64 {
    let split = shift.min(other.count()) * SKETCH;
    let (head, tail) = other.sketches.split_at(split);
    let shifted = tail.iter().chain(head);
    one.sketches.iter().zip(shifted).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
}

impl Sums {
    fn tie(&self, component: Component) -> Tie {
        let count = self.shifted.len().max(2) as f64;
        let mean = self.shifted.iter().sum::<f64>() / count;
        let variance = self.shifted.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let size = (self.squares.0 * self.squares.1).sqrt().max(f64::MIN_POSITIVE);
        let deviation = variance.sqrt().max(1e-9 * size);
        Tie { component, cosine: self.product / size, deviations: (self.product - mean) / deviation }
    }
}

/// What is wrong with the ties of two checkpoints.
pub(super) fn finding(from: u64, to: u64, ties: &[Tie]) -> Option<Finding> {
    let loose: Vec<Component> = ties.iter().filter(|tie| tie.deviations < LEAST).map(|tie| tie.component).collect();
    if loose.is_empty() {
        return None;
    }
    let parts = crate::lineage::explain::components(&loose);
    let parts = crate::Said::list(&parts).en;
    let what = format!(
        "the checkpoint of step {to} does not depend on that of step {from} in: {parts}; other weights were put in"
    );
    Some(Finding { line: None, what })
}
