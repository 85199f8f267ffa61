//! The signs of the sketches, from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// Signs that are kept: those of the first weights of a unit. Units that are longer are rare.
const KEPT: usize = 1 << 16;

/// The sign of a float.
const MINUS: u32 = 1 << 31;

/// The signs of a seed: 1 or -1 for each place in a unit, as masks of the sign of a float.
#[derive(Debug, Clone)]
pub(super) struct Signs {
    stream: ChaCha8Rng,
    kept: Vec<u32>,
    /// The same, two in a word: the sign of the first in its lower half.
    pairs: Vec<u32>,
}

impl Signs {
    /// The signs of a seed: bit `j` of the ChaCha8 stream whose key is the SHA-256 of the seed, as eight bytes, and of the
    /// words `sketch signs` says whether place `j` is negative.
    pub(super) fn new(seed: u64) -> Self {
        let key = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(b"sketch signs").finalize();
        let mut signs = Self { stream: ChaCha8Rng::from_seed(key.into()), kept: Vec::new(), pairs: Vec::new() };
        let mut kept = vec![0; KEPT];
        signs.fill(0, &mut kept);
        signs.pairs = kept.as_chunks::<2>().0.iter().map(|[even, odd]| even >> 16 | odd).collect();
        signs.kept = kept;
        signs
    }

    /// The signs from place `first` on, a multiple of 32, as many as `spare` has room for or at least as the unit needs.
    pub(super) fn from<'a>(&'a self, first: usize, count: usize, spare: &'a mut Vec<u32>) -> &'a [u32] {
        if let Some(kept) = self.kept.get(first..first + count) {
            return kept;
        }
        spare.resize(count, 0);
        self.fill(first, spare);
        spare
    }

    /// The signs of the first weights of a unit, for weights that stand two in a word; empty where they are not kept.
    pub(super) fn pairs(&self, count: usize) -> &[u32] {
        self.pairs.get(..count / 2).unwrap_or_default()
    }

    fn fill(&self, first: usize, masks: &mut [u32]) {
        let mut stream = self.stream.clone();
        stream.set_word_pos(first as u128 / 32);
        for masks in masks.chunks_mut(32) {
            let word = stream.next_u32();
            for (bit, mask) in masks.iter_mut().enumerate() {
                *mask = (word >> bit << 31) & MINUS;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_the_same_wherever_one_begins() {
        let (signs, mut spare, mut all) = (Signs::new(7), Vec::new(), vec![0; 2 * KEPT]);
        signs.fill(0, &mut all);
        for (first, count) in [(0, 100), (64, 64), (KEPT - 32, 64), (KEPT, 1000), (KEPT + 64, 1)] {
            assert_eq!(signs.from(first, count, &mut spare), &all[first..first + count], "{first} {count}");
        }
        let minus = all.iter().filter(|mask| **mask == MINUS).count();
        assert!(all.iter().all(|mask| *mask & !MINUS == 0) && minus.abs_diff(KEPT) < 1000, "{minus}");
        assert_ne!(Signs::new(8).kept, signs.kept);
    }
}
