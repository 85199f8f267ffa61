//! CPython's `random.Random`: the same numbers from the same seed.
//!
//! The generator is MT19937 (Matsumoto and Nishimura, 1998), seeded with `init_by_array`; how numbers become choices is
//! `Lib/random.py` of CPython 3.11.

use sha2::{Digest, Sha512};

const SIZE: usize = 624;
const MIDDLE: usize = 397;

/// A stream of random numbers, CPython's `random.Random`.
#[derive(Clone, Debug)]
pub struct Random {
    words: Box<[u32; SIZE]>,
    next: usize,
}

impl Random {
    /// `Random(seed)` for a whole number; its sign does not count, as in CPython.
    pub fn new(seed: i64) -> Self {
        let size = seed.unsigned_abs();
        let (low, high) = (halves(size).0, halves(size).1);
        if high == 0 { Self::from_key(&[low]) } else { Self::from_key(&[low, high]) }
    }

    /// `Random(seed)` for a text: the text and its SHA-512 as one big number.
    pub fn from_text(seed: &str) -> Self {
        let mut bytes = seed.as_bytes().to_vec();
        bytes.extend_from_slice(&Sha512::digest(seed.as_bytes()));
        let mut key: Vec<u32> =
            bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte))).collect();
        while key.len() > 1 && key.last() == Some(&0) {
            key.pop();
        }
        Self::from_key(&key)
    }

    fn from_word(seed: u32) -> Self {
        let mut words = Box::new([0_u32; SIZE]);
        words[0] = seed;
        let mut last = seed;
        for (place, word) in (0_u32..).zip(words.iter_mut()).skip(1) {
            last = 1_812_433_253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(place);
            *word = last;
        }
        Self { words, next: SIZE }
    }

    fn from_key(key: &[u32]) -> Self {
        let mut made = Self::from_word(19_650_218);
        let words = &mut made.words;
        let (mut place, mut of_key) = (1, 0);
        for _ in 0..SIZE.max(key.len()) {
            let last = words[place - 1];
            let mixed = words[place] ^ (last ^ (last >> 30)).wrapping_mul(1_664_525);
            #[expect(clippy::cast_possible_truncation, reason = "a key has few words")]
            let offset = of_key as u32;
            words[place] = mixed.wrapping_add(key[of_key]).wrapping_add(offset);
            place = Self::step(words, place);
            of_key = (of_key + 1) % key.len();
        }
        for _ in 1..SIZE {
            let last = words[place - 1];
            let mixed = words[place] ^ (last ^ (last >> 30)).wrapping_mul(1_566_083_941);
            #[expect(clippy::cast_possible_truncation, reason = "a place is below 624")]
            let offset = place as u32;
            words[place] = mixed.wrapping_sub(offset);
            place = Self::step(words, place);
        }
        words[0] = 0x8000_0000;
        made
    }

    fn step(words: &mut [u32; SIZE], place: usize) -> usize {
        if place + 1 < SIZE {
            return place + 1;
        }
        words[0] = words[SIZE - 1];
        1
    }

    fn refill(&mut self) {
        for place in 0..SIZE {
            let joined = (self.words[place] & 0x8000_0000) | (self.words[(place + 1) % SIZE] & 0x7fff_ffff);
            let twist = if joined & 1 == 0 { 0 } else { 0x9908_b0df };
            self.words[place] = self.words[(place + MIDDLE) % SIZE] ^ (joined >> 1) ^ twist;
        }
        self.next = 0;
    }

    fn word(&mut self) -> u32 {
        if self.next == SIZE {
            self.refill();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// `getrandbits(count)`, for at most 64 bits; of a greater `count`, 64 are drawn.
    pub fn getrandbits(&mut self, count: u32) -> u64 {
        match count.min(64) {
            0 => 0,
            few @ 1..=32 => u64::from(self.word() >> (32 - few)),
            many => {
                let low = u64::from(self.word());
                low | (u64::from(self.word() >> (64 - many)) << 32)
            }
        }
    }

    /// A whole number below `bound`, all alike; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let bits = u64::BITS - bound.leading_zeros();
        loop {
            let drawn = self.getrandbits(bits);
            if drawn < bound {
                return drawn;
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    fn below_index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// `random()`: a float from 0 up to 1, of 53 bits.
    pub fn random(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `uniform(low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }

    /// `randint(low, high)`: a whole number from `low` to `high`, both among them; `low` where there is none.
    pub fn randint(&mut self, low: i64, high: i64) -> i64 {
        let Some(count) = high.checked_sub(low).and_then(|width| u64::try_from(width).ok()).map(|width| width + 1)
        else {
            return low;
        };
        low.wrapping_add_unsigned(self.below(count))
    }

    /// `choice(among)`; none of nothing.
    pub fn choice<'among, T>(&mut self, among: &'among [T]) -> Option<&'among T> {
        if among.is_empty() {
            return None;
        }
        let index = self.below_index(among.len());
        among.get(index)
    }

    /// The indices that `choices(population, k=count)` draws from a population of `size`.
    pub fn choices(&mut self, size: usize, count: usize) -> Vec<usize> {
        #[expect(clippy::cast_precision_loss, reason = "CPython does the same")]
        let width = size as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 up to the size")]
        (0..count).map(|_| (self.random() * width).floor() as usize).collect()
    }

    /// The indices that `choices(population, weights, k=count)` draws; nothing where the weights sum to nothing.
    pub fn choices_weighted(&mut self, weights: &[f64], count: usize) -> Vec<usize> {
        let mut total = 0.0;
        let sums: Vec<f64> = weights
            .iter()
            .map(|weight| {
                total += weight;
                total
            })
            .collect();
        if sums.is_empty() || total <= 0.0 {
            return Vec::new();
        }
        let last = sums.len() - 1;
        (0..count)
            .map(|_| {
                let drawn = self.random() * total;
                sums[..last].partition_point(|sum| *sum <= drawn)
            })
            .collect()
    }

    /// `shuffle(list)`, in place.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = self.below_index(place + 1);
            list.swap(place, other);
        }
    }

    /// The indices that `sample(population, count)` draws from a population of `size`; none if `count` is greater.
    ///
    /// CPython draws from a pool where the population is small and keeps a set of what it drew where it is large; the two
    /// give different numbers, so both are here.
    pub fn sample(&mut self, size: usize, count: usize) -> Option<Vec<usize>> {
        if count > size {
            return None;
        }
        let mut drawn = Vec::with_capacity(count);
        if size <= pool_limit(count) {
            let mut pool: Vec<usize> = (0..size).collect();
            for done in 0..count {
                let place = self.below_index(size - done);
                drawn.push(pool[place]);
                pool[place] = pool[size - done - 1];
            }
        } else {
            let mut seen = std::collections::BTreeSet::new();
            while drawn.len() < count {
                let place = self.below_index(size);
                if seen.insert(place) {
                    drawn.push(place);
                }
            }
        }
        Some(drawn)
    }
}

/// `21 + 4 ** ceil(log(3 * count, 4))`, or 21 for few: up to this size CPython draws from a pool.
fn pool_limit(count: usize) -> usize {
    if count <= 5 {
        return 21;
    }
    let mut power = 1_usize;
    while power < count.saturating_mul(3) {
        power = power.saturating_mul(4);
    }
    power.saturating_add(21)
}

#[expect(clippy::cast_possible_truncation, reason = "the halves are taken on purpose")]
fn halves(number: u64) -> (u32, u32) {
    (number as u32, (number >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Every value here was printed by CPython 3.11.7.

    #[test]
    fn the_stream_of_1234_is_cpythons() {
        let mut random = Random::new(1234);
        let floats = [0.966_453_535_692_138_8, 0.440_732_599_175_352_7, 0.007_491_470_058_587_191];
        for float in floats {
            assert_eq!(random.random().to_bits(), f64::to_bits(float));
        }
        let numbers: Vec<i64> = (0..6).map(|_| random.randint(-5, 17)).collect();
        assert_eq!(numbers, [13, -4, 16, 17, -3, -2]);
        assert_eq!(random.getrandbits(5), 24);
        assert_eq!(random.getrandbits(40), 259_221_186_088);
        assert_eq!(random.getrandbits(64), 568_418_237_137_955_362);
    }

    #[test]
    fn seeds_of_any_size_and_texts_are_taken() {
        let numbers = [
            (0, 0.844_421_851_525_048_1, 3_626_764_237),
            (1, 0.134_364_244_112_401_22, 577_090_037),
            (-7, 0.323_832_764_833_162_37, 1_390_851_128),
            (4_294_967_301, 0.157_272_387_187_897_82, 675_479_763),
            (4_611_686_018_427_387_905, 0.665_938_241_102_351_3, 2_860_182_956),
        ];
        for (seed, float, bits) in numbers {
            let mut random = Random::new(seed);
            let first = random.random();
            assert_eq!((first.to_bits(), Random::new(seed).getrandbits(32)), (f64::to_bits(float), bits), "{seed}");
        }
        let texts =
            [("", 0.960_225_652_564_187_5), ("hello", 0.353_775_440_473_072_2), ("한국", 0.534_964_496_131_998_5)];
        for (seed, float) in texts {
            assert_eq!(Random::from_text(seed).random().to_bits(), f64::to_bits(float), "{seed}");
        }
    }

    #[test]
    fn shuffles_and_choices_are_cpythons() {
        let mut random = Random::new(42);
        let mut list: Vec<usize> = (0..10).collect();
        random.shuffle(&mut list);
        assert_eq!(list, [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
        assert_eq!(random.choice(&['a', 'b', 'c', 'd', 'e', 'f', 'g']), Some(&'e'));
        assert_eq!(random.choices(6, 5), [2, 0, 1, 3, 0]);
        assert_eq!(random.choices_weighted(&[1.0, 2.0, 3.0, 4.0], 6), [1, 3, 2, 1, 2, 3]);
        assert_eq!(random.choice::<u8>(&[]), None);
    }

    #[test]
    fn samples_are_cpythons_in_both_branches() {
        let mut random = Random::new(1234);
        let small: Vec<_> = (0..3).filter_map(|_| random.sample(20, 5)).collect();
        assert_eq!(small, [[14, 3, 0, 2, 1], [2, 3, 11, 7, 0], [0, 19, 11, 15, 14]]);
        let mut random = Random::new(1234);
        let large: Vec<_> = (0..3).filter_map(|_| random.sample(1000, 5)).collect();
        assert_eq!(large, [[989, 796, 451, 119, 7], [92, 932, 965, 961, 826], [596, 35, 687, 709, 85]]);
        assert_eq!(random.sample(4, 5), None);
    }

    #[test]
    fn the_border_between_the_branches_is_cpythons() {
        let mut random = Random::new(9);
        assert_eq!(random.sample(85, 6), Some(vec![59, 78, 47, 34, 17, 23]));
        assert_eq!(random.sample(86, 6), Some(vec![0, 43, 64, 59, 77, 10]));
        assert_eq!(random.sample(3, 3), Some(vec![1, 0, 2]));
        let middle = random.sample(277, 21).unwrap();
        assert_eq!(middle[..6], [86, 231, 216, 80, 121, 26]);
        assert_eq!(random.sample(278, 22).unwrap()[..5], [174, 22, 102, 2, 210]);
    }
}
