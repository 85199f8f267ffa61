//! Sealing: what a thing that lies outside the record is known by inside it.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Sealed;

/// The canonical bytes (RFC 8785) of something that is sealed.
pub fn canonical<T: Serialize>(thing: &T) -> Option<Vec<u8>> {
    serde_json_canonicalizer::to_vec(thing).ok()
}

/// What `thing` is known by when it is sealed under `salt`: SHA-256 over the salt and the canonical bytes. Nothing
/// where the salt is no hex.
pub fn sealed_as<T: Serialize>(thing: &T, salt: &str) -> Option<Sealed> {
    let mut hash = Sha256::new();
    hash.update(hex::decode(salt).ok()?);
    hash.update(canonical(thing)?);
    Some(Sealed(hex::encode(hash.finalize())))
}
