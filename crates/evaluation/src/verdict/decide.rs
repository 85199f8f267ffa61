//! From figures to words: intersection–union for "reached", Holm for "not reached".
//!
//! "Reached" needs every test to pass at the full level: a union of hypotheses is refused wrongly no more often than
//! each of them (Berger 1982, Technometrics 24:295; Berger and Hsu 1996, Statistical Science 11:283). "Not reached" needs
//! one test to fail, and there are as many ways to err as tests, so the level is shared out step by step (Holm 1979,
//! Scandinavian Journal of Statistics 6:65). Missing answers must turn neither word.

use super::compare::{Comparison, Unit};
use super::reason::{Reason, Word};

/// Sets the words of all tests and comparisons, and gives the word over all of them.
pub(crate) fn decide(comparisons: &mut [Comparison], level: f64, blocked: &[Reason]) -> Word {
    let refused = refused(comparisons, level);
    let units = comparisons.iter_mut().flat_map(|comparison| &mut comparison.units);
    for (unit, refused) in units.zip(refused) {
        unit.decide(level, refused);
    }
    for comparison in comparisons.iter_mut() {
        comparison.word = over(comparison.units.iter().map(|unit| unit.word));
    }
    // What blocks one model of several keeps "reached" from being said, but one model out of reach is out of reach.
    let only_not_run = blocked.iter().all(|reason| matches!(reason, Reason::NotRun { .. }));
    match over(comparisons.iter().map(|comparison| comparison.word)) {
        Word::NotReached if only_not_run => Word::NotReached,
        word if blocked.is_empty() => word,
        _ => Word::NotShown,
    }
}

/// Not reached where one is not; reached where all are and there is one.
fn over(words: impl Iterator<Item = Word>) -> Word {
    let words: Vec<Word> = words.collect();
    if words.contains(&Word::NotReached) {
        Word::NotReached
    } else if !words.is_empty() && words.iter().all(|word| *word == Word::Reached) {
        Word::Reached
    } else {
        Word::NotShown
    }
}

/// Whether Holm's procedure refuses "at least the line" for each test: as the rule counts, and at best.
fn refused(comparisons: &[Comparison], level: f64) -> Vec<(bool, bool)> {
    let units: Vec<&Unit> = comparisons.iter().flat_map(|comparison| &comparison.units).collect();
    let p_values =
        |of: &dyn Fn(&Unit) -> Option<f64>| -> Vec<f64> { units.iter().map(|unit| of(unit).unwrap_or(1.0)).collect() };
    let main = p_values(&|unit| unit.figures.as_ref().map(|figures| figures.p_not_reached));
    let best = p_values(&|unit| unit.bounds.map(|bounds| bounds.best.p_not_reached));
    holm(&main, level).into_iter().zip(holm(&best, level)).collect()
}

/// Holm's step-down procedure: the smallest p-value against `level / n`, the next against `level / (n − 1)`, …
pub(crate) fn holm(p_values: &[f64], level: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    let p_value = |index: &usize| p_values.get(*index).copied().unwrap_or(1.0);
    order.sort_by(|one, other| p_value(one).total_cmp(&p_value(other)));
    let mut refused = vec![false; p_values.len()];
    let mut left = p_values.iter().fold(0.0, |count, _| count + 1.0);
    for index in order {
        if p_value(&index) > level / left {
            break;
        }
        if let Some(place) = refused.get_mut(index) {
            *place = true;
        }
        left -= 1.0;
    }
    refused
}

impl Unit {
    fn decide(&mut self, level: f64, (refused, refused_at_best): (bool, bool)) {
        let (Some(figures), Some(bounds), true) = (&self.figures, self.bounds, self.reasons.is_empty()) else {
            return;
        };
        let (reached, at_worst) = (figures.p_reached <= level, bounds.worst.p_reached <= level);
        self.word = match (reached, refused) {
            (true, _) if at_worst => Word::Reached,
            (false, true) if refused_at_best => Word::NotReached,
            (true, _) | (_, true) => {
                self.reasons.push(Reason::TurnsWithinBounds { unit: self.name.clone() });
                Word::NotShown
            }
            (false, false) => {
                let more_items = figures.needed_pairs.map(|needed| needed.saturating_sub(u64::from(figures.pairs)));
                let more_items = more_items.map(|more| more.max(1));
                self.reasons.push(Reason::Undecided { unit: self.name.clone(), more_items });
                Word::NotShown
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_shares_the_level_out() {
        assert_eq!(holm(&[0.01, 0.04, 0.03], 0.05), [true, false, false]);
        assert_eq!(holm(&[0.01, 0.04, 0.02], 0.05), [true, true, true]);
        assert_eq!(holm(&[0.02, 0.9], 0.05), [true, false]);
        assert_eq!(holm(&[0.03, 0.9], 0.05), [false, false]);
        assert!(holm(&[], 0.05).is_empty());
    }

    #[test]
    fn one_that_is_out_of_reach_is_enough() {
        use Word::{NotReached, NotShown, Reached};
        let word = |words: &[Word]| over(words.iter().copied());
        assert_eq!(word(&[Reached, Reached]), Reached);
        assert_eq!(word(&[Reached, NotShown]), NotShown);
        assert_eq!(word(&[Reached, NotShown, NotReached]), NotReached);
        assert_eq!(word(&[]), NotShown);
    }
}
