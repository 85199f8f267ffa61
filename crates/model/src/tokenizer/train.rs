//! Training byte-pair encoding (Sennrich et al. 2016) on bytes (GPT-2): the pair that occurs most is merged, until the
//! vocabulary is full.
//!
//! Text is cut into pieces and equal pieces are counted once. Counts of pairs are then kept up to date merge by merge:
//! only the pieces that hold the merged pair are looked at again. Of pairs equally frequent the one of smaller ids
//! (left, then right) is merged first, which is also the order of Hugging Face `tokenizers`. The result depends on
//! the counts alone, so not on the order of the texts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::hash::{hash_bytes, hash_pair};
use super::split::{Pieces, Splitter};
use super::write::Frame;
use super::{Added, END_OF_TEXT, Parts, TURN_END, TURN_START, Tokenizer, Vocabulary, alphabet};

/// What to train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainOptions {
    /// Ids in all: special tokens, 256 bytes and merges. Fewer come out where the text has no more pairs that occur
    /// twice.
    pub vocab_size: usize,
    /// Special tokens; their ids are 0, 1, 2 and so on.
    pub specials: Vec<String>,
}

impl TrainOptions {
    /// So many ids, with the special tokens of this project: [`END_OF_TEXT`], [`TURN_START`] and [`TURN_END`].
    #[must_use]
    pub fn new(vocab_size: usize) -> Self {
        Self { vocab_size, specials: [END_OF_TEXT, TURN_START, TURN_END].map(String::from).to_vec() }
    }
}

/// Why no tokenizer can be trained so.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrainFault {
    /// There is no room for all bytes.
    #[error("a vocabulary of {asked} ids is too small: {least} are needed for the special tokens and the 256 bytes")]
    TooSmall {
        /// The size asked for.
        asked: usize,
        /// The least that works.
        least: usize,
    },
    /// Ids are 32 bits, and the largest is kept free.
    #[error("a vocabulary of {asked} ids is too large: the most is {most}")]
    TooLarge {
        /// The size asked for.
        asked: usize,
        /// The most that works.
        most: usize,
    },
    /// Two special tokens are the same.
    #[error("the special token `{0}` is given twice")]
    Twice(String),
    /// A special token has no text.
    #[error("a special token is empty; give it a text such as `<|endoftext|>`")]
    Empty,
    /// The pattern leaves the special token whole, so that merges could make it.
    #[error("the special token `{0}` could come out of ordinary text; choose a text such as `<|{0}|>`")]
    Ordinary(String),
}

/// The least count of a pair that is worth an id.
const LEAST: u64 = 2;
/// Longer pieces (lines of dashes, encoded data) are no words: they are not learned from.
const LONGEST: usize = 4096;

/// Trains a tokenizer with the pre-tokenisation of Qwen2.
///
/// # Errors
///
/// [`TrainFault`] where the options contradict themselves.
pub fn train<T: AsRef<str>>(
    texts: impl IntoIterator<Item = T>,
    options: &TrainOptions,
) -> Result<Tokenizer, TrainFault> {
    check(options)?;
    let mut counter = Counter::new();
    for text in texts {
        counter.count(text.as_ref());
    }
    let first = options.specials.len() as u32;
    let room = options.vocab_size - options.specials.len() - 256;
    let merges = Trainer::new(counter, first).merge(room, first + 256);
    Ok(assemble(options, merges))
}

fn check(options: &TrainOptions) -> Result<(), TrainFault> {
    const MOST: usize = 1 << 24;
    let least = options.specials.len() + 256;
    for (place, special) in options.specials.iter().enumerate() {
        if special.is_empty() {
            return Err(TrainFault::Empty);
        }
        if options.specials[..place].contains(special) {
            return Err(TrainFault::Twice(special.clone()));
        }
        // As a name in the vocabulary it stands beside the names of merged bytes.
        if alphabet::unspell(special).is_some_and(|bytes| Pieces::new(&String::from_utf8_lossy(&bytes), 1).count() == 1)
        {
            return Err(TrainFault::Ordinary(special.clone()));
        }
    }
    match options.vocab_size {
        asked if asked < least => Err(TrainFault::TooSmall { asked, least }),
        asked if asked > MOST => Err(TrainFault::TooLarge { asked, most: MOST }),
        _ => Ok(()),
    }
}

fn assemble(options: &TrainOptions, merges: Vec<(u32, u32, u32)>) -> Tokenizer {
    let mut vocabulary = Vocabulary::default();
    let mut added = Vec::new();
    for (content, id) in options.specials.iter().zip(0..) {
        vocabulary.push(content.as_bytes(), true);
        vocabulary.odd.insert(id, content.clone());
        added.push(Added { id, content: content.clone(), special: true, normalized: false });
    }
    let first = added.len() as u32;
    for byte in alphabet::ORDER {
        vocabulary.push(&[byte], true);
    }
    for &(left, right, _) in &merges {
        let made = [vocabulary.bytes(left), vocabulary.bytes(right)].concat();
        vocabulary.push(&made, true);
    }
    Parts {
        vocabulary,
        merges,
        bytes: byte_ids(first),
        added,
        splitters: vec![Splitter::Known { digits: 1 }],
        normalizes: false,
        ignores_merges: false,
        beginning: Vec::new(),
        frame: Frame::ours(),
    }
    .assemble()
}

/// The id of each byte, in the order of their names.
fn byte_ids(first: u32) -> [u32; 256] {
    let mut ids = [0; 256];
    for (byte, id) in alphabet::ORDER.iter().zip(first..) {
        ids[usize::from(*byte)] = id;
    }
    ids
}

/// How often each piece occurs: an open-addressing table over one store of bytes.
struct Counter {
    /// Half of the hash, and the place in `words` plus one; zero where the slot is free.
    slots: Vec<(u32, u32)>,
    words: Vec<Word>,
    bytes: Vec<u8>,
}

struct Word {
    start: usize,
    length: usize,
    count: u64,
}

impl Counter {
    fn new() -> Self {
        Self { slots: vec![(0, 0); 1 << 16], words: Vec::new(), bytes: Vec::new() }
    }

    fn count(&mut self, text: &str) {
        for (start, end) in Pieces::new(text, 1) {
            if end - start <= LONGEST {
                self.add(&text.as_bytes()[start..end]);
            }
        }
    }

    fn add(&mut self, word: &[u8]) {
        let hash = hash_bytes(word);
        let (mut slot, tag) = (self.slot(hash), hash as u32);
        while self.slots[slot].1 != 0 {
            let (found, place) = self.slots[slot];
            let known = &mut self.words[place as usize - 1];
            if found == tag && self.bytes[known.start..known.start + known.length] == *word {
                known.count += 1;
                return;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.words.push(Word { start: self.bytes.len(), length: word.len(), count: 1 });
        self.bytes.extend_from_slice(word);
        self.slots[slot] = (tag, self.words.len() as u32);
        if self.words.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn slot(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        self.slots = vec![(0, 0); self.slots.len() * 4];
        for (word, place) in self.words.iter().zip(1..) {
            let hash = hash_bytes(&self.bytes[word.start..word.start + word.length]);
            let mut slot = (hash >> 32) as usize & (self.slots.len() - 1);
            while self.slots[slot].1 != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = (hash as u32, place);
        }
    }
}

/// The state of training.
struct Trainer {
    /// The symbols of all words, one after the other.
    symbols: Vec<u32>,
    /// Where each word begins, how many symbols it has now, and how often it occurs.
    words: Vec<Word>,
    pairs: PairCounts,
}

/// Counts of pairs and the words that hold them.
struct PairCounts {
    /// The pair, and its place plus one; zero where the slot is free.
    slots: Vec<(u64, u32)>,
    pairs: Vec<Pair>,
}

struct Pair {
    left: u32,
    right: u32,
    count: u64,
    /// Words that held the pair when its younger symbol was made, in order. None are added later: a pair comes into
    /// being only where its younger symbol does.
    places: Vec<u32>,
}

impl PairCounts {
    fn new() -> Self {
        Self { slots: vec![(0, 0); 1 << 16], pairs: Vec::new() }
    }

    fn slot(slots: &[(u64, u32)], key: u64) -> usize {
        let mut slot = (hash_pair(key) >> 32) as usize & (slots.len() - 1);
        while slots[slot].1 != 0 && slots[slot].0 != key {
            slot = (slot + 1) & (slots.len() - 1);
        }
        slot
    }

    /// The place of a pair, which is made if it is new.
    fn place(&mut self, left: u32, right: u32) -> usize {
        let key = u64::from(left) << 32 | u64::from(right);
        let slot = Self::slot(&self.slots, key);
        if let Some(place) = self.slots[slot].1.checked_sub(1) {
            return place as usize;
        }
        self.pairs.push(Pair { left, right, count: 0, places: Vec::new() });
        self.slots[slot] = (key, self.pairs.len() as u32);
        if self.pairs.len() * 2 > self.slots.len() {
            let mut larger = vec![(0, 0); self.slots.len() * 2];
            for &(key, place) in self.slots.iter().filter(|slot| slot.1 != 0) {
                let slot = Self::slot(&larger, key);
                larger[slot] = (key, place);
            }
            self.slots = larger;
        }
        self.pairs.len() - 1
    }

    fn add(&mut self, left: u32, right: u32, word: u32, count: u64) -> usize {
        let place = self.place(left, right);
        let pair = &mut self.pairs[place];
        pair.count += count;
        if pair.places.last() != Some(&word) {
            pair.places.push(word);
        }
        place
    }

    fn take(&mut self, left: u32, right: u32, count: u64) {
        let place = self.place(left, right);
        self.pairs[place].count = self.pairs[place].count.saturating_sub(count);
    }

    /// What the heap is ordered by: most frequent first, then smaller ids.
    fn rank(&self, place: usize) -> (u64, Reverse<(u32, u32)>, usize) {
        let Pair { left, right, count, .. } = self.pairs[place];
        (count, Reverse((left, right)), place)
    }
}

impl Trainer {
    fn new(Counter { words, bytes, .. }: Counter, first: u32) -> Self {
        let ids = byte_ids(first);
        let symbols: Vec<u32> = bytes.iter().map(|&byte| ids[usize::from(byte)]).collect();
        let mut pairs = PairCounts::new();
        for (word, place) in words.iter().zip(0..) {
            for two in symbols[word.start..word.start + word.length].windows(2) {
                pairs.add(two[0], two[1], place, word.count);
            }
        }
        Self { symbols, words, pairs }
    }

    /// Makes at most `room` merges; the first makes id `made`.
    fn merge(mut self, room: usize, mut made: u32) -> Vec<(u32, u32, u32)> {
        let mut heap: BinaryHeap<_> = (0..self.pairs.pairs.len()).map(|place| self.pairs.rank(place)).collect();
        let mut merges = Vec::with_capacity(room);
        while merges.len() < room
            && let Some((count, _, place)) = heap.pop()
        {
            let now = self.pairs.rank(place);
            if now.0 < LEAST {
                continue;
            }
            // Counts of pairs in the heap only fall: one that has fallen goes back to where it now belongs.
            if now.0 != count {
                heap.push(now);
                continue;
            }
            let before = self.pairs.pairs.len();
            let Pair { left, right, .. } = self.pairs.pairs[place];
            let places = std::mem::take(&mut self.pairs.pairs[place].places);
            for word in places {
                self.merge_in(word, (left, right), made);
            }
            self.pairs.pairs[place].count = 0;
            // Pairs that gained are exactly the new ones.
            heap.extend((before..self.pairs.pairs.len()).map(|place| self.pairs.rank(place)));
            merges.push((left, right, made));
            made += 1;
        }
        merges
    }

    /// Merges the pair wherever it stands in one word, and keeps the counts.
    fn merge_in(&mut self, word: u32, (left, right): (u32, u32), made: u32) {
        let Word { start, length, count } = self.words[word as usize];
        let symbols = &mut self.symbols[start..start + length];
        let (mut read, mut write) = (0, 0);
        while read < length {
            let symbol = symbols[read];
            if symbol != left || symbols[read + 1..].first() != Some(&right) {
                symbols[write] = symbol;
                (read, write) = (read + 1, write + 1);
                continue;
            }
            if let Some(before) = symbols[..write].last().copied() {
                self.pairs.take(before, left, count);
                self.pairs.add(before, made, word, count);
            }
            if let Some(after) = symbols[read + 2..].first().copied() {
                self.pairs.take(right, after, count);
                self.pairs.add(made, after, word, count);
            }
            symbols[write] = made;
            (read, write) = (read + 2, write + 1);
        }
        self.words[word as usize].length = write;
    }
}
