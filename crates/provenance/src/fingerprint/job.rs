//! One stretch of a part: its weights read, hashed, summed and sketched.

use std::ops::Range;

use super::SKETCH;
use super::hash;
use super::kernel::{self, vectorised};
use super::signs::Signs;
use super::source::{Buffers, Factors, ReadFault, Source};
use super::sums::Sums;
use crate::anatomy::{Axis, Place};
use crate::weights::Dtype;

/// Weights whose hashes make one of the digests that a part's digest is made of.
const STRETCH: u64 = 1 << 21;

/// Bytes that are read at once where units are rows: half of what the second-level cache of a core holds.
const READ: u64 = 1 << 18;

/// Rows that are taken together where units are columns: four of each number of a sketch.
const BAND: u64 = 4 * SKETCH as u64;

/// Columns that are worked on at once, so that what is kept of them stays in the first-level cache.
const TILE: usize = 1024;

/// What is computed of one part at a time by one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// Which part.
    pub(super) part: usize,
    /// Which of its rows.
    pub(super) rows: Range<u64>,
}

/// What a job found.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// `units × SKETCH`.
    pub(super) codes: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) norms: Vec<f32>,
    pub(super) hashes: Vec<u64>,
    pub(super) sums: Sums,
    /// Digests of stretches of rows.
    pub(super) digests: Vec<u128>,
}

/// Rows in a stretch of a matrix with so many columns.
fn stretch(columns: u64) -> u64 {
    (STRETCH / columns).max(1)
}

/// The jobs that a part is cut into, the same whatever the number of threads.
pub(super) fn jobs(part: usize, place: &Place) -> impl Iterator<Item = Job> {
    let rows = place.rows.total();
    let step = match place.axis {
        Axis::Rows => stretch(place.columns.total()),
        Axis::Columns => rows,
    };
    (0..rows.div_ceil(step)).map(move |number| Job { part, rows: number * step..((number + 1) * step).min(rows) })
}

impl Chunk {
    fn push(&mut self, sketch: &[f32; SKETCH], square: f64, hash: u64) {
        let first = self.codes.len();
        self.codes.resize(first + SKETCH, 0);
        let scale = kernel::quantise(sketch, &mut self.codes[first..]);
        self.scales.push(scale);
        self.norms.push(square.sqrt().min(f64::from(f32::MAX)) as f32);
        self.hashes.push(hash);
    }
}

/// A thread's buffers.
pub(super) struct Worker<'a> {
    source: &'a Source<'a>,
    signs: &'a Signs,
    buffers: Buffers,
    floats: Vec<f32>,
    upper: Vec<u8>,
    lower: Vec<u8>,
    spare: Vec<u32>,
}

/// A row of which some pieces have been read.
#[derive(Default)]
struct Open {
    hashes: Vec<u64>,
    square: f64,
}

impl<'a> Worker<'a> {
    pub(super) fn new(source: &'a Source<'a>, signs: &'a Signs) -> Self {
        let (floats, upper, lower, spare) = Default::default();
        Self { source, signs, buffers: Buffers::default(), floats, upper, lower, spare }
    }

    pub(super) fn run(&mut self, place: &Place, rows: Range<u64>) -> Result<Chunk, ReadFault> {
        match place.axis {
            Axis::Rows => self.rows(place, rows),
            Axis::Columns => self.columns(place),
        }
    }

    /// Weights of some rows, dequantised.
    pub(super) fn floats(&mut self, place: &Place, rows: Range<u64>, out: &mut Vec<f32>) -> Result<(), ReadFault> {
        let factors = self.source.factors(place, &mut self.buffers)?;
        let (columns, dtype) = (place.columns.total(), self.source.tensor(place).dtype);
        for row in rows {
            let bytes = self.source.bytes(place, row..row + 1, 0..columns, &mut self.buffers)?;
            let first = out.len();
            out.resize(first + columns as usize, 0.0);
            factors.decode(dtype, place, (row, 0), bytes, &mut out[first..]);
        }
        Ok(())
    }

    fn rows(&mut self, place: &Place, rows: Range<u64>) -> Result<Chunk, ReadFault> {
        let factors = self.source.factors(place, &mut self.buffers)?;
        let columns = place.columns.total();
        let mut chunk = Chunk::default();
        let piece = hash::PIECE as u64;
        let batch = if columns > piece { 1 } else { (READ / (columns * self.source.size(place))).max(1) };
        let mut row = rows.start;
        while row < rows.end {
            let end = (row + batch).min(rows.end);
            let mut open = Open::default();
            let mut sketch = [0.0; SKETCH];
            for first in (0..columns).step_by(hash::PIECE) {
                let last = (first + piece).min(columns);
                self.piece(place, &factors, (row..end, first..last), (&mut sketch, &mut open), &mut chunk)?;
            }
            row = end;
        }
        chunk.digests = vec![hash::digest(&chunk.hashes)];
        Ok(chunk)
    }

    /// Columns of some rows: all of them, or a piece of a single row.
    fn piece(
        &mut self,
        place: &Place,
        factors: &Factors,
        (rows, columns): (Range<u64>, Range<u64>),
        (sketch, open): (&mut [f32; SKETCH], &mut Open),
        chunk: &mut Chunk,
    ) -> Result<(), ReadFault> {
        let bytes = self.source.bytes(place, rows.clone(), columns.clone(), &mut self.buffers)?;
        let dtype = self.source.tensor(place).dtype;
        let width = (columns.end - columns.start) as usize;
        let ends = columns.end == place.columns.total();
        let signs = &self.signs.from(columns.start as usize, width, &mut self.spare)[..width];
        let (floats, upper, lower) = (&mut self.floats, &mut self.upper, &mut self.lower);
        floats.resize(width, 0.0);
        vectorised(
            #[inline(always)]
            || {
                for (row, bytes) in rows.zip(bytes.chunks_exact(width * (dtype.bits() / 8) as usize)) {
                    factors.decode(dtype, place, (row, columns.start), bytes, floats);
                    open.hashes.push(match dtype {
                        Dtype::Bf16 => hash::halves(bytes, None),
                        _ => {
                            hash::split(floats, upper, lower);
                            hash::halves(upper, Some(lower))
                        }
                    });
                    let sums = kernel::row(floats, signs, sketch);
                    open.square += sums.powers[1];
                    chunk.sums.add(&sums);
                    if ends {
                        chunk.push(sketch, open.square, hash::pieces(&open.hashes));
                        open.hashes.clear();
                        open.square = 0.0;
                        *sketch = [0.0; SKETCH];
                    }
                }
            },
        );
        Ok(())
    }

    fn columns(&mut self, place: &Place) -> Result<Chunk, ReadFault> {
        let factors = self.source.factors(place, &mut self.buffers)?;
        let (height, width) = (place.rows.total(), place.columns.total());
        let mut kept = Kept::new(width as usize);
        let (mut hashes, mut chunk) = (Vec::new(), Chunk::default());
        for first in (0..height).step_by(BAND as usize) {
            let rows = first..(first + BAND).min(height);
            let bytes = self.source.bytes(place, rows.clone(), 0..width, &mut self.buffers)?;
            let dtype = self.source.tensor(place).dtype;
            let signs = self.signs.from(first as usize, BAND as usize, &mut self.spare);
            vectorised(
                #[inline(always)]
                || {
                    let width = width as usize;
                    for (row, bytes) in rows.clone().zip(bytes.chunks_exact(width * (dtype.bits() / 8) as usize)) {
                        let out = &mut kept.band[(row - first) as usize * width..][..width];
                        factors.decode(dtype, place, (row, 0), bytes, out);
                        hash::split(out, &mut self.upper, &mut self.lower);
                        hashes.push(hash::halves(&self.upper, Some(&self.lower)));
                    }
                    let count = (rows.end - rows.start) as usize;
                    kept.band[count * width..].fill(0.0);
                    kept.take(count, first / BAND, signs, &mut chunk.sums);
                },
            );
            while hashes.len() as u64 >= stretch(width) {
                let rest = hashes.split_off(stretch(width) as usize);
                chunk.digests.push(hash::digest(&hashes));
                hashes = rest;
            }
        }
        if !hashes.is_empty() {
            chunk.digests.push(hash::digest(&hashes));
        }
        kept.finish(height, &mut chunk);
        Ok(chunk)
    }
}

/// What is kept of each column while rows go by.
struct Kept {
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
    fn new(width: usize) -> Self {
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

    /// Takes in a band, of which `count` rows are weights and the rest zero.
    #[inline(always)]
    fn take(&mut self, count: usize, number: u64, signs: &[u32], sums: &mut Sums) {
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
        for line in 0..4 {
            let row = &self.band[(r + line * SKETCH) * self.width..][columns.clone()];
            for (place, value) in row.iter().enumerate() {
                let bits = value.to_bits();
                halves[0][line][place] = (bits >> 16) as u16;
                halves[1][line][place] = bits as u16;
            }
        }
        let step = number * SKETCH as u64 + r as u64;
        let [upper, lower] = &halves;
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

    fn finish(self, height: u64, chunk: &mut Chunk) {
        for column in 0..self.width {
            let sketch = std::array::from_fn(|r| self.sketches[r * self.width + column]);
            let lower = (self.odd[column] != 0).then_some(self.lower[column]);
            let hash = hash::finish(self.upper[column], lower, height);
            chunk.push(&sketch, self.squares[column], hash);
        }
    }
}
