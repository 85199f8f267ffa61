//! How well the search finds what was planted.

use serde::{Deserialize, Serialize};

/// What was planted and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfTest {
    /// The seed of everything that was made up.
    pub seed: u64,
}
