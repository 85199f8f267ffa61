//! Random rulebooks and facts, made after their types, so that most of them mean something.
//!
//! Scales are short, so that totals are often equal. Most cases are whole; the others are damaged in a few places.

mod damage;
mod facts;
mod rulebooks;

use programme::Facts;
use rulebook::Rulebook;

use crate::random::Random;

/// A case: rules and facts.
pub(crate) struct Case {
    pub(crate) rulebook: Rulebook,
    pub(crate) facts: Facts,
}

/// The case with this number.
pub(crate) fn case(seed: u64, number: u64) -> Case {
    let mut random = Random::new(seed ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let mut rulebook = rulebooks::rulebook(&mut random);
    let mut facts = facts::facts(&mut random, &rulebook);
    while random.percent(35) {
        damage::damage(&mut random, &mut rulebook, &mut facts);
    }
    Case { rulebook, facts }
}
