//! The order in which a training run sees the windows of a split: a shuffle of each epoch that no state is kept for.

use super::Tokens;
use super::chance::digest;
use super::hashing::mix;

/// Rounds of the Feistel network; four already make a pseudo-random permutation of ideal functions (Luby and Rackoff,
/// SIAM J. Comput. 17(2), 1988), and more cost nothing that is felt.
const ROUNDS: usize = 8;

/// Why a split has no windows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WindowsFault {
    /// There are fewer tokens than one window takes.
    #[error("the split holds {held} tokens, but a window takes {wanted}: use more text or a shorter context")]
    TooFewTokens {
        /// Tokens of the split.
        held: usize,
        /// Tokens of a window: its length and one more.
        wanted: usize,
    },
    /// A window has no length.
    #[error("a window is of length 0: give at least 1")]
    NoLength,
}

/// Windows of a split in a seeded order.
///
/// In each epoch the split is cut at another place and its windows come in another order; every window comes once. What
/// the window of an index is hangs on nothing but tokens, length, seed and index, so that a run that resumes needs to
/// know no more than how far it was.
#[derive(Debug, Clone)]
pub struct Windows<'a> {
    ids: &'a [u32],
    length: usize,
    count: usize,
    order: Order,
}

#[derive(Debug, Clone)]
enum Order {
    /// As they stand.
    Standing,
    /// Shuffled by a seed.
    Shuffled(u64),
}

impl<'a> Windows<'a> {
    /// Windows of `length` inputs, shuffled by a seed.
    ///
    /// # Errors
    ///
    /// See [`WindowsFault`].
    pub fn new(tokens: &'a Tokens, length: usize, seed: u64) -> Result<Self, WindowsFault> {
        Self::over(&tokens.ids, length, Order::Shuffled(seed))
    }

    /// Windows of `length` inputs side by side from the first token on, to measure on.
    ///
    /// # Errors
    ///
    /// See [`WindowsFault`].
    pub fn in_order(tokens: &'a Tokens, length: usize) -> Result<Self, WindowsFault> {
        Self::over(&tokens.ids, length, Order::Standing)
    }

    fn over(ids: &'a [u32], length: usize, order: Order) -> Result<Self, WindowsFault> {
        if length == 0 {
            return Err(WindowsFault::NoLength);
        }
        if ids.len() <= length {
            return Err(WindowsFault::TooFewTokens { held: ids.len(), wanted: length + 1 });
        }
        // A window less than would fit leaves room to cut elsewhere in each epoch.
        let count = match order {
            Order::Standing => (ids.len() - 1) / length,
            Order::Shuffled(_) => ((ids.len() - length) / length).max(1),
        };
        Ok(Self { ids, length, count, order })
    }

    /// Windows of an epoch.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Inputs of a window.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The place in the split of the first input of a window.
    #[must_use]
    pub fn start(&self, index: usize) -> usize {
        let Order::Shuffled(seed) = self.order else {
            return (index % self.count) * self.length;
        };
        let keys = Keys::of(seed, index / self.count);
        let spare = (self.ids.len() - self.count * self.length).min(self.length);
        keys.cut as usize % spare + keys.permute(index % self.count, self.count) * self.length
    }

    /// Inputs and targets of a window, `length` each; targets are the inputs one place on.
    #[must_use]
    pub fn get(&self, index: usize) -> (&'a [u32], &'a [u32]) {
        let start = self.start(index);
        (&self.ids[start..start + self.length], &self.ids[start + 1..=start + self.length])
    }
}

/// What an epoch's shuffle is made from.
struct Keys {
    cut: u64,
    rounds: [u64; ROUNDS],
}

impl Keys {
    fn of(seed: u64, epoch: usize) -> Self {
        let digest = digest(seed, &format!("windows of epoch {epoch}"));
        let [cut, key, step, _] = words(&digest);
        // Rounds get keys an odd step apart.
        Self { cut, rounds: std::array::from_fn(|round| key.wrapping_add((step | 1).wrapping_mul(round as u64))) }
    }

    /// Where an index goes, by a Feistel network over the next even number of bits; what falls outside walks on until
    /// it is inside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002, section 4).
    fn permute(&self, index: usize, count: usize) -> usize {
        let bits = (usize::BITS - (count - 1).leading_zeros()).div_ceil(2).max(1);
        let mask = (1_u64 << bits) - 1;
        let mut place = index as u64;
        loop {
            let (mut left, mut right) = (place >> bits, place & mask);
            for key in self.rounds {
                (left, right) = (right, left ^ (mix(right ^ key) & mask));
            }
            place = (left << bits) | right;
            if (place as usize) < count {
                return place as usize;
            }
        }
    }
}

fn words(digest: &[u8; 32]) -> [u64; 4] {
    std::array::from_fn(|word| digest[word * 8..word * 8 + 8].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(ids: &[u32], length: usize, seed: u64) -> Windows<'_> {
        Windows::over(ids, length, Order::Shuffled(seed)).expect("there are enough tokens")
    }

    proptest! {
        #[test]
        fn every_window_comes_once_in_an_epoch(held in 2_usize..600, length in 1_usize..40, seed: u64, epoch in 0_usize..5) {
            prop_assume!(held > length);
            let ids: Vec<u32> = (0..held as u32).collect();
            let windows = windows(&ids, length, seed);
            let count = windows.count();
            let mut starts: Vec<usize> = (0..count).map(|at| windows.start(epoch * count + at)).collect();
            starts.sort_unstable();
            for pair in starts.windows(2) {
                prop_assert_eq!(pair[1] - pair[0], length);
            }
            prop_assert!(starts[count - 1] + length < held);
            for at in 0..count {
                let (inputs, targets) = windows.get(epoch * count + at);
                prop_assert_eq!(inputs.len(), length);
                prop_assert!(inputs.iter().zip(targets).all(|(input, target)| input + 1 == *target));
            }
        }
    }

    #[test]
    fn epochs_differ_in_order_and_cut() {
        let ids: Vec<u32> = (0..10_000).collect();
        let windows = windows(&ids, 64, 5);
        let starts = |epoch| (0..windows.count()).map(|at| windows.start(epoch * windows.count() + at)).collect();
        let (first, second): (Vec<usize>, Vec<usize>) = (starts(0), starts(1));
        assert_ne!(first, second);
        assert_ne!(first[0] % 64, second[0] % 64);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_ne!(first, sorted);
    }

    #[test]
    fn a_place_is_equally_likely_for_every_window() {
        let ids: Vec<u32> = (0..(7 * 4 + 4)).collect();
        let mut counts = [0_usize; 7];
        for seed in 0..7000 {
            let windows = windows(&ids, 4, seed);
            assert_eq!(windows.count(), 7);
            counts[windows.start(0) / 4 % 7] += 1;
        }
        // Five standard deviations: 5 · √(7000 · 1/7 · 6/7) = 146; a cut never reaches the next window.
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 146), "{counts:?}");
    }

    #[test]
    fn windows_in_order_stand_side_by_side() {
        let ids: Vec<u32> = (0..10).collect();
        let windows = Windows::over(&ids, 3, Order::Standing).expect("there are enough tokens");
        assert_eq!(windows.count(), 3);
        assert_eq!(windows.get(2), (&[6, 7, 8][..], &[7, 8, 9][..]));
    }

    #[test]
    fn too_little_text_is_refused() {
        let fault = Windows::over(&[1, 2, 3], 3, Order::Shuffled(1)).expect_err("a window takes four");
        assert_eq!(fault, WindowsFault::TooFewTokens { held: 3, wanted: 4 });
        assert_eq!(Windows::over(&[1, 2, 3], 0, Order::Standing).expect_err("no length"), WindowsFault::NoLength);
    }
}
