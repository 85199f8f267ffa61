//! An event: canonical JSON, small enough for every reader of the log.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::canonical::{self, NotCanonical};
use crate::tree::{Hash, leaf_hash};

/// The most bytes an event may have: enough for a decision about tens of thousands of teams.
/// Anything larger is a document: put it into the [`Vault`](crate::Vault) and log its commitment.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// One JSON value in its canonical form (RFC 8785), at most [`MAX_EVENT_BYTES`] long.
///
/// Two readers of the same event see the same value: keys are unique, and an integer that a
/// double cannot hold exactly is refused rather than rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event(Box<[u8]>);

/// Why something cannot be an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The value has no JSON form: a number that is not finite, a key that is not a string, or the
    /// same key twice.
    #[error("the event has no canonical JSON form")]
    Unwritable(#[source] serde_json::Error),
    /// The bytes are JSON of another spelling, or not JSON, or hold an inexact integer.
    #[error("the event is not canonical JSON (RFC 8785)")]
    NotCanonical(#[source] NotCanonical),
    /// The event is longer than [`MAX_EVENT_BYTES`].
    #[error(
        "the event has {size_bytes} bytes and may have {MAX_EVENT_BYTES}; put the content into the vault and log its commitment"
    )]
    TooLarge {
        /// Its length.
        size_bytes: usize,
    },
}

impl Event {
    /// Writes a value in canonical form.
    pub fn from_value(value: &impl Serialize) -> Result<Event, EventError> {
        let bytes = serde_json_canonicalizer::to_vec(value).map_err(EventError::Unwritable)?;
        Event::from_canonical(bytes)
    }

    /// Takes bytes that are canonical already and refuses any others.
    pub fn from_canonical(bytes: impl Into<Box<[u8]>>) -> Result<Event, EventError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge { size_bytes: bytes.len() });
        }
        canonical::check(&bytes).map_err(EventError::NotCanonical)?;
        Ok(Event(bytes))
    }

    /// For bytes that a store hands back; whoever calls this compares the leaf hash.
    pub(crate) fn from_store(bytes: &[u8]) -> Event {
        Event(bytes.into())
    }

    /// The canonical bytes, which are what the tree hashes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the event as a type of the caller's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.0)
    }

    /// The event's leaf in the tree (RFC 6962 §2.1).
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.0)
    }
}
