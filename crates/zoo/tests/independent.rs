//! What is independent is not found to depend, more often than the level says.

use std::path::Path;

use zoo::evidence::{self, FalsePositives};
use zoo::{Plain, kinds, synthetic, train};

/// Counts the pairs of two models.
fn count(home: &Path, pair: [&Plain; 2], counts: &mut FalsePositives) {
    let [candidate, model] = pair.map(|model| evidence::fingerprint(home, model).unwrap());
    counts.count(&evidence::hold(&candidate, &[model], 0.05).unwrap());
}

/// At most nominal, but for what chance would do once in ten thousand times.
fn assert_nominal(counts: &FalsePositives) {
    println!("{counts}");
    assert!(counts.chance() > 1e-4, "{counts}");
}

#[test]
fn trained_models_of_one_language_are_not_found_to_depend() {
    let home = tempfile::tempdir().unwrap();
    let crowd = kinds::crowd(40, 25).unwrap();
    let prints: Vec<_> = crowd.iter().map(|model| evidence::fingerprint(home.path(), model).unwrap()).collect();
    let mut counts = FalsePositives::default();
    for (place, candidate) in prints.iter().enumerate() {
        for other in &prints[place + 1..] {
            counts.count(&evidence::hold(candidate, std::slice::from_ref(other), 0.05).unwrap());
        }
    }
    assert_eq!(counts.pairs, 780);
    assert_nominal(&counts);
}

#[test]
fn models_that_look_trained_are_not_found_to_depend() {
    let home = tempfile::tempdir().unwrap();
    let json = train::tokenizer(1, 300).unwrap().to_json().parse().unwrap();
    let shape = kinds::tiny(300);
    let mut counts = FalsePositives::default();
    for pair in 0..1300 {
        let [one, other] =
            [0, 1].map(|side| synthetic::like_trained(["one", "other"][side], &shape, 2 * pair + side as u64, &json));
        count(home.path(), [&one, &other], &mut counts);
    }
    assert_nominal(&counts);
}
