//! The small rules that are easy to get wrong, each in a line; and wrong readings of them, which the comparison must
//! find.

use programme::VoteCount;
use rulebook::{Among, Exact};

use crate::model::mean;

/// The rules as they are meant.
pub(crate) trait Rules {
    /// A bar is reached by what is equal to it.
    fn reaches(&self, value: &Exact, bar: &Exact) -> bool {
        value >= bar
    }

    /// More than half of the votes cast.
    fn is_majority(&self, for_it: u32, against: u32) -> bool {
        for_it > against
    }

    /// More than half of the marks.
    fn is_majority_of_marks(&self, for_it: u32, against: u32) -> bool {
        for_it > against
    }

    /// More than a share of the votes cast; abstentions are no votes cast.
    fn exceeds(&self, count: u32, share: &Exact, votes: VoteCount) -> bool {
        Exact::from(count) > share * &Exact::from(votes.met + votes.not_met)
    }

    /// "Not applicable" is no mark.
    fn mark_not_applicable(&self) -> Option<Exact> {
        None
    }

    /// "Not applicable" is no measurement.
    fn measurement_not_applicable(&self) -> Option<Exact> {
        None
    }

    /// As many values go at each end as the rulebook says, however many are equal.
    fn trimmed(&self, sorted: Vec<Exact>, drop: usize) -> Vec<Exact> {
        sorted[drop..sorted.len() - drop].to_vec()
    }

    /// The middle, or halfway between the two in the middle.
    fn median(&self, sorted: &[Exact]) -> Exact {
        mean(&[sorted[(sorted.len() - 1) / 2].clone(), sorted[sorted.len() / 2].clone()])
    }

    /// A ratio earns its cap at most.
    fn capped(&self, ratio: Exact, cap: &Exact) -> Exact {
        if ratio > *cap { cap.clone() } else { ratio }
    }

    /// One more than the number of candidates with more.
    fn place(&self, total: &Exact, all: &[Exact]) -> u32 {
        1 + all.iter().filter(|other| *other > total).count() as u32
    }

    fn among(&self, among: Among) -> Among {
        among
    }

    /// A share, so that a recusal costs nothing.
    fn preference(&self, won: Exact, comparisons: i64) -> Exact {
        won / Exact::from(comparisons)
    }

    /// The lowest key comes first.
    fn seed_prefers(&self, one: [u8; 32], other: [u8; 32]) -> bool {
        one < other
    }

    /// A certificate holds on its last valid day.
    fn certificate_holds(&self, last: jiff::civil::Date, day: jiff::civil::Date) -> bool {
        last >= day
    }

    /// What is not known is neither met nor not met.
    fn unknown(&self) -> Option<bool> {
        None
    }
}

/// The right reading.
pub(crate) struct AsMeant;
impl Rules for AsMeant {}

/// A wrong reading: its name and the one rule that it reads otherwise.
macro_rules! wrong {
    ($($name:ident { $($rule:tt)* })*) => {
        $(
            struct $name;
            impl Rules for $name { $($rule)* }
        )*

        /// Every wrong reading, by name.
        pub(crate) fn wrong_readings() -> Vec<(&'static str, Box<dyn Rules>)> {
            vec![$((stringify!($name), Box::new($name))),*]
        }
    };
}

wrong! {
    EqualDoesNotReachTheBar {
        fn reaches(&self, value: &Exact, bar: &Exact) -> bool {
            value > bar
        }
    }
    HalfIsAMajority {
        fn is_majority(&self, for_it: u32, against: u32) -> bool {
            for_it >= against
        }
    }
    HalfOfTheMarksIsAMajority {
        fn is_majority_of_marks(&self, for_it: u32, against: u32) -> bool {
            for_it >= against
        }
    }
    AShareIsExceededByItself {
        fn exceeds(&self, count: u32, share: &Exact, votes: VoteCount) -> bool {
            Exact::from(count) >= share * &Exact::from(votes.met + votes.not_met)
        }
    }
    AbstentionsAreVotesCast {
        fn exceeds(&self, count: u32, share: &Exact, votes: VoteCount) -> bool {
            Exact::from(count) > share * &Exact::from(votes.met + votes.not_met + votes.abstained)
        }
    }
    AMarkNotApplicableIsZero {
        fn mark_not_applicable(&self) -> Option<Exact> {
            Some(Exact::zero())
        }
    }
    AMeasurementNotApplicableIsZero {
        fn measurement_not_applicable(&self) -> Option<Exact> {
            Some(Exact::zero())
        }
    }
    TrimmingDropsAllEqualExtremes {
        fn trimmed(&self, sorted: Vec<Exact>, drop: usize) -> Vec<Exact> {
            let (low, high) = (sorted[0].clone(), sorted[sorted.len() - 1].clone());
            let left: Vec<Exact> = sorted.iter().filter(|value| **value != low && **value != high).cloned().collect();
            if drop == 0 || left.is_empty() { sorted } else { left }
        }
    }
    TheMedianIsTheLowerMiddle {
        fn median(&self, sorted: &[Exact]) -> Exact {
            sorted[(sorted.len() - 1) / 2].clone()
        }
    }
    ARatioHasNoCap {
        fn capped(&self, ratio: Exact, _: &Exact) -> Exact {
            ratio
        }
    }
    PlacesAreDense {
        fn place(&self, total: &Exact, all: &[Exact]) -> u32 {
            let better: std::collections::BTreeSet<&Exact> = all.iter().filter(|other| *other > total).collect();
            1 + better.len() as u32
        }
    }
    AmongIsTheOtherWayRound {
        fn among(&self, among: Among) -> Among {
            match among {
                Among::All => Among::Passing,
                Among::Passing => Among::All,
            }
        }
    }
    PreferenceIsASum {
        fn preference(&self, won: Exact, _: i64) -> Exact {
            won
        }
    }
    TheHighestKeyComesFirst {
        fn seed_prefers(&self, one: [u8; 32], other: [u8; 32]) -> bool {
            one > other
        }
    }
    ACertificateEndsOnItsLastDay {
        fn certificate_holds(&self, last: jiff::civil::Date, day: jiff::civil::Date) -> bool {
            last > day
        }
    }
    UnknownIsNotMet {
        fn unknown(&self) -> Option<bool> {
            Some(false)
        }
    }
}
