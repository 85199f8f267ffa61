//! The decision against a slow model of the same rules, over random rulebooks and facts.
//!
//! `DIFFERENTIAL_CASES` and `DIFFERENTIAL_SEED` change how many cases are tried and which.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clauses;
mod eligibility;
mod generate;
mod model;
mod properties;
mod random;
mod rules;

use programme::decide;

use self::{
    generate::{Case, case},
    model::{Hits, Model},
    rules::{AsMeant, Rules, wrong_readings},
};

const SEED: u64 = 20_260_824;

fn setting(name: &str, unless: u64) -> u64 {
    std::env::var(name).map_or(unless, |value| value.parse().unwrap())
}

#[test]
fn decision_and_model_agree_on_every_case() {
    let (cases, seed) = (setting("DIFFERENTIAL_CASES", 50_000), setting("DIFFERENTIAL_SEED", SEED));
    let mut hits = Hits::new();
    for number in 0..cases {
        let Case { rulebook, facts } = case(seed, number);
        let model = Model::new(&rulebook, &facts, &AsMeant);
        let (fast, slow) = (decide(&rulebook, &facts), model.decide());
        assert_eq!(fast, slow, "seed {seed}, case {number}: {:#?}\n{:#?}", rulebook.stages, facts);
        for (what, count) in model.hits.take() {
            *hits.entry(what).or_default() += count;
        }
        clauses::count(&rulebook, &facts, &fast, &mut hits);
    }
    for (what, count) in &hits {
        println!("{count:>8}  {what}");
    }
    let wanted = clauses::all();
    let rare = wanted.iter().filter(|what| hits.get(*what).copied().unwrap_or_default() < 100);
    let rare: Vec<String> = rare.map(|what| format!("{what}: {:?}", hits.get(what))).collect();
    assert!(cases < 50_000 || rare.is_empty(), "hardly or never used: {rare:#?}");
    println!("{cases} cases, {} clauses", hits.len());
}

/// The control that must fail: the comparison is worth something only if it finds what is wrong.
#[test]
fn every_wrong_reading_is_found() {
    let seed = setting("DIFFERENTIAL_SEED", SEED);
    let differs = |rules: &dyn Rules, number: &u64| {
        let Case { rulebook, facts } = case(seed, *number);
        decide(&rulebook, &facts) != Model::new(&rulebook, &facts, rules).decide()
    };
    for (name, rules) in wrong_readings() {
        let found = (0..5_000).find(|number| differs(&*rules, number));
        println!("{name}: case {found:?}");
        assert!(found.is_some(), "{name} was not found");
    }
}
