//! One text held against the index.

use super::fold::{Unit, fold, weight};
use super::index::{Index, LONG, SHORT, Sequence, windows};
use super::overlap::{Overlap, Wanted, overlap, verbatim};

/// How an item stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Word for word, but for spelling, spacing, case and markup.
    Verbatim,
    /// Lightly reworded.
    Near,
    /// In words that many documents of the corpus hold: a famous quotation, a template. Not counted as contamination.
    Boilerplate,
}

/// An item that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The place of its benchmark among those the index was made of.
    pub benchmark: usize,
    /// The place of the item in the index, over all benchmarks.
    pub item: usize,
    /// How it stands there; never [`Tier::Boilerplate`], which only a whole corpus can tell.
    pub tier: Tier,
    /// The share of what its question tells that was found, 0 to 1; with its passage or options where the index had to
    /// look for those too.
    pub question: f64,
    /// The same for the answer, in the neighbourhood; none where the item has none.
    pub answer: Option<f64>,
    /// The same for the passage; none where the item has none.
    pub passage: Option<f64>,
    /// Where in the text the question stands, in bytes.
    pub start: usize,
    /// The byte after it, the answer with it where that follows closely.
    pub end: usize,
    /// The windows that matched, by number.
    pub(super) seeds: Vec<u32>,
}

/// What checking a text needs, kept from text to text.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    units: Vec<Unit>,
    found: Vec<(u32, u32)>,
    candidates: Vec<Candidate>,
    /// The windows of the benchmarks that the text holds, each once.
    pub seeds: Vec<u32>,
    /// The items that stand in it.
    pub hits: Vec<Hit>,
}

/// A window of a sequence, found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    sequence: u32,
    /// The unit of the text it ends at.
    at: u32,
    /// The unit of the sequence it ends at.
    last: u32,
    seed: u32,
}

/// How far behind a question its answer may stand, in units.
const ANSWER_REACH: usize = 160;
/// The same for answers of one or two units, which stand everywhere.
const SHORT_ANSWER_REACH: usize = 40;
/// What an answer weighs at least to be compared run by run.
const LONG_ANSWER: u32 = 16;
/// An item of fewer words must be found whole and with its answer.
const STRICT_WORDS: f64 = 13.0;
/// The share of a longer item that its windows must hold before it is compared unit by unit.
const LEAST_HELD: f64 = 0.3;
/// An item of so few words must have an answer to be found at all.
const FEWEST_WORDS: f64 = 8.0;

impl Index {
    /// The items that stand in a text, each at most once, by their place in the index. Texts of more than a MiB or so
    /// cost memory: a corpus is what [`super::scan()`] is for.
    #[must_use]
    pub fn check(&self, text: &str) -> Vec<Hit> {
        let mut scratch = Scratch::default();
        self.check_into(text, &mut scratch);
        scratch.hits
    }

    pub(super) fn check_into(&self, text: &str, scratch: &mut Scratch) {
        scratch.seeds.clear();
        scratch.hits.clear();
        fold(text, &mut scratch.units);
        self.find(&scratch.units, &mut scratch.found);
        if !scratch.found.is_empty() {
            self.weigh(scratch);
        }
    }

    /// The windows of a text that are those of an item: unit, seed.
    fn find(&self, units: &[Unit], found: &mut Vec<(u32, u32)>) {
        found.clear();
        self.look(units, LONG, found);
        if self.has_short {
            self.look(units, SHORT, found);
        }
    }

    #[inline(never)]
    fn look(&self, units: &[Unit], least: u32, found: &mut Vec<(u32, u32)>) {
        let filter = self.table.filter();
        windows(
            units.len(),
            |at| units[at].key,
            least,
            |_, last, hash| {
                if filter.may_hold(hash) {
                    found.extend(self.table.seed(hash).map(|seed| (last as u32, seed)));
                }
            },
        );
    }

    fn weigh(&self, scratch: &mut Scratch) {
        scratch.candidates.clear();
        for (at, seed) in &scratch.found {
            scratch.seeds.push(*seed);
            scratch.candidates.extend(self.table.postings(*seed).iter().map(|posting| Candidate {
                sequence: posting.sequence,
                at: *at,
                last: posting.last,
                seed: *seed,
            }));
        }
        scratch.seeds.sort_unstable();
        scratch.seeds.dedup();
        scratch.candidates.sort_unstable();
        for same in scratch.candidates.chunk_by(|a, b| a.sequence == b.sequence) {
            let sequence = &self.sequences[same[0].sequence as usize];
            let mut rest = same;
            while !rest.is_empty() {
                let (cluster, others) = rest.split_at(cluster(rest, sequence.keys.len()));
                rest = others;
                self.weigh_cluster(sequence, cluster, &scratch.units, &mut scratch.hits);
            }
        }
        scratch.hits.sort_by(|a, b| {
            a.item
                .cmp(&b.item)
                .then(a.tier.cmp(&b.tier))
                .then(b.question.total_cmp(&a.question))
                .then(a.start.cmp(&b.start))
        });
        scratch.hits.dedup_by_key(|hit| hit.item);
    }

    fn weigh_cluster(&self, sequence: &Sequence, cluster: &[Candidate], units: &[Unit], hits: &mut Vec<Hit>) {
        let length = sequence.keys.len();
        let mut seeds: Vec<u32> = cluster.iter().map(|candidate| candidate.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        if !is_worth_a_look(sequence, cluster, seeds.len()) {
            return;
        }
        let spare = length / 8 + 8;
        let from = cluster.iter().map(|seen| (seen.at.saturating_sub(seen.last)) as usize).min().unwrap_or(0);
        let to = cluster.iter().map(|seen| seen.at as usize + length - seen.last as usize).max().unwrap_or(0);
        let (from, to) = (from.saturating_sub(spare), (to + spare).min(units.len()));
        let wanted = Wanted { keys: &sequence.keys, weights: &sequence.weights, total: sequence.total };
        let Some(overlap) = overlap(wanted, &units[from..to], from) else { return };
        let Some(tier) = tier(sequence, &overlap) else { return };
        for item in &sequence.items {
            hits.extend(self.hit(*item as usize, sequence, &overlap, units).map(|hit| Hit {
                tier,
                seeds: seeds.clone(),
                ..hit
            }));
        }
    }

    /// An item whose sequence was found; none if it is so short that its answer must be there too, and is not.
    fn hit(&self, number: usize, sequence: &Sequence, overlap: &Overlap, units: &[Unit]) -> Option<Hit> {
        let item = &self.items[number];
        let answer = (!item.answer.is_empty()).then(|| answer(&item.answer, overlap, units));
        let strict = sequence.words < STRICT_WORDS;
        let enough = answer.map_or(sequence.words >= FEWEST_WORDS, |(share, _)| share >= 0.5);
        if strict && !enough {
            return None;
        }
        let last = answer.and_then(|(_, last)| last).map_or(overlap.last, |last| last.max(overlap.last));
        Some(Hit {
            benchmark: item.benchmark as usize,
            item: number,
            tier: Tier::Near,
            question: overlap.share,
            answer: answer.map(|(share, _)| share),
            passage: (!item.passage.is_empty()).then(|| passage(&item.passage, overlap, units)),
            start: units[overlap.first].start as usize,
            end: units[last].end as usize,
            seeds: Vec::new(),
        })
    }

    /// The item of a hit: its benchmark's name and its own.
    #[must_use]
    pub fn name_of(&self, hit: &Hit) -> (&str, &str) {
        (&self.names[hit.benchmark], &self.items[hit.item].id)
    }
}

/// Whether the windows that were found hold enough of a sequence that the rest may be there too. This turns away nearly
/// all texts that share a phrase with an item, before they are compared unit by unit.
fn is_worth_a_look(sequence: &Sequence, cluster: &[Candidate], seeds: usize) -> bool {
    if sequence.words < STRICT_WORDS {
        // Short items must be there whole, and so must all their windows.
        return seeds >= sequence.seeds;
    }
    let mut lasts: Vec<u32> = cluster.iter().map(|candidate| candidate.last).collect();
    lasts.sort_unstable();
    let (mut held, mut next) = (0.0, 0_usize);
    for last in lasts {
        let (mut at, mut total) = (last as usize + 1, 0);
        while total < LONG && at > next {
            at -= 1;
            total += weight(sequence.keys[at]);
            held += f64::from(sequence.weights[at]);
        }
        next = next.max(last as usize + 1);
    }
    held >= LEAST_HELD * sequence.total
}

/// How many of some candidates of one sequence belong together.
fn cluster(candidates: &[Candidate], length: usize) -> usize {
    let first = candidates[0].at as usize;
    let belongs = |pair: &[Candidate]| {
        let (before, after) = (pair[0].at as usize, pair[1].at as usize);
        after - before <= length + 64 && after - first <= 2 * length + 64
    };
    1 + candidates.windows(2).take_while(|pair| belongs(pair)).count()
}

/// What must be found of an item, by its length in words: nearly all of a short one.
fn least_share(words: f64) -> f64 {
    0.85 - 0.15 * ((words - STRICT_WORDS) / 27.0).clamp(0.0, 1.0)
}

fn tier(sequence: &Sequence, overlap: &Overlap) -> Option<Tier> {
    let length = sequence.keys.len();
    let is_tight = overlap.last - overlap.first < length + length / 10 + 2;
    // The same question with other numbers is another question.
    let has_its_numbers = overlap.numbers_missing * 4 <= sequence.numbers;
    let is_whole = overlap.share >= 0.98 && overlap.numbers_missing == 0 && is_tight;
    if is_whole && (sequence.words >= STRICT_WORDS || overlap.share > 0.9999) {
        Some(Tier::Verbatim)
    } else if sequence.words >= STRICT_WORDS && has_its_numbers && overlap.share >= least_share(sequence.words) {
        Some(Tier::Near)
    } else {
        None
    }
}

/// How much of an answer stands near a question, and the unit it ends at if it follows.
fn answer(answer: &[u64], question: &Overlap, units: &[Unit]) -> (f64, Option<usize>) {
    let total: u32 = answer.iter().map(|key| weight(*key)).sum();
    let reach = if total <= 4 { SHORT_ANSWER_REACH } else { ANSWER_REACH + 2 * answer.len() };
    let from = question.last + 1;
    let behind = &units[from.min(units.len())..(from + reach).min(units.len())];
    let before = &units[question.first.saturating_sub(reach)..question.first];
    if let Some(at) = verbatim(answer, behind) {
        return (1.0, Some(from + at + answer.len() - 1));
    }
    if verbatim(answer, before).is_some() {
        return (1.0, None);
    }
    if total < LONG_ANSWER {
        return (0.0, None);
    }
    let weights: Vec<f32> = answer.iter().map(|key| weight(*key) as f32).collect();
    let wanted = Wanted { keys: answer, weights: &weights, total: f64::from(total) };
    overlap(wanted, behind, from).map_or((0.0, None), |found| (found.share, (found.share >= 0.5).then_some(found.last)))
}

/// How much of a passage stands around a question.
fn passage(passage: &[u64], question: &Overlap, units: &[Unit]) -> f64 {
    let reach = passage.len() + passage.len() / 4 + 64;
    let from = question.first.saturating_sub(reach);
    let to = (question.last + reach).min(units.len());
    let weights: Vec<f32> = passage.iter().map(|key| weight(*key) as f32).collect();
    let total = weights.iter().map(|weight| f64::from(*weight)).sum();
    overlap(Wanted { keys: passage, weights: &weights, total }, &units[from..to], from).map_or(0.0, |found| found.share)
}
