//! The little linear algebra that derivations need.

use model::math::{View, ViewMut, multiply};

use crate::Chance;

/// `left [m, k] · right [k, n]`.
pub(crate) fn product(left: View<'_>, right: View<'_>, rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows * columns];
    multiply(1.0, left, right, ViewMut::new(&mut out, rows, columns));
    out
}

/// An orthogonal matrix `[size, size]`, uniform over all of them: normal numbers, made orthonormal row by row (Gram and
/// Schmidt, twice, so that it holds to rounding).
pub(crate) fn orthogonal(size: usize, chance: &mut Chance) -> Vec<f32> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
    while rows.len() < size {
        let mut row: Vec<f64> = (0..size).map(|_| f64::from(chance.normal())).collect();
        for _ in 0..2 {
            for earlier in &rows {
                let along: f64 = row.iter().zip(earlier).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(earlier).for_each(|(a, b)| *a -= along * b);
            }
            let norm = row.iter().map(|a| a * a).sum::<f64>().sqrt();
            row.iter_mut().for_each(|a| *a /= norm);
        }
        rows.push(row);
    }
    rows.into_iter().flatten().map(|value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orthogonal_matrix_times_its_transpose_is_one() {
        let matrix = orthogonal(24, &mut Chance::new(1, "orthogonal"));
        let view = View::new(&matrix, 24, 24);
        let square = product(view, view.transposed(), 24, 24);
        for (place, value) in square.iter().enumerate() {
            let expected = if place / 24 == place % 24 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-5, "{place}: {value}");
        }
    }
}
