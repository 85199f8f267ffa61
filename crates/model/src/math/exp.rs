//! The exponential, as a polynomial that vectorises.

/// Below it the result is 0: there the exponent would leave the normal numbers.
const LEAST: f32 = -86.6;
/// Above it the result is infinite.
const MOST: f32 = 88.72;
/// ln 2 in two parts: the first has zeros at its end, so that its product with a whole number is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Added to a float it leaves the nearest whole number in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// e to the power of `x`, within two units in the last place; 0 below −86.6, infinite above 88.72, NaN for NaN.
///
/// It has no branch, so that a loop over it vectorises. Source: the reduction `eˣ = 2ⁿ·eʳ` with `|r| ≤ ½ ln 2` and the
/// minimax polynomial of `expf` in Cephes (Moshier, 1992).
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    let inside = x.clamp(LEAST, MOST);
    let shifted = inside.mul_add(std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let rest = whole.mul_add(-LN_2_LOW, whole.mul_add(-LN_2_HIGH, inside));
    let mut sum = 1.987_569_1e-4_f32;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum.mul_add(rest, coefficient);
    }
    let reduced = sum.mul_add(rest * rest, rest + 1.0);
    let scaled = f32::from_bits(reduced.to_bits().wrapping_add(shifted.to_bits() << 23));
    let floored = if x < LEAST { 0.0 } else { scaled };
    if x > MOST { f32::INFINITY } else { floored }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_within_two_units_of_the_exact_value_over_its_whole_range() {
        let mut worst = 0.0_f64;
        for step in 0..=2_000_000 {
            let x = (LEAST + (MOST - LEAST) * (step as f32 / 2_000_000.0)).clamp(LEAST, MOST);
            let exact = f64::from(x).exp();
            let unit = f64::from(f32::EPSILON) * exact;
            worst = worst.max((f64::from(exp(x)) - exact).abs() / unit);
        }
        assert!(worst < 2.0, "{worst} units");
    }

    #[test]
    fn its_edges_are_those_of_the_exponential() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-100.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(89.0), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan());
    }
}
