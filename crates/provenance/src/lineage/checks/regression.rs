//! A part of the candidate as a weighted sum of parts of the library's models.
//!
//! Sketches are linear, so the sketch of a weighted sum of models is the weighted sum of theirs, and least squares on
//! sketches estimates least squares on weights. Weights are fitted on every other unit and R² is taken on the rest, so
//! that models which have nothing to do with the candidate get an R² of about 0, however many there are.

use crate::fingerprint::{SKETCH, Units};
use crate::lineage::product;

/// Sums of products over units: of the library's models with one another and with the candidate.
#[derive(Debug, Clone)]
pub(crate) struct Regression {
    models: usize,
    fitted: Sums,
    held_out: Sums,
    /// Units seen.
    pub(crate) units: u64,
}

#[derive(Debug, Clone)]
struct Sums {
    /// Models by models.
    models: Vec<f64>,
    candidate: Vec<f64>,
    square: f64,
}

impl Regression {
    /// Nothing seen yet.
    pub(crate) fn new(models: usize) -> Self {
        let sums = Sums { models: vec![0.0; models * models], candidate: vec![0.0; models], square: 0.0 };
        Self { models, fitted: sums.clone(), held_out: sums, units: 0 }
    }

    /// Takes in a part, and the same part of every model.
    pub(crate) fn add(&mut self, candidate: &Units, models: &[Units]) {
        for unit in 0..candidate.count() {
            let rows: Vec<&[f32]> = models.iter().map(|model| model.sketch(unit)).collect();
            let own = candidate.sketch(unit);
            if rows.iter().chain([&own]).any(|row| row.len() != SKETCH || row.iter().any(|number| !number.is_finite()))
            {
                continue;
            }
            let sums = if unit % 2 == 0 { &mut self.fitted } else { &mut self.held_out };
            sums.square += product::dot(own, own);
            for (place, row) in rows.iter().enumerate() {
                if let Some(sum) = sums.candidate.get_mut(place) {
                    *sum += product::dot(row, own);
                }
                for (other, two) in rows.iter().enumerate() {
                    if let Some(sum) = sums.models.get_mut(place * self.models + other) {
                        *sum += product::dot(row, two);
                    }
                }
            }
            self.units += 1;
        }
    }

    /// The weight of each model, and R² on the units that were not fitted.
    pub(crate) fn solve(&self) -> (Vec<f64>, f64) {
        let weights = solve(self.fitted.models.clone(), self.fitted.candidate.clone());
        let explained: f64 = weights.iter().zip(&self.held_out.candidate).map(|(weight, sum)| 2.0 * weight * sum).sum();
        let square: f64 = weights
            .iter()
            .zip(self.held_out.models.chunks_exact(self.models.max(1)))
            .map(|(weight, row)| weight * row.iter().zip(&weights).map(|(sum, other)| sum * other).sum::<f64>())
            .sum();
        let r2 = if self.held_out.square > 0.0 { (explained - square) / self.held_out.square } else { 0.0 };
        (weights, r2)
    }
}

/// Solves a symmetric system by elimination, with a little added to its diagonal so that models that are nearly the same
/// share a weight instead of having huge ones of opposite signs.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let side = right.len();
    let ridge = 1e-9 * matrix.iter().step_by(side + 1).sum::<f64>() / side.max(1) as f64;
    matrix.iter_mut().step_by(side + 1).for_each(|entry| *entry += ridge);
    let mut rows: Vec<Vec<f64>> = matrix.chunks_exact(side.max(1)).map(<[f64]>::to_vec).collect();
    for pivot in 0..side {
        let (done, rest) = rows.split_at_mut(pivot + 1);
        let (Some(row), Some(value)) = (done.last(), right.get(pivot).copied()) else { break };
        let Some(head) = row.get(pivot).copied().filter(|head| *head > 0.0) else { continue };
        for (place, other) in rest.iter_mut().enumerate() {
            let factor = other.get(pivot).copied().unwrap_or(0.0) / head;
            other.iter_mut().zip(row).for_each(|(entry, above)| *entry -= factor * above);
            if let Some(slot) = right.get_mut(pivot + 1 + place) {
                *slot -= factor * value;
            }
        }
    }
    let mut weights = vec![0.0; side];
    for (place, (row, value)) in rows.iter().zip(&right).enumerate().rev() {
        let known: f64 = row.iter().zip(&weights).skip(place + 1).map(|(entry, weight)| entry * weight).sum();
        let weight = row.get(place).filter(|head| **head > 0.0).map_or(0.0, |head| (value - known) / head);
        if let Some(slot) = weights.get_mut(place) {
            *slot = weight;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::checks::aligned::stream;
    use rand_chacha::rand_core::Rng as _;

    fn units(seed: &[u8]) -> Units {
        let mut random = stream(seed);
        let sketches = (0..400 * SKETCH).map(|_| (random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect();
        Units { width: 512, sketches, norms: vec![1.0; 400], hashes: vec![0; 400] }
    }

    #[test]
    fn a_merge_gives_its_weights_and_strangers_give_none() {
        let models = [units(b"1"), units(b"2"), units(b"3")];
        let mut merge = models[0].clone();
        merge.sketches.iter_mut().zip(&models[2].sketches).for_each(|(one, two)| *one = 0.7 * *one - 0.2 * two);
        let solve = |candidate: &Units| {
            let mut regression = Regression::new(3);
            regression.add(candidate, &models);
            regression.solve()
        };
        let (weights, r2) = solve(&merge);
        let right = [0.7, 0.0, -0.2];
        assert!(weights.iter().zip(right).all(|(weight, right)| (weight - right).abs() < 1e-5), "{weights:?}");
        assert!(r2 > 0.999_99);
        let (weights, r2) = solve(&units(b"4"));
        assert!(weights.iter().all(|weight| weight.abs() < 0.05) && r2.abs() < 0.01, "{weights:?} {r2}");
    }
}
