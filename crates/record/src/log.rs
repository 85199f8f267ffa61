//! What a log holds, as far as this process knows: the tree in memory and a way to read events.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::batch::BatchWalk;
use crate::event::Event;
use crate::store::{Append, Engine, Read, StorageError};
use crate::tree::{Hash, Tree, leaf_hash};

/// One event as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position in the log, from 0.
    pub index: u64,
    /// The event.
    pub event: Event,
    /// Its leaf in the tree.
    pub leaf_hash: Hash,
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The database failed.
    #[error("the events could not be read")]
    Storage(#[source] StorageError),
    /// What is stored is not what was appended.
    #[error("event {index} was changed behind the log's back; verify the record and restore it from a copy")]
    Changed {
        /// The first one noticed.
        index: u64,
    },
    /// There is no such event.
    #[error("there is no event {index}; the log has {size}")]
    NoSuchEvent {
        /// What was asked for.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// The record was closed.
    #[error("the record is closed; open it again")]
    Closed,
}

/// Why the stored events are not the log they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The database failed.
    #[error("the stored events could not be read")]
    Storage(#[source] StorageError),
    /// An event that was there is gone.
    #[error("event {index} is missing from the log; verify the record and restore it from a copy")]
    Missing {
        /// Which one.
        index: u64,
    },
    /// An event is not what it was.
    #[error("event {index} was changed; verify the record and restore it from a copy")]
    Changed {
        /// Which one.
        index: u64,
    },
    /// A batch's key, place or events were changed.
    #[error("the batch at event {first} does not hold together; verify the record and restore it from a copy")]
    Batch {
        /// Its first event.
        first: u64,
    },
}

pub(crate) struct Log {
    engine: Arc<dyn Engine>,
    tree: RwLock<Tree>,
    reads: Mutex<Reads>,
}

/// The handle that events are read through.
enum Reads {
    Open(Box<dyn Read>),
    /// To be opened when it is next needed.
    Wanted,
    Shut,
}

impl Log {
    /// Opens for writing: see [`Log::reopen`].
    pub(crate) fn open(engine: Arc<dyn Engine>) -> Result<(Log, Box<dyn Append>), ReplayError> {
        let log = Log { engine, tree: RwLock::default(), reads: Mutex::new(Reads::Wanted) };
        let store = log.reopen()?;
        Ok((log, store))
    }

    /// Opens for reading only.
    pub(crate) fn read(engine: Arc<dyn Engine>) -> Result<Log, ReplayError> {
        let reads = engine.reader().map_err(ReplayError::Storage)?;
        let mut tree = Tree::default();
        replay(reads.as_ref(), &mut tree)?;
        Ok(Log { engine, tree: RwLock::new(tree), reads: Mutex::new(Reads::Open(reads)) })
    }

    /// Starts over after a failed commit, or for the first time: what may be off the disk is written
    /// again, every handle is dropped, the database is opened anew and replayed against the tree. An
    /// event that was acknowledged must be there unchanged; one that was in flight may turn up and
    /// is added. The caller has dropped the writing handle.
    ///
    /// As long as nothing can be written, the reading handle stays: a full disk shows what it holds.
    pub(crate) fn reopen(&self) -> Result<Box<dyn Append>, ReplayError> {
        let mut reads = self.reads();
        self.engine.rewrite().map_err(ReplayError::Storage)?;
        *reads = Reads::Wanted;
        let mut store = self.engine.writer().map_err(ReplayError::Storage)?;
        store.settle().map_err(ReplayError::Storage)?;
        let mut tree = self.tree.write().unwrap_or_else(PoisonError::into_inner);
        replay(store.as_ref(), &mut tree)?;
        // Now, while the database is in order, so that it is there when it is not.
        if let Ok(reader) = self.engine.reader() {
            *reads = Reads::Open(reader);
        }
        Ok(store)
    }

    /// Closes the reading handle for good.
    pub(crate) fn shut(&self) {
        *self.reads() = Reads::Shut;
    }

    pub(crate) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the writer once the events are durable.
    pub(crate) fn grow(&self, leaves: impl Iterator<Item = Hash>) {
        let mut tree = self.tree.write().unwrap_or_else(PoisonError::into_inner);
        leaves.for_each(|leaf| tree.push(leaf));
    }

    /// The events of a range, as many as there are, each compared with the tree.
    pub(crate) fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::new();
        self.each(range, |index, body, leaf| {
            entries.push(Entry { index, event: Event::from_store(body), leaf_hash: leaf });
        })?;
        Ok(entries)
    }

    /// Reads a range again and compares it with the tree.
    pub(crate) fn reread(&self, range: Range<u64>) -> Result<(), ReadError> {
        self.each(range, |_, _, _| ())
    }

    fn each(&self, range: Range<u64>, mut found: impl FnMut(u64, &[u8], Hash)) -> Result<(), ReadError> {
        let mut reads = self.reads();
        if matches!(*reads, Reads::Wanted) {
            *reads = Reads::Open(self.engine.reader().map_err(ReadError::Storage)?);
        }
        let Reads::Open(reads) = &*reads else { return Err(ReadError::Closed) };
        let end = range.end.min(self.tree().size());
        let mut next = range.start;
        let mut good = true;
        reads
            .scan(range.start..end, &mut |row| {
                let leaf = leaf_hash(row.body);
                // The tree is borrowed for a moment only: a long read must not hold the writer up.
                good &= i64::try_from(next) == Ok(row.index) && self.tree().leaf(next) == Some(leaf);
                if good {
                    found(next, row.body, leaf);
                    next += 1;
                }
            })
            .map_err(ReadError::Storage)?;
        if next >= end { Ok(()) } else { Err(ReadError::Changed { index: next }) }
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares what is stored with what the tree knows already and adds what it does not.
fn replay(store: &dyn Read, tree: &mut Tree) -> Result<(), ReplayError> {
    let mut walk = BatchWalk::default();
    let mut next = 0;
    let mut fault = None;
    let scanned = store.scan(0..u64::MAX, &mut |row| {
        if fault.is_some() {
            return;
        }
        if i64::try_from(next) != Ok(row.index) {
            fault = Some(ReplayError::Missing { index: next });
            return;
        }
        let leaf = leaf_hash(row.body);
        match tree.leaf(next) {
            None => tree.push(leaf),
            Some(known) if known == leaf => (),
            Some(_) => fault = Some(ReplayError::Changed { index: next }),
        }
        if let Some(first) = walk.step(next, &leaf, row.batch) {
            fault.get_or_insert(ReplayError::Batch { first });
        }
        next += 1;
    });
    scanned.map_err(ReplayError::Storage)?;
    if let Some(first) = walk.finish() {
        fault.get_or_insert(ReplayError::Batch { first });
    }
    match fault {
        Some(fault) => Err(fault),
        None if next < tree.size() => Err(ReplayError::Missing { index: next }),
        None => Ok(()),
    }
}
