//! Which benchmark items stand in a corpus.

mod benchmark;
mod check;
mod clean;
mod compare;
pub mod fold;
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
pub use selftest::{SelfTest, self_test};
