//! Hashing with fixed constants: the same on every machine and in every run, and fast on short keys.
//!
//! The product of two 64-bit words, its halves folded together (as in wyhash and foldhash).

/// The most bytes of a word that fits a [`Key`].
pub(super) const SHORT: usize = 31;

/// A short word as four machine words: its bytes, zeros, and its length in the last byte.
pub(super) type Key = [u64; 4];

const SEED: [u64; 4] = [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344, 0xA409_3822_299F_31D0, 0x082E_FA98_EC4E_6C89];

/// Which bits of a [`Key`] belong to a word of so many bytes.
const MASKS: [Key; SHORT + 1] = {
    let mut masks = [[0; 4]; SHORT + 1];
    let mut length = 1;
    while length <= SHORT {
        let mut byte = 0;
        while byte < length {
            masks[length][byte / 8] |= 0xFF << (byte % 8 * 8);
            byte += 1;
        }
        length += 1;
    }
    masks
};

#[inline(always)]
pub(super) fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left).wrapping_mul(u128::from(right));
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a pair of ids.
#[inline(always)]
pub(super) fn hash_pair(pair: u64) -> u64 {
    fold(pair ^ SEED[0], SEED[1])
}

/// The hash of a short word.
#[inline(always)]
pub(super) fn hash_key(key: &Key) -> u64 {
    fold(key[0] ^ SEED[0], key[1] ^ SEED[1]) ^ fold(key[2] ^ SEED[2], key[3] ^ SEED[3])
}

/// The hash of a word of any length.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    bytes.chunks(SHORT).fold(SEED[2], |state, chunk| {
        let key = key(chunk, 0, chunk.len()).unwrap_or_default();
        fold(state ^ hash_key(&key), SEED[3])
    })
}

/// The key of `text[start..end]`, or `None` if it is longer than [`SHORT`].
#[inline(always)]
pub(super) fn key(text: &[u8], start: usize, end: usize) -> Option<Key> {
    let length = end - start;
    let mask = MASKS.get(length)?;
    let word = |bytes: &[u8; 32], at: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[at * 8..at * 8 + 8]);
        u64::from_le_bytes(eight) & mask[at]
    };
    let mut padded = [0; 32];
    let bytes = match text[start..].first_chunk::<32>() {
        Some(chunk) => chunk,
        None => {
            padded[..length].copy_from_slice(&text[start..end]);
            &padded
        }
    };
    Some([word(bytes, 0), word(bytes, 1), word(bytes, 2), word(bytes, 3) | (length as u64) << 56])
}

/// A hasher for [`indexmap`] over texts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fixed(u64);

impl std::hash::Hasher for Fixed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = fold(self.0 ^ hash_bytes(bytes), SEED[1]);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Ids by text.
pub(super) type Ids<T> = indexmap::IndexMap<T, u32, std::hash::BuildHasherDefault<Fixed>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_equal_where_words_are() {
        let text: Vec<u8> = (1..=99).collect();
        for length in 0..=SHORT {
            let found = key(&text, 5, 5 + length);
            // At the end of its text the word is read by another path.
            assert_eq!(found, key(&text[5..5 + length], 0, length), "{length}");
            let mut other = text[5..5 + length].to_vec();
            other.push(0);
            assert_ne!(found, key(&other, 0, other.len().min(SHORT)).filter(|_| length < SHORT), "{length}");
        }
        assert_eq!(key(&text, 0, SHORT + 1), None);
    }
}
