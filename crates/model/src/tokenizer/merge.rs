//! Merging: from the bytes of one piece to ids, lowest rank first and leftmost first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hash::{Key, hash_key, hash_pair, key};

/// No merge.
const NONE: u64 = u64::MAX;
/// Pieces up to so many bytes are merged by looking through all their pairs; longer ones by a heap.
const SMALL: usize = 48;

fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// Merges by pair of ids: an open-addressing table whose values are the rank (high half) and the id made (low half).
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    /// Pair and value; a value of [`NONE`] is a free place.
    slots: Vec<(u64, u64)>,
    shift: u32,
}

impl Pairs {
    /// The table of `(left, right, made)` in order of rank. Of a pair given twice the later holds, as in `tokenizers`.
    pub(super) fn new(merges: &[(u32, u32, u32)]) -> Self {
        let size = (merges.len() * 2 + 2).next_power_of_two();
        let mut table = Self { slots: vec![(0, NONE); size], shift: 64 - size.trailing_zeros() };
        for (rank, &(left, right, made)) in merges.iter().enumerate() {
            let place = table.place(pair(left, right));
            table.slots[place] = (pair(left, right), (rank as u64) << 32 | u64::from(made));
        }
        table
    }

    /// Where the pair is, or the free place where it would be.
    #[inline(always)]
    fn place(&self, pair: u64) -> usize {
        let mut place = (hash_pair(pair) >> self.shift) as usize;
        while self.slots[place].1 != NONE && self.slots[place].0 != pair {
            place = (place + 1) & (self.slots.len() - 1);
        }
        place
    }

    #[inline(always)]
    fn get(&self, left: u32, right: u32) -> u64 {
        self.slots[self.place(pair(left, right))].1
    }
}

/// Room for merging one piece, and the ids of pieces seen before. One for each thread that encodes.
#[derive(Debug)]
pub(super) struct Scratch {
    cache: Vec<Entry>,
    ids: Vec<u32>,
    next: Vec<u32>,
    before: Vec<u32>,
    heap: BinaryHeap<Reverse<u64>>,
}

/// A piece of at most 31 bytes and its at most seven ids, in one line of cache memory.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Entry {
    key: Key,
    ids: [u32; 7],
    count: u32,
}

/// Entries of the cache: 1 MiB. A piece has one place in it and drives out who was there.
const ENTRIES: usize = 1 << 14;

impl Scratch {
    pub(super) fn new() -> Self {
        let empty = Entry { key: [0; 4], ids: [0; 7], count: 0 };
        Self {
            cache: vec![empty; ENTRIES],
            ids: Vec::new(),
            next: Vec::new(),
            before: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }
}

/// What turns a piece into ids.
#[derive(Debug, Clone)]
pub(super) struct Merger {
    /// The id of each byte.
    pub(super) bytes: [u32; 256],
    pub(super) pairs: Pairs,
    /// Where `ignore_merges` is set: tokens that a piece equal to them becomes, whatever the merges say. Sorted.
    pub(super) whole: Vec<(Vec<u8>, u32)>,
}

impl Merger {
    /// Appends the ids of the piece `text[start..end]`.
    #[inline]
    pub(super) fn encode(&self, text: &[u8], start: usize, end: usize, scratch: &mut Scratch, out: &mut Vec<u32>) {
        let Some(key) = key(text, start, end) else {
            return self.merge(&text[start..end], scratch, out);
        };
        let place = (hash_key(&key) >> (64 - ENTRIES.trailing_zeros())) as usize;
        let entry = &scratch.cache[place];
        if entry.key == key {
            if entry.count == 1 {
                out.push(entry.ids[0]);
            } else {
                out.extend_from_slice(&entry.ids[..entry.count as usize]);
            }
            return;
        }
        let from = out.len();
        self.merge(&text[start..end], scratch, out);
        let made = &out[from..];
        let entry = &mut scratch.cache[place];
        if let Some(ids) = entry.ids.get_mut(..made.len()) {
            ids.copy_from_slice(made);
            entry.count = made.len() as u32;
            entry.key = key;
        }
    }

    fn merge(&self, piece: &[u8], scratch: &mut Scratch, out: &mut Vec<u32>) {
        if let Ok(place) = self.whole.binary_search_by(|(bytes, _)| bytes.as_slice().cmp(piece)) {
            out.push(self.whole[place].1);
        } else if piece.len() <= SMALL {
            self.merge_small(piece, out);
        } else {
            self.merge_large(piece, scratch, out);
        }
    }

    /// Quadratic, without allocation.
    fn merge_small(&self, piece: &[u8], out: &mut Vec<u32>) {
        let (mut ids, mut merges) = ([0_u32; SMALL], [NONE; SMALL]);
        let mut length = piece.len();
        for (id, byte) in ids.iter_mut().zip(piece) {
            *id = self.bytes[usize::from(*byte)];
        }
        for (merge, two) in merges.iter_mut().zip(ids[..length].windows(2)) {
            *merge = self.pairs.get(two[0], two[1]);
        }
        while length > 1 {
            let (mut at, mut least) = (0, NONE);
            for (place, &merge) in merges[..length - 1].iter().enumerate() {
                if merge < least {
                    (at, least) = (place, merge);
                }
            }
            if least == NONE {
                break;
            }
            ids.copy_within(at + 2..length, at + 1);
            merges.copy_within(at + 1..length, at);
            length -= 1;
            ids[at] = least as u32;
            merges[length - 1] = NONE;
            if at + 1 < length {
                merges[at] = self.pairs.get(ids[at], ids[at + 1]);
            }
            if at > 0 {
                merges[at - 1] = self.pairs.get(ids[at - 1], ids[at]);
            }
        }
        out.extend_from_slice(&ids[..length]);
    }

    /// A linked list of symbols and a heap of (rank, position): n log n, so that a megabyte of one letter does no harm.
    fn merge_large(&self, piece: &[u8], scratch: &mut Scratch, out: &mut Vec<u32>) {
        const GONE: u32 = u32::MAX;
        let Scratch { ids, next, before, heap, .. } = scratch;
        let length = piece.len() as u32;
        ids.clear();
        ids.extend(piece.iter().map(|&byte| self.bytes[usize::from(byte)]));
        next.clear();
        next.extend(1..=length);
        before.clear();
        before.extend((0..length).map(|at| at.wrapping_sub(1)));
        heap.clear();
        let candidate = |left: u32, right: u32, at: u32| {
            let found = self.pairs.get(left, right);
            (found != NONE).then(|| Reverse(found >> 32 << 32 | u64::from(at)))
        };
        heap.extend(ids.windows(2).zip(0..).filter_map(|(two, at)| candidate(two[0], two[1], at)));
        while let Some(Reverse(top)) = heap.pop() {
            let at = top as u32;
            let right = next[at as usize];
            if ids[at as usize] == GONE || right == length {
                continue;
            }
            let found = self.pairs.get(ids[at as usize], ids[right as usize]);
            // The pair that was here has been merged into another.
            if found == NONE || found >> 32 != top >> 32 {
                continue;
            }
            let after = next[right as usize];
            ids[at as usize] = found as u32;
            ids[right as usize] = GONE;
            next[at as usize] = after;
            if after != length {
                before[after as usize] = at;
                heap.extend(candidate(ids[at as usize], ids[after as usize], at));
            }
            let left = before[at as usize];
            if left != u32::MAX {
                heap.extend(candidate(ids[left as usize], ids[at as usize], left));
            }
        }
        out.extend(ids.iter().filter(|&&id| id != GONE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Merges of a few letters, so that they meet often.
    fn merger(rules: &[(u8, u8)]) -> Merger {
        let mut merges: Vec<(u32, u32, u32)> = Vec::new();
        for (made, &(left, right)) in (256..).zip(rules) {
            let symbol =
                |pick: u8| if pick < 4 { u32::from(b'a' + pick) } else { 256 + u32::from(pick) % (made - 255) };
            let (left, right) = (symbol(left).min(made - 1), symbol(right).min(made - 1));
            let (left, right) = if made == 256 { (97, 98) } else { (left, right) };
            if !merges.iter().any(|merge| (merge.0, merge.1) == (left, right)) {
                merges.push((left, right, made));
            }
        }
        let bytes = std::array::from_fn(|byte| byte as u32);
        Merger { bytes, pairs: Pairs::new(&merges), whole: Vec::new() }
    }

    /// The definition: of all adjacent pairs the one of lowest rank, leftmost first, until none merges.
    fn by_definition(merger: &Merger, piece: &[u8]) -> Vec<u32> {
        let mut ids: Vec<u32> = piece.iter().map(|&byte| merger.bytes[usize::from(byte)]).collect();
        loop {
            let best = (1..ids.len()).map(|at| (merger.pairs.get(ids[at - 1], ids[at]), at)).min();
            match best {
                Some((merge, at)) if merge != NONE => {
                    ids[at - 1] = merge as u32;
                    ids.remove(at);
                }
                _ => return ids,
            }
        }
    }

    proptest! {
        #[test]
        fn every_way_of_merging_gives_the_definition(
            rules in prop::collection::vec((0_u8..12, 0_u8..12), 1..24),
            piece in prop::collection::vec(b'a'..=b'd', 1..=SMALL),
        ) {
            let merger = merger(&rules);
            let expected = by_definition(&merger, &piece);
            let mut scratch = Scratch::new();
            let (mut small, mut large, mut twice) = (Vec::new(), Vec::new(), Vec::new());
            merger.merge_small(&piece, &mut small);
            merger.merge_large(&piece, &mut scratch, &mut large);
            for _ in 0..2 {
                merger.encode(&piece, 0, piece.len(), &mut scratch, &mut twice);
            }
            prop_assert_eq!(&small, &expected);
            prop_assert_eq!(&large, &expected);
            prop_assert_eq!(twice, [expected.clone(), expected].concat());
        }
    }

    #[test]
    fn a_megabyte_of_one_letter_is_merged() {
        let merger = merger(&[(0, 1)]);
        let mut out = Vec::new();
        merger.encode("ab".repeat(500_000).as_bytes(), 0, 1_000_000, &mut Scratch::new(), &mut out);
        assert_eq!(out, vec![256; 500_000]);
    }
}
