//! Benchmarks made ready to be looked for: which windows of units belong to which item, and what each unit tells.

mod cores;
mod table;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::fold::{is_number, is_thin, weight};
use super::{Benchmark, Item};
pub use cores::Core;
use cores::{Counts, Folded, distinct, meanings, telling_windows};
pub(super) use table::{LONG, Posting, SHORT, Table, windows};

/// Longer texts of items are cut to so many units.
pub(super) const LONGEST: usize = 4096;

/// Why an item cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unchecked {
    /// Fewer than three words or six characters, numbers and single letters left out.
    TooShort,
    /// What it says, many other items of the benchmarks say too.
    Template,
}

/// A text that is looked for. Items that say the same share one.
#[derive(Debug)]
pub(super) struct Sequence {
    pub keys: Vec<u64>,
    /// What each unit tells: the logarithm of how rare it is among all sequences; nought in templates.
    pub weights: Vec<f32>,
    pub total: f64,
    /// Its length in words, templates left out; two characters count as a word.
    pub words: f64,
    pub numbers: u32,
    /// How many different windows of it are looked for.
    pub seeds: usize,
    pub items: Vec<u32>,
}

/// An item as the index knows it.
#[derive(Debug)]
pub(super) struct Known {
    pub benchmark: u32,
    pub id: String,
    pub core: Result<Core, Unchecked>,
    pub answer: Vec<u64>,
    pub passage: Vec<u64>,
}

/// Benchmarks made ready to be looked for in texts.
#[derive(Debug)]
pub struct Index {
    pub(super) names: Vec<String>,
    pub(super) items: Vec<Known>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) table: Table,
    pub(super) has_short: bool,
    digest: String,
}

impl Index {
    /// Makes benchmarks ready. Which windows are dropped as templates depends on all of them together.
    #[must_use]
    pub fn new(benchmarks: &[Benchmark]) -> Self {
        let mut units = Vec::new();
        let all: Vec<(u32, &Item)> = (0_u32..)
            .zip(benchmarks)
            .flat_map(|(number, benchmark)| benchmark.items.iter().map(move |item| (number, item)))
            .collect();
        let folded: Vec<Folded> = all.iter().map(|(_, item)| Folded::new(item, &mut units)).collect();
        let chosen = choose(&folded);
        let mut texts: BTreeMap<&[u64], Vec<u32>> = BTreeMap::new();
        for (item, core) in (0_u32..).zip(&chosen) {
            if let Ok((_, keys)) = core {
                texts.entry(&keys[..keys.len().min(LONGEST)]).or_default().push(item);
            }
        }
        let (sequences, postings) = sequences(texts, most_items(folded.len()));
        let items = all.iter().zip(folded).zip(chosen).map(|(((benchmark, item), folded), chosen)| Known {
            benchmark: *benchmark,
            id: item.id.clone(),
            core: chosen.map(|(core, _)| core),
            answer: folded.answer,
            passage: folded.passage,
        });
        Self {
            names: benchmarks.iter().map(|benchmark| benchmark.name.clone()).collect(),
            items: items.collect(),
            has_short: sequences.iter().any(|sequence| cores::window_of(&sequence.keys) == SHORT),
            table: Table::new(&postings),
            sequences,
            digest: digest(benchmarks),
        }
    }

    /// How many items there are, those that cannot be looked for among them.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// How many windows are looked for.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.table.len()
    }

    /// SHA-256 of the benchmarks, so that reports about different ones are not merged.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// In how many items a window may stand before it is a template.
fn most_items(items: usize) -> u32 {
    (items / 200).clamp(8, 24) as u32
}

/// What of each item is looked for.
fn choose(folded: &[Folded]) -> Vec<Result<(Core, Vec<u64>), Unchecked>> {
    let windows_of = |keys: &[u64]| distinct(telling_windows(keys).into_iter().map(|window| window.0).collect());
    let mut questions: Vec<&[u64]> = folded.iter().map(|item| item.question.as_slice()).collect();
    questions.sort_unstable();
    questions.dedup();
    let counts = Counts::new(questions.iter().flat_map(|keys| windows_of(keys)).collect());
    let most = most_items(folded.len());
    let is_own = |keys: &[u64]| telling_windows(keys).iter().any(|window| counts.of(window.0) <= most);
    let mut askers: BTreeMap<&[u64], Vec<(&[u64], &[u64], &[u64])>> = BTreeMap::new();
    for item in folded {
        askers.entry(&item.question).or_default().push((&item.answer, &item.passage, &item.options));
    }
    for others in askers.values_mut() {
        others.sort_unstable();
        others.dedup();
    }
    let is_shared = |item: &Folded| askers.get(item.question.as_slice()).is_some_and(|others| others.len() > 1);
    folded
        .iter()
        .map(|item| {
            let fits = |(core, keys): &(Core, Vec<u64>)| (*core != Core::Question || !is_shared(item)) && is_own(keys);
            let cores = item.cores();
            let is_short = cores.iter().all(|(_, keys)| telling_windows(keys).is_empty());
            let why = if is_short { Unchecked::TooShort } else { Unchecked::Template };
            // A question that others ask too is looked for all the same if there is nothing to tell it by.
            let alone = cores.len() == 1 && is_own(&item.question);
            let best = if alone { cores.into_iter().next() } else { cores.into_iter().find(fits) };
            best.ok_or(why)
        })
        .collect()
}

/// The sequences, and their windows that are no templates, sorted by hash.
fn sequences(texts: BTreeMap<&[u64], Vec<u32>>, most: u32) -> (Vec<Sequence>, Vec<(u64, Posting)>) {
    let found: Vec<Vec<(u64, usize, usize)>> = texts.keys().map(|keys| telling_windows(keys)).collect();
    let hashes = |windows: &Vec<(u64, usize, usize)>| distinct(windows.iter().map(|window| window.0).collect());
    let common = Counts::new(found.iter().flat_map(hashes).collect());
    let rarity = Counts::new(texts.keys().flat_map(|keys| distinct(meanings(keys).collect())).collect());
    let count = texts.len();
    let mut postings = Vec::new();
    let mut sequences = Vec::with_capacity(count);
    for ((sequence, (keys, items)), windows) in (0_u32..).zip(texts).zip(&found) {
        let mut is_own = vec![windows.iter().all(|window| common.of(window.0) > most); keys.len()];
        let mut is_template = vec![false; keys.len()];
        let mut seeds = Vec::new();
        for (hash, first, last) in windows {
            if common.of(*hash) > most {
                is_template[*first..=*last].fill(true);
            } else {
                is_own[*first..=*last].fill(true);
                seeds.push(*hash);
                postings.push((*hash, Posting { sequence, last: *last as u32 }));
            }
        }
        let weights = keys.iter().zip(meanings(keys)).enumerate().map(|(at, (key, meaning))| {
            if is_template[at] && !is_own[at] { 0.0 } else { tells(*key, rarity.of(meaning), count) }
        });
        let seeds = distinct(seeds).len();
        sequences.push(Sequence { seeds, ..Sequence::new(keys, weights.collect(), items) });
    }
    postings.sort_unstable();
    (sequences, postings)
}

/// What a unit tells, by how many of all sequences hold it.
fn tells(key: u64, holders: u32, count: usize) -> f32 {
    let rarity = libm::log1p(count as f64 / f64::from(holders.max(1)));
    let share = match (is_number(key), is_thin(key)) {
        (true, _) => 0.5,
        (_, true) => 0.25,
        _ => 0.5 * f64::from(weight(key)),
    };
    (rarity * share) as f32
}

impl Sequence {
    fn new(keys: &[u64], weights: Vec<f32>, items: Vec<u32>) -> Self {
        let telling = || keys.iter().zip(&weights).filter(|(_, tells)| **tells > 0.0).map(|(key, _)| *key);
        Self {
            total: weights.iter().map(|weight| f64::from(*weight)).sum(),
            words: 0.5 * f64::from(telling().map(weight).sum::<u32>()),
            numbers: telling().filter(|key| is_number(*key)).count() as u32,
            keys: keys.to_vec(),
            weights,
            seeds: 0,
            items,
        }
    }
}

fn digest(benchmarks: &[Benchmark]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for benchmark in benchmarks {
        add(&benchmark.name);
        add(&benchmark.items.len().to_string());
        for item in &benchmark.items {
            add(&item.id);
            add(&item.question);
            add(item.answer.as_deref().unwrap_or("\0"));
            add(item.passage.as_deref().unwrap_or("\0"));
            add(&item.options.len().to_string());
            item.options.iter().for_each(|option| add(option));
        }
    }
    hex::encode(hash.finalize())
}
