//! A matrix as it is kept for inference: floats, or eight bits a weight with one scale a row.

use std::ops::Range;

/// How weights are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32-bit floats, as they were trained.
    #[default]
    Float,
    /// Eight bits a weight of every matrix, symmetric, with one scale a row: a quarter of the memory.
    ///
    /// A weight is off by at most half a step, which is the greatest magnitude of its row over 254. Vectors (gains,
    /// biases) and all sums stay floats. Source: per-row absmax quantisation as in LLM.int8(), arXiv 2208.07339,
    /// section 2, of weights only.
    Int8,
}

/// Rows of a matrix, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rows<'a> {
    Float(&'a [f32]),
    /// Steps, and the size of a step for each row.
    Int8(&'a [i8], &'a [f32]),
}

/// A matrix `[rows, columns]`, row after row, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) body: Rows<'a>,
}

impl Matrix<'_> {
    /// Writes one row out in floats.
    pub(crate) fn row(&self, row: usize, out: &mut [f32]) {
        let range = row * self.columns..(row + 1) * self.columns;
        match self.body {
            Rows::Float(floats) => out.copy_from_slice(&floats[range]),
            Rows::Int8(steps, scales) => {
                let scale = scales[row];
                out.iter_mut().zip(&steps[range]).for_each(|(out, step)| *out = f32::from(*step) * scale);
            }
        }
    }
}

/// A matrix that is kept: in the flat run of the model, or in bytes of its own.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    rows: usize,
    columns: usize,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Float(Range<usize>),
    Int8 { steps: Vec<i8>, scales: Vec<f32> },
}

impl Kept {
    pub(crate) fn new(flat: &[f32], range: Range<usize>, columns: usize, precision: Precision) -> Self {
        let rows = range.len() / columns;
        let body = match precision {
            Precision::Float => Body::Float(range),
            Precision::Int8 => quantise(&flat[range], columns),
        };
        Self { rows, columns, body }
    }

    /// A look at it; `flat` is the run it was made from, or empty where nothing stayed there.
    pub(crate) fn look<'a>(&'a self, flat: &'a [f32]) -> Matrix<'a> {
        let body = match &self.body {
            Body::Float(range) => Rows::Float(&flat[range.clone()]),
            Body::Int8 { steps, scales } => Rows::Int8(steps, scales),
        };
        Matrix { rows: self.rows, columns: self.columns, body }
    }

    /// Bytes it takes beside the flat run.
    pub(crate) fn bytes(&self) -> usize {
        match &self.body {
            Body::Float(range) => range.len() * 4,
            Body::Int8 { steps, scales } => steps.len() + scales.len() * 4,
        }
    }
}

fn quantise(floats: &[f32], columns: usize) -> Body {
    let mut steps = Vec::with_capacity(floats.len());
    let mut scales = Vec::with_capacity(floats.len() / columns);
    for row in floats.chunks_exact(columns) {
        let greatest = row.iter().fold(0.0_f32, |greatest, weight| greatest.max(weight.abs()));
        let scale = greatest / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        // `as` saturates, and a weight that is no number becomes zero.
        steps.extend(row.iter().map(|weight| (weight * inverse).round_ties_even() as i8));
        scales.push(scale);
    }
    Body::Int8 { steps, scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_off_by_at_most_half_a_step() {
        let flat: Vec<f32> = (0..96).map(|at| libm::sinf(at as f32 * 1.7) * (1.0 + (at / 32) as f32)).collect();
        let kept = Kept::new(&flat, 0..96, 32, Precision::Int8);
        let mut row = vec![0.0; 32];
        for (at, exact) in flat.chunks_exact(32).enumerate() {
            kept.look(&[]).row(at, &mut row);
            let greatest = exact.iter().fold(0.0_f32, |greatest, weight| greatest.max(weight.abs()));
            let worst = row.iter().zip(exact).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= greatest / 254.0 * 1.0001 && worst > 0.0, "{worst}");
        }
        assert_eq!(kept.bytes(), 96 + 3 * 4);
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let kept = Kept::new(&[0.0; 8], 0..8, 8, Precision::Int8);
        let mut row = [1.0; 8];
        kept.look(&[]).row(0, &mut row);
        assert_eq!(row, [0.0; 8]);
    }
}
