//! Heads of attention after they were matched.
//!
//! Rows of queries and keys are pinned inside a head by the rotary positions, so a head is compared with a head row by
//! row: the mean cosine. Each head of the candidate is given the nearest of the library's, and the sum over all heads is
//! held against the same sum after the candidate's channels were exchanged and turned (see [`super::channels`]): a null
//! that is drawn, whose normal shape is assumed for the tail (see [`log_p::predictive_upper`]).

use super::matched;
use crate::fingerprint::{SKETCH, Units};
use crate::lineage::product::{self, Rows};
use crate::lineage::statistics::log_p;

/// Times the candidate's channels are turned.
const TURNS: usize = 32;

/// Heads of queries or keys: rows of unit length, `width` of them a head.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    floats: Vec<f32>,
    width: usize,
}

/// What was found of the heads of two blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct MatchedHeads {
    /// Heads of the candidate.
    pub(crate) heads: u64,
    /// Mean cosine of the rows of heads with those of the nearest.
    pub(crate) cosine: f64,
    /// Share of heads whose nearest is at their own place.
    pub(crate) in_place: f64,
    /// Logarithm of the p-value; none where the null has no spread.
    pub(crate) ln_p: Option<f64>,
    /// The null's draws, in standard deviations of the others.
    pub(crate) turned: Vec<f64>,
}

impl Heads {
    /// Splits rows into heads. None where they do not divide.
    pub(crate) fn new(units: &Units, width: usize) -> Option<Self> {
        if width == 0 || units.count() == 0 || !units.count().is_multiple_of(width) {
            return None;
        }
        let scale = 1.0 / (width as f64).sqrt();
        let mut floats = Vec::with_capacity(units.sketches.len());
        for unit in 0..units.count() {
            let sketch = units.sketch(unit);
            let norm = product::dot(sketch, sketch).sqrt();
            let factor = if norm > 0.0 && norm.is_finite() { scale / norm } else { 0.0 };
            floats.extend(sketch.iter().map(|number| (f64::from(*number) * factor) as f32));
        }
        floats.iter_mut().filter(|float| !float.is_finite()).for_each(|float| *float = 0.0);
        Some(Self { floats, width })
    }

    /// For each head, the mean cosine with the nearest of the other's and which that is.
    fn nearest(&self, other: &Self) -> Vec<(f64, usize)> {
        let wide = self.width * SKETCH;
        let cosines = product::rows_by_rows(Rows::new(&self.floats, wide), Rows::new(&other.floats, wide));
        let heads = (other.floats.len() / wide.max(1)).max(1);
        let largest = |row: &[f32]| {
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            (f64::from(most), row.iter().position(|cosine| *cosine == most).unwrap_or(usize::MAX))
        };
        cosines.chunks_exact(heads).map(largest).collect()
    }
}

/// Compares the heads of some roles, queries and keys, of two blocks.
pub(crate) fn heads(pairs: &[(Heads, Heads)], seed: &str) -> MatchedHeads {
    let nearest: Vec<(f64, usize)> = pairs
        .iter()
        .flat_map(|(own, theirs)| {
            own.nearest(theirs).into_iter().enumerate().map(|(head, (cosine, at))| (cosine, usize::from(head == at)))
        })
        .collect();
    let count = nearest.len().max(1) as f64;
    let mean = |nearest: &[(f64, usize)]| nearest.iter().map(|(cosine, _)| cosine).sum::<f64>() / count;
    let observed = mean(&nearest);
    let draws: Vec<f64> = (0..TURNS)
        .map(|turn| {
            let seed = format!("{seed} turn {turn}");
            let turned =
                |own: &Heads| Heads { floats: matched::turned(&own.floats, seed.as_bytes()), width: own.width };
            let all: Vec<(f64, usize)> = pairs.iter().flat_map(|(own, theirs)| turned(own).nearest(theirs)).collect();
            mean(&all)
        })
        .collect();
    let centre = draws.iter().sum::<f64>() / draws.len().max(1) as f64;
    let spread =
        (draws.iter().map(|draw| (draw - centre) * (draw - centre)).sum::<f64>() / draws.len().max(1) as f64).sqrt();
    MatchedHeads {
        heads: nearest.len() as u64,
        cosine: observed,
        in_place: nearest.iter().map(|(_, same)| *same as f64).sum::<f64>() / count,
        ln_p: log_p::predictive_upper(observed, &draws).filter(|_| !pairs.is_empty()),
        turned: draws.iter().map(|draw| if spread > 0.0 { (draw - centre) / spread } else { 0.0 }).collect(),
    }
}
