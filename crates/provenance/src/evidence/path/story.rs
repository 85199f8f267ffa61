//! What distances say of the order of checkpoints.

use super::distance::Distances;
use crate::evidence::Finding;

/// Two checkpoints in between may be so much farther apart than the outer two. A walk of steps that have nothing to do
/// with each other gives 1.41 where two neighbours are exchanged.
const OUT_OF_ORDER: f64 = 1.25;
/// A stretch may be so many times as long as its steps and rates account for, beside the middle one.
const OUT_OF_PROPORTION: f64 = 8.0;
/// Moves that point the same way more closely than this lie on a line.
const STRAIGHT: f64 = 0.99;
/// Only who ends so far from the start, over its norm, could have ended at another model's weights.
const FAR: f64 = 0.5;
/// Distances below this share of the norm are of the size of the rounding of sketches.
const TOO_NEAR: f64 = 0.01;

/// How long each leg is beside what its steps and rates account for, over the middle of all legs. Weights that drift
/// go as far as the sum of rates, weights that stagger as far as the root of the sum of squares: the one that comes
/// out nearer to the middle counts.
pub(super) fn paces(steps: &[u64], distances: &Distances, rates: &[(u64, f64)]) -> Vec<f64> {
    let legs = steps.windows(2).enumerate().map(|(place, two)| {
        let (sum, squares) = effort(two[0], two[1], rates);
        let length = distances.of(place, place + 1).max(TOO_NEAR * distances.norm(place));
        (length / sum.max(f64::MIN_POSITIVE), length / squares.sqrt().max(f64::MIN_POSITIVE))
    });
    let (drift, stagger): (Vec<f64>, Vec<f64>) = legs.unzip();
    let over_middle = |paces: Vec<f64>| {
        let mut sorted = paces.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
        paces.into_iter().map(|pace| pace / middle).collect::<Vec<_>>()
    };
    over_middle(drift).into_iter().zip(over_middle(stagger)).map(|(drift, stagger)| drift.min(stagger)).collect()
}

/// The sum of rates, and of their squares, of the steps after `from` up to `to`; each step counts 1 where no rate is
/// known.
fn effort(from: u64, to: u64, rates: &[(u64, f64)]) -> (f64, f64) {
    let (mut sum, mut squares, mut at) = (0.0, 0.0, from);
    while at < to {
        let known = rates.partition_point(|(step, _)| *step <= at + 1);
        let rate = known.checked_sub(1).or((!rates.is_empty()).then_some(0)).map_or(1.0, |place| rates[place].1);
        // Until the next rate that is known.
        let until = rates.get(known).map_or(to, |(step, _)| (step - 1).clamp(at + 1, to));
        let steps = (until - at) as f64;
        sum += steps * rate;
        squares += steps * rate * rate;
        at = until;
    }
    (sum, squares)
}

/// Of three checkpoints the outer two are the farthest apart.
pub(super) fn order(steps: &[u64], distances: &Distances) -> Vec<Finding> {
    let count = distances.count();
    let mut worst: Option<(f64, [usize; 3], (usize, usize))> = None;
    let mut broken = 0_usize;
    for one in 0..count {
        for two in one + 1..count {
            for three in two + 1..count {
                let outer = distances.of(one, three).max(0.5 * TOO_NEAR * distances.norm(one)).max(f64::MIN_POSITIVE);
                for inner in [(one, two), (two, three)] {
                    let length = distances.of(inner.0, inner.1);
                    let ratio = length / outer;
                    let is_broken = ratio > OUT_OF_ORDER && length > TOO_NEAR * distances.norm(one);
                    broken += usize::from(is_broken);
                    if is_broken && worst.is_none_or(|(most, _, _)| ratio > most) {
                        worst = Some((ratio, [one, two, three], inner));
                    }
                }
            }
        }
    }
    let told = worst.map(|(ratio, three, inner)| {
        let step = |place: usize| steps[place];
        let [first, second, third] = three.map(step);
        let others = match broken {
            1 => String::new(),
            _ => format!("; {} more triples like it", broken - 1),
        };
        let what = format!(
            "checkpoints are out of order: of steps {first}, {second} and {third}, those of {} and {} are {ratio:.2} times as far \
             apart as the outer two{others}",
            step(inner.0),
            step(inner.1)
        );
        Finding { line: None, what }
    });
    told.into_iter().collect()
}

/// No stretch is out of proportion.
pub(super) fn proportion(steps: &[u64], paces: &[f64], distances: &Distances) -> Vec<Finding> {
    // With fewer legs there is no middle to speak of.
    if paces.len() < 3 {
        return Vec::new();
    }
    let is_long = |place: usize| distances.of(place, place + 1) > TOO_NEAR * distances.norm(place);
    let long = steps
        .windows(2)
        .zip(paces)
        .enumerate()
        .filter(|(place, (_, pace))| **pace > OUT_OF_PROPORTION && is_long(*place));
    let told = long.map(|(_, (two, pace))| Finding {
        line: None,
        what: format!(
            "from step {} to step {} the weights moved {pace:.1} times as far as steps and learning rates account for",
            two[0], two[1]
        ),
    });
    told.collect()
}

/// Training turns; a blend of two models does not.
pub(super) fn line(distances: &Distances) -> Option<Finding> {
    if distances.of(0, distances.count().saturating_sub(1)) < FAR * distances.norm(0) {
        return None;
    }
    let turns: Vec<f64> = (0..distances.count().saturating_sub(2))
        .filter_map(|place| {
            let (one, two) = (distances.of(place, place + 1), distances.of(place + 1, place + 2));
            let near = TOO_NEAR * distances.norm(place);
            let both = distances.of(place, place + 2);
            (one > near && two > near).then(|| (both * both - one * one - two * two) / (2.0 * one * two))
        })
        .collect();
    let straight = turns.iter().filter(|turn| **turn > STRAIGHT).count();
    (straight >= 2 && 2 * straight > turns.len()).then(|| Finding {
        line: None,
        what: format!(
            "checkpoints lie on a straight line at {straight} of {} places, as blends of two models do and trained ones do not",
            turns.len()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_hold_until_the_next_that_is_known() {
        assert_eq!(effort(0, 10, &[]), (10.0, 10.0));
        let rates = [(1, 0.5), (5, 0.25)];
        assert_eq!(effort(0, 10, &rates), (4.0 * 0.5 + 6.0 * 0.25, 4.0 * 0.25 + 6.0 * 0.0625));
        assert_eq!(effort(4, 6, &rates), (0.5, 0.125));
        assert_eq!(effort(0, 4, &[(3, 2.0)]), (8.0, 16.0), "before the first that is known, the first");
    }
}
