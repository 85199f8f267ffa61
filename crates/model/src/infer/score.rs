//! Log-probabilities of tokens.

use super::kernel::Lanes;

/// A token and how likely the model holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likely {
    /// The token.
    pub id: u32,
    /// Natural logarithm of its probability, of the model itself: no temperature, nothing cut off.
    pub logprob: f32,
    /// Its place among all tokens, from 1; tokens that are as likely share the better place.
    pub rank: usize,
}

/// A token that stands somewhere, and what the model held likely there.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The token that stands there.
    pub own: Likely,
    /// The likeliest tokens from the likeliest on; of those as likely, the one with the lower id first.
    pub top: Vec<Likely>,
}

/// The distribution over the next token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distribution<'a> {
    logits: &'a [f32],
    greatest: f32,
    log_sum: f64,
}

impl<'a> Distribution<'a> {
    pub(crate) fn new(lanes: Lanes, logits: &'a [f32]) -> Self {
        let (greatest, log_sum) = lanes.log_sum(logits);
        Self { logits, greatest, log_sum }
    }

    fn logprob(&self, id: u32) -> f32 {
        (f64::from(self.logits[id as usize]) - f64::from(self.greatest) - self.log_sum) as f32
    }

    fn likely(&self, id: u32) -> Likely {
        let own = self.logits[id as usize];
        let rank = 1 + self.logits.iter().filter(|logit| **logit > own).count();
        Likely { id, logprob: self.logprob(id), rank }
    }

    /// A token with the `top` likeliest beside it.
    pub(crate) fn scored(&self, id: u32, top: usize) -> Scored {
        let top = likeliest(self.logits, top);
        Scored { own: self.likely(id), top: top.into_iter().map(|id| self.likely(id)).collect() }
    }
}

/// The ids of the greatest logits, greatest first; of equals the lower id first.
pub(crate) fn likeliest(logits: &[f32], count: usize) -> Vec<u32> {
    let count = count.min(logits.len());
    if count <= 1 {
        return greatest(logits).into_iter().take(count).collect();
    }
    let mut ids: Vec<u32> = (0..logits.len() as u32).collect();
    let order = |a: &u32, b: &u32| logits[*b as usize].total_cmp(&logits[*a as usize]).then(a.cmp(b));
    if count < ids.len() {
        ids.select_nth_unstable_by(count - 1, order);
        ids.truncate(count);
    }
    ids.sort_unstable_by(order);
    ids
}

/// The id of the greatest logit, the lowest of equals.
pub(crate) fn greatest(logits: &[f32]) -> Option<u32> {
    let mut best: Option<(usize, f32)> = None;
    for (id, logit) in logits.iter().enumerate() {
        if best.is_none_or(|(_, greatest)| *logit > greatest) {
            best = Some((id, *logit));
        }
    }
    best.map(|(id, _)| id as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_come_first_and_equals_by_id() {
        let logits = [0.5, 2.0, -1.0, 2.0, 0.5];
        assert_eq!(likeliest(&logits, 3), [1, 3, 0]);
        assert_eq!(likeliest(&logits, 1), [1]);
        assert_eq!(likeliest(&logits, 0), [0_u32; 0]);
        assert_eq!(likeliest(&logits, 99), [1, 3, 0, 4, 2]);
        assert_eq!(greatest(&logits), Some(1));
    }

    #[test]
    fn probabilities_sum_to_one_and_ranks_count_the_likelier() {
        let logits: Vec<f32> = (0..40).map(|at| ((at * 7) % 13) as f32 / 3.0).collect();
        let distribution = Distribution::new(Lanes::new(), &logits);
        let sum: f64 = (0..40).map(|id| libm::exp(f64::from(distribution.logprob(id)))).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        let scored = distribution.scored(2, 3);
        assert_eq!(scored.own.rank, 1 + logits.iter().filter(|logit| **logit > logits[2]).count());
        assert_eq!(scored.top[0].rank, 1);
        let same = distribution.scored(scored.top[0].id, 1);
        assert_eq!(same.own.logprob.to_bits(), same.top[0].logprob.to_bits(), "one token, one number");
    }
}
