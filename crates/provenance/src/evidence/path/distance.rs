//! Distances between checkpoints, from the sketches of their units.

use super::{Stage, counted};
use crate::fingerprint::{Fingerprint, SKETCH, Units, UnitsFault};

/// Square distances of all pairs, and square norms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distances {
    count: usize,
    /// `count × count`, row by row.
    squares: Vec<f64>,
    norms: Vec<f64>,
}

impl Distances {
    /// Between all pairs; one part of all checkpoints is in memory at a time.
    pub(super) fn between(stages: &[Stage<'_>]) -> Result<Self, UnitsFault> {
        let count = stages.len();
        let mut distances = Self { count, squares: vec![0.0; count * count], norms: vec![0.0; count] };
        for part in stages.first().map(|first| counted(first.fingerprint).collect::<Vec<_>>()).unwrap_or_default() {
            let units: Result<Vec<Units>, UnitsFault> =
                stages.iter().map(|stage| stage.fingerprint.units(part)).collect();
            distances.add(&units?, |place| is_same(stages, part, place));
        }
        Ok(distances)
    }

    fn add(&mut self, units: &[Units], is_same: impl Fn((usize, usize)) -> bool) {
        for (row, one) in units.iter().enumerate() {
            self.norms[row] += one.norms.iter().map(|norm| f64::from(*norm).powi(2)).sum::<f64>();
            for (column, other) in units.iter().enumerate().skip(row + 1) {
                let square = if is_same((row, column)) { 0.0 } else { square(one, other) };
                self.squares[row * self.count + column] += square;
                self.squares[column * self.count + row] += square;
            }
        }
    }

    /// The distance of two, by their places.
    pub(super) fn of(&self, one: usize, other: usize) -> f64 {
        self.squares.get(one * self.count + other).map_or(0.0, |square| square.max(0.0).sqrt())
    }

    /// The norm of one.
    pub(super) fn norm(&self, one: usize) -> f64 {
        self.norms.get(one).map_or(0.0, |square| square.sqrt())
    }

    /// How many.
    pub(super) const fn count(&self) -> usize {
        self.count
    }
}

/// Whether two checkpoints hold a part bit for bit alike.
fn is_same(stages: &[Stage<'_>], part: usize, (one, other): (usize, usize)) -> bool {
    let digest = |fingerprint: &Fingerprint| fingerprint.parts().get(part).map(|part| part.digest.clone());
    digest(stages[one].fingerprint) == digest(stages[other].fingerprint)
}

/// The square distance of two parts. Sketches keep it on average (Charikar, Chen and Farach-Colton, ICALP 2002); what
/// their rounding to 255 steps adds is taken off.
fn square(one: &Units, other: &Units) -> f64 {
    let pairs = one.sketches.chunks_exact(SKETCH).zip(other.sketches.chunks_exact(SKETCH));
    pairs
        .map(|(one, other)| {
            let apart: f64 =
                one.iter().zip(other).map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2)).sum();
            apart - rounding(one) - rounding(other)
        })
        .sum()
}

/// The mean square that rounding adds to a sketch: a twelfth of a square step for each number, where a step is the
/// largest number over 127.
fn rounding(sketch: &[f32]) -> f64 {
    let largest = sketch.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
    let step = f64::from(largest) / 127.0;
    SKETCH as f64 * step * step / 12.0
}
