//! Units in the order of the file: is the unit at a place of one model more like the one at that place of the other
//! than like the rest?
//!
//! Training treats hidden units alike, and so does a random start. So if two models were trained apart, any order of one
//! model's units is as likely as any other, given the units themselves, and the diagonal of the matrix of cosines is no
//! larger than a random relabelling of it. Scores are the cosines, less row and column means, over their standard
//! deviation, and not below 0; [`bound`] says how large their sum along a relabelling may be.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};

use crate::lineage::product::{self, Rows};
use crate::lineage::statistics::bound::{self, Scores};
use crate::lineage::statistics::relabel::{self, Centred};
use crate::lineage::units::Bank;

/// Random relabellings drawn as a control.
pub(crate) const SHUFFLES: usize = 24;
/// The cosine at which a child is derived as a control.
pub(crate) const CHILD: f64 = 0.3;
/// The retained cosines for which the power is worked out.
pub(crate) const RETAINED: usize = 40;

/// A retained cosine of the table of power: from 1 down, four steps to each halving.
pub(crate) fn retained(step: usize) -> f64 {
    (-(step as f64) / 4.0).exp2()
}

/// What the aligned test found over one or more groups of units.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Aligned {
    scores: Scores,
    /// Units compared.
    pub(crate) units: u64,
    /// Units that are nearest to the one at their own place, within their block.
    pub(crate) fixed: u64,
    blocks: u64,
    /// Sum over units of the cosine above what a relabelling gives.
    excess: f64,
    /// Sum of centred cosines over their standard deviation, its variance, and the same of random relabellings.
    sum: f64,
    variance: f64,
    shuffled: Vec<f64>,
    /// For each retained cosine: what a child's scores add up to, with the variance of that.
    power: Vec<(f64, f64)>,
}

impl Aligned {
    /// Mean cosine of units with those at their place, above what a relabelling gives.
    pub(crate) fn cosine(&self) -> f64 {
        if self.units == 0 { 0.0 } else { self.excess / self.units as f64 }
    }

    /// How many standard deviations of a random relabelling the diagonal lies above its mean.
    pub(crate) fn z(&self) -> f64 {
        if self.variance > 0.0 { self.sum / self.variance.sqrt() } else { 0.0 }
    }

    /// The same of random relabellings, a control that must look like draws of a normal number.
    pub(crate) fn shuffled(&self) -> Vec<f64> {
        let deviation = self.variance.sqrt();
        self.shuffled.iter().map(|sum| if deviation > 0.0 { sum / deviation } else { 0.0 }).collect()
    }

    /// Logarithm of the p-value: twice the smaller of the two bounds.
    pub(crate) fn ln_p(&self) -> f64 {
        self.ln_p_of(&self.scores, self.fixed)
    }

    fn ln_p_of(&self, scores: &Scores, fixed: u64) -> f64 {
        let least = scores.ln_p().min(bound::fixed_points(fixed, self.blocks));
        (least + std::f64::consts::LN_2).min(0.0)
    }

    /// For each retained cosine the logarithm of the p-value that a child exceeds in one case of twenty.
    pub(crate) fn power(&self) -> Vec<f64> {
        let observed = |(mean, variance): &(f64, f64)| mean - 1.645 * variance.sqrt();
        let ln_p = |child: &(f64, f64)| self.ln_p_of(&self.scores.with_observed(observed(child)), 0);
        self.power.iter().map(ln_p).collect()
    }

    /// Takes in a further group, which is relabelled for itself.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.scores.extend(&other.scores);
        self.units += other.units;
        self.fixed += other.fixed;
        self.blocks += other.blocks;
        self.excess += other.excess;
        self.sum += other.sum;
        self.variance += other.variance;
        self.shuffled.resize(self.shuffled.len().max(other.shuffled.len()), 0.0);
        self.shuffled.iter_mut().zip(&other.shuffled).for_each(|(one, two)| *one += two);
        self.power.resize(self.power.len().max(other.power.len()), (0.0, 0.0));
        for (one, two) in self.power.iter_mut().zip(&other.power) {
            *one = (one.0 + two.0, one.1 + two.1);
        }
    }
}

/// Compares two groups of the same shape, with the controls that a seed draws.
pub(crate) fn aligned(candidate: &Bank, library: &Bank, seed: &[u8]) -> Aligned {
    let mut found = Aligned { shuffled: vec![0.0; SHUFFLES], power: vec![(0.0, 0.0); RETAINED], ..Aligned::default() };
    if candidate.columns != library.columns || candidate.blocks != library.blocks {
        return found;
    }
    let blocks: Vec<(Centred, u64)> = candidate
        .blocks
        .iter()
        .map(|range| block(candidate.block(range), library.block(range), candidate.columns))
        .collect();
    let pairs: f64 = blocks.iter().map(|(block, _)| (block.side * block.side) as f64).sum();
    let deviation = (blocks.iter().map(|(block, _)| block.square).sum::<f64>() / pairs.max(1.0)).sqrt();
    if deviation <= 0.0 || !deviation.is_finite() {
        return found;
    }
    let mut random = stream(seed);
    for (block, fixed) in &blocks {
        found.take(block, *fixed, deviation, &mut random);
    }
    found
}

impl Aligned {
    /// Takes in a block of units.
    fn take(&mut self, block: &Centred, fixed: u64, deviation: f64, random: &mut ChaCha8Rng) {
        let share = 1.0 / block.side.max(1) as f64;
        for entry in &block.entries {
            self.scores.add(f64::from(*entry) / deviation, share);
        }
        for entry in block.entries.iter().step_by(block.side + 1) {
            self.scores.observe(f64::from(*entry) / deviation);
        }
        let diagonal = block.diagonal();
        self.units += block.side as u64;
        self.fixed += fixed;
        self.blocks += 1;
        self.excess += diagonal;
        self.sum += diagonal / deviation;
        self.variance += block.variance() / (deviation * deviation);
        let mut labels: Vec<usize> = (0..block.side).collect();
        for sum in &mut self.shuffled {
            relabel::shuffle(random, &mut labels);
            *sum += block.along(&labels) / deviation;
        }
        self.take_power(block, &labels, deviation);
    }

    /// What a child of the library's model would score, whose units keep a cosine and are the candidate's otherwise.
    fn take_power(&mut self, block: &Centred, labels: &[usize], deviation: f64) {
        let own = (1.0 - block.mean.clamp(-1.0, 0.999)) / deviation;
        let noise: Vec<f64> = labels
            .iter()
            .enumerate()
            .filter_map(|(row, column)| block.entries.get(row * block.side + column))
            .map(|entry| f64::from(*entry) / deviation)
            .collect();
        let count = noise.len().max(1) as f64;
        for (step, (mean, variance)) in self.power.iter_mut().enumerate() {
            let kept = retained(step);
            let rest = (1.0 - kept * kept).sqrt();
            let score = |noise: &f64| (kept * own + rest * noise).max(0.0);
            let sum: f64 = noise.iter().map(score).sum();
            let square: f64 = noise.iter().map(score).map(|score| score * score).sum();
            *mean += sum;
            *variance += (square - sum * sum / count).max(0.0);
        }
    }
}

/// The centred cosines of a block, and how many of its units are nearest to the one at their place.
fn block(candidate: &[f32], library: &[f32], columns: usize) -> (Centred, u64) {
    let cosines = product::rows_by_rows(Rows::new(candidate, columns), Rows::new(library, columns));
    let side = candidate.len().checked_div(columns).unwrap_or(0);
    let nearest = |(row, cosines): (usize, &[f32])| -> bool {
        let own = cosines.get(row).copied().unwrap_or(0.0);
        // Strictly: a unit that stands twice is nobody's nearest, so that ties cannot make fixed points.
        own > 0.0 && cosines.iter().enumerate().all(|(column, cosine)| column == row || *cosine < own)
    };
    let fixed = cosines.chunks_exact(side.max(1)).enumerate().filter(|row| nearest(*row)).count();
    (Centred::new(cosines, side), fixed as u64)
}

/// A child of the library's group at the cosine [`CHILD`]: the rest of each of its units is a unit of the candidate's
/// group from elsewhere in the block.
pub(crate) fn child(candidate: &Bank, library: &Bank, seed: &[u8]) -> Bank {
    let mut random = stream(seed);
    let mut child = library.clone();
    let rest = (1.0 - CHILD * CHILD).sqrt() as f32;
    for range in &library.blocks {
        let mut labels: Vec<usize> = range.clone().collect();
        relabel::shuffle(&mut random, &mut labels);
        for (row, other) in range.clone().zip(labels) {
            let floats = child.floats.get_mut(row * library.columns..(row + 1) * library.columns).unwrap_or_default();
            floats
                .iter_mut()
                .zip(candidate.row(other))
                .for_each(|(float, noise)| *float = CHILD as f32 * *float + rest * noise);
            let square: f32 = floats.iter().map(|float| float * float).sum();
            let scale = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
            floats.iter_mut().for_each(|float| *float *= scale);
        }
    }
    child
}

/// Random numbers for one purpose.
pub(crate) fn stream(seed: &[u8]) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(Sha256::digest(seed).into())
}
