//! What is planted is found, and what only looks like it is not: the floors of the self-test.

use provenance::contamination::self_test;
use provenance::contamination::selftest::{Kind, Recall};

/// The least share that is found of what is planted in a way.
fn floor(kind: Kind) -> f64 {
    match kind {
        Kind::Reworded => 0.95,
        _ => 1.0,
    }
}

#[test]
fn what_is_planted_is_found_and_what_is_alike_is_not() {
    let test = self_test(7, 40);
    for recall in &test.planted {
        println!("{recall:?}");
    }
    for recall in &test.alike {
        println!("{recall:?}");
    }
    println!("clean {} {}", test.clean_documents, test.clean_found);
    let share = |recall: &Recall| recall.found as f64 / recall.documents as f64;
    for recall in &test.planted {
        assert!(share(recall) >= floor(recall.kind), "{recall:?}");
        assert!(recall.documents >= 40 && recall.wrong == 0, "{recall:?}");
    }
    assert_eq!(test.planted.len(), 2 * Kind::PLANTED.len() - 1);
    assert_eq!(test.alike.len(), 2 * Kind::ALIKE.len());
    assert!(test.alike.iter().all(|recall| recall.found == 0 && recall.documents >= 40));
    assert_eq!((test.clean_documents, test.clean_found), (400, 0));
}

#[test]
fn the_same_seed_gives_the_same_test() {
    assert_eq!(self_test(3, 4), self_test(3, 4));
    assert_ne!(self_test(3, 4).items, 0);
}
