//! The share of the peak rate at each step: warm-up, stable, decay.

use crate::recipe::{Cooldown, Schedule};

/// The share of the peak rate for a step, counted from 0. It rises linearly over the warm-up (the first step is not
/// nothing), stays, and falls over the last `cooldown_share` of the steps to `final_share` of the peak, which it would
/// reach one step after the last.
///
/// Source: warm-up/stable/decay, Hu et al., arXiv 2404.06395, section 4; the falls, Hägele et al., arXiv 2405.18392,
/// section 4.
#[must_use]
pub fn rate_share(schedule: &Schedule, step: u64) -> f64 {
    let rise = match schedule.warmup_steps {
        0 => 1.0,
        warmup => ((step + 1) as f64 / warmup as f64).min(1.0),
    };
    let cooldown = (schedule.steps as f64 * schedule.cooldown_share).round();
    let start = schedule.steps as f64 - cooldown;
    let gone = if cooldown > 0.0 { ((step as f64 - start) / cooldown).clamp(0.0, 1.0) } else { 0.0 };
    let left = match schedule.cooldown {
        Cooldown::OneMinusSqrt => 1.0 - gone.sqrt(),
        Cooldown::Linear => 1.0 - gone,
    };
    rise * (schedule.final_share + (1.0 - schedule.final_share) * left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    fn schedule(cooldown: Cooldown, final_share: f64) -> Schedule {
        let recipe = Recipe::for_depth(2).unwrap();
        Schedule { steps: 100, warmup_steps: 10, cooldown_share: 0.2, cooldown, final_share, ..recipe.schedule }
    }

    #[test]
    fn the_rate_rises_stays_and_falls() {
        let linear = schedule(Cooldown::Linear, 0.0);
        let shares = [0, 4, 9, 10, 79, 80, 85, 90, 99, 100].map(|step| rate_share(&linear, step));
        let expected = [0.1, 0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.05, 0.0];
        assert!(shares.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-12), "{shares:?}");
    }

    #[test]
    fn the_root_falls_fast_at_first() {
        let root = schedule(Cooldown::OneMinusSqrt, 0.0);
        assert!((rate_share(&root, 85) - 0.5).abs() < 1e-12, "1 - sqrt(5 / 20)");
        assert!((rate_share(&schedule(Cooldown::OneMinusSqrt, 0.1), 85) - 0.55).abs() < 1e-12);
    }

    #[test]
    fn a_schedule_without_ends_is_flat() {
        let flat = Schedule { warmup_steps: 0, cooldown_share: 0.0, ..schedule(Cooldown::Linear, 0.0) };
        assert!((0..100).all(|step| rate_share(&flat, step) == 1.0));
    }
}
