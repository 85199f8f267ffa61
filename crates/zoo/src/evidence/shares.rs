//! The smallest share of a model that can be another's and still be found.

use std::path::Path;

use model::Shape;
use serde_json::Value;

use super::{Auditor, depends};
use crate::{Fault, Plain, derive, synthetic};

/// In what way a part of a model is a donor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borrowed {
    /// A share of the hidden units of every block, as they are.
    Units,
    /// The same, disturbed by one standard deviation: a cosine of 0.7 is left.
    DisturbedUnits,
    /// All matrices: the share is the cosine that they have with the donor's.
    Blend,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The share that is borrowed.
    pub share: f64,
    /// Audits.
    pub tries: u32,
    /// In how many of them the dependence was found.
    pub found: u32,
    /// The median over audits of the smallest mean cosine that the report says it would have found in a block.
    pub sensitivity: f64,
}

/// Audits models that look trained and have borrowed a share from another, so many of each, at the level of 10⁻⁶.
///
/// # Errors
///
/// Those of deriving, writing and auditing.
pub fn curve(
    home: &Path,
    (shape, tokenizer): (&Shape, &Value),
    borrowed: Borrowed,
    shares: &[f64],
    tries: u32,
) -> Result<Vec<Point>, Fault> {
    let auditor = Auditor::default();
    let mut points = Vec::new();
    for share in shares {
        let (mut found, mut sensitivities) = (0, Vec::new());
        for attempt in 0..tries {
            let seed = u64::from(attempt);
            let own = synthetic::like_trained("own", shape, 1_000_000 + 2 * seed, tokenizer);
            let donor = synthetic::like_trained("donor", shape, 1_000_001 + 2 * seed, tokenizer);
            let child = borrow(&own, &donor, borrowed, *share, seed)?;
            let (candidate, donor) = (auditor.meet(home, &child)?, auditor.meet(home, &donor)?);
            let report = auditor.hold(&candidate, &[&donor], 1e-6)?;
            found += u32::from(depends(&report, "donor"));
            sensitivities.extend(report.sensitivity.iter().map(|sensitivity| sensitivity.cosine));
        }
        sensitivities.sort_by(f64::total_cmp);
        let sensitivity = sensitivities.get(sensitivities.len() / 2).copied().unwrap_or(1.0);
        points.push(Point { share: *share, tries, found, sensitivity });
    }
    Ok(points)
}

fn borrow(own: &Plain, donor: &Plain, borrowed: Borrowed, share: f64, seed: u64) -> Result<Plain, Fault> {
    match borrowed {
        Borrowed::Units => derive::borrow_units(own, donor, share, seed),
        Borrowed::DisturbedUnits => derive::borrow_units(own, &derive::disturb(donor, 1.0, seed), share, seed),
        Borrowed::Blend => derive::blend(own, donor, share as f32),
    }
}
