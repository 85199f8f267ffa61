//! The normal and Student's t distribution, the same to the last bit on every machine.
//!
//! Every function goes through `libm`, which is plain arithmetic: the logarithm of the platform's own C library may end
//! in another digit, and then a verdict would not come out to the same bytes.

/// The chance that a standard normal variable is at most `x`.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The value that a standard normal variable stays below with chance `p`; infinite at 0 and 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    quantile(p, normal_cdf)
}

/// The chance that a variable with Student's t distribution and `df` degrees of freedom (any number above 0) is at most
/// `x`.
///
/// By the regularised incomplete beta function (Abramowitz and Stegun 26.7.1 and 26.5.2); `df` without limit is the
/// normal distribution.
pub(crate) fn t_cdf(x: f64, df: f64) -> f64 {
    if df.is_infinite() {
        return normal_cdf(x);
    }
    let tail = 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + x * x));
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// The chance that such a variable is at least `x`: exact far out, where `1 - t_cdf` is not.
pub(crate) fn t_upper(x: f64, df: f64) -> f64 {
    t_cdf(-x, df)
}

/// The value that such a variable stays below with chance `p`; infinite at 0 and 1.
pub(crate) fn t_quantile(p: f64, df: f64) -> f64 {
    quantile(p, |x| t_cdf(x, df))
}

/// Inverts a symmetric distribution by halving; the last bit does not depend on where it began.
fn quantile(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    if p > 0.5 {
        return -quantile(1.0 - p, cdf);
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let mut low = -1.0;
    while cdf(low) > p && low > -1e300 {
        low *= 2.0;
    }
    halve(low, 0.0, |x| cdf(x) <= p)
}

/// The place in `low..high` up to which `holds` holds, to the last bit or nearly.
pub(crate) fn halve(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

/// The regularised incomplete beta function `I_x(a, b)` by its continued fraction (Lentz's method).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    let front = libm::exp(front);
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut whole = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        whole *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        whole *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

    use super::*;

    #[test]
    fn printed_tables_agree() {
        // The tables of every textbook, and the closed forms for one and two degrees of freedom.
        let cases = [
            (normal_quantile(0.95), 1.644_853_626_951_472_2),
            (normal_quantile(0.975), 1.959_963_984_540_054),
            (t_quantile(0.95, 10.0), 1.812_461_122_811_676),
            (t_quantile(0.975, 4.0), 2.776_445_105_197_793),
            (t_cdf(2.0, 1.0), 0.5 + 2.0_f64.atan() / std::f64::consts::PI),
            (t_cdf(2.0, 2.0), 0.5 + 1.0 / 6.0_f64.sqrt()),
        ];
        for (found, printed) in cases {
            assert!((found - printed).abs() < 1e-11, "{found} is not {printed}");
        }
    }

    #[test]
    fn another_library_agrees() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        for step in -60..=60 {
            let x = f64::from(step) / 10.0;
            assert!((normal_cdf(x) - normal.cdf(x)).abs() < 1e-10, "{x}");
            for df in [1.0, 2.5, 9.0, 39.7, 1_000.0] {
                let t = StudentsT::new(0.0, 1.0, df).unwrap();
                assert!((t_cdf(x, df) - t.cdf(x)).abs() < 1e-9, "{x} with {df}");
            }
        }
    }

    #[test]
    fn quantiles_invert() {
        for p in [1e-9, 0.001, 0.025, 0.3, 0.5, 0.7, 0.9999] {
            assert!((normal_cdf(normal_quantile(p)) - p).abs() < 1e-13);
            assert!((t_cdf(t_quantile(p, 3.3), 3.3) - p).abs() < 1e-12);
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(t_quantile(1.0, 5.0), f64::INFINITY);
    }
}
