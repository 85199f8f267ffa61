//! What is independent is not found to depend, more often than the level says.

use zoo::evidence::{Auditor, FalsePositives, LEVELS, Subject};
use zoo::{kinds, synthetic, train};

/// At most nominal, but for what chance would do once in ten thousand times.
fn assert_nominal(counts: &FalsePositives) {
    println!("{counts}");
    assert!(counts.chance() > 1e-4, "{counts}");
}

#[test]
fn trained_models_of_one_language_are_not_found_to_depend() {
    let home = tempfile::tempdir().unwrap();
    let auditor = Auditor::default();
    let crowd = kinds::crowd(40, 25).unwrap();
    let crowd: Vec<Subject> = crowd.iter().map(|model| auditor.meet(home.path(), model).unwrap()).collect();
    let mut counts = FalsePositives::default();
    for (place, candidate) in crowd.iter().enumerate() {
        for other in &crowd[place + 1..] {
            counts.count(&auditor.hold(candidate, &[other], LEVELS[0]).unwrap());
        }
    }
    assert_eq!(counts.pairs, 780);
    assert_nominal(&counts);
}

#[test]
fn models_that_look_trained_are_not_found_to_depend() {
    let home = tempfile::tempdir().unwrap();
    let json = train::tokenizer(1, 300).unwrap().to_json().parse().unwrap();
    let (auditor, shape) = (Auditor::default(), kinds::tiny(300));
    let mut counts = FalsePositives::default();
    for pair in 0..1300 {
        let model = |name, seed| {
            let model = synthetic::like_trained(name, &shape, seed, &json);
            auditor.meet(home.path(), &model).unwrap()
        };
        let (one, other) = (model("one", 2 * pair), model("other", 2 * pair + 1));
        counts.count(&auditor.hold(&one, &[&other], LEVELS[0]).unwrap());
    }
    assert_nominal(&counts);
}
