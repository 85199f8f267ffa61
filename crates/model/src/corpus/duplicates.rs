//! Texts that were met before, whole or nearly.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::chance::digest;
use super::hashing::{MixedMap, mix, rolling};

/// Signs in a row that are one element of the set a text is compared as.
///
/// Characters and not words, so that Korean, whose words end in particles, is compared as well as English.
const SHINGLE: usize = 5;
/// Hash functions: bands times rows.
const HASHES: usize = BANDS * ROWS;
/// Groups of hash functions; texts that agree on a whole group are compared.
const BANDS: usize = 14;
/// Hash functions of a group.
const ROWS: usize = 8;
/// The estimated similarity from which two texts are the same.
const SAME: f64 = 0.75;

/// What a text is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Never met.
    New,
    /// Met letter by letter.
    Exact,
    /// One nearly like it was met.
    Near,
}

/// The index of texts that were kept.
///
/// Near duplicates are found by MinHash and locality-sensitive hashing: each text is the set of its runs of
/// five characters, in small letters, with blanks made one; 112 hash functions each keep their least value over the set;
/// the share of them on which two texts agree estimates the Jaccard similarity `s` of the sets. Texts that agree on all
/// 8 values of one of 14 groups are compared, which happens with the chance `1 - (1 - s^8)^14`: 5 % at `s` = 0.5, 56 %
/// at 0.7, 77 % at 0.75, 92 % at 0.8, 99 % at 0.85, practically all from 0.9. Compared texts are the same if at least
/// 75 % of the values agree, so that chance agreements of one group do not cost a text. Of each value 8 bits are kept
/// for the comparison, and their chance agreement is taken off.
///
/// Memory: 112 bytes of signature, 14 entries of an index and one digest a kept text, about 700 bytes, whatever its length.
/// In each group the first text of a value stands for all that share it.
///
/// Sources: Broder, "On the resemblance and containment of documents", SEQUENCES 1997; Penedo et al., FineWeb, arXiv
/// 2406.17557, section 3.4 and appendix E (14 bands of 8 hashes); Li and König, "b-Bit Minwise Hashing", WWW 2010.
pub(super) struct Duplicates {
    exact: BTreeSet<[u8; 16]>,
    near: Option<Near>,
}

impl Duplicates {
    pub(super) fn new(finds_near: bool) -> Self {
        Self { exact: BTreeSet::new(), near: finds_near.then(Near::new) }
    }

    /// Says whether a text was met, and remembers it if it was not.
    pub(super) fn meet(&mut self, text: &str) -> Met {
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(Sha256::digest(text.as_bytes())) {
            *to = from;
        }
        if self.exact.contains(&key) {
            return Met::Exact;
        }
        if self.near.as_mut().is_some_and(|near| near.meet(text)) {
            return Met::Near;
        }
        self.exact.insert(key);
        Met::New
    }
}

/// The index by groups of hash functions.
struct Near {
    /// The odd factor and the summand of each hash function.
    functions: Vec<(u32, u32)>,
    /// For each group, the first text with these values.
    bands: Vec<MixedMap<u32>>,
    /// Eight bits of every value of every kept text.
    signatures: Vec<[u8; HASHES]>,
}

impl Near {
    fn new() -> Self {
        let function = |at: usize| {
            let bytes = digest(at as u64, "MinHash");
            let word = |from: usize| (0..4).fold(0, |sum: u32, byte| (sum << 8) | u32::from(bytes[from + byte]));
            (word(0) | 1, word(4))
        };
        let bands = (0..BANDS).map(|_| MixedMap::default()).collect();
        Self { functions: (0..HASHES).map(function).collect(), bands, signatures: Vec::new() }
    }

    fn meet(&mut self, text: &str) -> bool {
        let values = self.least_values(text);
        let signature = values.map(|value| (mix(u64::from(value)) & 0xFF) as u8);
        let keys: Vec<u64> = values.chunks_exact(ROWS).map(key_of).collect();
        let mut candidates = keys.iter().zip(&self.bands).filter_map(|(key, band)| band.get(key));
        let is_met = candidates.any(|met| {
            let other = self.signatures.get(*met as usize);
            other.is_some_and(|other| similarity(&signature, other) >= SAME)
        });
        if !is_met {
            let place = self.signatures.len() as u32;
            self.signatures.push(signature);
            for (key, band) in keys.iter().zip(&mut self.bands) {
                band.entry(*key).or_insert(place);
            }
        }
        is_met
    }

    /// The least value of each hash function over the runs of a text. A function is a multiplication and an addition
    /// modulo 2³² of what is already well mixed (Dietzfelbinger et al., J. Algorithms 25(1), 1997).
    fn least_values(&self, text: &str) -> [u32; HASHES] {
        let signs = signs(text);
        let mut least = [u32::MAX; HASHES];
        for shingle in rolling(&signs, SHINGLE.min(signs.len().max(1))) {
            let shingle = (shingle >> 32) as u32;
            for (least, (factor, summand)) in least.iter_mut().zip(&self.functions) {
                *least = (*least).min(shingle.wrapping_mul(*factor).wrapping_add(*summand));
            }
        }
        least
    }
}

/// The characters that are compared: in small letters, with every run of blanks as one.
fn signs(text: &str) -> Vec<u32> {
    let mut signs = Vec::with_capacity(text.len() / 2);
    let blank = u32::from(' ');
    for sign in text.chars() {
        if !sign.is_whitespace() {
            signs.extend(sign.to_lowercase().map(u32::from));
        } else if signs.last() != Some(&blank) {
            signs.push(blank);
        }
    }
    signs
}

fn key_of(values: &[u32]) -> u64 {
    values.iter().fold(0x5155, |key, value| mix(key ^ u64::from(*value)).wrapping_add(key.rotate_left(17)))
}

fn similarity(one: &[u8; HASHES], other: &[u8; HASHES]) -> f64 {
    let agreeing = one.iter().zip(other).filter(|(one, other)| one == other).count();
    let by_chance = 1.0 / 256.0;
    (agreeing as f64 / HASHES as f64 - by_chance) / (1.0 - by_chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Chance;

    /// A text of so many made-up words, a share of which are replaced.
    fn text(words: usize, seed: u64, replaced: f64) -> String {
        let mut chance = Chance::new(seed, "words");
        let mut other = Chance::new(seed, "other words");
        let word = |chance: &mut Chance| {
            let syllables = (0..3).map(|_| char::from_u32(0xAC00 + chance.below(11_172) as u32).unwrap_or('가'));
            syllables.collect::<String>()
        };
        let all = (0..words).map(|_| {
            let (one, two) = (word(&mut chance), word(&mut other));
            if (other.below(1000) as f64) < replaced * 1000.0 { two } else { one }
        });
        all.collect::<Vec<_>>().join(" ")
    }

    /// The Jaccard similarity itself.
    fn jaccard(one: &str, other: &str) -> f64 {
        let set = |text: &str| signs(text).windows(SHINGLE).map(<[u32]>::to_vec).collect::<BTreeSet<_>>();
        let (one, other) = (set(one), set(other));
        one.intersection(&other).count() as f64 / one.union(&other).count() as f64
    }

    #[test]
    fn the_same_text_is_met_again_however_it_is_spaced() {
        let mut duplicates = Duplicates::new(true);
        let one = text(200, 1, 0.0);
        assert_eq!(duplicates.meet(&one), Met::New);
        assert_eq!(duplicates.meet(&one), Met::Exact);
        assert_eq!(duplicates.meet(&one.replace(' ', "\n  ")), Met::Near);
        assert_eq!(duplicates.meet(&text(200, 2, 0.0)), Met::New);
        let mut exact_only = Duplicates::new(false);
        assert_eq!(exact_only.meet(&one), Met::New);
        assert_eq!(exact_only.meet(&one.replace(' ', "  ")), Met::New);
    }

    #[test]
    fn the_estimate_is_near_the_similarity_itself() {
        let near = Near::new();
        let bits = |text: &str| near.least_values(text).map(|value| (mix(u64::from(value)) & 0xFF) as u8);
        for (seed, replaced) in [(1, 0.02), (2, 0.1), (3, 0.2), (4, 0.5)] {
            let (one, other) = (text(400, seed, 0.0), text(400, seed, replaced));
            let (wanted, found) = (jaccard(&one, &other), similarity(&bits(&one), &bits(&other)));
            // Four standard deviations of a share of 112.
            let allowed = 4.0 * (wanted * (1.0 - wanted) / HASHES as f64).sqrt() + 0.01;
            assert!((wanted - found).abs() < allowed, "{wanted} {found}");
        }
    }

    #[test]
    fn near_texts_are_found_as_often_as_the_curve_says() {
        // Of pairs of about 0.9 nearly all are found, of pairs under 0.6 none: the comparison refuses them.
        let found = |replaced: f64| {
            let pairs = (0..60).map(|seed| {
                let mut duplicates = Duplicates::new(true);
                duplicates.meet(&text(150, seed, 0.0));
                let other = text(150, seed, replaced);
                (jaccard(&text(150, seed, 0.0), &other), duplicates.meet(&other) != Met::New)
            });
            pairs.collect::<Vec<_>>()
        };
        let near = found(0.02);
        assert!(near.iter().filter(|(jaccard, _)| *jaccard > 0.88).all(|(_, is_met)| *is_met), "{near:?}");
        let far = found(0.25);
        assert!(far.iter().all(|(jaccard, is_met)| *jaccard < 0.6 && !is_met), "{far:?}");
    }
}
