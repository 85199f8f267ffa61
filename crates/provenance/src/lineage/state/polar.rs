//! The orthogonal factor of a matrix.

use crate::lineage::product::{self, Rows};

/// Steps that raise small singular values fast, and steps that settle them at 1.
const RAISE: usize = 9;
const SETTLE: usize = 6;

/// The nearest matrix to `matrix`, `rows × columns`, whose singular values are 1, by Newton and Schulz: products alone.
///
/// The first steps use the quintic `3.4445·x − 4.7750·x³ + 2.0315·x⁵`, which more than triples small singular values and
/// keeps large ones near 1; the last use the cubic `1.5·x − 0.5·x³`, which converges to 1 from there (Higham, Functions
/// of Matrices, 2008, chapter 8). Singular values below about 10⁻⁵ of the norm stay below 1: directions in which the
/// tokens say nothing are damped, not made up.
pub(super) fn polar(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let norm = product::dot(matrix, matrix).sqrt();
    if !(norm > 0.0 && norm.is_finite()) {
        return vec![0.0; matrix.len()];
    }
    let mut x: Vec<f32> = matrix.iter().map(|entry| (f64::from(*entry) / norm) as f32).collect();
    let wide = rows <= columns;
    let side = rows.min(columns);
    for step in 0..RAISE + SETTLE {
        let now = Rows::new(&x, columns);
        let gram = if wide { product::rows_by_rows(now, now) } else { product::columns_by_columns(now, now) };
        let square = Rows::new(&gram, side);
        let (one, three, five) = if step < RAISE { (3.4445, -4.7750, 2.0315) } else { (1.5, -0.5, 0.0) };
        let mut factor: Vec<f32> = if five == 0.0 {
            vec![0.0; gram.len()]
        } else {
            product::rows_by_columns(square, square).into_iter().map(|entry| entry * five).collect()
        };
        factor.iter_mut().zip(&gram).for_each(|(factor, entry)| *factor += three * entry);
        factor.iter_mut().step_by(side + 1).for_each(|entry| *entry += one);
        let factor = Rows::new(&factor, side);
        x = if wide { product::rows_by_columns(factor, now) } else { product::rows_by_columns(now, factor) };
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::checks::aligned::stream;
    use rand_chacha::rand_core::Rng as _;

    fn random(count: usize, seed: &[u8]) -> Vec<f32> {
        let mut random = stream(seed);
        (0..count).map(|_| (random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect()
    }

    fn is_orthonormal(x: &[f32], columns: usize, wide: bool) -> bool {
        let now = Rows::new(x, columns);
        let gram = if wide { product::rows_by_rows(now, now) } else { product::columns_by_columns(now, now) };
        let side = gram.len().isqrt();
        gram.iter().enumerate().all(|(at, entry)| (entry - f32::from(u8::from(at % (side + 1) == 0))).abs() < 1e-3)
    }

    #[test]
    fn factors_are_orthogonal_and_give_a_rotation_back() {
        let square = random(40 * 40, b"square");
        let rotation = polar(&square, 40, 40);
        assert!(is_orthonormal(&rotation, 40, true));
        assert!(is_orthonormal(&polar(&square[..30 * 40], 30, 40), 40, true));
        assert!(is_orthonormal(&polar(&square[..40 * 30], 40, 30), 30, false));
        // A symmetric positive matrix times a rotation has that rotation for its factor.
        let positive = product::rows_by_rows(Rows::new(&square, 40), Rows::new(&square, 40));
        let turned = product::rows_by_columns(Rows::new(&positive, 40), Rows::new(&rotation, 40));
        let back = polar(&turned, 40, 40);
        assert!(back.iter().zip(&rotation).all(|(one, two)| (one - two).abs() < 2e-2));
        assert!(polar(&[0.0; 4], 2, 2).iter().all(|entry| *entry == 0.0));
    }
}
