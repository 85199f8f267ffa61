//! Judges set right by people: prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan & Zrnic 2023,
//! Science 382:669; the weight from Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453).

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// What people would have said on average, estimated from many judged cases and a few that people judged too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// The mean.
    pub mean: f64,
    /// Its standard error: that of the judged cases and that of the correction together.
    pub stderr: f64,
    /// The lower end of the interval.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// How far the judge lies above people on average, on the cases that both judged.
    pub bias: f64,
    /// How much the judge counts: 0 if it says nothing about what people say, 1 if it is taken in full.
    pub weight: f64,
}

/// Why nothing can be estimated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationFault {
    /// Too few cases.
    #[error("at least 2 cases judged by both and 2 by the judge alone are needed, not {both} and {alone}; add some")]
    TooFew {
        /// Judged by people and by the judge.
        both: usize,
        /// Judged by the judge alone.
        alone: usize,
    },
    /// No level of confidence.
    #[error("the level must lie between 0 and 1")]
    Level,
}

/// The mean of what people would say.
///
/// `both` are the cases that people judged, each as (person, judge), drawn at random from all; `alone` is what the judge
/// said of the others. The judge's bias is measured on `both` and taken off, and how well it is known enters the
/// interval, so the interval holds whatever the judge is like. The weight is the one with the least variance, so a poor
/// judge does no harm. The interval rests on the central limit theorem: give it 50 cases judged by both, or more. `level` is that of the two-sided interval, 0.95 for example.
pub fn calibrate(both: &[(f64, f64)], alone: &[f64], level: f64) -> Result<Calibrated, CalibrationFault> {
    if both.len() < 2 || alone.len() < 2 {
        return Err(CalibrationFault::TooFew { both: both.len(), alone: alone.len() });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(CalibrationFault::Level);
    }
    let people: Vec<f64> = both.iter().map(|(person, _)| *person).collect();
    let judged: Vec<f64> = both.iter().map(|(_, judge)| *judge).collect();
    let (labelled, unlabelled) = (count(both.len()), count(alone.len()));
    let all: Vec<f64> = judged.iter().chain(alone).copied().collect();
    let spread = variance(&all);
    let shared = covariance(&people, &judged);
    let best = if spread > 0.0 { shared / ((1.0 + labelled / unlabelled) * spread) } else { 0.0 };
    let weight = best.clamp(0.0, 1.0);
    let rest: Vec<f64> = both.iter().map(|(person, judge)| person - weight * judge).collect();
    let estimate = weight * mean(alone) + mean(&rest);
    let stderr = (weight * weight * variance(alone) / unlabelled + variance(&rest) / labelled).sqrt();
    let half = Normal::standard().inverse_cdf(f64::midpoint(1.0, level)) * stderr;
    let bias = mean(&judged) - mean(&people);
    Ok(Calibrated { mean: estimate, stderr, lower: estimate - half, upper: estimate + half, bias, weight })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len())
}

fn variance(values: &[f64]) -> f64 {
    covariance(values, values)
}

fn covariance(one: &[f64], other: &[f64]) -> f64 {
    let (first, second) = (mean(one), mean(other));
    let sum: f64 = one.iter().zip(other).map(|(a, b)| (a - first) * (b - second)).sum();
    sum / (count(one.len()) - 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::random::Random;

    /// A judge that says "good" to half of what people find bad: the plain mean is far off, the calibrated interval
    /// holds about as often as it says. The generator is seeded, so the counts are fixed.
    #[test]
    fn a_biased_judge_is_set_right() {
        let (mut held, mut naive_held, rounds) = (0, 0, 400);
        let mut random = Random::new(7);
        for _ in 0..rounds {
            let mut draw = || {
                let person = random.random() < 0.6;
                let judge = person || random.random() < 0.5;
                (f64::from(u8::from(person)), f64::from(u8::from(judge)))
            };
            let both: Vec<(f64, f64)> = (0..150).map(|_| draw()).collect();
            let alone: Vec<f64> = (0..1500).map(|_| draw().1).collect();
            let found = calibrate(&both, &alone, 0.95).unwrap();
            held += i32::from(found.lower <= 0.6 && 0.6 <= found.upper);
            let half = 1.96 * (variance(&alone) / count(alone.len())).sqrt();
            naive_held += i32::from((mean(&alone) - 0.6).abs() <= half);
        }
        assert_eq!(naive_held, 0);
        assert!((366..=394).contains(&held), "{held} of {rounds}");
    }

    #[test]
    fn a_good_judge_narrows_the_interval_and_a_useless_one_does_no_harm() {
        let mut random = Random::new(8);
        let people: Vec<f64> = (0..200).map(|_| f64::from(u8::from(random.random() < 0.5))).collect();
        let alone: Vec<f64> = (0..2000).map(|_| f64::from(u8::from(random.random() < 0.5))).collect();
        let plain = (variance(&people) / 200.0).sqrt();
        let exact: Vec<(f64, f64)> = people.iter().map(|person| (*person, *person)).collect();
        let good = calibrate(&exact, &alone, 0.95).unwrap();
        assert!(good.stderr < 0.4 * plain && good.weight > 0.8, "{good:?}");
        let constant: Vec<(f64, f64)> = people.iter().map(|person| (*person, 1.0)).collect();
        let useless = calibrate(&constant, &[1.0; 500], 0.95).unwrap();
        assert!((useless.stderr - plain).abs() < 1e-12 && useless.weight == 0.0, "{useless:?}");
        assert!((useless.mean - mean(&people)).abs() < 1e-12);
    }

    #[test]
    fn too_few_cases_are_refused() {
        let few = CalibrationFault::TooFew { both: 1, alone: 3 };
        assert_eq!(calibrate(&[(1.0, 1.0)], &[1.0, 0.0, 1.0], 0.95), Err(few));
        assert_eq!(calibrate(&[(1.0, 1.0); 2], &[1.0; 2], 1.0), Err(CalibrationFault::Level));
    }
}
