//! Documents and personal data, outside the log and behind salted digests.
//!
//! A blob is kept as the file `vault/ab/abcd…` holding `salt || bytes`, named by its commitment
//! `SHA-256(salt || bytes)` with a random 32-byte salt. The log holds the commitment only: without
//! the salt nobody can guess a name from it, and once the file is erased nobody can open it again,
//! while the tree over the events stays as it was.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::durable::{self, INCOMING, Incoming};
use crate::key::{NoRandomness, random_bytes};

const SALT_BYTES: usize = 32;

/// A salted digest that stands for a blob in the log; prints as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment([u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a commitment is 64 lower-case hexadecimal digits")]
pub struct CommitmentError;

/// What was committed to: shown to an auditor, it opens the commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The salt that hid the bytes.
    pub salt: [u8; SALT_BYTES],
    /// The blob.
    pub bytes: Vec<u8>,
}

/// Why the vault did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The record is open for reading only, or closed.
    #[error("the vault is closed for writing; open the record for writing first")]
    ReadOnly,
    /// The blob is longer than the caller allows.
    #[error("the document is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The caller's limit.
        limit_bytes: u64,
    },
    /// The file under the commitment's name holds something else.
    #[error("the vault's file {commitment} was changed; restore it from a copy")]
    Changed {
        /// Which one.
        commitment: Commitment,
    },
    /// No salt could be drawn.
    #[error("no salt could be drawn")]
    Randomness(#[source] NoRandomness),
    /// Reading what the caller hands over failed.
    #[error("the document could not be read to its end")]
    Source(#[source] io::Error),
    /// The file system refused.
    #[error("the vault's folder could not be {doing}; check its space and permissions, then try again")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn storage(doing: &'static str) -> impl Fn(io::Error) -> VaultError {
    move |source| VaultError::Storage { doing, source }
}

/// The blobs beside a log.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    /// Held for reading while a file lands, so that closing waits for it.
    writable: RwLock<bool>,
}

impl Vault {
    pub(crate) fn new(folder: PathBuf, writable: bool) -> Vault {
        Vault { folder, writable: RwLock::new(writable) }
    }

    /// Keeps a blob under a fresh random salt and says how to refer to it.
    pub fn put(&self, bytes: &[u8]) -> Result<Commitment, VaultError> {
        self.put_with_salt(bytes, random_bytes().map_err(VaultError::Randomness)?)
    }

    /// The same with a chosen salt, for rehearsals that must come out the same each time. A salt
    /// that can be guessed hides nothing.
    pub fn put_with_salt(&self, bytes: &[u8], salt: [u8; SALT_BYTES]) -> Result<Commitment, VaultError> {
        self.land(&mut &*bytes, salt, u64::MAX)
    }

    /// Keeps a large document without holding it in memory, up to a limit.
    pub fn put_reader(&self, document: &mut dyn Read, limit_bytes: u64) -> Result<Commitment, VaultError> {
        self.land(document, random_bytes().map_err(VaultError::Randomness)?, limit_bytes)
    }

    /// The blob; `None` once it is erased. Its digest is checked on every read.
    pub fn get(&self, commitment: &Commitment) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.open(commitment)?.map(|opening| opening.bytes))
    }

    /// The blob with its salt, to be shown to someone who knows the commitment.
    pub fn open(&self, commitment: &Commitment) -> Result<Option<Opening>, VaultError> {
        let mut bytes = match fs::read(self.path(commitment)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(storage("read")(error)),
        };
        let changed = VaultError::Changed { commitment: *commitment };
        let Some(salt) = bytes.first_chunk().copied() else { return Err(changed) };
        bytes.drain(..SALT_BYTES);
        let opening = Opening { salt, bytes };
        if commitment.verifies(&opening) { Ok(Some(opening)) } else { Err(changed) }
    }

    /// Removes a blob and its salt; `false` if it was gone already. The file system may keep the
    /// blocks until they are used again, and copies elsewhere are not reached.
    pub fn erase(&self, commitment: &Commitment) -> Result<bool, VaultError> {
        let writable = self.writable.read().unwrap_or_else(PoisonError::into_inner);
        if !*writable {
            return Err(VaultError::ReadOnly);
        }
        durable::remove_file(&self.path(commitment)).map_err(storage("changed"))
    }

    fn path(&self, commitment: &Commitment) -> PathBuf {
        let name = commitment.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    fn land(
        &self,
        document: &mut dyn Read,
        salt: [u8; SALT_BYTES],
        limit_bytes: u64,
    ) -> Result<Commitment, VaultError> {
        let writable = self.writable.read().unwrap_or_else(PoisonError::into_inner);
        if !*writable {
            return Err(VaultError::ReadOnly);
        }
        let nonce: [u8; 16] = random_bytes().map_err(VaultError::Randomness)?;
        let beside = self.folder.join(format!("{}{INCOMING}", hex::encode(nonce)));
        let mut incoming = Incoming::new(beside).map_err(storage("written"))?;
        let commitment = copy_salted(document, &salt, limit_bytes, &mut incoming)?;
        let path = self.path(&commitment);
        path.parent().map_or(Ok(()), durable::create_folder).map_err(storage("written"))?;
        incoming.land(&path).map_err(storage("written"))?;
        Ok(commitment)
    }

    /// Waits for files on their way in and lets no more land.
    pub(crate) fn shut(&self) {
        *self.writable.write().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

fn copy_salted(
    document: &mut dyn Read,
    salt: &[u8; SALT_BYTES],
    limit_bytes: u64,
    incoming: &mut Incoming,
) -> Result<Commitment, VaultError> {
    let mut hasher = Sha256::new_with_prefix(salt);
    incoming.write_all(salt).map_err(storage("written"))?;
    let mut buffer = vec![0; 1 << 16];
    let mut taken = 0u64;
    loop {
        let count = match document.read(&mut buffer) {
            Ok(0) => return Ok(Commitment(hasher.finalize().into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(VaultError::Source(error)),
        };
        taken += count as u64;
        if taken > limit_bytes {
            return Err(VaultError::TooLarge { limit_bytes });
        }
        hasher.update(&buffer[..count]);
        incoming.write_all(&buffer[..count]).map_err(storage("written"))?;
    }
}

/// The commitment a vault file must be named by, from its content.
pub(crate) fn commitment_of_file(path: &Path) -> io::Result<Commitment> {
    durable::digest_file(path).map(|(hash, _)| Commitment(*hash.as_bytes()))
}

impl Commitment {
    /// What an opening commits to.
    pub fn of(opening: &Opening) -> Commitment {
        let hasher = Sha256::new_with_prefix(opening.salt).chain_update(&opening.bytes);
        Commitment(hasher.finalize().into())
    }

    /// Whether the opening is what was committed to.
    pub fn verifies(&self, opening: &Opening) -> bool {
        *self == Commitment::of(opening)
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Commitment {
    type Err = CommitmentError;

    fn from_str(text: &str) -> Result<Commitment, CommitmentError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| CommitmentError)?;
        let commitment = Commitment(bytes);
        // One spelling only: capitals are refused.
        if commitment.to_string() == text { Ok(commitment) } else { Err(CommitmentError) }
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Commitment, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither part belongs in a program's own log.
        write!(f, "Opening({} bytes)", self.bytes.len())
    }
}
