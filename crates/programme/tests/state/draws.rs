//! The draw: even, blind to order, and repeatable from pseudonyms alone.

use std::collections::{BTreeMap, BTreeSet};

use programme::{EvaluatorId, PoolEntry, Sealed, Seed, SeedSource, draw};
use proptest::prelude::*;
use rulebook::Panel;

use crate::plot::{entry, key};

fn panel() -> Panel {
    toml::from_str("id = 'experts'\nname = { en = 'Experts' }\nseats = 3").unwrap()
}

fn pool(size: usize) -> Vec<PoolEntry> {
    (0..size).map(entry).collect()
}

fn seed(value: impl ToString) -> Seed {
    Seed(vec![SeedSource { source: "dice".to_owned(), value: value.to_string() }])
}

fn seated(pool: &[PoolEntry], seed: &Seed) -> Vec<EvaluatorId> {
    draw(&key("written"), &panel(), pool, seed, &BTreeSet::new()).unwrap().seated
}

#[test]
fn every_candidate_sits_about_as_often_as_every_other() {
    let (size, throws) = (12_usize, 4_000_u32);
    let mut times: BTreeMap<EvaluatorId, f64> = BTreeMap::new();
    for value in 0..throws {
        for evaluator in seated(&pool(size), &seed(value)) {
            *times.entry(evaluator).or_default() += 1.0;
        }
    }
    let expected = f64::from(throws) * 3.0 / 12.0;
    let chi_square: f64 = times.values().map(|seen| (seen - expected).powi(2) / expected).sum();
    // Eleven degrees of freedom: one honest draw in a thousand lies above this.
    assert_eq!(times.len(), size);
    assert!(chi_square < 31.26, "{chi_square}: {times:?}");
}

#[test]
fn a_draw_is_repeated_without_a_name() {
    let named = pool(9);
    let mut nameless = named.clone();
    for entry in &mut nameless {
        entry.person = Sealed(String::new());
    }
    assert_eq!(seated(&named, &seed(7)), seated(&nameless, &seed(7)));
}

#[test]
fn another_stage_draws_another_panel_from_the_same_seed() {
    let there = draw(&key("final"), &panel(), &pool(12), &seed(7), &BTreeSet::new()).unwrap().seated;
    assert_ne!(seated(&pool(12), &seed(7)), there);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_pool_does_not_matter(
        turned in Just(pool(9)).prop_shuffle(),
        value in any::<u64>(),
    ) {
        prop_assert_eq!(seated(&turned, &seed(value)), seated(&pool(9), &seed(value)));
    }

    #[test]
    fn striking_somebody_who_does_not_sit_moves_nobody(value in any::<u64>(), struck in 0..9_usize) {
        let whole = seated(&pool(9), &seed(value));
        let entry = entry(struck);
        let declined = BTreeSet::from([entry.evaluator.clone()]);
        let again = draw(&key("written"), &panel(), &pool(9), &seed(value), &declined).unwrap().seated;
        let stay: Vec<_> = whole.iter().filter(|seat| **seat != entry.evaluator).cloned().collect();
        prop_assert_eq!(&again[..stay.len()], &stay[..]);
    }
}
