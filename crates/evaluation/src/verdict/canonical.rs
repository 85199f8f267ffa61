//! The one way to write something down, and its name: canonical JSON (RFC 8785) and SHA-256 of that.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::scores::{Scores, TaskScores};
use super::snapshot::Snapshot;

/// Something could not be written as canonical JSON.
#[derive(Debug, thiserror::Error)]
#[error("this cannot be written as JSON: {0}; only finite numbers can")]
pub struct CanonicalFault(#[from] serde_json::Error);

/// Canonical JSON: keys in order, no white space, numbers in their shortest form that reads back the same.
pub(crate) fn bytes(of: &impl Serialize) -> Result<Vec<u8>, CanonicalFault> {
    Ok(serde_json_canonicalizer::to_vec(of)?)
}

/// The SHA-256 of the canonical JSON, in hex.
pub(crate) fn digest(of: &impl Serialize) -> Result<String, CanonicalFault> {
    Ok(hex::encode(Sha256::digest(bytes(of)?)))
}

impl Scores {
    /// Canonical JSON, items in the order of their keys.
    ///
    /// # Errors
    ///
    /// A score that is no finite number.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalFault> {
        bytes(&self.sorted())
    }

    /// The SHA-256 of [`Scores::canonical`], in hex: the same whatever order the items were read in.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn digest(&self) -> Result<String, CanonicalFault> {
        digest(&self.sorted())
    }

    fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.tasks.values_mut().for_each(sort);
        sorted
    }
}

impl Snapshot {
    /// Canonical JSON, models in the order of their names, items in the order of their keys.
    ///
    /// # Errors
    ///
    /// A score that is no finite number.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalFault> {
        bytes(&self.sorted())
    }

    /// The SHA-256 of [`Snapshot::canonical`], in hex.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn digest(&self) -> Result<String, CanonicalFault> {
        digest(&self.sorted())
    }

    fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.models.sort_by(|one, other| one.name.cmp(&other.name));
        sorted.models.iter_mut().flat_map(|model| model.tasks.values_mut()).for_each(sort);
        sorted
    }
}

fn sort(scores: &mut TaskScores) {
    scores.items.sort_by(|one, other| one.key.cmp(&other.key));
}
