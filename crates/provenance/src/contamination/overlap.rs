//! How much of a text stands in a stretch of another, in runs of units and in the small gaps between them.

use std::cmp::Reverse;

use super::fold::{Unit, is_character, is_number};
use super::index::windows;

/// What a run weighs at least: three words or five characters.
const RUN: u32 = 5;
/// The longest gap between two runs in which single words are matched, in units.
const LONGEST_GAP: usize = 12;

/// What is compared: a text in units and what each unit tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub keys: &'a [u64],
    pub weights: &'a [f32],
    pub total: f64,
}

/// How much of a text was found, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlap {
    /// The share of what it tells, 0 to 1.
    pub share: f64,
    /// The first unit of the stretch that holds it.
    pub first: usize,
    /// The last one.
    pub last: usize,
    /// How many of its numbers are nowhere in the stretch.
    pub numbers_missing: u32,
}

/// A run of units that stands in both.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The first unit in what is wanted, and the last.
    wanted: (usize, usize),
    /// The first unit in the stretch, and the last.
    found: (usize, usize),
}

/// Compares. The runs may stand in any order, so that sentences may change places, but close together: within a stretch
/// that is a quarter longer than what is wanted. `base` is the place of the stretch's first unit.
pub(super) fn overlap(wanted: Wanted<'_>, stretch: &[Unit], base: usize) -> Option<Overlap> {
    let runs = runs(wanted.keys, stretch);
    let longest = wanted.keys.len() + wanted.keys.len() / 4 + 8;
    let (from, to) = densest(&runs, longest, wanted.keys.len())?;
    let mut places: Vec<Option<usize>> = vec![None; wanted.keys.len()];
    place(&runs[from..to], &mut places);
    fill_gaps(wanted.keys, stretch, &mut places);
    let first = places.iter().flatten().min().copied()?;
    let last = places.iter().flatten().max().copied()?;
    let held: f64 =
        places.iter().zip(wanted.weights).filter_map(|(place, weight)| place.map(|_| f64::from(*weight))).sum();
    let is_missing = |(place, key): &(&Option<usize>, &u64)| {
        place.is_none() && is_number(**key) && stretch[first..=last].iter().all(|unit| unit.key != **key)
    };
    let numbers_missing = places.iter().zip(wanted.keys).filter(is_missing).count() as u32;
    let share = if wanted.total > 0.0 { (held / wanted.total).min(1.0) } else { 0.0 };
    Some(Overlap { share, first: base + first, last: base + last, numbers_missing })
}

/// All runs that stand in both, by their place in the stretch.
fn runs(wanted: &[u64], stretch: &[Unit]) -> Vec<Run> {
    let mut grams: Vec<(u64, usize, usize)> = Vec::with_capacity(wanted.len());
    windows(wanted.len(), |at| wanted[at], RUN, |first, last, hash| grams.push((hash, first, last)));
    grams.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    windows(
        stretch.len(),
        |at| stretch[at].key,
        RUN,
        |first, last, hash| {
            let from = grams.partition_point(|gram| gram.0 < hash);
            let same = grams[from..].iter().take_while(|gram| gram.0 == hash).take(4);
            runs.extend(same.map(|gram| Run { wanted: (gram.1, gram.2), found: (first, last) }));
        },
    );
    runs
}

/// The runs within the stretch of at most `longest` units that holds most different ones, the shortest such stretch, as a
/// range. `length` is that of what is wanted.
fn densest(runs: &[Run], longest: usize, length: usize) -> Option<(usize, usize)> {
    let mut times = vec![0_u32; length];
    let (mut different, mut best, mut from) = (0_usize, None, 0);
    for (to, run) in (1..).zip(runs) {
        different += usize::from(times[run.wanted.1] == 0);
        times[run.wanted.1] += 1;
        // What stands again further on is not needed at the beginning.
        while run.found.1 - runs[from].found.0 >= longest || times[runs[from].wanted.1] > 1 {
            let left = runs[from].wanted.1;
            times[left] -= 1;
            different -= usize::from(times[left] == 0);
            from += 1;
        }
        let found = (different, Reverse(run.found.1 - runs[from].found.0));
        if best.is_none_or(|(most, _)| found > most) {
            best = Some((found, (from, to)));
        }
    }
    best.map(|(_, range)| range)
}

/// Says where each unit stands. Runs that are shifted alike belong to one copy; the longest copy comes first, so that a
/// phrase that occurs twice is taken where the rest is.
fn place(runs: &[Run], places: &mut [Option<usize>]) {
    let shift = |run: &Run| run.found.0 as i64 - run.wanted.0 as i64;
    let mut runs: Vec<(i64, Run)> = runs.iter().map(|run| (shift(run), *run)).collect();
    runs.sort_by_key(|(shift, run)| (*shift, run.wanted.0));
    let mut copies: Vec<&[(i64, Run)]> = runs.chunk_by(|a, b| a.0 == b.0).collect();
    let longest = copies.iter().max_by_key(|copy| copy.len()).map_or(0, |copy| copy[0].0);
    copies.sort_by_key(|copy| (Reverse(copy.len()), (copy[0].0 - longest).abs(), copy[0].0));
    for (_, run) in copies.into_iter().flatten() {
        for step in 0..=run.wanted.1 - run.wanted.0 {
            places[run.wanted.0 + step].get_or_insert(run.found.0 + step);
        }
    }
}

/// Matches words in short gaps between runs, in order.
fn fill_gaps(wanted: &[u64], stretch: &[Unit], places: &mut [Option<usize>]) {
    let mut at = 0;
    while at < places.len() {
        if places[at].is_some() {
            at += 1;
            continue;
        }
        let length = places[at..].iter().take_while(|place| place.is_none()).count();
        let end = at + length;
        if length <= LONGEST_GAP {
            let before = at.checked_sub(1).and_then(|before| places[before]);
            let after = places.get(end).copied().flatten();
            let (from, to) = match (before, after) {
                (Some(before), Some(after)) => (before + 1, after),
                (Some(before), None) => (before + 1, before + length + 3),
                (None, Some(after)) => (after.saturating_sub(length + 2), after),
                (None, None) => (0, 0),
            };
            let to = to.min(stretch.len());
            if from < to && to - from <= 2 * LONGEST_GAP {
                in_order(&wanted[at..end], &stretch[from..to], |step, place| places[at + step] = Some(from + place));
            }
        }
        at = end;
    }
}

/// The longest common subsequence of two short lists. Characters count only where two stand side by side in both.
fn in_order(wanted: &[u64], found: &[Unit], mut take: impl FnMut(usize, usize)) {
    let mut longest = [[0_u8; 2 * LONGEST_GAP + 1]; LONGEST_GAP + 1];
    for (row, key) in wanted.iter().enumerate().rev() {
        for (column, unit) in found.iter().enumerate().rev() {
            longest[row][column] = if *key == unit.key {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    while row < wanted.len() && column < found.len() {
        if wanted[row] == found[column].key {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if longest[row + 1][column] >= longest[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    for (step, place) in &pairs {
        let neighbours = [(step.wrapping_sub(1), place.wrapping_sub(1)), (step + 1, place + 1)];
        if !is_character(wanted[*step]) || neighbours.iter().any(|pair| pairs.contains(pair)) {
            take(*step, *place);
        }
    }
}

/// Where a short text stands word for word in a stretch.
pub(super) fn verbatim(wanted: &[u64], stretch: &[Unit]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    stretch.windows(wanted.len()).position(|window| window.iter().zip(wanted).all(|(unit, key)| unit.key == *key))
}
