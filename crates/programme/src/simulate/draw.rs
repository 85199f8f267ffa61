//! One stage drawn: the teams' true quality and every evaluator's values.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::{
    normal::Normals,
    plan::{Criterion, Plan},
};

/// What marks are spread around: the middle of the scale.
const MIDDLE: f64 = 0.5;

/// One stage drawn, and the random numbers for the next.
///
/// One evaluator more than there are seats is drawn, the last; a panel of any size sits with the same people in it.
pub(super) struct Draw {
    normals: Normals,
    /// The teams' true quality, as a share of the points, from the mean.
    pub(super) quality: Vec<f64>,
    /// Each evaluator's value for each team: by block, then by evaluator, then by team.
    values: Vec<Vec<i32>>,
    teams: usize,
    noise: Vec<f64>,
}

impl Draw {
    pub(super) fn new(plan: &Plan, seed: u64, chunk: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(chunk);
        Self {
            normals: Normals::new(random),
            quality: vec![0.0; plan.teams],
            values: plan.blocks.iter().map(|_| vec![0; plan.teams * (plan.seats + 1)]).collect(),
            teams: plan.teams,
            noise: vec![0.0; plan.teams],
        }
    }

    /// Draws the next stage of the stream.
    pub(super) fn next_stage(&mut self, plan: &Plan) {
        self.normals.fill(&mut self.quality);
        self.quality.iter_mut().for_each(|quality| *quality *= plan.quality_sd);
        for evaluator in 0..=plan.seats {
            let from = MIDDLE + plan.severity_sd * self.normals.next();
            for (block, values) in plan.blocks.iter().zip(&mut self.values) {
                let Some(row) = values.get_mut(evaluator * self.teams..(evaluator + 1) * self.teams) else { continue };
                row.fill(0);
                for criterion in &block.criteria {
                    self.normals.fill(&mut self.noise);
                    let judged = row.iter_mut().zip(&self.quality).zip(&self.noise);
                    for ((value, quality), noise) in judged {
                        *value += criterion.mark(from + quality + plan.noise_sd * noise) * criterion.unit;
                    }
                }
            }
        }
    }

    /// What `evaluator` gives each team in `block`.
    pub(super) fn row(&self, block: usize, evaluator: usize) -> &[i32] {
        let row = evaluator * self.teams..(evaluator + 1) * self.teams;
        self.values.get(block).and_then(|values| values.get(row)).unwrap_or_default()
    }
}

impl Criterion {
    /// The step nearest to `share` of the scale, half a step upwards, within the scale.
    fn mark(&self, share: f64) -> i32 {
        let steps = f64::from(self.steps);
        // Truncation is the floor of what is not below zero.
        (share * steps + 0.5).clamp(0.0, steps) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_rounded_to_the_step_and_held_within_the_scale() {
        let five = Criterion { steps: 5, unit: 1 };
        let marks: Vec<i32> = [-3.0, 0.0, 0.09, 0.11, 0.5, 0.89, 0.91, 1.0, 7.0].map(|share| five.mark(share)).to_vec();
        assert_eq!(marks, [0, 0, 0, 1, 3, 4, 5, 5, 5]);
    }
}
