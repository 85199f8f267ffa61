//! The loops that every weight goes through.

use super::SKETCH;
use super::bf16::Lanes as Words;
use super::number::decode;
use super::sums::Sums;
use crate::weights::Dtype;

/// Floats side by side in a register.
const LANES: usize = 8;

/// Weights whose sums are kept in floats of 32 bits before they are added in double precision.
const RUN: usize = 4096;

/// Runs `work` compiled for the widest instructions that this machine has.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Adds weights to the sketch of their unit and returns their sums. The first of them lies at a multiple of [`SKETCH`].
#[inline(always)]
pub(super) fn row(values: &[f32], signs: &[u32], sketch: &mut [f32; SKETCH]) -> Sums {
    let mut sums = Sums::default();
    for (values, signs) in values.chunks(RUN).zip(signs.chunks(RUN)) {
        let before = *sketch;
        let mut run = run(values, signs, sketch);
        if !run.is_sound() {
            *sketch = before;
            run = careful(values, signs, sketch);
        }
        sums.add(&run);
    }
    sums
}

/// The same for a row in bf16, as it stands in the file. `signs` are those of the row, one a word and two a word.
pub(super) fn row_bf16(lanes: Words, bytes: &[u8], signs: (&[u32], &[u32]), sketch: &mut [f32; SKETCH]) -> Sums {
    let mut sums = Sums::default();
    let mut copy = Vec::new();
    let whole = bytes.len() / 2 / SKETCH * SKETCH;
    let (packed, rest) = bytes.split_at(2 * whole);
    let words = words(packed, &mut copy);
    for (number, (words, pairs)) in words.chunks(RUN / 2).zip(signs.1.chunks(RUN / 2)).enumerate() {
        let before = *sketch;
        let mut run = lanes.row(words, pairs, sketch);
        if !run.is_sound() {
            *sketch = before;
            let signs = &signs.0[number * RUN..][..2 * words.len()];
            run = careful(&unpacked(pulp::bytemuck::cast_slice(words)), signs, sketch);
        }
        sums.add(&run);
    }
    if !rest.is_empty() {
        sums.add(&row(&unpacked(rest), &signs.0[whole..], sketch));
    }
    sums
}

fn unpacked(bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; bytes.len() / 2];
    decode(Dtype::Bf16, bytes, &mut values);
    values
}

/// Bytes as words, copied where they do not lie at the boundary of one.
pub(super) fn words<'a>(bytes: &'a [u8], copy: &'a mut Vec<u32>) -> &'a [u32] {
    match pulp::bytemuck::try_cast_slice(bytes) {
        Ok(words) => words,
        Err(_) => {
            copy.clear();
            copy.extend(bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_ne_bytes(*bytes)));
            copy
        }
    }
}

#[inline(always)]
fn run(values: &[f32], signs: &[u32], sketch: &mut [f32; SKETCH]) -> Sums {
    let mut lanes = Lanes::default();
    let (whole, rest) = values.as_chunks::<SKETCH>();
    let (whole_signs, rest_signs) = signs.as_chunks::<SKETCH>();
    for (values, signs) in whole.iter().zip(whole_signs) {
        block(values, signs, sketch, &mut lanes);
    }
    let mut sums = lanes.sums();
    sums.count = values.len() as u64;
    if !rest.is_empty() {
        let mut padded = ([0.0; SKETCH], [0; SKETCH]);
        padded.0[..rest.len()].copy_from_slice(rest);
        padded.1[..rest.len()].copy_from_slice(&rest_signs[..rest.len()]);
        let mut last = Lanes::default();
        block(&padded.0, &padded.1, sketch, &mut last);
        let mut last = last.sums();
        last.zeros -= (SKETCH - rest.len()) as u64;
        sums.add(&last);
    }
    sums
}

#[inline(always)]
fn block(values: &[f32; SKETCH], signs: &[u32; SKETCH], sketch: &mut [f32; SKETCH], lanes: &mut Lanes) {
    for ((value, sign), number) in values.iter().zip(signs).zip(sketch) {
        *number += f32::from_bits(value.to_bits() ^ sign);
    }
    for values in values.as_chunks::<LANES>().0 {
        lanes.add(values);
    }
}

/// Sums of powers in the lanes of registers.
#[derive(Default)]
struct Lanes {
    powers: [[f32; LANES]; 4],
    zeros: [u32; LANES],
}

impl Lanes {
    #[inline(always)]
    fn add(&mut self, values: &[f32; LANES]) {
        let [one, two, three, four] = &mut self.powers;
        for lane in 0..LANES {
            let value = values[lane];
            let square = value * value;
            one[lane] += value;
            two[lane] += square;
            three[lane] = square.mul_add(value, three[lane]);
            four[lane] = square.mul_add(square, four[lane]);
            self.zeros[lane] += u32::from(value == 0.0);
        }
    }

    fn sums(&self) -> Sums {
        let powers = self.powers.map(|lanes| lanes.iter().map(|lane| f64::from(*lane)).sum());
        Sums { count: 0, broken: 0, zeros: self.zeros.iter().map(|lane| u64::from(*lane)).sum(), powers }
    }
}

/// The same weight by weight, broken weights as if they were zero.
#[cold]
#[inline(never)]
fn careful(values: &[f32], signs: &[u32], sketch: &mut [f32; SKETCH]) -> Sums {
    for (place, (value, sign)) in values.iter().zip(signs).enumerate() {
        if value.is_finite() {
            sketch[place % SKETCH] += f32::from_bits(value.to_bits() ^ sign);
        }
    }
    Sums::careful(values)
}

/// Adds four rows of a matrix to what is kept for each of its columns: `sketch`, the same number of every column's sketch,
/// and `squares`. A sign is 1 or -1.
#[inline(always)]
pub(super) fn columns(rows: [&[f32]; 4], signs: [f32; 4], sketch: &mut [f32], squares: &mut [f32]) -> Sums {
    let mut sums = Sums::default();
    let width = sketch.len();
    let rows = rows.map(|row| &row[..width]);
    let squares = &mut squares[..width];
    for place in 0..width {
        let values = rows.map(|row| row[place]);
        let mut number = sketch[place];
        let mut square = squares[place];
        for (value, sign) in values.iter().zip(signs) {
            number = value.mul_add(sign, number);
            square = value.mul_add(*value, square);
        }
        sketch[place] = number;
        squares[place] = square;
    }
    for row in rows {
        let mut lanes = Lanes::default();
        let (whole, rest) = row.as_chunks::<LANES>();
        whole.iter().for_each(|values| lanes.add(values));
        let mut of_row = lanes.sums();
        of_row.count = whole.len() as u64 * LANES as u64;
        of_row.add(&Sums::careful(rest));
        if !of_row.is_sound() {
            of_row = Sums::careful(row);
        }
        sums.add(&of_row);
    }
    sums
}

/// A sketch in 64 steps of eight bits: its numbers are the codes times the scale.
#[inline(always)]
pub(super) fn quantise(sketch: &[f32; SKETCH], codes: &mut [i8]) -> f32 {
    let most = sketch.iter().fold(0.0f32, |most, number| if number.abs() > most { number.abs() } else { most });
    let most = most.min(f32::MAX);
    let scale = most / 127.0;
    let inverse = if scale > 0.0 { 127.0 / most } else { 0.0 };
    for (code, number) in codes.iter_mut().zip(sketch) {
        *code = (number * inverse).round_ties_even().clamp(-127.0, 127.0) as i8;
    }
    scale
}
