//! What a log needs from a database, and nothing else.
//!
//! The interface is drawn for one writer that decides everything itself: it looks keys up, numbers
//! the events, and hands over a group of batches to be stored in one transaction. SQLite does it
//! under a file lock; PostgreSQL would do it under an advisory lock, with the same two constraints
//! (one row an index, one batch a key) as the last line of defence. Callers of
//! [`Record`](crate::Record) see neither.

use std::ops::Range;

use crate::event::Event;
use crate::tree::Hash;

/// The database refused or failed; what it said is the source.
#[derive(Debug, thiserror::Error)]
#[error("the log's database could not be {doing}")]
pub struct StorageError {
    pub(crate) doing: &'static str,
    pub(crate) full: bool,
    #[source]
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

impl StorageError {
    /// Whether space ran out, so that trying again after making room is enough.
    pub fn is_full(&self) -> bool {
        self.full
    }
}

/// A batch on its way in: consecutive events from `first` on.
pub(crate) struct NewBatch<'a> {
    pub(crate) first: u64,
    pub(crate) key: &'a str,
    pub(crate) digest: Hash,
    pub(crate) events: &'a [Event],
}

/// Where a batch begins, and what ties its key, its place and its events together.
pub(crate) struct StoredBatch {
    pub(crate) first: u64,
    pub(crate) digest: Hash,
}

/// One stored event, as found.
pub(crate) struct Row<'a> {
    pub(crate) index: i64,
    pub(crate) body: &'a [u8],
    /// Key and digest of the batch that begins here.
    pub(crate) batch: Option<(&'a str, &'a [u8])>,
}

pub(crate) trait Read: Send {
    /// The batches stored under some keys, from one consistent view and in one round trip.
    fn find(&self, keys: &[&str]) -> Result<Vec<Option<StoredBatch>>, StorageError>;
    /// Hands over the rows of a range in order, from one consistent view.
    fn scan(&self, range: Range<u64>, each: &mut dyn FnMut(Row<'_>)) -> Result<(), StorageError>;
    /// The database's own examination of its files and schema; empty when it found nothing.
    fn examine(&self) -> Result<Vec<String>, StorageError>;
}

pub(crate) trait Append: Read {
    /// Stores the batches in one transaction; `Ok` only once they survive a power cut. After an
    /// error nothing is known, and the handle must not be used again.
    fn append(&mut self, group: &[NewBatch<'_>]) -> Result<(), StorageError>;
    /// Forces everything that is readable into its final, durable place. What an interrupted
    /// commit left behind is afterwards either stored for good or gone for good.
    fn settle(&mut self) -> Result<(), StorageError>;
}

/// Opens a log's database, as often as a failure makes it necessary.
pub(crate) trait Engine: Send + Sync {
    /// Writes again, and syncs, what readers can see but a failed sync may have kept off the disk.
    /// Called before a writer is opened and while none is; fails while nothing can be written.
    fn rewrite(&self) -> Result<(), StorageError>;
    fn writer(&self) -> Result<Box<dyn Append>, StorageError>;
    fn reader(&self) -> Result<Box<dyn Read>, StorageError>;
}
