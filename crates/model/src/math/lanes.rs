//! Sums over a slice in sixteen lanes, which the compiler turns into vector registers, in one fixed order.

use super::vectorised;

/// How many partial sums run side by side: two registers of eight hide the latency of an addition.
const LANES: usize = 16;

/// Folds `step` over sixteen lanes: float `i` of `values` goes to lane `i mod 16`.
#[inline(always)]
pub(super) fn fold(values: &[f32], start: f32, step: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, *value);
    }
    lanes
}

/// Joins the lanes pairwise: 16, 8, 4, 2, 1.
#[inline(always)]
pub(super) fn join(mut lanes: [f32; LANES], step: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = step(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// The sum of what `value` makes of each pair of floats.
#[inline(always)]
pub(super) fn sum_pairs(left: &[f32], right: &[f32], add: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane = add(*lane, *left, *right);
        }
    }
    for ((lane, left), right) in lanes.iter_mut().zip(left_rest).zip(right_rest) {
        *lane = add(*lane, *left, *right);
    }
    join(lanes, |one, other| one + other)
}

/// The sum of the squares.
#[inline(always)]
pub(super) fn sum_of_squares(values: &[f32]) -> f32 {
    sum_pairs(values, values, |sum, left, right| left.mul_add(right, sum))
}

/// The dot product, for use inside [`vectorised`].
#[inline(always)]
pub(crate) fn dot_row(left: &[f32], right: &[f32]) -> f32 {
    sum_pairs(left, right, |sum, left, right| left.mul_add(right, sum))
}

/// The dot product of two slices of one length; of the shorter length where they differ.
#[must_use]
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let length = left.len().min(right.len());
    vectorised(
        #[inline(always)]
        || dot_row(&left[..length], &right[..length]),
    )
}

/// Adds each float of `from` to the float of `to` at its place.
pub fn add(to: &mut [f32], from: &[f32]) {
    vectorised(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_over_any_length_are_those_of_exact_arithmetic() {
        for length in [0, 1, 15, 16, 17, 100] {
            let left: Vec<f32> = (0..length).map(|place| place as f32 - 7.0).collect();
            let right: Vec<f32> = (0..length).map(|place| 3.0 - place as f32).collect();
            let exact: f32 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
            assert_eq!(dot(&left, &right), exact, "whole numbers are exact in any order");
            assert_eq!(sum_of_squares(&left), left.iter().map(|value| value * value).sum::<f32>());
        }
    }

    #[test]
    fn slices_are_added_float_by_float() {
        let mut to = vec![1.0; 19];
        add(&mut to, &(0..19).map(|place| place as f32).collect::<Vec<_>>());
        assert_eq!(to, (1..20).map(|value| value as f32).collect::<Vec<_>>());
    }
}
