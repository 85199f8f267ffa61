//! One stretch of a part: its weights read, hashed, summed and sketched.

use std::ops::Range;

use super::SKETCH;
use super::bf16::Lanes;
use super::hash;
use super::kept::{Kept, Packed};
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
pub(super) const BAND: u64 = 4 * SKETCH as u64;

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
    pub(super) fn push(&mut self, sketch: &[f32; SKETCH], square: f64, hash: u64) {
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
    lanes: Lanes,
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
        Self { source, signs, lanes: Lanes::new(), buffers: Buffers::default(), floats, upper, lower, spare }
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
        if dtype == Dtype::Bf16 && ends && columns.start == 0 {
            for bytes in bytes.chunks_exact(2 * width) {
                let hash = hash::halves(bytes, None);
                let mut sketch = [0.0; SKETCH];
                let sums = kernel::row_bf16(self.lanes, bytes, (signs, self.signs.pairs(width)), &mut sketch);
                chunk.push(&sketch, sums.powers[1], hash);
                chunk.sums.add(&sums);
            }
            return Ok(());
        }
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
        let is_packed = self.source.tensor(place).dtype == Dtype::Bf16 && place.columns.total().is_multiple_of(16);
        match if is_packed { self.packed_columns(place)? } else { None } {
            Some(chunk) => Ok(chunk),
            None => self.plain_columns(place),
        }
    }

    /// Columns in bf16, two weights to a word; nothing where a weight is no number, or beyond what floats of 32 bits sum.
    fn packed_columns(&mut self, place: &Place) -> Result<Option<Chunk>, ReadFault> {
        let (height, width) = (place.rows.total(), place.columns.total());
        let mut kept = Packed::new(self.lanes, width as usize);
        let mut chunk = Chunk::default();
        let mut digests = Digests { hashes: Vec::new(), stretch: stretch(width) as usize };
        for first in (0..height).step_by(BAND as usize) {
            let rows = first..(first + BAND).min(height);
            let bytes = self.source.bytes(place, rows, 0..width, &mut self.buffers)?;
            let signs = self.signs.from(first as usize, BAND as usize, &mut self.spare);
            bytes.chunks_exact(2 * width as usize).for_each(|row| digests.hashes.push(hash::halves(row, None)));
            if !kept.take(bytes, first / BAND, signs, &mut chunk.sums) {
                return Ok(None);
            }
            digests.fold(&mut chunk.digests);
        }
        digests.end(&mut chunk.digests);
        kept.finish(height, &mut chunk);
        Ok(Some(chunk))
    }

    fn plain_columns(&mut self, place: &Place) -> Result<Chunk, ReadFault> {
        let factors = self.source.factors(place, &mut self.buffers)?;
        let (height, width) = (place.rows.total(), place.columns.total());
        let mut kept = Kept::new(width as usize);
        let mut chunk = Chunk::default();
        let mut digests = Digests { hashes: Vec::new(), stretch: stretch(width) as usize };
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
                        let out = kept.row((row - first) as usize);
                        factors.decode(dtype, place, (row, 0), bytes, out);
                        hash::split(out, &mut self.upper, &mut self.lower);
                        digests.hashes.push(hash::halves(&self.upper, Some(&self.lower)));
                    }
                    let count = (rows.end - rows.start) as usize;
                    kept.take(count, first / BAND, signs, &mut chunk.sums);
                },
            );
            digests.fold(&mut chunk.digests);
        }
        digests.end(&mut chunk.digests);
        kept.finish(height, &mut chunk);
        Ok(chunk)
    }
}

/// Hashes of rows, gathered into digests of stretches.
struct Digests {
    hashes: Vec<u64>,
    stretch: usize,
}

impl Digests {
    /// Makes digests of the stretches that are whole.
    fn fold(&mut self, digests: &mut Vec<u128>) {
        while self.hashes.len() >= self.stretch {
            let rest = self.hashes.split_off(self.stretch);
            digests.push(hash::digest(&self.hashes));
            self.hashes = rest;
        }
    }

    fn end(self, digests: &mut Vec<u128>) {
        if !self.hashes.is_empty() {
            digests.push(hash::digest(&self.hashes));
        }
    }
}
