//! The shape of the code: sizes, panics, attributes, text and words.

mod attributes;
mod functions;
mod panics;
mod ratchet;
mod sizes;
mod text;
mod words;

use crate::source::{self, Source};
use crate::tree;

/// The rooms' own code.
fn room_code() -> Vec<Source> {
    let sources = source::select(&tree::root(), source::is_room_code);
    assert!(!sources.is_empty(), "no room was found");
    sources
}

/// The figure that `share` percent of the figures do not exceed.
fn percentile(mut figures: Vec<usize>, share: usize) -> usize {
    figures.sort_unstable();
    let rank = (figures.len() * share).div_ceil(100).max(1);
    figures.get(rank - 1).copied().unwrap_or_default()
}

#[test]
fn a_percentile_is_a_figure_of_the_list() {
    let figures: Vec<usize> = (1..=200).rev().collect();
    assert_eq!(percentile(figures.clone(), 90), 180);
    assert_eq!(percentile(figures, 99), 198);
    assert_eq!(percentile(vec![7], 90), 7);
}
