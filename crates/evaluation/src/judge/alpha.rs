//! Krippendorff's alpha: how far judges agree beyond chance (Krippendorff 2011, *Computing Krippendorff's
//! Alpha-Reliability*).

use std::collections::BTreeMap;

/// How far apart two values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The same, or not: verdicts.
    Nominal,
    /// By how many values lie between them: ranks.
    Ordinal,
    /// By their difference: ratings.
    Interval,
}

/// A value as it occurs, with how often.
struct Levels {
    values: Vec<f64>,
    counts: Vec<f64>,
}

/// Alpha over `units`: for each case what the judges said of it, `None` where one said nothing.
///
/// 1 is agreement in everything, 0 is chance, below 0 is worse than chance. A unit with fewer than two values is left
/// out. `None` if nothing can be paired, or if all values are the same: then agreement beyond chance is not defined.
pub fn alpha(units: &[Vec<Option<f64>>], scale: Scale) -> Option<f64> {
    let units: Vec<Vec<f64>> = units.iter().map(|unit| unit.iter().flatten().copied().collect()).collect();
    let units: Vec<&[f64]> = units.iter().filter(|unit: &&Vec<f64>| unit.len() > 1).map(Vec::as_slice).collect();
    let levels = Levels::of(&units);
    let total: f64 = levels.counts.iter().sum();
    let mut observed = 0.0;
    for unit in &units {
        let places: Vec<usize> = unit.iter().map(|value| levels.place(*value)).collect();
        let pairs = places.iter().flat_map(|one| places.iter().map(move |other| (*one, *other)));
        let apart: f64 = pairs.map(|(one, other)| levels.distance(one, other, scale)).sum();
        observed += apart / (count(unit.len()) - 1.0);
    }
    let mut expected = 0.0;
    for (one, first) in levels.counts.iter().enumerate() {
        for (other, second) in levels.counts.iter().enumerate() {
            expected += first * second * levels.distance(one, other, scale);
        }
    }
    (expected > 0.0).then(|| 1.0 - (total - 1.0) * observed / expected)
}

impl Levels {
    fn of(units: &[&[f64]]) -> Self {
        let mut counts: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for value in units.iter().flat_map(|unit| unit.iter()) {
            // 0 and -0 are one value; adding 0 makes them so.
            counts.entry((value + 0.0).to_bits()).or_insert((*value, 0.0)).1 += 1.0;
        }
        let mut levels: Vec<(f64, f64)> = counts.into_values().collect();
        levels.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (values, counts) = levels.into_iter().unzip();
        Self { values, counts }
    }

    fn place(&self, value: f64) -> usize {
        self.values.iter().position(|level| *level == value).unwrap_or(0)
    }

    /// The squared distance of two levels.
    fn distance(&self, one: usize, other: usize, scale: Scale) -> f64 {
        let (low, high) = (one.min(other), one.max(other));
        match scale {
            _ if low == high => 0.0,
            Scale::Nominal => 1.0,
            Scale::Interval => (self.values[high] - self.values[low]).powi(2),
            Scale::Ordinal => {
                let between: f64 = self.counts[low..=high].iter().sum();
                (between - f64::midpoint(self.counts[low], self.counts[high])).powi(2)
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of judges")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Krippendorff 2011, section C: four observers, twelve units, missing values; alpha is 0.743
    /// (nominal), 0.815 (ordinal) and 0.849 (interval).
    #[test]
    fn the_published_example() {
        let observers = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ];
        let value = |value: i32| (value > 0).then(|| f64::from(value));
        let units: Vec<Vec<Option<f64>>> =
            (0..12).map(|unit| observers.iter().map(|observer| value(observer[unit])).collect()).collect();
        for (scale, wanted) in [(Scale::Nominal, 0.743), (Scale::Ordinal, 0.815), (Scale::Interval, 0.849)] {
            let found = alpha(&units, scale).unwrap();
            assert!((found - wanted).abs() < 0.0005, "{scale:?}: {found}");
        }
    }

    /// The example of section A: two observers, ten units, two values; alpha is 0.095.
    #[test]
    fn the_published_binary_example() {
        let pairs = [(0, 1), (1, 1), (0, 1), (0, 0), (0, 0), (0, 1), (0, 0), (0, 0), (1, 0), (0, 0)];
        let pairs = pairs.map(|(one, other)| vec![Some(f64::from(one)), Some(f64::from(other))]);
        let found = alpha(&pairs, Scale::Nominal).unwrap();
        assert!((found - 0.095).abs() < 0.0005, "{found}");
    }

    #[test]
    fn what_cannot_be_paired_gives_nothing() {
        assert_eq!(alpha(&[vec![Some(1.0), None], vec![None, Some(2.0)]], Scale::Nominal), None);
        assert_eq!(alpha(&[vec![Some(1.0), Some(1.0)], vec![Some(1.0), Some(1.0)]], Scale::Nominal), None);
        assert_eq!(alpha(&[], Scale::Interval), None);
        let full = [vec![Some(1.0), Some(1.0)], vec![Some(2.0), Some(2.0)]];
        assert_eq!(alpha(&full, Scale::Nominal), Some(1.0));
    }
}
