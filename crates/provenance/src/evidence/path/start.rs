//! Does a checkpoint look like random numbers that nothing has trained yet?

use serde::Serialize;

use super::counted;
use crate::evidence::Finding;
use crate::fingerprint::{Fingerprint, Moments, Part, Units, UnitsFault};

/// So many standard errors, and a little for the rounding of narrow types, are no sign of training.
const ERRORS: f64 = 6.0;
const SLACK: f64 = 0.02;
/// Squared lengths of units may vary so many times as much as those of independent numbers.
const UNEVEN: f64 = 2.0;

/// How a first checkpoint looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Start {
    /// Matrices that were looked at.
    pub parts: usize,
    /// Those that do not look like random numbers.
    pub unlike: Vec<Unlike>,
}

/// A matrix that does not look like random numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unlike {
    /// Its tensor.
    pub tensor: String,
    /// What about it.
    pub what: String,
}

impl Start {
    /// The finding, where there is one.
    pub(super) fn finding(&self) -> Option<Finding> {
        let first = self.unlike.first()?;
        let (unlike, parts) = (self.unlike.len(), self.parts);
        let what = format!(
            "the checkpoint of step 0 does not look like random numbers in {unlike} of {parts} matrices, such as {}, {}: the \
             training did not begin there",
            first.tensor, first.what
        );
        Some(Finding { line: None, what })
    }
}

/// Looks at every matrix.
pub(super) fn look(fingerprint: &Fingerprint) -> Result<Start, UnitsFault> {
    let mut start = Start { parts: 0, unlike: Vec::new() };
    for place in counted(fingerprint) {
        let Some(part) = fingerprint.parts().get(place) else { continue };
        start.parts += 1;
        let what = match by_moments(part) {
            Some(what) => Some(what),
            None => by_lengths(part, &fingerprint.units(place)?),
        };
        start.unlike.extend(what.map(|what| Unlike { tensor: part.tensor.clone(), what }));
    }
    Ok(start)
}

/// Skewness and kurtosis of weights about their mean, and their standard deviation.
struct Shape {
    mean: f64,
    deviation: f64,
    skewness: f64,
    kurtosis: f64,
}

impl Shape {
    /// None for a matrix of one value, as zeros are.
    fn of(moments: &Moments) -> Option<Self> {
        let Moments { mean, square, cube, fourth, .. } = *moments;
        let variance = square - mean * mean;
        if variance <= 1e-14 * square.max(f64::MIN_POSITIVE) {
            return None;
        }
        let third = cube - 3.0 * mean * square + 2.0 * mean.powi(3);
        let fourth = fourth - 4.0 * mean * cube + 6.0 * mean * mean * square - 3.0 * mean.powi(4);
        let deviation = variance.sqrt();
        Some(Self { mean, deviation, skewness: third / deviation.powi(3), kurtosis: fourth / variance.powi(2) })
    }
}

fn by_moments(part: &Part) -> Option<String> {
    let shape = Shape::of(&part.moments)?;
    let count = part.moments.count.max(1) as f64;
    let off = shape.mean / shape.deviation;
    if off.abs() > ERRORS / count.sqrt() + 1e-3 {
        return Some(format!("whose mean is {off:.3} standard deviations from 0"));
    }
    if shape.skewness.abs() > ERRORS * (6.0 / count).sqrt() + SLACK {
        return Some(format!("whose skewness is {:.3}", shape.skewness));
    }
    // 1.8 is a uniform's, 3 a normal's; cut normals lie between.
    let error = ERRORS * (24.0 / count).sqrt() + SLACK;
    if !(1.8 - error..=3.0 + error).contains(&shape.kurtosis) {
        return Some(format!("whose kurtosis is {:.2} (1.8 to 3 for random numbers)", shape.kurtosis));
    }
    None
}

/// Training lengthens some units and shortens others; random ones are as long as each other, but for chance: the square
/// of a length varies by (kurtosis - 1) / width of its own square.
fn by_lengths(part: &Part, units: &Units) -> Option<String> {
    let shape = Shape::of(&part.moments)?;
    // A row for padding is often zero.
    let squares: Vec<f64> =
        units.norms.iter().filter(|norm| **norm > 0.0).map(|norm| f64::from(*norm).powi(2)).collect();
    let count = squares.len() as f64;
    if count < 16.0 {
        return None;
    }
    let mean = squares.iter().sum::<f64>() / count;
    let variance = squares.iter().map(|square| (square / mean - 1.0).powi(2)).sum::<f64>() / (count - 1.0);
    let ratio = variance * part.width as f64 / (shape.kurtosis - 1.0).max(0.1);
    let most = UNEVEN + ERRORS * (2.0 / count).sqrt() + 12.0 / part.width as f64;
    (ratio > most).then(|| format!("whose units differ in length {:.1} times as much as random ones", ratio.sqrt()))
}
