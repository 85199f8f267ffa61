//! The one thread that writes, and how appends share a commit.
//!
//! Callers hand over their batch and wait. The thread takes everything that waits, decides batch
//! by batch (known key? right size?), stores what is new in one transaction, and answers all of
//! them after the one sync. A batch that is refused does not touch its neighbours.
//!
//! After a failed commit nothing in memory is trusted (Rebello et al., "Can Applications Recover
//! from fsync Failures?", 2020): the database is reopened, settled and replayed, and every waiting
//! batch is answered from what its key finds there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread;

use crate::batch::{Appended, Batch, batch_digest};
use crate::log::{Log, ReplayError};
use crate::store::{Append, NewBatch, StorageError, StoredBatch};
use crate::tree::Hash;

/// At most so many batches share a commit, to bound how long the first of them waits.
const MAX_GROUP: usize = 1024;

/// Why nothing was appended, or why nobody can say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The log has grown since the caller looked.
    #[error("the log has {actual} events, not {expected}; read the new ones, decide again and append again")]
    Stale {
        /// What the caller expected.
        expected: u64,
        /// What there is.
        actual: u64,
    },
    /// The key names another append.
    #[error("idempotency key {key:?} was used for other events; choose a new key for new events")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The batch holds no events.
    #[error("the batch holds no events; append at least one")]
    Empty,
    /// The database failed, and the events were not stored.
    #[error("nothing was appended; see to the disk and append again")]
    Storage(#[source] Arc<StorageError>),
    /// The database failed, and whether the events were stored will be known once it works again.
    #[error("whether the events were appended is not known; append again with the same key")]
    Unknown(#[source] Option<Arc<StorageError>>),
    /// What is stored no longer agrees with what was acknowledged; nothing more is written.
    #[error("the stored log no longer agrees with what was acknowledged; verify the record and restore it from a copy")]
    Broken(#[source] Arc<ReplayError>),
    /// The record was closed.
    #[error("the record is closed; open it again")]
    Closed,
}

type Answer = Result<Vec<Appended>, AppendError>;

/// An append on its way to the writer.
pub(crate) struct Request {
    pub(crate) batch: Batch,
    pub(crate) leaves: Vec<Hash>,
    pub(crate) reply: SyncSender<Answer>,
}

impl Request {
    fn key(&self) -> &str {
        self.batch.key.as_str()
    }

    fn digest_at(&self, first: u64) -> Hash {
        batch_digest(self.key(), first, &self.leaves)
    }

    fn appended_at(&self, first: u64) -> Vec<Appended> {
        let leaves = self.leaves.iter().zip(first..);
        leaves.map(|(&leaf_hash, index)| Appended { index, leaf_hash }).collect()
    }

    fn reused(&self) -> AppendError {
        AppendError::KeyReused { key: self.key().to_owned() }
    }
}

/// What becomes of one batch of a group.
enum Verdict {
    /// It is new and lands from this index on, under this digest.
    New(u64, Hash),
    /// It landed earlier, from this index on.
    Known(u64),
    Refused(AppendError),
}

pub(crate) struct Writer {
    pub(crate) log: Arc<Log>,
    /// `None` while the database is not to be trusted.
    pub(crate) store: Option<Box<dyn Append>>,
}

impl Writer {
    /// Serves until every sender is gone, then gives the database back if it is in order.
    pub(crate) fn run(mut self, requests: &Receiver<Request>) -> Option<Box<dyn Append>> {
        let mut crowded = false;
        while let Ok(first) = requests.recv() {
            let group = gather(first, requests, crowded);
            crowded = group.len() > 1;
            let answers = self.serve(&group);
            for (request, answer) in group.iter().zip(answers) {
                // A caller that stopped waiting has nobody to tell.
                let _ = request.reply.send(answer);
            }
        }
        self.store
    }

    fn serve(&mut self, group: &[Request]) -> Vec<Answer> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => match self.log.reopen() {
                Ok(store) => store,
                Err(fault) => return outage(group, fault),
            },
        };
        match self.commit(store.as_mut(), group) {
            Ok(answers) => {
                self.store = Some(store);
                answers
            }
            Err(fault) => {
                // Before anything is opened again.
                drop(store);
                self.recover(group, Arc::new(fault))
            }
        }
    }

    fn commit(&self, store: &mut dyn Append, group: &[Request]) -> Result<Vec<Answer>, StorageError> {
        let verdicts = admit(store, group, self.log.tree().size())?;
        let new = || {
            group.iter().zip(&verdicts).filter_map(|(request, verdict)| match verdict {
                Verdict::New(first, digest) => Some((request, *first, *digest)),
                Verdict::Known(_) | Verdict::Refused(_) => None,
            })
        };
        let batches: Vec<NewBatch<'_>> = new()
            .map(|(request, first, digest)| NewBatch {
                first,
                key: request.key(),
                digest,
                events: &request.batch.events,
            })
            .collect();
        if !batches.is_empty() {
            store.append(&batches)?;
            self.log.grow(new().flat_map(|(request, _, _)| request.leaves.iter().copied()));
        }
        let answer = |(request, verdict): (&Request, Verdict)| match verdict {
            Verdict::New(first, _) | Verdict::Known(first) => Ok(request.appended_at(first)),
            Verdict::Refused(error) => Err(error),
        };
        Ok(group.iter().zip(verdicts).map(answer).collect())
    }

    /// Reopens, then asks the database itself what became of the group.
    fn recover(&mut self, group: &[Request], fault: Arc<StorageError>) -> Vec<Answer> {
        let store = match self.log.reopen() {
            Ok(store) => store,
            Err(still) => return outage(group, still),
        };
        let Ok(found) = store.find(&keys(group)) else {
            return group.iter().map(|_| Err(AppendError::Unknown(Some(Arc::clone(&fault))))).collect();
        };
        let answer = |(request, found): (&Request, Option<StoredBatch>)| match found {
            Some(found) if found.digest == request.digest_at(found.first) => Ok(request.appended_at(found.first)),
            Some(_) => Err(request.reused()),
            None => Err(AppendError::Storage(Arc::clone(&fault))),
        };
        self.store = Some(store);
        group.iter().zip(found).map(answer).collect()
    }
}

/// Takes what waits. In a crowd it also lets those run who were only just answered: they are about to
/// ask again, and one sync for all of them is cheaper than the moment this takes.
fn gather(first: Request, requests: &Receiver<Request>, crowded: bool) -> Vec<Request> {
    let mut group = vec![first];
    loop {
        let before = group.len();
        if crowded {
            thread::yield_now();
        }
        group.extend(requests.try_iter().take(MAX_GROUP - before));
        if !crowded || group.len() == before || group.len() == MAX_GROUP {
            return group;
        }
    }
}

fn keys(group: &[Request]) -> Vec<&str> {
    group.iter().map(Request::key).collect()
}

/// Decides about a group in the order of arrival, as if each batch stood alone.
fn admit(store: &dyn Append, group: &[Request], mut size: u64) -> Result<Vec<Verdict>, StorageError> {
    let mut landing = BTreeMap::new();
    let mut verdicts = Vec::with_capacity(group.len());
    for (request, stored) in group.iter().zip(store.find(&keys(group))?) {
        let stored = stored.map(|found| (found.first, found.digest));
        let earlier = landing.get(request.key()).copied().or(stored);
        let expected = request.batch.expect_size;
        verdicts.push(match (earlier, expected) {
            (Some((first, digest)), _) if digest == request.digest_at(first) => Verdict::Known(first),
            (Some(_), _) => Verdict::Refused(request.reused()),
            (None, Some(expected)) if expected != size => {
                Verdict::Refused(AppendError::Stale { expected, actual: size })
            }
            (None, _) => {
                let (first, digest) = (size, request.digest_at(size));
                landing.insert(request.key(), (first, digest));
                size += request.leaves.len() as u64;
                Verdict::New(first, digest)
            }
        });
    }
    Ok(verdicts)
}

/// The database could not be reopened. One of these may be the repetition of an append that got
/// through before, so "nothing was appended" would be too much to say.
fn outage(group: &[Request], fault: ReplayError) -> Vec<Answer> {
    let answer: Box<dyn Fn() -> AppendError> = match fault {
        ReplayError::Storage(fault) => {
            let fault = Arc::new(fault);
            Box::new(move || AppendError::Unknown(Some(Arc::clone(&fault))))
        }
        broken => {
            let broken = Arc::new(broken);
            Box::new(move || AppendError::Broken(Arc::clone(&broken)))
        }
    };
    group.iter().map(|_| Err(answer())).collect()
}
