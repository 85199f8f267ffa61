//! What a scan found, as it is written to a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::selftest::SelfTest;
use super::{Core, Tier, Unchecked};

/// The form of a report, for those who read it later.
pub const SCHEMA: &str = "daepyo/contamination/1";

/// What was found in a corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// SHA-256 of the benchmarks.
    pub benchmarks_digest: String,
    /// What was read.
    pub corpus: CorpusFacts,
    /// A window that stands in more documents than this is common, and does not count.
    pub common_documents: u64,
    /// How many windows are common.
    pub common_windows: usize,
    /// What was found, benchmark by benchmark in the order they were given.
    pub benchmarks: Vec<BenchmarkReport>,
    /// What this kind of search cannot find.
    pub blind_spots: Vec<String>,
    /// How well the search finds what was planted, on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_test: Option<SelfTest>,
    /// What merging needs, in the report of a shard; what cleaning needs, in a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
    /// The numbers of the common windows, for cleaning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<u32>,
}

/// What was read of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusFacts {
    /// Files that were read.
    pub files: u64,
    /// Documents; a file of plain text counts as one for each MiB.
    pub documents: u64,
    /// Bytes of text, unpacked and without what surrounds it.
    pub bytes: u64,
    /// Documents that were read although bytes in them are no UTF-8 or half a surrogate pair: those were replaced.
    pub repaired: u64,
    /// Records that were passed over, by reason.
    pub skipped: BTreeMap<Skip, Skipped>,
    /// Files that could not be read to their end. What was read before counts.
    pub faults: Vec<FileFault>,
}

/// Why a record was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// A line is not JSON, or is cut off.
    NotJson,
    /// The field with the text is not there or is null.
    NoText,
    /// The field holds something that is no text.
    NotText,
    /// A record is longer than allowed.
    TooLong,
}

/// How many records were passed over, and where the first is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// The file of the first.
    pub file: String,
    /// Its number in that file, from 1: the line, or the row.
    pub record: u64,
}

/// A file that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileFault {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub why: String,
}

/// What was found of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkReport {
    /// Its name.
    pub name: String,
    /// All its items.
    pub items: u64,
    /// Those that could be looked for.
    pub checked: u64,
    /// Items found word for word.
    pub verbatim: u64,
    /// Items found lightly reworded.
    pub near: u64,
    /// Items found only in words that many documents hold.
    pub boilerplate: u64,
    /// (verbatim + near) / checked; 0 where nothing could be looked for.
    pub share: f64,
    /// Items that cannot be looked for, and why.
    pub unchecked: BTreeMap<Unchecked, Vec<String>>,
    /// The items that were found, in the order of the benchmark.
    pub found: Vec<ItemReport>,
}

/// An item that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemReport {
    /// Its place among all items of all benchmarks, from 0.
    pub number: u64,
    /// Its name.
    pub id: String,
    /// How it was found at best.
    pub tier: Tier,
    /// What of it was looked for.
    pub looked_for: Core,
    /// In how many documents it was found.
    pub documents: u64,
    /// The best finds, the best first.
    pub evidence: Vec<Evidence>,
}

/// One find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// How the item stands there.
    pub tier: Tier,
    /// The share of what the question tells that was found, 0 to 1, to three places.
    pub question: f64,
    /// The same for the answer near it; none where the item has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<f64>,
    /// The same for the passage; none where the item has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<f64>,
    /// The file.
    pub file: String,
    /// The document in the file, from 1: its line or row.
    pub record: u64,
    /// The first byte in the document's text.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
    /// What stands there.
    pub excerpt: String,
    /// The share of the matching windows that are common, 0 to 1.
    #[serde(default)]
    pub common: f64,
    /// The windows that matched, by number; only in reports of shards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<u32>,
}

/// What merging needs of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Which shard, from 1.
    pub shard: u32,
    /// Of how many.
    pub of: u32,
    /// How many finds of an item are kept.
    pub most_evidence: usize,
    /// A limit that was set by hand.
    pub common_documents: Option<u64>,
    /// In how many documents each window stands, where in any.
    pub frequencies: Vec<(u32, u32)>,
}

/// What the search cannot find, in plain words.
pub(super) fn blind_spots() -> Vec<String> {
    [
        "items told in other words throughout, or translated",
        "English words run together without spaces",
        "short items (under 13 words) that were reworded, or whose answer does not stand near them",
        "items whose numbers were written out as words",
        "items in pictures, tables of pixels or sound",
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Report {
    /// Writes the report as JSON, the same bytes for the same report.
    ///
    /// # Errors
    ///
    /// What `serde_json` says, which for a report is nothing.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The items of a benchmark that count as contaminated, by name.
    pub fn dirty<'a>(&'a self, benchmark: &str) -> impl Iterator<Item = &'a str> {
        let found = self.benchmarks.iter().find(|report| report.name == benchmark).map(|report| &report.found);
        found.into_iter().flatten().filter(|item| item.tier != Tier::Boilerplate).map(|item| item.id.as_str())
    }
}
