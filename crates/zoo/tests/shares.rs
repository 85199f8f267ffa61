//! A model that is mostly its own is found by what it borrowed, and not without it.

use zoo::evidence::{Borrowed, curve};
use zoo::{kinds, train};

#[test]
fn small_shares_are_found_and_none_is_not() {
    let home = tempfile::tempdir().unwrap();
    let json = train::tokenizer(1, 300).unwrap().to_json().parse().unwrap();
    let shape = kinds::tiny(300);
    // Of 96 units of each of two blocks: none; five; fifteen, disturbed. A cosine of 0.3.
    for (borrowed, share) in [(Borrowed::Units, 0.05), (Borrowed::DisturbedUnits, 0.3), (Borrowed::Blend, 0.3)] {
        let points = curve(home.path(), (&shape, &json), borrowed, &[0.0, share], 6).unwrap();
        println!("{borrowed:?} {points:?}");
        assert_eq!([points[0].found, points[1].found], [0, 6], "{borrowed:?}");
    }
}
