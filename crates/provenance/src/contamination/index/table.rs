//! Windows of units, and the table that knows which of them belong to an item.

use super::super::fold::weight;

/// What the units of a window weigh together: five words or ten characters.
pub(crate) const LONG: u32 = 10;
/// The same for items that have not so many: three words or six characters.
pub(crate) const SHORT: u32 = 6;

const BASE: u64 = 0xD6E8_FEB8_6659_FD93;
const POWERS: [u64; 16] = {
    let mut powers = [1_u64; 16];
    let mut at = 1;
    while at < 16 {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
};

/// Every window of at least `least` weight: the fewest units that end at a place and weigh so much. `take` is given the
/// first unit, the last and the hash. `least` is at most 14.
#[inline(always)]
pub(crate) fn windows(length: usize, key: impl Fn(usize) -> u64, least: u32, mut take: impl FnMut(usize, usize, u64)) {
    let (mut first, mut total, mut hash) = (0_usize, 0_u32, 0_u64);
    for last in 0..length {
        let new = key(last);
        hash = hash.wrapping_mul(BASE).wrapping_add(new);
        total = total.wrapping_add(weight(new));
        loop {
            let old = key(first);
            let rest = total.wrapping_sub(weight(old));
            if rest < least {
                break;
            }
            hash = hash.wrapping_sub(old.wrapping_mul(POWERS[last.wrapping_sub(first) & 15]));
            total = rest;
            first = first.wrapping_add(1);
        }
        if total >= least {
            take(first, last, spread(hash));
        }
    }
}

/// Lets every bit of a rolling hash reach the bits that choose a place.
#[inline(always)]
fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash ^ (hash >> 29)).max(1)
}

/// A window of an item: which sequence, and the unit it ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Posting {
    pub sequence: u32,
    pub last: u32,
}

/// Windows by their hashes, behind a filter that turns nearly all others away with one look at memory.
#[derive(Debug, Default)]
pub(crate) struct Table {
    filter: Vec<u64>,
    keys: Vec<u64>,
    seeds: Vec<u32>,
    /// Where the postings of a seed begin; one more at the end.
    starts: Vec<u32>,
    postings: Vec<Posting>,
}

impl Table {
    /// A table of windows, sorted by hash. Their places in the order of hashes are their seeds' numbers.
    pub(crate) fn new(windows: &[(u64, Posting)]) -> Self {
        let mut hashes: Vec<u64> = windows.iter().map(|(hash, _)| *hash).collect();
        hashes.dedup();
        let mut starts: Vec<u32> = Vec::with_capacity(hashes.len() + 1);
        let mut before = None;
        for (at, (hash, _)) in windows.iter().enumerate() {
            if before != Some(*hash) {
                starts.push(at as u32);
                before = Some(*hash);
            }
        }
        starts.push(windows.len() as u32);
        let postings = windows.iter().map(|(_, posting)| *posting).collect();
        let slots = (hashes.len() * 2).next_power_of_two().max(16);
        let mut table = Self {
            filter: vec![0; (hashes.len() / 4).next_power_of_two().max(16)],
            keys: vec![0; slots],
            seeds: vec![0; slots],
            starts,
            postings,
        };
        for (seed, hash) in hashes.iter().enumerate() {
            table.insert(*hash, seed as u32);
        }
        table
    }

    fn insert(&mut self, hash: u64, seed: u32) {
        let place = (hash >> 32) as usize & (self.filter.len() - 1);
        self.filter[place] |= bits(hash);
        let mut slot = hash as usize & (self.keys.len() - 1);
        while self.keys[slot] != 0 {
            slot = (slot + 1) & (self.keys.len() - 1);
        }
        self.keys[slot] = hash;
        self.seeds[slot] = seed;
    }

    /// The filter, to be kept at hand in a loop.
    pub(crate) fn filter(&self) -> Filter<'_> {
        Filter { words: &self.filter, mask: self.filter.len().wrapping_sub(1) }
    }

    /// The number of a window's seed.
    pub(crate) fn seed(&self, hash: u64) -> Option<u32> {
        let mut slot = hash as usize & (self.keys.len() - 1);
        while self.keys[slot] != 0 {
            if self.keys[slot] == hash {
                return Some(self.seeds[slot]);
            }
            slot = (slot + 1) & (self.keys.len() - 1);
        }
        None
    }

    /// Where a seed stands.
    pub(crate) fn postings(&self, seed: u32) -> &[Posting] {
        let seed = seed as usize;
        &self.postings[self.starts[seed] as usize..self.starts[seed + 1] as usize]
    }

    /// How many seeds there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}

/// Turns away nearly all windows that are those of no item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter<'a> {
    words: &'a [u64],
    mask: usize,
}

impl Filter<'_> {
    /// Whether a window may be one of an item: never no for one that is, seldom yes for one that is not.
    #[inline(always)]
    pub(crate) fn may_hold(self, hash: u64) -> bool {
        let bits = bits(hash);
        self.words.get((hash >> 32) as usize & self.mask).is_some_and(|word| word & bits == bits)
    }
}

#[inline(always)]
fn bits(hash: u64) -> u64 {
    (1 << (hash & 63)) | (1 << ((hash >> 6) & 63)) | (1 << ((hash >> 12) & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every window the plain way: units are taken from the end until they weigh enough.
    fn plain(keys: &[u64], least: u32) -> Vec<(usize, usize, u64)> {
        let mut all = Vec::new();
        for last in 0..keys.len() {
            let weigh = |first: usize| keys[first..=last].iter().map(|key| weight(*key)).sum::<u32>();
            if let Some(first) = (0..=last).rev().find(|first| weigh(*first) >= least) {
                let hash =
                    keys[first..=last].iter().fold(0_u64, |hash, key| hash.wrapping_mul(BASE).wrapping_add(*key));
                all.push((first, last, spread(hash)));
            }
        }
        all
    }

    proptest! {
        #[test]
        fn windows_are_those_of_the_plain_way(keys in prop::collection::vec(0_u64..6, 0..60), least in 1_u32..15) {
            let mut found = Vec::new();
            windows(keys.len(), |at| keys[at], least, |first, last, hash| found.push((first, last, hash)));
            prop_assert_eq!(found, plain(&keys, least));
        }

        #[test]
        fn the_table_knows_its_windows_and_no_others(
            hashes in prop::collection::btree_set(1_u64.., 0..200),
            others in prop::collection::vec(1_u64.., 100),
        ) {
            let at = |sequence: usize| Posting { sequence: sequence as u32, last: 0 };
            let windows: Vec<(u64, Posting)> =
                hashes.iter().enumerate().flat_map(|(at_hash, hash)| [(*hash, at(at_hash)), (*hash, at(at_hash + 1))]).collect();
            let table = Table::new(&windows);
            prop_assert_eq!(table.len(), hashes.len());
            for (seed, hash) in (0_u32..).zip(&hashes) {
                prop_assert!(table.filter().may_hold(*hash));
                prop_assert_eq!(table.seed(*hash), Some(seed));
                prop_assert_eq!(table.postings(seed), [at(seed as usize), at(seed as usize + 1)]);
            }
            for other in others.iter().filter(|other| !hashes.contains(*other)) {
                prop_assert_eq!(table.seed(*other), None);
            }
        }
    }
}
