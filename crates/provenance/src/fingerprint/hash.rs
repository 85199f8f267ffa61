//! Hashes of units: whether two are the same to the bit.
//!
//! What is hashed are the upper halves of the weights as floats of 32 bits, and the lower halves only where any is not
//! zero. So weights in bf16 are hashed as they stand in the file, and the same values in F32 have the same hash.

use twox_hash::{XxHash3_64, XxHash3_128};

/// Weights of a row that are hashed together.
pub(super) const PIECE: usize = 1 << 16;

/// The hash of at most [`PIECE`] weights in a row: XXH3-64 of the upper halves as little-endian numbers of 16 bits; where
/// any lower half is not zero, XXH3-64 of the lower halves with that as the seed.
pub(super) fn halves(upper: &[u8], lower: Option<&[u8]>) -> u64 {
    let hash = XxHash3_64::oneshot(upper);
    match lower {
        Some(lower) if lower.iter().any(|byte| *byte != 0) => XxHash3_64::oneshot_with_seed(hash, lower),
        _ => hash,
    }
}

/// The hash of a row from those of its pieces: that of the one, or XXH3-64 over them.
pub(super) fn pieces(hashes: &[u64]) -> u64 {
    match hashes {
        [hash] => *hash,
        hashes => {
            let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
            XxHash3_64::oneshot(&bytes)
        }
    }
}

/// XXH3-128 over hashes of rows.
pub(super) fn digest(hashes: &[u64]) -> u128 {
    let mut hasher = XxHash3_128::new();
    hashes.iter().for_each(|hash| hasher.write(&hash.to_le_bytes()));
    hasher.finish_128()
}

/// XXH3-128 over digests of stretches of rows, and the number of columns.
pub(super) fn digest_all(stretches: &[u128], columns: u64) -> u128 {
    let mut hasher = XxHash3_128::new();
    stretches.iter().for_each(|digest| hasher.write(&digest.to_le_bytes()));
    hasher.write(&columns.to_le_bytes());
    hasher.finish_128()
}

/// Splits floats into upper and lower halves, as bytes.
#[inline(always)]
pub(super) fn split(values: &[f32], upper: &mut Vec<u8>, lower: &mut Vec<u8>) {
    upper.resize(values.len() * 2, 0);
    lower.resize(values.len() * 2, 0);
    let halves = upper.as_chunks_mut::<2>().0.iter_mut().zip(lower.as_chunks_mut::<2>().0);
    for (value, (upper, lower)) in values.iter().zip(halves) {
        let bits = value.to_bits();
        *upper = ((bits >> 16) as u16).to_le_bytes();
        *lower = (bits as u16).to_le_bytes();
    }
}

/// The key of a step of [`columns`]: the output of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) at its number.
fn key(step: u64, stream: u64) -> u64 {
    mix(step.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream))
}

fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// Takes four weights of each column, in `halves` of 16 bits, into the hashes of the columns.
///
/// A column cannot be hashed by XXH3 without reading the matrix across. Its hash is the multiply-and-add of XXH3 with one
/// lane a column: four halves make a word `v`, and `v + low(v ^ k)·high(v ^ k)` is added, with a key `k` for each step.
/// The sum does not depend on the order of the steps. Two columns that differ in one weight only have the same hash with a
/// chance of about 2⁻³³, others of about 2⁻⁶⁴; the digest of the part, which is made of the hashes of its rows, tells
/// those apart too.
#[inline(always)]
pub(super) fn columns(halves: [&[u16]; 4], step: u64, stream: u64, sums: &mut [u64]) {
    let key = key(step, stream);
    let halves = halves.map(|row| &row[..sums.len()]);
    for (place, sum) in sums.iter_mut().enumerate() {
        let [a, b, c, d] = halves.map(|row| u64::from(row[place]));
        let word = a | b << 16 | c << 32 | d << 48;
        let keyed = word ^ key;
        *sum = sum.wrapping_add(word).wrapping_add((keyed & 0xffff_ffff).wrapping_mul(keyed >> 32));
    }
}

/// The hash of a column from its sums over the upper halves, and over the lower ones where any was not zero.
pub(super) fn finish(upper: u64, lower: Option<u64>, width: u64) -> u64 {
    let hash = mix(upper ^ width.wrapping_mul(0x9e37_79b1_85eb_ca87));
    lower.map_or(hash, |lower| mix(hash.rotate_left(32) ^ lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_have_the_same_hash_in_either_width() {
        let values: Vec<f32> = (0..300).map(|place| place as f32 / 4.0 - 30.0).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes()).collect();
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        split(&values, &mut upper, &mut lower);
        assert_eq!(upper, bytes);
        assert_eq!(halves(&upper, Some(&lower)), halves(&bytes, None));
        lower[7] = 1;
        assert_ne!(halves(&upper, Some(&lower)), halves(&bytes, None));
    }

    #[test]
    fn every_half_of_a_column_counts_and_so_does_its_place() {
        let hash = |rows: [u16; 8]| {
            let mut sums = [0];
            let (one, two) = rows.split_at(4);
            columns([&one[..1], &one[1..2], &one[2..3], &one[3..]], 0, 0, &mut sums);
            columns([&two[..1], &two[1..2], &two[2..3], &two[3..]], 1, 0, &mut sums);
            finish(sums[0], None, 8)
        };
        let first = hash([1, 2, 3, 4, 5, 6, 7, 8]);
        let mut seen = std::collections::BTreeSet::from([first]);
        for place in 0..8 {
            for bit in 0..16 {
                let mut rows = [1, 2, 3, 4, 5, 6, 7, 8];
                rows[place] ^= 1 << bit;
                assert!(seen.insert(hash(rows)), "{place} {bit}");
            }
        }
        assert!(seen.insert(hash([5, 6, 7, 8, 1, 2, 3, 4])));
    }
}
