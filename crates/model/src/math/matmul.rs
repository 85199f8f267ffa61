//! The product of matrices: a checked, safe door to the `gemm` crate.

/// A matrix to read: a slice of floats and how to step through it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    floats: &'a [f32],
    place: Place,
}

/// A matrix to write; no two of its elements are one float.
#[derive(Debug)]
pub struct ViewMut<'a> {
    floats: &'a mut [f32],
    place: Place,
}

/// Element (i, j) is float `i · row_stride + j · column_stride` of the slice.
#[derive(Debug, Clone, Copy)]
struct Place {
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Place {
    /// Rows that start `stride` floats apart, inside `floats` floats.
    fn by_rows(floats: usize, rows: usize, columns: usize, stride: usize) -> Self {
        assert!(stride >= columns, "rows of {columns} floats that start {stride} apart overlap");
        let last = rows.saturating_sub(1).checked_mul(stride).and_then(|start| start.checked_add(columns));
        let fits = rows == 0 || last.is_some_and(|end| end <= floats);
        assert!(fits, "{rows} rows of {columns} floats, {stride} apart, are more than the {floats} floats given");
        // The stride of a single row is never walked.
        let row_stride = if rows > 1 { stride } else { columns };
        Self { rows, columns, row_stride, column_stride: 1 }
    }

    fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_stride: self.column_stride, column_stride: self.row_stride }
    }
}

impl<'a> View<'a> {
    /// A matrix `[rows, columns]` that stands row by row without gaps.
    ///
    /// # Panics
    ///
    /// If the slice is too short.
    #[must_use]
    pub fn new(floats: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(floats, rows, columns, columns)
    }

    /// A matrix `[rows, columns]` whose rows start `stride` floats apart: some columns of a wider one.
    ///
    /// # Panics
    ///
    /// If the slice is too short, or the rows overlap.
    #[must_use]
    pub fn strided(floats: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        Self { floats, place: Place::by_rows(floats.len(), rows, columns, stride) }
    }

    /// The matrix with rows and columns exchanged; nothing is moved.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { floats: self.floats, place: self.place.transposed() }
    }
}

impl<'a> ViewMut<'a> {
    /// A matrix `[rows, columns]` that stands row by row without gaps.
    ///
    /// # Panics
    ///
    /// If the slice is too short.
    #[must_use]
    pub fn new(floats: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(floats, rows, columns, columns)
    }

    /// A matrix `[rows, columns]` whose rows start `stride` floats apart: some columns of a wider one.
    ///
    /// # Panics
    ///
    /// If the slice is too short, or the rows overlap.
    #[must_use]
    pub fn strided(floats: &'a mut [f32], rows: usize, columns: usize, stride: usize) -> Self {
        let place = Place::by_rows(floats.len(), rows, columns, stride);
        Self { floats, place }
    }

    /// The matrix with rows and columns exchanged; nothing is moved.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { place: self.place.transposed(), floats: self.floats }
    }
}

/// `out = scale · left · right`. What stood in `out` is not read.
///
/// # Panics
///
/// If `left` is not `[rows of out, n]` and `right` not `[n, columns of out]`.
pub fn multiply(scale: f32, left: View<'_>, right: View<'_>, out: ViewMut<'_>) {
    product(0.0, out, scale, left, right);
}

/// `out += scale · left · right`.
///
/// # Panics
///
/// If `left` is not `[rows of out, n]` and `right` not `[n, columns of out]`.
pub fn multiply_add(scale: f32, left: View<'_>, right: View<'_>, out: ViewMut<'_>) {
    product(1.0, out, scale, left, right);
}

/// `out = keep · out + scale · left · right`, on one thread, so that the order of the sums never changes.
#[expect(
    unsafe_code,
    reason = "`gemm` takes pointers; this is the one place where they are made, and they are checked"
)]
fn product(keep: f32, out: ViewMut<'_>, scale: f32, left: View<'_>, right: View<'_>) {
    let (to, one, two) = (out.place, left.place, right.place);
    assert!(
        one.rows == to.rows && two.columns == to.columns && one.columns == two.rows,
        "[{}, {}] times [{}, {}] does not make [{}, {}]",
        one.rows,
        one.columns,
        two.rows,
        two.columns,
        to.rows,
        to.columns,
    );
    let step = |stride: usize| isize::try_from(stride).unwrap_or(isize::MAX);
    // SAFETY: `gemm` reads element (i, j) of `left` and `right`, and reads and writes element (i, j) of `out`, at the
    // strides given, for all i and j within the numbers of rows and columns given, and nothing else. A view is only
    // made by `Place::by_rows`, which holds the last such element inside the slice (transposition exchanges the two
    // pairs and leaves the set of elements as it is), and the assertion above makes the three agree, so every access
    // is in bounds. A stride of a matrix with more than one row is below the length of a slice, hence below
    // `isize::MAX`; with at most one row it is multiplied by 0. `out` is borrowed mutably and so overlaps with neither
    // of the others, and its own elements are distinct because its rows are at least as far apart as they are long.
    // Every `f32` is initialised.
    unsafe {
        gemm::gemm(
            to.rows,
            to.columns,
            one.columns,
            out.floats.as_mut_ptr(),
            step(to.column_stride),
            step(to.row_stride),
            keep != 0.0,
            left.floats.as_ptr(),
            step(one.column_stride),
            step(one.row_stride),
            right.floats.as_ptr(),
            step(two.column_stride),
            step(two.row_stride),
            keep,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, whose products and sums are exact in any order.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|place| ((place * 7 + seed * 13 + place * place) % 11) as f32 - 5.0).collect()
    }

    /// A matrix in a wider frame, and the same read element by element.
    struct Framed {
        floats: Vec<f32>,
        rows: usize,
        columns: usize,
        stride: usize,
        turned: bool,
    }

    impl Framed {
        fn new((rows, columns): (usize, usize), gap: usize, turned: bool, seed: usize) -> Self {
            let (long, wide) = if turned { (columns, rows) } else { (rows, columns) };
            let stride = wide + gap;
            // Not a float more than is needed: the last row has no gap behind it.
            let floats = numbers(long.saturating_sub(1) * stride + wide, seed);
            Self { floats, rows: long, columns: wide, stride, turned }
        }

        fn view(&self) -> View<'_> {
            let view = View::strided(&self.floats, self.rows, self.columns, self.stride);
            if self.turned { view.transposed() } else { view }
        }

        fn view_mut(&mut self) -> ViewMut<'_> {
            let view = ViewMut::strided(&mut self.floats, self.rows, self.columns, self.stride);
            if self.turned { view.transposed() } else { view }
        }

        fn place(&self, row: usize, column: usize) -> usize {
            if self.turned { column * self.stride + row } else { row * self.stride + column }
        }
    }

    fn check(sizes: (usize, usize, usize), gap: usize, turns: usize, keeps: bool) {
        let (rows, inner, columns) = sizes;
        let turned = |bit: usize| turns >> bit & 1 == 1;
        let left = Framed::new((rows, inner), gap, turned(0), 1);
        let right = Framed::new((inner, columns), gap, turned(1), 2);
        let mut out = Framed::new((rows, columns), gap, turned(2), 3);
        if !keeps {
            (0..rows * columns)
                .map(|at| out.place(at / columns, at % columns))
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|at| out.floats[at] = f32::NAN);
        }
        let mut expected = out.floats.clone();
        for row in 0..rows {
            for column in 0..columns {
                let sum: f32 =
                    (0..inner).map(|at| left.floats[left.place(row, at)] * right.floats[right.place(at, column)]).sum();
                let place = out.place(row, column);
                expected[place] = 2.0 * sum + if keeps { expected[place] } else { 0.0 };
            }
        }
        let multiply = if keeps { multiply_add } else { multiply };
        multiply(2.0, left.view(), right.view(), out.view_mut());
        assert_eq!(out.floats, expected, "{sizes:?}, gap {gap}, turns {turns:03b}, keeps {keeps}");
    }

    #[test]
    fn products_of_all_forms_are_those_of_the_definition() {
        // Vectors, thin and square ones, and sizes beside those of the kernels.
        let sizes = [(1, 1, 1), (1, 5, 9), (9, 5, 1), (3, 1, 4), (4, 2, 4), (16, 16, 16), (17, 33, 9), (65, 70, 130)];
        for sizes in sizes {
            for gap in [0, 3] {
                for turns in 0..8 {
                    check(sizes, gap, turns, false);
                    check(sizes, gap, turns, true);
                }
            }
        }
    }

    #[test]
    fn a_product_over_nothing_is_zero_and_of_nothing_is_nothing() {
        let mut out = [f32::NAN; 4];
        multiply(1.0, View::new(&[], 2, 0), View::new(&[], 0, 2), ViewMut::new(&mut out, 2, 2));
        assert_eq!(out, [0.0; 4]);
        multiply(1.0, View::new(&[], 0, 3), View::new(&[0.0; 6], 3, 2), ViewMut::new(&mut [], 0, 2));
    }

    #[test]
    #[should_panic(expected = "more than the 5 floats given")]
    fn a_view_past_the_end_is_refused() {
        let _ = View::new(&[0.0; 5], 2, 3);
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn rows_that_overlap_are_refused() {
        let _ = ViewMut::strided(&mut [0.0; 9], 3, 3, 2);
    }

    #[test]
    #[should_panic(expected = "[2, 3] times [2, 3] does not make [2, 3]")]
    fn matrices_that_do_not_fit_are_refused() {
        let floats = [0.0; 6];
        multiply(1.0, View::new(&floats, 2, 3), View::new(&floats, 2, 3), ViewMut::new(&mut [0.0; 6], 2, 3));
    }
}
