//! lm-eval's result files: `results_<date>.json` and one `samples_<task>_<date>.jsonl` a task, written and read.
//!
//! Samples are written document by document, where lm-eval writes them filter by filter; every line is the same.

mod read;
mod results;
mod samples;

pub use self::read::{ReadError, read_run, read_samples};
pub use self::results::{ResultsError, RunConfig, sanitised, write_results};
pub use self::samples::{SamplesError, SamplesWriter};
