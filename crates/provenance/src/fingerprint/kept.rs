//! What is kept of each column of a matrix while its rows go by.

use std::ops::Range;

use super::SKETCH;
use super::bf16::{self, Lanes};
use super::job::{BAND, Chunk};
use super::sums::Sums;
use super::{hash, kernel};

/// Columns that are worked on at once, so that what is kept of them stays in the first-level cache.
const TILE: usize = 1024;

/// What is kept of each column while rows go by.
pub(super) struct Kept {
    width: usize,
    /// [`BAND`] rows.
    band: Vec<f32>,
    /// Number `r` of the sketches of all columns, for each `r`.
    sketches: Vec<f32>,
    squares: Vec<f64>,
    upper: Vec<u64>,
    lower: Vec<u64>,
    /// Which columns have a lower half that is not zero.
    odd: Vec<u16>,
}

impl Kept {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            band: vec![0.0; BAND as usize * width],
            sketches: vec![0.0; SKETCH * width],
            squares: vec![0.0; width],
            upper: vec![0; width],
            lower: vec![0; width],
            odd: vec![0; width],
        }
    }

    /// Room for a row of the band.
    pub(super) fn row(&mut self, row: usize) -> &mut [f32] {
        &mut self.band[row * self.width..][..self.width]
    }

    /// Takes in a band, of which `count` rows are weights and the rest zero.
    #[inline(always)]
    pub(super) fn take(&mut self, count: usize, number: u64, signs: &[u32], sums: &mut Sums) {
        self.band[count * self.width..].fill(0.0);
        for first in (0..self.width).step_by(TILE) {
            let last = (first + TILE).min(self.width);
            let mut squares = [0.0; TILE];
            for r in 0..SKETCH.min(count) {
                self.halves(r, number, first..last);
                let lines = [r, r + SKETCH, r + 2 * SKETCH, r + 3 * SKETCH];
                let broken = self.mend(lines, first..last);
                let rows = lines.map(|line| &self.band[line * self.width + first..line * self.width + last]);
                let signs = lines.map(|line| f32::from_bits(signs[line] ^ 1.0f32.to_bits()));
                let sketch = &mut self.sketches[r * self.width + first..r * self.width + last];
                let mut of_rows = kernel::columns(rows, signs, sketch, &mut squares);
                let beyond = (lines.iter().filter(|line| **line >= count).count() * (last - first)) as u64;
                of_rows.count -= beyond;
                of_rows.zeros -= beyond + broken;
                of_rows.broken += broken;
                sums.add(&of_rows);
            }
            for (sum, square) in self.squares[first..last].iter_mut().zip(squares) {
                *sum += f64::from(square);
            }
        }
    }

    /// Hashes four rows, before what is broken in them is mended.
    #[inline(always)]
    fn halves(&mut self, r: usize, number: u64, columns: Range<usize>) {
        let mut halves = [[[0u16; TILE]; 4]; 2];
        let length = columns.end - columns.start;
        let [upper, lower] = &mut halves;
        for (line, (upper, lower)) in upper.iter_mut().zip(lower.iter_mut()).enumerate() {
            let row = &self.band[(r + line * SKETCH) * self.width..][columns.clone()];
            for ((value, upper), lower) in row.iter().zip(upper).zip(lower) {
                let bits = value.to_bits();
                *upper = (bits >> 16) as u16;
                *lower = bits as u16;
            }
        }
        let step = number * SKETCH as u64 + r as u64;
        let rows = [0, 1, 2, 3];
        hash::columns(rows.map(|line| &upper[line][..length]), step, 0, &mut self.upper[columns.clone()]);
        hash::columns(rows.map(|line| &lower[line][..length]), step, 1, &mut self.lower[columns.clone()]);
        for (place, odd) in self.odd[columns].iter_mut().enumerate() {
            *odd |= lower[0][place] | lower[1][place] | lower[2][place] | lower[3][place];
        }
    }

    /// Puts zero in the place of what is not finite, and returns how many that were.
    #[inline(always)]
    fn mend(&mut self, lines: [usize; 4], columns: Range<usize>) -> u64 {
        let mut broken = 0;
        for line in lines {
            let row = &mut self.band[line * self.width..][columns.clone()];
            let bad: u32 = row.iter().map(|value| u32::from(!value.is_finite())).sum();
            if bad > 0 {
                row.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
                broken += u64::from(bad);
            }
        }
        broken
    }

    pub(super) fn finish(self, height: u64, chunk: &mut Chunk) {
        for column in 0..self.width {
            let sketch = std::array::from_fn(|r| self.sketches[r * self.width + column]);
            let lower = (self.odd[column] != 0).then_some(self.lower[column]);
            let hash = hash::finish(self.upper[column], lower, height);
            chunk.push(&sketch, self.squares[column], hash);
        }
    }
}

/// The same for a matrix in bf16, of a multiple of sixteen columns: in the order of [`bf16::column`].
pub(super) struct Packed {
    lanes: Lanes,
    width: usize,
    sketches: Vec<f32>,
    squares: Vec<f64>,
    hashes: Vec<u64>,
    /// The band, where it does not lie at the boundary of a word.
    copy: Vec<u32>,
    /// A row beyond the last.
    blank: Vec<u32>,
}

impl Packed {
    pub(super) fn new(lanes: Lanes, width: usize) -> Self {
        let (sketches, squares, hashes) = (vec![0.0; SKETCH * width], vec![0.0; width], vec![0; width]);
        Self { lanes, width, sketches, squares, hashes, copy: Vec::new(), blank: vec![0; width / 2] }
    }

    /// Takes in a band of rows, or a part of one at the end; says whether its sums can be trusted.
    pub(super) fn take(&mut self, bytes: &[u8], number: u64, signs: &[u32], sums: &mut Sums) -> bool {
        let mut copy = std::mem::take(&mut self.copy);
        let words = kernel::words(bytes, &mut copy);
        let is_sound = (0..self.width).step_by(TILE).all(|first| self.tile(words, (first, number), signs, sums));
        self.copy = copy;
        is_sound
    }

    fn tile(&mut self, words: &[u32], (first, number): (usize, u64), signs: &[u32], sums: &mut Sums) -> bool {
        let half = self.width / 2;
        let last = (first + TILE).min(self.width);
        let mut squares = [0.0; TILE];
        let squares = &mut squares[..last - first];
        for r in 0..SKETCH.min(words.len() / half) {
            let lines = [r, r + SKETCH, r + 2 * SKETCH, r + 3 * SKETCH];
            let rows = lines.map(|line| {
                let row = words.get(line * half..(line + 1) * half).unwrap_or(&self.blank);
                &row[first / 2..last / 2]
            });
            let step = number * SKETCH as u64 + r as u64;
            let halves = rows.map(pulp::bytemuck::cast_slice);
            kernel::vectorised(
                #[inline(always)]
                || hash::columns(halves, step, 0, &mut self.hashes[first..last]),
            );
            let signs = lines.map(|line| f32::from_bits(signs[line] ^ 1.0f32.to_bits()));
            let sketch = &mut self.sketches[r * self.width + first..r * self.width + last];
            let mut found = self.lanes.columns(rows, signs, sketch, squares);
            let beyond = (lines.iter().filter(|line| **line * half >= words.len()).count() * (last - first)) as u64;
            found.count -= beyond;
            found.zeros -= beyond;
            if !found.is_sound() {
                return false;
            }
            sums.add(&found);
        }
        for (sum, square) in self.squares[first..last].iter_mut().zip(squares) {
            *sum += f64::from(*square);
        }
        true
    }

    pub(super) fn finish(self, height: u64, chunk: &mut Chunk) {
        let mut places = vec![0; self.width];
        for place in 0..self.width {
            places[bf16::column(place)] = place;
        }
        for (column, place) in places.into_iter().enumerate() {
            let sketch = std::array::from_fn(|r| self.sketches[r * self.width + place]);
            chunk.push(&sketch, self.squares[place], hash::finish(self.hashes[column], None, height));
        }
    }
}
