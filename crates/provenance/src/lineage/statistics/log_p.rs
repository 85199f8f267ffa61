//! Tails of distributions as natural logarithms, also where the probability itself is no float any more.

use std::f64::consts::{LN_2, PI, SQRT_2};

/// To logarithms of base 10, and never above 0.
#[must_use]
pub fn to_log10(ln_p: f64) -> f64 {
    (ln_p / std::f64::consts::LN_10).min(0.0)
}

/// Logarithm of the chance that a standard normal number is at least `z`.
///
/// Below 10 by the complementary error function; from there by the continued fraction of Mills' ratio (Abramowitz and
/// Stegun 26.2.14), which has all digits after a few terms.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    if z < -5.0 {
        return (-0.5 * libm::erfc(-z / SQRT_2)).ln_1p();
    }
    if z < 10.0 {
        return libm::erfc(z / SQRT_2).ln() - LN_2;
    }
    let mills = (1..=60).rev().fold(z, |below, term| z + f64::from(term) / below);
    -0.5 * z * z - 0.5 * (2.0 * PI).ln() - mills.ln()
}

/// Logarithm of `n!`.
#[must_use]
pub fn factorial(n: u64) -> f64 {
    libm::lgamma(n as f64 + 1.0)
}

/// Logarithm of the chance that a Poisson number of mean `mean` is at least `count`.
///
/// The series from `count` upwards, whose terms fall at least as fast as those of a geometric one once they are past
/// the mean.
#[must_use]
pub fn poisson_upper(count: u64, mean: f64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    if mean <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let first = count as f64 * mean.ln() - mean - factorial(count);
    let (mut sum, mut term, mut at) = (1.0f64, 1.0f64, count as f64);
    // Below the mean the terms still rise; the first one past which they no longer count is what ends the sum.
    while at < mean || term > sum * 1e-17 {
        at += 1.0;
        term *= mean / at;
        sum += term;
        if sum > 1e280 {
            return 0.0;
        }
    }
    (first + sum.ln()).min(0.0)
}

/// Logarithm of the chance that Student's t with `freedom` degrees of freedom is at least `t`.
///
/// Half the regularised incomplete beta function at `freedom / (freedom + t²)`, by its continued fraction (Numerical
/// Recipes 6.4), with the power in front kept as a logarithm.
#[must_use]
pub fn student_upper(t: f64, freedom: f64) -> f64 {
    if t <= 0.0 {
        return (1.0 - student_upper(-t, freedom).exp().min(0.5)).ln();
    }
    if t == 0.0 {
        return -LN_2;
    }
    let (a, b) = (freedom / 2.0, 0.5);
    let (x, rest) = (freedom / (freedom + t * t), t * t / (freedom + t * t));
    let beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = a * x.ln() + b * rest.ln() - beta;
    if x < (a + 1.0) / (a + b + 2.0) {
        return front + beta_fraction(a, b, x).ln() - a.ln() - LN_2;
    }
    let other = (front + beta_fraction(b, a, rest).ln() - b.ln()).exp();
    (0.5 * (1.0 - other)).max(f64::MIN_POSITIVE).ln()
}

/// The continued fraction of the incomplete beta function, by Lentz' method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let guard = |value: f64| if value.abs() < tiny { tiny } else { value };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut whole = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        whole *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        whole *= d * c;
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    whole
}

/// Logarithm of the chance that one more draw exceeds the draws of a null by as much as `observed` does, if the null is
/// normal and only these draws of it are known.
///
/// With `n` draws of mean `m` and standard deviation `s`, `(observed − m) / (s·√(1 + 1/n))` is Student's t with `n − 1`
/// degrees of freedom: the prediction interval of the textbooks. None from fewer than four draws or from equal ones.
#[must_use]
pub fn predictive_upper(observed: f64, draws: &[f64]) -> Option<f64> {
    let n = draws.len() as f64;
    if draws.len() < 4 {
        return None;
    }
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / (n - 1.0);
    if variance <= 0.0 || !variance.is_finite() {
        return None;
    }
    Some(student_upper((observed - mean) / (variance * (1.0 + 1.0 / n)).sqrt(), n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() <= 1e-10 * wanted.abs().max(1.0), "{found} is not {wanted}");
    }

    // Check values of mpmath 1.3 at 50 digits.
    #[test]
    fn tails_are_those_of_fifty_digits() {
        near(normal_upper(0.0), -std::f64::consts::LN_2);
        near(normal_upper(-8.0), -6.220_960_574_271_786e-16);
        near(normal_upper(3.0), -6.607_726_221_510_35);
        near(normal_upper(10.0), -53.231_285_150_512_47);
        near(normal_upper(182.0), -16_568.122_975_407_594);
        near(factorial(0), 0.0);
        near(factorial(100), 363.739_375_555_563_5);
        near(poisson_upper(10, 1.0), -16.009_909_825_202_022);
        near(poisson_upper(3, 5.0), -0.133_133_779_663_697_97);
        near(student_upper(2.0, 10.0), -3.305_141_551_232_453);
        near(poisson_upper(2_000, 0.4), -15_039.505_614_342_104);
        near(student_upper(226.0, 31.0), -117.462_898_272_401_65);
        near(student_upper(0.3, 5.0), -0.946_429_060_094_479_3);
    }

    #[test]
    fn tails_fall_and_meet_where_the_method_changes() {
        let mut last = 0.0;
        for step in -100..400 {
            let here = normal_upper(f64::from(step) * 0.1);
            assert!(here <= last, "at {step}");
            last = here;
        }
        near(normal_upper(9.999_999_999), normal_upper(10.0) + 1e-9 * 10.098);
        near(student_upper(-1.5, 7.0).exp() + student_upper(1.5, 7.0).exp(), 1.0);
        assert_eq!(predictive_upper(1.0, &[0.0; 9]), None);
    }
}
