//! Batches: events that land together or not at all, under a key that makes trying again safe.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::event::Event;
use crate::tree::Hash;

/// The longest idempotency key.
const MAX_KEY_BYTES: usize = 200;

/// Names an append, so that the caller can repeat it after an unclear outcome and get the first
/// answer again. It is stored beside the events in clear: it must hold no personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

/// The text cannot be an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is 1 to 200 bytes without control characters")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// Takes a text of 1 to 200 bytes without control characters.
    pub fn new(key: impl Into<String>) -> Result<IdempotencyKey, IdempotencyKeyError> {
        let key = key.into();
        if key.is_empty() || key.len() > MAX_KEY_BYTES || key.contains(char::is_control) {
            return Err(IdempotencyKeyError);
        }
        Ok(IdempotencyKey(key))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What is appended in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The same key with the same events is the same append.
    pub key: IdempotencyKey,
    /// Refuse unless the log has exactly this size: the caller decided on that state.
    pub expect_size: Option<u64>,
    /// At least one.
    pub events: Vec<Event>,
}

/// Where an event landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its position in the log, from 0.
    pub index: u64,
    /// Its leaf in the tree.
    pub leaf_hash: Hash,
}

/// The running digest over a batch: key, place, leaves.
#[derive(Clone)]
struct BatchHasher(Sha256);

impl BatchHasher {
    fn new(key: &str, first: u64) -> BatchHasher {
        let mut hasher = Sha256::new();
        hasher.update((key.len() as u64).to_be_bytes());
        hasher.update(key);
        hasher.update(first.to_be_bytes());
        BatchHasher(hasher)
    }

    fn leaf(&mut self, leaf: &Hash) {
        self.0.update(leaf.as_bytes());
    }

    fn digest(self) -> Hash {
        Hash::from(<[u8; 32]>::from(self.0.finalize()))
    }
}

/// `SHA-256(length of key (8 bytes) || key || first index (8 bytes) || leaf hashes)`.
pub(crate) fn batch_digest(key: &str, first: u64, leaves: &[Hash]) -> Hash {
    let mut hasher = BatchHasher::new(key, first);
    leaves.iter().for_each(|leaf| hasher.leaf(leaf));
    hasher.digest()
}

/// Walks over the stored events in order and tells which batches do not hold together.
#[derive(Default)]
pub(crate) struct BatchWalk {
    current: Option<(u64, Vec<u8>, BatchHasher)>,
}

impl BatchWalk {
    /// The first index of a batch that turned out broken with this step: the one that ends here,
    /// or, for an event that belongs to no batch, the event's own.
    pub(crate) fn step(&mut self, index: u64, leaf: &Hash, begins: Option<(&str, &[u8])>) -> Option<u64> {
        let broken = match begins {
            Some((key, digest)) => {
                let ended = self.finish();
                self.current = Some((index, digest.to_vec(), BatchHasher::new(key, index)));
                ended
            }
            None => self.current.is_none().then_some(index),
        };
        if let Some((_, _, hasher)) = &mut self.current {
            hasher.leaf(leaf);
        }
        broken
    }

    /// The same for the last batch.
    pub(crate) fn finish(&mut self) -> Option<u64> {
        let (first, claimed, hasher) = self.current.take()?;
        (hasher.digest().as_bytes().as_slice() != claimed).then_some(first)
    }
}
