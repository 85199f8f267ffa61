//! What threads find, put together so that the order they found it in does not show.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use super::report::{
    BenchmarkReport, CorpusFacts, Evidence, ItemReport, Partial, Report, SCHEMA, Skip, Skipped, blind_spots,
};
use super::{Index, Options, Tier};

/// Finds of one item.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub documents: u64,
    /// The best, sorted, with the place of their file.
    pub best: Vec<(usize, Evidence)>,
}

/// What one thread found; or all of them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub corpus: CorpusFacts,
    /// The place of the file of each first record that was passed over.
    pub skipped: BTreeMap<Skip, (usize, Skipped)>,
    pub finds: BTreeMap<usize, Finds>,
}

/// The better find first: by tier, by share of the question, of the answer, then by place.
fn order(a: &(usize, Evidence), b: &(usize, Evidence)) -> std::cmp::Ordering {
    let answer = |find: &Evidence| find.answer.unwrap_or(0.0);
    a.1.tier
        .cmp(&b.1.tier)
        .then(b.1.question.total_cmp(&a.1.question))
        .then(answer(&b.1).total_cmp(&answer(&a.1)))
        .then(a.0.cmp(&b.0))
        .then(a.1.file.cmp(&b.1.file))
        .then(a.1.record.cmp(&b.1.record))
        .then(a.1.start.cmp(&b.1.start))
}

impl Finds {
    /// Whether a find would be kept.
    pub(super) fn add(&mut self, file: usize, find: Evidence, most: usize) {
        let find = (file, find);
        let place = self.best.partition_point(|kept| order(kept, &find).is_le());
        if place < most {
            self.best.insert(place, find);
            self.best.truncate(most);
        }
    }
}

impl Tally {
    pub(super) fn skip(&mut self, why: Skip, file: usize, path: &str, record: u64) {
        let first = Skipped { count: 0, file: path.to_owned(), record };
        let entry = self.skipped.entry(why).or_insert_with(|| (file, first.clone()));
        if (file, record) < (entry.0, entry.1.record) {
            *entry = (file, Skipped { count: entry.1.count, ..first });
        }
        entry.1.count += 1;
    }

    /// Adds what another thread found.
    pub(super) fn add(&mut self, other: Self, most: usize) {
        self.corpus.files += other.corpus.files;
        self.corpus.documents += other.corpus.documents;
        self.corpus.bytes += other.corpus.bytes;
        self.corpus.repaired += other.corpus.repaired;
        self.corpus.faults.extend(other.corpus.faults);
        for (why, (file, skipped)) in other.skipped {
            let count = skipped.count;
            match self.skipped.get_mut(&why) {
                Some(mine) => {
                    let total = mine.1.count + count;
                    if (file, skipped.record) < (mine.0, mine.1.record) {
                        *mine = (file, skipped);
                    }
                    mine.1.count = total;
                }
                None => {
                    self.skipped.insert(why, (file, skipped));
                }
            }
        }
        for (item, finds) in other.finds {
            let mine = self.finds.entry(item).or_default();
            mine.documents += finds.documents;
            for (file, find) in finds.best {
                mine.add(file, find, most);
            }
        }
    }
}

/// From how many documents on a window is common, if nobody says: the square root of all, and never under 24.
pub(super) fn common_limit(documents: u64, by_hand: Option<u64>) -> u64 {
    by_hand.unwrap_or_else(|| documents.isqrt().max(24))
}

/// Makes a report of all that was found.
pub(super) fn report(index: &Index, mut tally: Tally, frequencies: &[AtomicU32], options: &Options) -> Report {
    tally.corpus.faults.sort();
    tally.corpus.skipped = tally.skipped.into_iter().map(|(why, (_, skipped))| (why, skipped)).collect();
    let mut benchmarks: Vec<BenchmarkReport> = index.names.iter().map(|name| BenchmarkReport::new(name)).collect();
    for (number, item) in index.items.iter().enumerate() {
        let report = &mut benchmarks[item.benchmark as usize];
        report.items += 1;
        match item.core {
            Err(why) => report.unchecked.entry(why).or_default().push(item.id.clone()),
            Ok(looked_for) => {
                report.checked += 1;
                report.found.extend(tally.finds.remove(&number).map(|finds| ItemReport {
                    number: number as u64,
                    id: item.id.clone(),
                    tier: Tier::Near,
                    looked_for,
                    documents: finds.documents,
                    evidence: finds.best.into_iter().map(|(_, find)| find).collect(),
                }));
            }
        }
    }
    let counts = frequencies.iter().map(|count| count.load(Ordering::Relaxed));
    let frequencies = (0_u32..).zip(counts).filter(|(_, count)| *count > 0).collect();
    let shard = options.shard.unwrap_or(super::Shard { number: 1, of: 1 });
    let mut report = Report {
        schema: SCHEMA.to_owned(),
        benchmarks_digest: index.digest().to_owned(),
        corpus: tally.corpus,
        common_documents: 0,
        common_windows: 0,
        benchmarks,
        blind_spots: blind_spots(),
        self_test: None,
        partial: Some(Partial {
            shard: shard.number,
            of: shard.of,
            most_evidence: options.most_evidence,
            common_documents: options.common_documents,
            frequencies,
        }),
        common: Vec::new(),
    };
    report.grade();
    if options.shard.is_none() {
        report.close();
    }
    report
}

impl BenchmarkReport {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            items: 0,
            checked: 0,
            verbatim: 0,
            near: 0,
            boilerplate: 0,
            share: 0.0,
            unchecked: BTreeMap::new(),
            found: Vec::new(),
        }
    }

    fn count(&mut self) {
        let of = |tier| self.found.iter().filter(|item| item.tier == tier).count() as u64;
        (self.verbatim, self.near, self.boilerplate) = (of(Tier::Verbatim), of(Tier::Near), of(Tier::Boilerplate));
        let dirty = self.verbatim + self.near;
        self.share = if self.checked == 0 { 0.0 } else { dirty as f64 / self.checked as f64 };
    }
}

/// A find of which more than so much is common is boilerplate.
const MOST_COMMON: f64 = 0.5;

/// The share of some windows that are common. `common` is sorted.
pub(super) fn common_share(windows: &[u32], common: &[u32]) -> f64 {
    let held = windows.iter().filter(|window| common.binary_search(window).is_ok()).count();
    if windows.is_empty() { 0.0 } else { held as f64 / windows.len() as f64 }
}

/// Whether a find with such a share of common windows is boilerplate.
pub(super) fn is_boilerplate(common: f64) -> bool {
    common > MOST_COMMON
}

impl Report {
    /// Says which windows are common, and what that makes of the finds. Needs what merging needs.
    pub(super) fn grade(&mut self) {
        let Some(partial) = &self.partial else { return };
        self.common_documents = common_limit(self.corpus.documents, partial.common_documents);
        let is_common = |(_, count): &&(u32, u32)| u64::from(*count) > self.common_documents;
        let common: Vec<u32> = partial.frequencies.iter().filter(is_common).map(|(window, _)| *window).collect();
        for benchmark in &mut self.benchmarks {
            for item in &mut benchmark.found {
                for find in &mut item.evidence {
                    find.common = thousandths(common_share(&find.windows, &common));
                }
                let best = item.evidence.iter().filter(|find| !is_boilerplate(find.common)).map(|find| find.tier).min();
                item.tier = best.unwrap_or(Tier::Boilerplate);
            }
            benchmark.count();
        }
        self.common_windows = common.len();
        self.common = common;
    }

    /// Leaves out what only merging needs, and marks finds in common words.
    pub(super) fn close(&mut self) {
        self.partial = None;
        for find in self.benchmarks.iter_mut().flat_map(|report| &mut report.found).flat_map(|item| &mut item.evidence)
        {
            find.windows.clear();
            if is_boilerplate(find.common) {
                find.tier = Tier::Boilerplate;
            }
        }
    }
}

/// A share to three places, so that reports are short and the same everywhere.
pub(super) fn thousandths(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

/// The finds of two reports of one item, put together.
pub(super) fn merge_finds(mine: &mut ItemReport, other: ItemReport, most: usize) {
    let mut finds = Finds::default();
    for find in std::mem::take(&mut mine.evidence).into_iter().chain(other.evidence) {
        finds.add(0, find, most);
    }
    mine.documents += other.documents;
    mine.evidence = finds.best.into_iter().map(|(_, find)| find).collect();
}
