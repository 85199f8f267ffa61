//! How much two texts have in common, word by word.

use std::collections::BTreeMap;

use super::spans::ratio;

/// How many words both have, each as often as the one that has it less often.
fn common(left: &[&str], right: &[&str]) -> usize {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in left {
        *counts.entry(word).or_default() += 1;
    }
    let mut shared = 0;
    for word in right {
        if let Some(left) = counts.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    shared
}

/// The F1 of two lists of words; none where they share none.
pub(super) fn f1(prediction: &[&str], reference: &[&str]) -> Option<f64> {
    let same = common(prediction, reference);
    if same == 0 {
        return None;
    }
    let (precision, recall) = (ratio(same, prediction.len()), ratio(same, reference.len()));
    Some(2.0 * precision * recall / (precision + recall))
}
