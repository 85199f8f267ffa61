//! Krippendorff's alpha: one less the observed disagreement over the disagreement that chance would give.
//!
//! K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). A unit with a single value can be paired with
//! nothing and is left out.

/// What counts as how far apart two values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The same or not.
    Nominal,
    /// By the values that lie between.
    Ordinal,
    /// By the square of the difference.
    Interval,
}

/// Alpha over `units`, each the values that the observers gave it, none where one gave none.
///
/// None where fewer than two values can be paired or all of them are the same.
pub fn krippendorff_alpha(units: &[Vec<Option<f64>>], metric: Metric) -> Option<f64> {
    let units: Vec<Vec<f64>> = units.iter().map(|unit| unit.iter().flatten().copied().collect()).collect();
    let paired: Vec<&Vec<f64>> = units.iter().filter(|unit| unit.len() > 1).collect();
    let mut values: Vec<f64> = paired.iter().flat_map(|unit| unit.iter().copied()).collect();
    values.sort_by(f64::total_cmp);
    let apart = |one: f64, other: f64| disagreement(metric, &values, one, other);
    let observed: f64 = paired.iter().map(|unit| over_pairs(unit, apart) / (unit.len() as f64 - 1.0)).sum();
    let expected = over_pairs(&values, apart) / (values.len() as f64 - 1.0);
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// The sum over all ordered pairs of different places.
fn over_pairs(values: &[f64], apart: impl Fn(f64, f64) -> f64) -> f64 {
    let with_others =
        |(place, one): (usize, &f64)| values.iter().skip(place + 1).map(|other| apart(*one, *other)).sum::<f64>();
    2.0 * values.iter().enumerate().map(with_others).sum::<f64>()
}

/// How far apart two values are, squared; `sorted` are all the values that can be paired.
fn disagreement(metric: Metric, sorted: &[f64], one: f64, other: f64) -> f64 {
    match metric {
        Metric::Nominal => f64::from(u8::from(one != other)),
        Metric::Interval => (one - other).powi(2),
        Metric::Ordinal if one == other => 0.0,
        Metric::Ordinal => {
            // The values between, the two ends counted half.
            let (low, high) = (one.min(other), one.max(other));
            let below = |bound: f64| sorted.partition_point(|value| *value < bound) as f64;
            let up_to = |bound: f64| sorted.partition_point(|value| *value <= bound) as f64;
            (below(high).midpoint(up_to(high)) - below(low).midpoint(up_to(low))).powi(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Krippendorff (2011), example D: four observers, twelve units, values missing; a row for each observer.
    const OBSERVERS: [[u8; 12]; 4] = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    fn units() -> Vec<Vec<Option<f64>>> {
        let value = |value: u8| (value > 0).then(|| f64::from(value));
        (0..12).map(|unit| OBSERVERS.iter().map(|row| value(row[unit])).collect()).collect()
    }

    #[test]
    fn krippendorff_2011_example_d() {
        let alpha = |metric| format!("{:.3}", krippendorff_alpha(&units(), metric).unwrap());
        assert_eq!(alpha(Metric::Nominal), "0.743");
        assert_eq!(alpha(Metric::Ordinal), "0.815");
        assert_eq!(alpha(Metric::Interval), "0.849");
    }

    #[test]
    fn without_pairs_or_without_variance_there_is_none() {
        assert_eq!(krippendorff_alpha(&[], Metric::Interval), None);
        assert_eq!(krippendorff_alpha(&[vec![Some(1.0), None]], Metric::Interval), None);
        assert_eq!(krippendorff_alpha(&[vec![Some(1.0), Some(1.0)]], Metric::Interval), None);
    }

    #[test]
    fn perfect_agreement_is_one() {
        let units = [vec![Some(1.0), Some(1.0)], vec![Some(2.0), Some(2.0)]];
        assert_eq!(krippendorff_alpha(&units, Metric::Interval), Some(1.0));
    }
}
