//! Random numbers that are the same everywhere: each use has a stream of its own, named by a seed and a purpose.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a seed and a purpose; streams of other purposes have nothing to do with it.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        Self(ChaCha8Rng::from_seed(digest(seed, purpose)))
    }

    /// A number below `bound`, each as likely as the others; 0 if there is none below it.
    ///
    /// Source: Lemire, "Fast Random Integer Generation in an Interval", arXiv 1805.10941, section 4.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        if bound == 0 {
            return 0;
        }
        let least = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= least {
                return (product >> 64) as usize;
            }
        }
    }

    /// One of the items.
    pub(crate) fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Puts the items in an order, each as likely as the others (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// SHA-256 over a seed and a purpose.
pub(crate) fn digest(seed: u64, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_has_a_stream_of_its_own() {
        let draw = |seed, purpose: &str| {
            let mut chance = Chance::new(seed, purpose);
            (0..8).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn numbers_below_a_bound_are_equally_frequent() {
        let mut chance = Chance::new(7, "bound");
        let mut counts = [0_usize; 3];
        for _ in 0..30_000 {
            counts[chance.below(3)] += 1;
        }
        // Five standard deviations: 5 · √(30000 · 1/3 · 2/3) = 408.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 408), "{counts:?}");
        assert_eq!(chance.below(0), 0);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        Chance::new(3, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
