//! The loops for weights in bf16, which most weights are: two to a word, and never unpacked into memory.
//!
//! A word of 32 bits holds two neighbours. Shifted up it is the first as a float, with its lower half cleared the second.
//! Eight words make two registers: the even and the odd ones of sixteen weights. All sums run in one fixed order, so that
//! a machine without AVX2 and FMA finds the same bits, slower.

use pulp::{Scalar256b, Simd, WithSimd, f32x8, m32x8, u32x8};

use super::SKETCH;
use super::sums::Sums;

/// Words side by side.
const LANES: usize = 8;

/// What computes eight words at a time here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    #[cfg(target_arch = "x86_64")]
    fast: Option<pulp::x86::V3>,
}

trait Eight {
    fn run<S: Simd<f32s = f32x8, u32s = u32x8, m32s = m32x8>>(self, simd: S) -> Sums;
}

struct Carried<S, E> {
    simd: S,
    inner: E,
}

impl<S: Simd<f32s = f32x8, u32s = u32x8, m32s = m32x8>, E: Eight> WithSimd for Carried<S, E> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<T: Simd>(self, _same: T) -> Sums {
        self.inner.run(self.simd)
    }
}

impl Lanes {
    /// The fastest that this machine has.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            fast: pulp::x86::V3::try_new(),
        }
    }

    /// The one that every machine has.
    #[cfg(test)]
    fn portable() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            fast: None,
        }
    }

    fn run<E: Eight>(self, inner: E) -> Sums {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = self.fast {
            return Simd::vectorize(simd, Carried { simd, inner });
        }
        inner.run(Scalar256b)
    }

    /// Adds weights, a multiple of [`SKETCH`], to the sketch of their unit, and returns their sums. In `signs` the signs of
    /// two neighbours stand in a word, as the weights do.
    pub(super) fn row(self, words: &[u32], signs: &[u32], sketch: &mut [f32; SKETCH]) -> Sums {
        let mut sums = self.run(Row { words, signs, sketch });
        sums.count = 2 * words.len() as u64;
        sums
    }

    /// Adds four rows of a matrix, a multiple of sixteen columns, to what is kept of its columns: one number of their
    /// sketches, and squares. Of sixteen columns the even ones are kept before the odd ones: see [`column()`].
    pub(super) fn columns(self, rows: [&[u32]; 4], signs: [f32; 4], sketch: &mut [f32], squares: &mut [f32]) -> Sums {
        let mut sums = self.run(Columns { rows, signs, sketch, squares });
        sums.count = 8 * rows[0].len() as u64;
        sums
    }
}

/// Which column is kept at a place.
pub(super) fn column(place: usize) -> usize {
    let (group, within) = (place / (2 * LANES), place % (2 * LANES));
    group * 2 * LANES + within % LANES * 2 + within / LANES
}

/// Sums of powers, but for the squares, and zeros.
struct Powers<S: Simd> {
    one: S::f32s,
    three: S::f32s,
    four: S::f32s,
    zeros: S::u32s,
}

impl<S: Simd<f32s = f32x8, u32s = u32x8, m32s = m32x8>> Powers<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zero = simd.splat_f32s(0.0);
        Self { one: zero, three: zero, four: zero, zeros: simd.splat_u32s(0) }
    }

    /// Adds eight weights, whose squares are known.
    #[inline(always)]
    fn add(&mut self, simd: S, values: f32x8, squares: f32x8) {
        self.one = simd.add_f32s(self.one, values);
        self.three = simd.mul_add_f32s(squares, values, self.three);
        self.four = simd.mul_add_f32s(squares, squares, self.four);
        let is_zero = simd.transmute_u32s_m32s(simd.equal_f32s(values, simd.splat_f32s(0.0)));
        // The mask of a zero is -1.
        self.zeros = simd.sub_u32s(self.zeros, is_zero);
    }

    fn sums(&self, squares: f64) -> Sums {
        let zeros: [u32; LANES] = pulp::bytemuck::cast(self.zeros);
        let [one, three, four] = [self.one, self.three, self.four].map(total);
        let zeros = zeros.iter().map(|lane| u64::from(*lane)).sum();
        Sums { count: 0, broken: 0, zeros, powers: [one, squares, three, four] }
    }
}

fn total(lanes: f32x8) -> f64 {
    let lanes: [f32; LANES] = pulp::bytemuck::cast(lanes);
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

/// The even and the odd weights of eight words.
#[inline(always)]
fn halves<S: Simd<f32s = f32x8, u32s = u32x8>>(simd: S, words: u32x8) -> [f32x8; 2] {
    let even = simd.wrapping_dyn_shl_u32s(words, simd.splat_u32s(16));
    let odd = simd.and_u32s(words, simd.splat_u32s(0xffff_0000));
    [simd.transmute_f32s_u32s(even), simd.transmute_f32s_u32s(odd)]
}

struct Row<'a> {
    words: &'a [u32],
    signs: &'a [u32],
    sketch: &'a mut [f32; SKETCH],
}

/// Registers of words in a run of [`SKETCH`] weights.
const REGISTERS: usize = SKETCH / 2 / LANES;

impl Eight for Row<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8, u32s = u32x8, m32s = m32x8>>(self, simd: S) -> Sums {
        let (words, signs) = (S::as_simd_u32s(self.words).0, S::as_simd_u32s(self.signs).0);
        let (words, signs) = (words.as_chunks::<REGISTERS>().0, signs.as_chunks::<REGISTERS>().0);
        let mut numbers = [[simd.splat_f32s(0.0); 2]; REGISTERS];
        let mut powers = Powers::<S>::new(simd);
        let mut squares = [simd.splat_f32s(0.0); 2];
        for (words, signs) in words.iter().zip(signs) {
            for register in 0..REGISTERS {
                let signed = halves(simd, simd.xor_u32s(words[register], signs[register]));
                let plain = halves(simd, words[register]);
                for side in 0..2 {
                    numbers[register][side] = simd.add_f32s(numbers[register][side], signed[side]);
                    let square = simd.mul_f32s(plain[side], plain[side]);
                    squares[side] = simd.add_f32s(squares[side], square);
                    powers.add(simd, plain[side], square);
                }
            }
        }
        for (register, numbers) in numbers.iter().enumerate() {
            for (side, numbers) in numbers.iter().enumerate() {
                let lanes: [f32; LANES] = pulp::bytemuck::cast(*numbers);
                for (lane, number) in lanes.into_iter().enumerate() {
                    self.sketch[2 * (register * LANES + lane) + side] += number;
                }
            }
        }
        powers.sums(total(squares[0]) + total(squares[1]))
    }
}

struct Columns<'a> {
    rows: [&'a [u32]; 4],
    signs: [f32; 4],
    sketch: &'a mut [f32],
    squares: &'a mut [f32],
}

impl Eight for Columns<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8, u32s = u32x8, m32s = m32x8>>(self, simd: S) -> Sums {
        let rows = self.rows.map(|row| S::as_simd_u32s(row).0);
        let count = rows[0].len();
        let rows = rows.map(|row| &row[..count]);
        let signs = self.signs.map(|sign| simd.splat_f32s(sign));
        let sketch = &mut S::as_mut_simd_f32s(self.sketch).0.as_chunks_mut::<2>().0[..count];
        let kept = &mut S::as_mut_simd_f32s(self.squares).0.as_chunks_mut::<2>().0[..count];
        let mut powers = Powers::<S>::new(simd);
        let mut all = [simd.splat_f32s(0.0); 2];
        for place in 0..count {
            let (numbers, kept) = (&mut sketch[place], &mut kept[place]);
            let mut squares = [simd.splat_f32s(0.0); 2];
            for (row, sign) in rows.iter().zip(signs) {
                let values = halves(simd, row[place]);
                for side in 0..2 {
                    numbers[side] = simd.mul_add_f32s(values[side], sign, numbers[side]);
                    let square = simd.mul_f32s(values[side], values[side]);
                    squares[side] = simd.add_f32s(squares[side], square);
                    powers.add(simd, values[side], square);
                }
            }
            for side in 0..2 {
                kept[side] = simd.add_f32s(kept[side], squares[side]);
                all[side] = simd.add_f32s(all[side], squares[side]);
            }
        }
        powers.sums(total(all[0]) + total(all[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize, seed: u32) -> Vec<u32> {
        let half = |place: u32| {
            let value = ((place.wrapping_mul(2_654_435_761) ^ seed) >> 16) as f32 / 40_000.0 - 0.8;
            if place.is_multiple_of(97) { 0 } else { value.to_bits() >> 16 }
        };
        (0..count as u32).map(|place| half(2 * place) | half(2 * place + 1) << 16).collect()
    }

    fn floats(words: &[u32]) -> Vec<f32> {
        words.iter().flat_map(|word| [f32::from_bits(word << 16), f32::from_bits(word & 0xffff_0000)]).collect()
    }

    #[test]
    fn a_row_is_what_its_weights_say_on_every_machine() {
        let (words, signs) = (words(32 * 20, 1), vec![0x8000_0000; 32 * 20]);
        let mut sketches = [[0.0; SKETCH]; 2];
        let sums = Lanes::new().row(&words, &signs, &mut sketches[0]);
        assert_eq!(sums, Lanes::portable().row(&words, &signs, &mut sketches[1]));
        assert_eq!(sketches[0], sketches[1]);
        let values = floats(&words);
        let plain = Sums::careful(&values);
        assert_eq!((sums.count, sums.zeros), (plain.count, plain.zeros));
        for (found, exact) in sums.powers.iter().zip(plain.powers) {
            assert!((found - exact).abs() < 1e-3 * plain.powers[1], "{found} {exact}");
        }
        let mut exact = [0.0; SKETCH];
        for (place, value) in values.iter().enumerate() {
            exact[place % SKETCH] += if place % 2 == 1 { -value } else { *value };
        }
        assert!(exact.iter().zip(sketches[0]).all(|(exact, found)| (exact - found).abs() < 1e-4));
    }

    #[test]
    fn columns_are_what_their_weights_say_on_every_machine() {
        let rows: Vec<Vec<u32>> = (0..4).map(|row| words(24, row)).collect();
        let rows: [&[u32]; 4] = std::array::from_fn(|row| &rows[row][..]);
        let signs = [1.0, -1.0, -1.0, 1.0];
        let mut kept = [[[0.0; 48]; 2]; 2];
        let mut sums = [Sums::default(); 2];
        for ((lanes, [sketch, squares]), sums) in
            [Lanes::new(), Lanes::portable()].into_iter().zip(&mut kept).zip(&mut sums)
        {
            *sums = lanes.columns(rows, signs, sketch, squares);
        }
        assert_eq!((kept[0], sums[0]), (kept[1], sums[1]));
        let values = rows.map(floats);
        assert_eq!(sums[0].count, 4 * 48);
        for place in 0..48 {
            let of = values.each_ref().map(|row| row[column(place)]);
            let number: f32 = of.iter().zip(signs).map(|(value, sign)| value * sign).sum();
            let square: f32 = of.iter().map(|value| value * value).sum();
            assert!((kept[0][0][place] - number).abs() < 1e-5 && (kept[0][1][place] - square).abs() < 1e-5);
        }
    }
}
