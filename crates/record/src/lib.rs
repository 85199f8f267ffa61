//! The record: an append-only log of events, a Merkle tree over it, and proofs that verify offline.
//!
//! ```
//! use record::{Batch, Event, IdempotencyKey, LogKey, Record, VerifyOptions, verify, verify_receipt};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = &folder.path().join("record");
//! let record = Record::create(dir, "example.kr/programme", LogKey::generate()?)?;
//! let name = record.vault().put("홍길동".as_bytes())?;
//! let event = Event::from_value(&serde_json::json!({ "type": "applied", "name": name }))?;
//! let key = IdempotencyKey::new("application-1")?;
//! let appended = record.append(Batch { key, expect_size: Some(0), events: vec![event.clone()] })?;
//! let receipt = record.receipt(appended[0].index)?;
//! verify_receipt(receipt.text(), record.vkey(), event.as_bytes())?;
//! record.close()?;
//! assert!(verify(dir, &VerifyOptions::default()).is_sound());
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! - An append that returned survives a power cut: SQLite's write-ahead log with
//!   `synchronous=FULL`, set and read back.
//! - Events are only ever appended. One process writes, through one thread.
//! - Nothing is signed that was not read back from the database first.
//! - The log holds no personal data, only salted commitments; erasing a blob changes no hash.
//! - This crate knows bytes and digests. It has no clock and never asks what an event means.
//!
//! # Covered
//!
//! A crash or power cut at any moment; failing syncs and full disks; any change to a closed folder,
//! down to a single bit; changes to the events of an open one that its checkpoint covers; a folder
//! rolled back to an older copy, *if* a checkpoint was kept elsewhere.
//!
//! # Not covered
//!
//! Whoever holds the signing key can write another history and sign it: only checkpoints kept by
//! others expose that. Events after the last checkpoint of an open record are protected by the file
//! system alone, so make checkpoints often and hand them out. A disk that claims to have written
//! what it has not. File names, times and permissions other than by the seal's list of paths.
//!
//! # Formats
//!
//! Canonical JSON (RFC 8785), the Merkle tree of RFC 6962 §2.1, and C2SP's signed-note,
//! tlog-checkpoint, tlog-proof and tlog-tiles (<https://c2sp.org>).

mod batch;
mod canonical;
mod checkpoint;
mod durable;
mod event;
mod export;
mod folder;
mod key;
mod log;
mod note;
mod reader;
mod receipt;
mod record;
mod seal;
mod sqlite;
mod store;
mod tree;
mod vault;
mod verify;
mod writer;

pub use batch::{Appended, Batch, IdempotencyKey, IdempotencyKeyError};
pub use canonical::NotCanonical;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use event::{Event, EventError, MAX_EVENT_BYTES};
pub use export::{ExportError, Exported, export};
pub use key::{KeyError, LogKey, NoRandomness, VerifierKey};
pub use log::{Entry, ReadError, ReplayError};
pub use note::NoteError;
pub use reader::Reader;
pub use receipt::{Proven, Receipt, ReceiptError, verify_receipt};
pub use record::{CloseError, CreateError, OpenError, Record, SignError};
pub use seal::SealError;
pub use store::StorageError;
pub use tree::{Hash, HashError, leaf_hash};
pub use vault::{Commitment, CommitmentError, Opening, Vault, VaultError};
pub use verify::{Code, Finding, Report, VerifyOptions, verify};
pub use writer::AppendError;
