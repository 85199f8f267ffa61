//! F1 and the correlation coefficient of Matthews, with scikit-learn's values where they are not defined.

use super::float;
use crate::hook::PortFault;

/// F1 of class 1 among two classes; 0 where class 1 neither occurs nor is chosen.
pub(super) fn f1(pairs: &[(i64, i64)]) -> Result<f64, PortFault> {
    let classes = classes(pairs);
    if classes.len() > 2 || (classes.len() == 2 && !classes.contains(&1)) {
        let reason = format!("f1 needs two classes, 0 and 1, and here are {classes:?}; use another aggregation");
        return Err(PortFault(reason));
    }
    let outcomes: Vec<[f64; 3]> = pairs.iter().map(outcome).collect();
    Ok(f1_of(outcomes.iter()))
}

/// Whether class 1 was rightly chosen, missed, or wrongly chosen.
pub(super) fn outcome((gold, chosen): &(i64, i64)) -> [f64; 3] {
    let is = |holds: bool| f64::from(u8::from(holds));
    [is(*gold == 1 && *chosen == 1), is(*gold == 1 && *chosen != 1), is(*gold != 1 && *chosen == 1)]
}

pub(super) fn f1_of<'a>(outcomes: impl Iterator<Item = &'a [f64; 3]>) -> f64 {
    let [hits, misses, alarms] = outcomes.fold([0.0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]);
    if hits + misses + alarms > 0.0 { 2.0 * hits / (2.0 * hits + misses + alarms) } else { 0.0 }
}

fn classes(pairs: &[(i64, i64)]) -> Vec<i64> {
    let mut classes: Vec<i64> = pairs.iter().flat_map(|(gold, chosen)| [*gold, *chosen]).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The classes numbered from 0, and how many there are.
pub(super) fn numbered(pairs: &[(i64, i64)]) -> (Vec<(usize, usize)>, usize) {
    let classes = classes(pairs);
    let number = |class: &i64| classes.binary_search(class).unwrap_or(0);
    (pairs.iter().map(|(gold, chosen)| (number(gold), number(chosen))).collect(), classes.len())
}

/// The correlation of right and chosen classes, of any number (Gorodkin 2004); 0 where one side is constant.
pub(super) fn matthews(pairs: &[(i64, i64)]) -> f64 {
    let (pairs, classes) = numbered(pairs);
    matthews_of(pairs.iter(), classes)
}

pub(super) fn matthews_of<'a>(pairs: impl Iterator<Item = &'a (usize, usize)>, classes: usize) -> f64 {
    let (mut gold, mut chosen) = (vec![0.0; classes], vec![0.0; classes]);
    let (mut all, mut correct) = (0, 0.0);
    for (one, other) in pairs {
        gold[*one] += 1.0;
        chosen[*other] += 1.0;
        all += 1;
        correct += f64::from(u8::from(one == other));
    }
    let all = float(all);
    let product = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
    let covariance = correct * all - product(&gold, &chosen);
    let of_chosen = all * all - product(&chosen, &chosen);
    let of_gold = all * all - product(&gold, &gold);
    if of_chosen * of_gold == 0.0 { 0.0 } else { covariance / (of_chosen * of_gold).sqrt() }
}
