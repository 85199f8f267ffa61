//! Two answers, judged in both orders.

use serde::{Deserialize, Serialize};

use super::read::Verdict;
use crate::score::{Interval, mean_interval, mean_stderr};

/// What a judge said of two answers, in the order given and in the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Duel {
    /// With the first answer in the first place.
    pub given: Option<Verdict>,
    /// With the second answer in the first place.
    pub swapped: Option<Verdict>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuelOutcome {
    /// The first answer is better in both orders.
    Win,
    /// The second answer is better in both orders.
    Loss,
    /// Neither in both, or in one of them.
    Tie,
    /// The place decided: the judge named the same place both times.
    Inconsistent,
    /// One of the verdicts is missing.
    Unavailable,
}

impl Duel {
    /// What came of it.
    pub fn outcome(self) -> DuelOutcome {
        use Verdict::{First, Second, Tie};
        match (self.given, self.swapped) {
            (Some(First), Some(Second)) => DuelOutcome::Win,
            (Some(Second), Some(First)) => DuelOutcome::Loss,
            (Some(First), Some(First)) | (Some(Second), Some(Second)) => DuelOutcome::Inconsistent,
            (Some(First | Second | Tie), Some(First | Second | Tie)) => DuelOutcome::Tie,
            _ => DuelOutcome::Unavailable,
        }
    }

    /// 1 for a win, 0 for a loss, a half where neither answer was better in both orders.
    pub fn score(self) -> Option<f64> {
        match self.outcome() {
            DuelOutcome::Win => Some(1.0),
            DuelOutcome::Loss => Some(0.0),
            DuelOutcome::Tie | DuelOutcome::Inconsistent => Some(0.5),
            DuelOutcome::Unavailable => None,
        }
    }
}

/// Counts duels between the same two sides.
#[derive(Clone, Debug, Default)]
pub struct Duels {
    scores: Vec<f64>,
    outcomes: [usize; 5],
    places: [usize; 2],
}

/// How the first side did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DuelsResult {
    /// Better in both orders.
    pub wins: usize,
    /// Worse in both orders.
    pub losses: usize,
    /// Neither.
    pub ties: usize,
    /// Where the place decided.
    pub inconsistent: usize,
    /// Without a verdict that holds.
    pub unavailable: usize,
    /// The share of duels with two verdicts that hold.
    pub coverage: Option<f64>,
    /// The share of these in which the place did not decide.
    pub consistency: Option<f64>,
    /// How often the first place won, of all verdicts for one of the places; far from a half, the judge is biased.
    pub first_place: Option<f64>,
    /// The mean score: wins, and half of what is neither won nor lost.
    pub win_rate: Option<f64>,
    /// Its standard error.
    pub stderr: Option<f64>,
    /// Its interval of 95 %.
    pub interval: Option<Interval>,
}

impl Duels {
    /// Counts one more.
    pub fn add(&mut self, duel: Duel) {
        self.outcomes[duel.outcome() as usize] += 1;
        self.scores.extend(duel.score());
        for verdict in [duel.given, duel.swapped].into_iter().flatten() {
            match verdict {
                Verdict::First => self.places[0] += 1,
                Verdict::Second => self.places[1] += 1,
                _ => {}
            }
        }
    }

    /// The result of all.
    pub fn finish(&self) -> DuelsResult {
        let [wins, losses, ties, inconsistent, unavailable] = self.outcomes;
        let available = self.scores.len();
        let [first, second] = self.places;
        let total: f64 = self.scores.iter().sum();
        DuelsResult {
            wins,
            losses,
            ties,
            inconsistent,
            unavailable,
            coverage: share(available, available + unavailable),
            consistency: share(available - inconsistent, available),
            first_place: share(first, first + second),
            win_rate: (available > 0).then(|| total / float(available)),
            stderr: mean_stderr(&self.scores),
            interval: mean_interval(&self.scores),
        }
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A judge that always names the first place would give the first side every win without the swap.
    #[test]
    fn a_judge_of_places_decides_nothing() {
        let mut duels = Duels::default();
        for _ in 0..100 {
            duels.add(Duel { given: Some(Verdict::First), swapped: Some(Verdict::First) });
        }
        let result = duels.finish();
        assert_eq!((result.wins, result.losses, result.inconsistent), (0, 0, 100));
        assert_eq!((result.win_rate, result.consistency, result.first_place), (Some(0.5), Some(0.0), Some(1.0)));
    }

    #[test]
    fn only_what_survives_the_swap_is_a_win() {
        use Verdict::{First, Second, Tie};
        let table = [
            (Some(First), Some(Second), DuelOutcome::Win),
            (Some(Second), Some(First), DuelOutcome::Loss),
            (Some(First), Some(Tie), DuelOutcome::Tie),
            (Some(Tie), Some(Tie), DuelOutcome::Tie),
            (Some(Second), Some(Second), DuelOutcome::Inconsistent),
            (Some(First), None, DuelOutcome::Unavailable),
            (None, None, DuelOutcome::Unavailable),
            (Some(Verdict::Rating(3.0)), Some(First), DuelOutcome::Unavailable),
        ];
        for (given, swapped, wanted) in table {
            assert_eq!(Duel { given, swapped }.outcome(), wanted, "{given:?} {swapped:?}");
        }
    }

    #[test]
    fn what_is_unavailable_is_not_zero() {
        let mut duels = Duels::default();
        duels.add(Duel { given: Some(Verdict::First), swapped: Some(Verdict::Second) });
        duels.add(Duel { given: None, swapped: Some(Verdict::First) });
        let result = duels.finish();
        assert_eq!((result.win_rate, result.coverage, result.unavailable), (Some(1.0), Some(0.5), 1));
    }
}
