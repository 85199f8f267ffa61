//! What each number of a report can and cannot show, in Korean and English, as data.

mod numbers;
mod summary;
mod tests_and_tiers;
mod words;

use serde::Serialize;

use super::{Test, Tier};
use crate::Said;

pub use self::numbers::{BLIND_SPOTS, EVIDENCE, NUMBERS};
pub(crate) use self::summary::counts;
pub use self::summary::{Shared, Summary};
pub(crate) use self::tests_and_tiers::{TESTS, TIERS};
pub use self::words::{component, components, control, effect, relation};

/// One thing that a report says, and how far it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name in the JSON report, or one of its own.
    pub key: &'static str,
    /// What people call it.
    pub name: Said,
    /// What it can show.
    pub shows: Said,
    /// What it cannot.
    pub limits: Said,
}

impl Entry {
    const fn new(
        key: &'static str,
        name: (&'static str, &'static str),
        shows: (&'static str, &'static str),
        limits: (&'static str, &'static str),
    ) -> Self {
        Self {
            key,
            name: Said::new(name.0, name.1),
            shows: Said::new(shows.0, shows.1),
            limits: Said::new(limits.0, limits.1),
        }
    }
}

/// What a test can and cannot show.
#[must_use]
pub const fn test(test: Test) -> &'static Entry {
    let [tensors, units, aligned, matched, heads, experts, tokens, signs, rotation, merge] = TESTS;
    match test {
        Test::IdenticalTensors => tensors,
        Test::IdenticalUnits => units,
        Test::AlignedUnits => aligned,
        Test::MatchedUnits => matched,
        Test::MatchedHeads => heads,
        Test::MatchedExperts => experts,
        Test::SharedTokens => tokens,
        Test::SignedPermutation => signs,
        Test::Rotation => rotation,
        Test::Merge => merge,
    }
}

/// How far a p-value of a tier can be trusted.
#[must_use]
pub const fn tier(tier: Tier) -> &'static Entry {
    let [exact, calibrated, corroborating] = TIERS;
    match tier {
        Tier::Exact => exact,
        Tier::Calibrated => calibrated,
        Tier::Corroborating => corroborating,
    }
}

/// Everything that is explained, in the order of a report: tiers, tests, numbers, the evidence log, blind spots.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TIERS.iter().chain(TESTS).chain(NUMBERS).chain(EVIDENCE).chain(BLIND_SPOTS)
}
