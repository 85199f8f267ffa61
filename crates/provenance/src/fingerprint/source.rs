//! Weights of a part, read and dequantised row by row.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use super::number::decode;
use crate::anatomy::{Place, Runs};
use crate::weights::{Aligned, Checkpoint, Dtype, Reader, Tensor};

/// A file that could not be read, and why.
pub(super) type ReadFault = (PathBuf, io::Error);

/// A checkpoint whose files are open.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) checkpoint: &'a Checkpoint,
    reader: Reader,
}

/// Buffers that are used again from one read to the next.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    raw: Aligned,
    gathered: Vec<u8>,
}

/// What the numbers of a tensor are multiplied by.
#[derive(Debug, Default)]
pub(super) struct Factors {
    scales: Vec<f32>,
    zeros: Vec<f32>,
}

/// The pieces of some rows or columns that follow each other without a gap: where each begins, and how long it is.
fn pieces(runs: Runs, range: Range<u64>) -> impl Iterator<Item = (u64, u64)> {
    let mut next = range.start;
    std::iter::from_fn(move || {
        (next < range.end).then(|| {
            let (start, follow) = runs.locate(next);
            let whole = if runs.length == runs.period { runs.total() - next } else { follow };
            let length = whole.min(range.end - next);
            next += length;
            (start, length)
        })
    })
}

impl<'a> Source<'a> {
    pub(super) fn open(checkpoint: &'a Checkpoint, direct: bool) -> Result<Self, ReadFault> {
        Ok(Self { checkpoint, reader: Reader::open(checkpoint.shards(), direct)? })
    }

    pub(super) fn tensor(&self, place: &Place) -> &Tensor {
        &self.checkpoint.tensors()[place.tensor]
    }

    /// Bytes of one weight of a part in the file.
    pub(super) fn size(&self, place: &Place) -> u64 {
        self.tensor(place).dtype.bits() / 8
    }

    /// The stored bytes of some rows and columns of a part, row after row.
    pub(super) fn bytes<'b>(
        &self,
        place: &Place,
        rows: Range<u64>,
        columns: Range<u64>,
        buffers: &'b mut Buffers,
    ) -> Result<&'b [u8], ReadFault> {
        let tensor = self.tensor(place);
        let size = self.size(place);
        let Buffers { raw, gathered } = buffers;
        let whole = place.columns == Runs::whole(place.stride) && columns == (0..place.stride);
        let read = |first: u64, count: u64, raw: &'b mut Aligned| {
            self.reader.read(tensor.shard, tensor.start + first * size, (count * size) as usize, raw)
        };
        let mut stretches = pieces(place.rows, rows.clone());
        if whole && let (Some((first, count)), None) = (stretches.next(), stretches.next()) {
            return read(first * place.stride, count * place.stride, raw);
        }
        gathered.clear();
        for (first, count) in pieces(place.rows, rows) {
            for row in first..first + count {
                for (start, length) in pieces(place.columns, columns.clone()) {
                    let first = tensor.start + (row * place.stride + start) * size;
                    gathered.extend_from_slice(self.reader.read(tensor.shard, first, (length * size) as usize, raw)?);
                }
            }
        }
        Ok(gathered)
    }

    /// The factors of a part's tensor.
    pub(super) fn factors(&self, place: &Place, buffers: &mut Buffers) -> Result<Factors, ReadFault> {
        let Some(scale) = place.scale else { return Ok(Factors::default()) };
        let mut read = |tensor: usize| {
            let tensor = &self.checkpoint.tensors()[tensor];
            let bytes = self.reader.read(tensor.shard, tensor.start, tensor.bytes as usize, &mut buffers.raw)?;
            let mut values = vec![0.0; bytes.len() * 8 / tensor.dtype.bits() as usize];
            decode(tensor.dtype, bytes, &mut values);
            Ok::<_, ReadFault>(values)
        };
        let scales = read(scale.tensor)?;
        let zeros = scale.zero.map(&mut read).transpose()?.unwrap_or_default();
        Ok(Factors { scales, zeros })
    }
}

impl Factors {
    /// Fills `out` with the weights whose bytes these are: columns from `first` on of a part's row.
    #[inline(always)]
    pub(super) fn decode(&self, dtype: Dtype, place: &Place, (row, first): (u64, u64), bytes: &[u8], out: &mut [f32]) {
        decode(dtype, bytes, out);
        if place.scale.is_some() {
            self.apply(place, row, first, out);
        }
    }

    fn apply(&self, place: &Place, row: u64, first: u64, out: &mut [f32]) {
        let Some(scale) = place.scale else { return };
        let (row, _) = place.rows.locate(row);
        let mut rest = out;
        for (mut column, mut length) in pieces(place.columns, first..first + rest.len() as u64) {
            while length > 0 {
                let same = (scale.columns - column % scale.columns).min(length);
                let (here, after) = rest.split_at_mut(same as usize);
                let index = scale.index(row, column);
                let factor = self.scales.get(index).copied().unwrap_or(f32::NAN);
                let zero = self.zeros.get(index).copied().unwrap_or(0.0);
                here.iter_mut().for_each(|value| *value = (*value - zero) * factor);
                (rest, column, length) = (after, column + same, length - same);
            }
        }
    }
}
