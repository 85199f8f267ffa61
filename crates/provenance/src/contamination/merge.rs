//! Reports of the parts of a corpus, put together.

use std::collections::BTreeMap;

use super::Report;
use super::report::{BenchmarkReport, Skip, Skipped};
use super::tally::merge_finds;

/// Why reports cannot be put together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeFault {
    /// There is none.
    #[error("no report to merge: name the reports of all shards")]
    None,
    /// A report is whole already.
    #[error("report {place} is not that of a shard: scan with --shard I/N to get one")]
    Whole {
        /// Which of those given, from 1.
        place: usize,
    },
    /// Reports are about different benchmarks or were made with different options.
    #[error(
        "report {place} is about other benchmarks or was made with other options than the first: scan all shards alike"
    )]
    Differs {
        /// Which of those given, from 1.
        place: usize,
    },
    /// Shards are missing, or there twice.
    #[error("shard {shard} of {of} is there {times} times: name the report of every shard once")]
    Shards {
        /// Which.
        shard: u32,
        /// Of how many.
        of: u32,
        /// How often.
        times: usize,
    },
}

/// Puts the reports of all shards together: the report of the whole corpus, in any order of theirs.
///
/// # Errors
///
/// [`MergeFault`]: what does not fit together.
pub fn merge(mut reports: Vec<Report>) -> Result<Report, MergeFault> {
    agree(&reports)?;
    reports.sort_by_key(|report| report.partial.as_ref().map(|partial| partial.shard));
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or(MergeFault::None)?;
    let mut frequencies = BTreeMap::new();
    let mut count = |report: &mut Report| {
        for (window, documents) in report.partial.iter_mut().flat_map(|partial| partial.frequencies.drain(..)) {
            let sum: &mut u32 = frequencies.entry(window).or_default();
            *sum = sum.saturating_add(documents);
        }
    };
    count(&mut whole);
    for mut report in reports {
        count(&mut report);
        add(&mut whole, report);
    }
    if let Some(partial) = &mut whole.partial {
        partial.frequencies = frequencies.into_iter().collect();
    }
    whole.corpus.faults.sort();
    whole.grade();
    whole.close();
    Ok(whole)
}

fn agree(reports: &[Report]) -> Result<(), MergeFault> {
    let first = reports.first().ok_or(MergeFault::None)?;
    let settings = |report: &Report| {
        let partial = report.partial.as_ref();
        partial.map(|partial| (partial.of, partial.most_evidence, partial.common_documents))
    };
    for (place, report) in (1..).zip(reports) {
        if report.partial.is_none() {
            return Err(MergeFault::Whole { place });
        }
        if settings(report) != settings(first) || report.benchmarks_digest != first.benchmarks_digest {
            return Err(MergeFault::Differs { place });
        }
    }
    let of = first.partial.as_ref().map_or(1, |partial| partial.of);
    let is = |report: &&Report, shard| report.partial.as_ref().is_some_and(|partial| partial.shard == shard);
    let missing = (1..=of).map(|shard| (shard, reports.iter().filter(|report| is(report, shard)).count()));
    match missing.into_iter().find(|(_, times)| *times != 1) {
        Some((shard, times)) => Err(MergeFault::Shards { shard, of, times }),
        None => Ok(()),
    }
}

fn add(whole: &mut Report, part: Report) {
    let most = whole.partial.as_ref().map_or(1, |partial| partial.most_evidence);
    let (mine, other) = (&mut whole.corpus, part.corpus);
    mine.files += other.files;
    mine.documents += other.documents;
    mine.bytes += other.bytes;
    mine.repaired += other.repaired;
    mine.faults.extend(other.faults);
    for (why, skipped) in other.skipped {
        add_skipped(&mut mine.skipped, why, skipped);
    }
    for (mine, other) in whole.benchmarks.iter_mut().zip(part.benchmarks) {
        add_found(mine, other, most);
    }
}

fn add_skipped(mine: &mut BTreeMap<Skip, Skipped>, why: Skip, other: Skipped) {
    match mine.get_mut(&why) {
        Some(skipped) => {
            let count = skipped.count + other.count;
            if (&other.file, other.record) < (&skipped.file, skipped.record) {
                *skipped = other;
            }
            skipped.count = count;
        }
        None => {
            mine.insert(why, other);
        }
    }
}

fn add_found(mine: &mut BenchmarkReport, other: BenchmarkReport, most: usize) {
    for item in other.found {
        match mine.found.binary_search_by_key(&item.number, |found| found.number) {
            Ok(at) => merge_finds(&mut mine.found[at], item, most),
            Err(at) => mine.found.insert(at, item),
        }
    }
}
