//! Aggregators: from one value per evaluator to one per team, exactly.

use rulebook::{Aggregator, Exact};

/// What `aggregator` makes of `values`, or nothing where there are too few of them.
///
/// `range` is the lowest and highest value that a vote of yes or no can take; only a majority looks at it. The order
/// of the values does not matter.
pub fn aggregate(aggregator: &Aggregator, values: &[Exact], range: (&Exact, &Exact)) -> Option<Exact> {
    match aggregator {
        Aggregator::Mean => mean(values),
        Aggregator::TrimmedMean { drop } => {
            let sorted = sorted(values);
            let drop = usize::try_from(*drop).ok()?;
            let kept = sorted.get(drop..sorted.len().checked_sub(drop)?)?;
            mean(kept)
        }
        Aggregator::Median => {
            let sorted = sorted(values);
            let middle = sorted.get(sorted.len().checked_sub(1)? / 2..=sorted.len() / 2)?;
            mean(middle)
        }
        Aggregator::Majority => {
            let (lowest, highest) = range;
            let for_it = values.iter().filter(|value| *value == highest).count();
            (!values.is_empty()).then(|| if for_it * 2 > values.len() { highest } else { lowest }.clone())
        }
    }
}

/// The fewest values that `aggregator` can work with.
pub fn fewest_values(aggregator: &Aggregator) -> u32 {
    match aggregator {
        Aggregator::TrimmedMean { drop } => drop.saturating_mul(2).saturating_add(1),
        Aggregator::Mean | Aggregator::Median | Aggregator::Majority => 1,
    }
}

fn mean(values: &[Exact]) -> Option<Exact> {
    let count = Exact::from(i64::try_from(values.len()).ok()?);
    values.iter().sum::<Exact>().checked_div(&count)
}

fn sorted(values: &[Exact]) -> Vec<Exact> {
    let mut values = values.to_vec();
    values.sort();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(aggregator: Aggregator, values: &[i64]) -> Option<String> {
        let values: Vec<Exact> = values.iter().map(|value| Exact::from(*value)).collect();
        aggregate(&aggregator, &values, (&Exact::zero(), &Exact::one())).map(|value| value.to_string())
    }

    #[test]
    fn of_several_equal_extremes_one_goes() {
        assert_eq!(of(Aggregator::TrimmedMean { drop: 1 }, &[90, 90, 70, 60, 60]).as_deref(), Some("220/3"));
    }

    #[test]
    fn too_few_values_are_no_value() {
        assert_eq!(of(Aggregator::TrimmedMean { drop: 1 }, &[90, 80]), None);
        assert_eq!(of(Aggregator::Mean, &[]), None);
        assert_eq!(of(Aggregator::Median, &[]), None);
        assert_eq!(of(Aggregator::Majority, &[]), None);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(of(Aggregator::Median, &[4, 1, 3, 2]).as_deref(), Some("2.5"));
        assert_eq!(of(Aggregator::Median, &[5, 1, 3]).as_deref(), Some("3"));
        assert_eq!(of(Aggregator::Median, &[5]).as_deref(), Some("5"));
    }

    #[test]
    fn half_is_no_majority() {
        assert_eq!(of(Aggregator::Majority, &[1, 1, 0, 0]).as_deref(), Some("0"));
        assert_eq!(of(Aggregator::Majority, &[1, 1, 1, 0, 0]).as_deref(), Some("1"));
    }
}
