//! Which benchmark items stand in a corpus.
//!
//! The benchmarks are indexed ([`Index`]), the corpus is read once ([`scan()`]). Both are folded alike ([`fold`]), so that
//! spelling, spacing and markup change nothing. Windows of five words or ten characters find where an item may stand; the
//! text around is then compared unit by unit, each weighed by how rare it is among the items. Windows of numbers, of
//! templates and of words that many documents hold do not count. Scans of shards are merged ([`merge()`]), a corpus is
//! copied without what was found ([`clean()`]), and scores are compared on clean and dirty items ([`compare()`]).

mod benchmark;
mod check;
mod clean;
mod compare;
pub mod fold;
pub mod html;
mod index;
mod merge;
mod overlap;
mod read;
mod report;
mod scan;
pub mod selftest;
mod tally;

pub use benchmark::{Benchmark, BenchmarkFault, Item};
pub use check::{Hit, Tier};
pub use clean::{CleanFault, Cleaned, Cut, clean};
pub use compare::{CompareFault, Comparison, ItemScore, Mean, compare, read_scores};
pub use index::{Core, Index, Unchecked};
pub use merge::{MergeFault, merge};
pub use report::{
    BenchmarkReport, CorpusFacts, Evidence, FileFault, ItemReport, Partial, Report, SCHEMA, Skip, Skipped,
};
pub use scan::{Options, ScanFault, Shard, Watcher, scan, scan_for};
pub use selftest::{Recall, SelfTest, self_test};
