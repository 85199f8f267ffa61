//! The next token, chosen.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use super::score::{greatest, likeliest};
use crate::math::stream;

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Logits are divided by it; 0 takes the likeliest token, of equals the one with the lower id.
    pub temperature: f32,
    /// Only the likeliest tokens that together are at least this likely; 1 keeps all.
    ///
    /// Source: nucleus sampling, arXiv 1904.09751, section 3.1.
    pub top_p: f32,
    /// Only so many of the likeliest tokens; 0 keeps all.
    pub top_k: usize,
    /// Only tokens at least this fraction as likely as the likeliest; 0 keeps all.
    pub min_p: f32,
    /// The same seed, choice, prompt and settings give the same text.
    pub seed: u64,
    /// Which of several texts written for one prompt this is.
    pub choice: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, top_k: 0, min_p: 0.0, seed: 0, choice: 0 }
    }
}

/// Chooses the tokens of one text.
#[derive(Debug)]
pub(crate) struct Sampler {
    sampling: Sampling,
    random: ChaCha8Rng,
}

impl Sampler {
    pub(crate) fn new(sampling: Sampling) -> Self {
        let random = stream(sampling.seed, &format!("sample text {}", sampling.choice));
        Self { sampling, random }
    }

    /// A token; `banned` ones are not considered.
    pub(crate) fn choose(&mut self, logits: &[f32], banned: &[u32]) -> u32 {
        if banned.is_empty() {
            return self.choose_freely(logits);
        }
        let mut logits = logits.to_vec();
        for id in banned {
            if let Some(logit) = logits.get_mut(*id as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
        self.choose_freely(&logits)
    }

    fn choose_freely(&mut self, logits: &[f32]) -> u32 {
        if self.sampling.temperature <= 0.0 {
            return greatest(logits).unwrap_or(0);
        }
        let kept = self.kept(logits);
        let all: f64 = kept.iter().map(|(_, share)| share).sum();
        let mark = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        let mut sum = 0.0;
        let chosen = kept.iter().find(|(_, share)| {
            sum += share;
            sum > mark
        });
        chosen.or(kept.last()).map_or(0, |(id, _)| *id)
    }

    /// The tokens that may be chosen, from the likeliest on, and a number in proportion to the probability of each.
    fn kept(&self, logits: &[f32]) -> Vec<(u32, f64)> {
        let Sampling { temperature, top_p, top_k, min_p, .. } = self.sampling;
        let ids = likeliest(logits, if top_k == 0 { logits.len() } else { top_k });
        let first = ids.first().map_or(0.0, |id| f64::from(logits[*id as usize]));
        let share = |id: &u32| libm::exp((f64::from(logits[*id as usize]) - first) / f64::from(temperature));
        let mut kept: Vec<(u32, f64)> = ids.iter().map(|id| (*id, share(id))).collect();
        kept.retain(|(_, share)| *share > 0.0 && *share >= f64::from(min_p));
        let enough = f64::from(top_p) * kept.iter().map(|(_, share)| share).sum::<f64>();
        let mut sum = 0.0;
        let count = kept.iter().position(|(_, share)| {
            sum += share;
            sum >= enough
        });
        if let (true, Some(last)) = (top_p < 1.0, count) {
            kept.truncate(last + 1);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(sampling: Sampling, logits: &[f32], count: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling);
        (0..count).map(|_| sampler.choose(logits, &[])).collect()
    }

    const LOGITS: [f32; 4] = [0.0, 1.0, 2.0, -1.0];

    #[test]
    fn the_same_seed_draws_the_same_and_another_choice_does_not() {
        let sampling = Sampling { temperature: 1.0, seed: 7, ..Sampling::default() };
        let first = draws(sampling, &LOGITS, 64);
        assert_eq!(first, draws(sampling, &LOGITS, 64));
        assert_ne!(first, draws(Sampling { choice: 1, ..sampling }, &LOGITS, 64));
        assert_ne!(first, draws(Sampling { seed: 8, ..sampling }, &LOGITS, 64));
    }

    #[test]
    fn tokens_are_drawn_as_often_as_they_are_likely() {
        let sampling = Sampling { temperature: 2.0, ..Sampling::default() };
        let drawn = draws(sampling, &LOGITS, 20_000);
        let sum: f64 = LOGITS.iter().map(|logit| libm::exp(f64::from(*logit) / 2.0)).sum();
        for (id, logit) in LOGITS.iter().enumerate() {
            let expected = libm::exp(f64::from(*logit) / 2.0) / sum;
            let found = drawn.iter().filter(|drawn| **drawn == id as u32).count() as f64 / 20_000.0;
            assert!((expected - found).abs() < 0.015, "{id}: {expected} {found}");
        }
    }

    #[test]
    fn what_is_cut_off_is_never_drawn() {
        let only = |sampling: Sampling| {
            let mut drawn = draws(Sampling { temperature: 5.0, ..sampling }, &LOGITS, 400);
            drawn.sort_unstable();
            drawn.dedup();
            drawn
        };
        let plain = Sampling::default();
        assert_eq!(only(plain), [0, 1, 2, 3]);
        assert_eq!(only(Sampling { top_k: 2, ..plain }), [1, 2]);
        assert_eq!(only(Sampling { top_p: 0.5, ..plain }), [1, 2]);
        assert_eq!(only(Sampling { top_p: 1e-6, ..plain }), [2]);
        assert_eq!(only(Sampling { min_p: 0.8, ..plain }), [1, 2]);
    }

    #[test]
    fn greedy_takes_the_likeliest_that_is_not_banned() {
        let mut sampler = Sampler::new(Sampling::default());
        assert_eq!(sampler.choose(&LOGITS, &[]), 2);
        assert_eq!(sampler.choose(&LOGITS, &[2, 900]), 1);
    }
}
