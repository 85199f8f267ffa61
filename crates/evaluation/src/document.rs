//! Documents: what a task asks about.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Dict;

/// One row of a data set: its columns by name.
pub type Document = Dict;

/// Rows that are read when they are asked for, so that a set of any size fits.
pub trait Rows: Send + Sync {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// The row at `index`, from 0.
    fn row(&self, index: usize) -> Result<Document, RowsFault>;

    /// Whether there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The splits of a data set by name: `train`, `validation`, `test`, …
pub type Splits = BTreeMap<String, Arc<dyn Rows>>;

/// Why a row could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {index} of {place}: {reason}")]
pub struct RowsFault {
    /// The file, or what stands in its place.
    pub place: String,
    /// The row, from 0.
    pub index: usize,
    /// What is wrong.
    pub reason: String,
}

/// Rows that are in memory.
impl Rows for Vec<Document> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn row(&self, index: usize) -> Result<Document, RowsFault> {
        let missing = || RowsFault { place: "memory".into(), index, reason: "there is no such row".into() };
        self.get(index).cloned().ok_or_else(missing)
    }
}
