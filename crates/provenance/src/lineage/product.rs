//! Products of matrices of rows: a checked, safe door to the `gemm` crate, on one thread, so that sums keep their order.

/// A matrix that stands row by row without gaps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    floats: &'a [f32],
    rows: usize,
    columns: usize,
}

impl<'a> Rows<'a> {
    /// A matrix of `columns` columns; floats that do not fill a row are left out.
    pub(crate) fn new(floats: &'a [f32], columns: usize) -> Self {
        Self { floats, rows: floats.len().checked_div(columns).unwrap_or(0), columns }
    }
}

/// `left · rightᵀ`: the product of each row of one with each row of the other, `[rows of left, rows of right]`.
/// Empty where the two differ in width.
pub(crate) fn rows_by_rows(left: Rows<'_>, right: Rows<'_>) -> Vec<f32> {
    if left.columns != right.columns {
        return Vec::new();
    }
    let shape = Shape { rows: left.rows, inner: left.columns, columns: right.rows };
    multiply(shape, (left.floats, left.columns, 1), (right.floats, 1, right.columns))
}

/// `leftᵀ · right`, `[columns of left, columns of right]`. Empty where the two differ in rows.
pub(crate) fn columns_by_columns(left: Rows<'_>, right: Rows<'_>) -> Vec<f32> {
    if left.rows != right.rows {
        return Vec::new();
    }
    let shape = Shape { rows: left.columns, inner: left.rows, columns: right.columns };
    multiply(shape, (left.floats, 1, left.columns), (right.floats, right.columns, 1))
}

/// `left · right`, `[rows of left, columns of right]`. Empty where they do not fit.
pub(crate) fn rows_by_columns(left: Rows<'_>, right: Rows<'_>) -> Vec<f32> {
    if left.columns != right.rows {
        return Vec::new();
    }
    let shape = Shape { rows: left.rows, inner: left.columns, columns: right.columns };
    multiply(shape, (left.floats, left.columns, 1), (right.floats, right.columns, 1))
}

/// The inner product of two slices, in eight lanes over short runs, which are added up as doubles.
pub(crate) fn dot(one: &[f32], two: &[f32]) -> f64 {
    let mut sum = 0.0;
    for (one, two) in one.chunks(256).zip(two.chunks(256)) {
        let (ones, twos) = (one.as_chunks::<8>(), two.as_chunks::<8>());
        let mut lanes = [0.0f32; 8];
        for (one, two) in ones.0.iter().zip(twos.0) {
            lanes.iter_mut().zip(one.iter().zip(two)).for_each(|(lane, (one, two))| *lane += one * two);
        }
        let rest: f32 = ones.1.iter().zip(twos.1).map(|(one, two)| one * two).sum();
        sum += f64::from(lanes.iter().sum::<f32>() + rest);
    }
    sum
}

/// What is multiplied: `[rows, inner]` by `[inner, columns]`.
#[derive(Debug, Clone, Copy)]
struct Shape {
    rows: usize,
    inner: usize,
    columns: usize,
}

/// Floats, and how far apart rows and columns start.
type Strided<'a> = (&'a [f32], usize, usize);

/// Whether element (i, j) is inside the floats for all i and j.
fn fits((floats, row, column): Strided<'_>, rows: usize, columns: usize) -> bool {
    let last = |count: usize, stride: usize| count.saturating_sub(1).checked_mul(stride);
    let end = last(rows, row).zip(last(columns, column)).and_then(|(one, two)| one.checked_add(two));
    rows == 0 || columns == 0 || end.is_some_and(|end| end < floats.len())
}

#[expect(
    unsafe_code,
    reason = "`gemm` takes pointers; this is the one place where they are made, and they are checked"
)]
fn multiply(shape: Shape, left: Strided<'_>, right: Strided<'_>) -> Vec<f32> {
    let Shape { rows, inner, columns } = shape;
    let mut out = vec![0.0f32; rows * columns];
    assert!(
        fits(left, rows, inner) && fits(right, inner, columns),
        "[{rows}, {inner}] times [{inner}, {columns}] reads past {} or {} floats",
        left.0.len(),
        right.0.len()
    );
    let step = |stride: usize| isize::try_from(stride).unwrap_or(isize::MAX);
    // SAFETY: `gemm` reads element (i, j) of `left` and `right`, and writes element (i, j) of `out`, at the strides
    // given, for all i and j within the numbers of rows and columns given, and nothing else. The assertion above holds
    // the last such element of either inside its slice, and `out` has `rows · columns` floats, row by row. Strides are
    // widths of slices in memory, hence below `isize::MAX`. `out` is new, so it overlaps with neither.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            step(columns),
            false,
            left.0.as_ptr(),
            step(left.2),
            step(left.1),
            right.0.as_ptr(),
            step(right.2),
            step(right.1),
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|place| ((place * 7 + seed * 13 + place * place) % 11) as f32 - 5.0).collect()
    }

    #[test]
    fn products_are_what_three_loops_make() {
        let (rows, inner, columns) = (7, 19, 11);
        let (left, right) = (numbers(rows * inner, 1), numbers(inner * columns, 2));
        let mut plain = vec![0.0f32; rows * columns];
        for i in 0..rows {
            for j in 0..columns {
                plain[i * columns + j] = (0..inner).map(|k| left[i * inner + k] * right[k * columns + j]).sum();
            }
        }
        let turn = |floats: &[f32], wide: usize| -> Vec<f32> {
            (0..floats.len())
                .map(|place| floats[(place % (floats.len() / wide)) * wide + place / (floats.len() / wide)])
                .collect()
        };
        assert_eq!(rows_by_columns(Rows::new(&left, inner), Rows::new(&right, columns)), plain);
        assert_eq!(rows_by_rows(Rows::new(&left, inner), Rows::new(&turn(&right, columns), inner)), plain);
        assert_eq!(columns_by_columns(Rows::new(&turn(&left, inner), rows), Rows::new(&right, columns)), plain);
        assert!(rows_by_rows(Rows::new(&left, inner), Rows::new(&right, columns)).is_empty());
    }
}
