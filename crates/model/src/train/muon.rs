//! Muon: the step of a matrix is its momentum made orthogonal.
//!
//! Source: Keller Jordan, `kellerjordan.github.io/posts/muon` (2024), with the coefficients given there; the factor that
//! gives its steps AdamW's size is that of Liu et al., arXiv 2502.16982, section 2.2. Iterated in f32, where others
//! take bf16 for the speed of their machines.

use crate::math::{View, ViewMut, multiply, multiply_add};

/// The quintic `a·x + b·x³ + c·x⁵` that drives every singular value near 1.
pub(crate) const QUINTIC: [f32; 3] = [A, B, C];
const A: f32 = 3.4445;
const B: f32 = -4.7750;
const C: f32 = 2.0315;
/// The least norm that is divided by.
const EPSILON: f32 = 1e-7;

/// Makes a matrix `[rows, columns]` orthogonal in place: its singular values go near 1 (between 0.7 and 1.2 after five
/// rounds), its singular vectors stay.
pub(crate) fn orthogonalise(matrix: &mut [f32], rows: usize, columns: usize, rounds: usize) {
    let norm = libm::sqrt(super::optimiser::sum_of_squares(matrix)) as f32;
    let scale = norm.max(EPSILON).recip();
    matrix.iter_mut().for_each(|value| *value *= scale);
    // The square of the shorter side is the smaller product.
    let short = rows.min(columns);
    let mut gram = vec![0.0; short * short];
    let mut square = vec![0.0; short * short];
    let mut next = vec![0.0; matrix.len()];
    for _ in 0..rounds {
        let whole = View::new(matrix, rows, columns);
        let (left, right) = if rows > columns { (whole.transposed(), whole) } else { (whole, whole.transposed()) };
        multiply(1.0, left, right, ViewMut::new(&mut gram, short, short));
        square.copy_from_slice(&gram);
        square.iter_mut().for_each(|value| *value *= B);
        let gram = View::new(&gram, short, short);
        multiply_add(C, gram, gram, ViewMut::new(&mut square, short, short));
        next.iter_mut().zip(matrix.iter()).for_each(|(next, value)| *next = A * value);
        let square = View::new(&square, short, short);
        let out = ViewMut::new(&mut next, rows, columns);
        if rows > columns {
            multiply_add(1.0, whole, square, out)
        } else {
            multiply_add(1.0, square, whole, out)
        }
        matrix.copy_from_slice(&next);
    }
}

/// The factor on the rate that makes a step as large as AdamW's mostly are: a root mean square of 0.2.
pub(crate) fn size(rows: usize, columns: usize) -> f64 {
    0.2 * (rows.max(columns) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{Normals, stream};

    /// `M·Mᵀ` on the shorter side.
    fn gram(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        let short = rows.min(columns);
        let at = |row: usize, column: usize| matrix[row * columns + column];
        let dot = |one: usize, other: usize| -> f32 {
            if rows > columns {
                (0..rows).map(|row| at(row, one) * at(row, other)).sum()
            } else {
                (0..columns).map(|column| at(one, column) * at(other, column)).sum()
            }
        };
        (0..short * short).map(|place| dot(place / short, place % short)).collect()
    }

    #[test]
    fn what_comes_out_is_near_orthogonal() {
        for (rows, columns) in [(24, 16), (16, 24), (16, 16)] {
            let mut matrix: Vec<f32> = (0..rows * columns).map(|place| libm::sinf(place as f32 * 1.7 + 0.3)).collect();
            // Independent rows: a sine over the places has rank two, noise on it has full rank.
            matrix.iter_mut().zip(normals(rows * columns)).for_each(|(value, noise)| *value += 2.0 * noise);
            orthogonalise(&mut matrix, rows, columns, 5);
            let short = rows.min(columns);
            let trace: f32 = gram(&matrix, rows, columns).iter().step_by(short + 1).sum();
            let mean = trace / short as f32;
            assert!((0.5..1.4).contains(&mean), "mean squared singular value of {rows}x{columns}: {mean}");
        }
    }

    fn normals(count: usize) -> Vec<f32> {
        Normals::new(stream(7, "a matrix")).take(count).collect()
    }

    #[test]
    fn nothing_stays_nothing() {
        let mut zeros = vec![0.0; 12];
        orthogonalise(&mut zeros, 3, 4, 5);
        assert_eq!(zeros, vec![0.0; 12]);
    }
}
