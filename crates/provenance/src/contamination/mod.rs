//! Which benchmark items stand in a corpus.

mod benchmark;
mod check;
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
pub use index::{Core, Index, Unchecked};
pub use merge::{MergeFault, merge};
pub use report::{
    BenchmarkReport, CorpusFacts, Evidence, FileFault, ItemReport, Partial, Report, SCHEMA, Skip, Skipped,
};
pub use scan::{Options, ScanFault, Shard, Watcher, scan, scan_for};
