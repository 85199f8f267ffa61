//! Hashing of text and of numbers that is the same everywhere.

use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;

/// A map whose keys are already well mixed.
pub(super) type MixedMap<V> = IndexMap<u64, V, BuildHasherDefault<Passing>>;

/// Takes a key that is already well mixed as its hash.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passing(u64);

impl Hasher for Passing {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// An odd number by which a rolling hash steps.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes of every `width` signs in a row, each from the one before it (Karp and Rabin, IBM J. Res. Dev. 31(2), 1987).
pub(super) fn rolling(signs: &[u32], width: usize) -> impl Iterator<Item = u64> {
    let leaving = (1..width).fold(1_u64, |power, _| power.wrapping_mul(STEP));
    let mut sum = 0_u64;
    signs.iter().enumerate().filter_map(move |(at, sign)| {
        if let Some(old) = at.checked_sub(width).and_then(|old| signs.get(old)) {
            sum = sum.wrapping_sub(mix(u64::from(*old)).wrapping_mul(leaving));
        }
        sum = sum.wrapping_mul(STEP).wrapping_add(mix(u64::from(*sign)));
        (at + 1 >= width).then(|| mix(sum))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_run_hangs_on_the_run_alone() {
        let signs: Vec<u32> = "abcdeXabcdeY".chars().map(u32::from).collect();
        let hashes: Vec<u64> = rolling(&signs, 5).collect();
        assert_eq!(hashes.len(), 8);
        assert_eq!(hashes[0], hashes[6]);
        assert_ne!(hashes[0], hashes[1]);
        assert_eq!(rolling(&signs[..4], 5).count(), 0);
    }
}
