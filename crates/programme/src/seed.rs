//! A public seed: chance that nobody could know when the list was fixed, and that anyone can repeat.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One public source of chance, for example a lottery draw or a beacon round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSource {
    /// What was announced before: "winning numbers of lottery draw 1181, 19 July 2025".
    pub source: String,
    /// What it turned out to be: "8, 10, 14, 20, 33, 41".
    pub value: String,
}

/// A public seed, in the pattern of RFC 3797: sources announced first, values known only later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub Vec<SeedSource>);

impl Seed {
    /// SHA-256 over the values in the order announced, each followed by `/`, as RFC 3797 §4.1 joins its sources.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for source in &self.0 {
            hash.update(source.value.as_bytes());
            hash.update(b"/");
        }
        hash.finalize().into()
    }

    /// The place that the seed gives `name` among its rivals for `purpose`: whoever has the lowest key comes first.
    ///
    /// The key is `SHA-256(digest ‖ purpose ‖ 0x0A ‖ name)`; it depends on no other name, so striking one name leaves
    /// the order of the rest as it was.
    pub fn key(&self, purpose: &str, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.digest());
        hash.update(purpose.as_bytes());
        hash.update(b"\n");
        hash.update(name.as_bytes());
        hash.finalize().into()
    }
}
