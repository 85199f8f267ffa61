//! The bytes behind token ids.

use std::collections::BTreeSet;

/// The bytes behind every token id, and which tokens are special.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    pieces: Vec<Vec<u8>>,
    specials: BTreeSet<u32>,
}

impl Vocabulary {
    /// The bytes of each token, by id, and the ids of the special ones.
    #[must_use]
    pub fn new(pieces: Vec<Vec<u8>>, specials: BTreeSet<u32>) -> Self {
        Self { pieces, specials }
    }

    /// The bytes of a token; none for an id that only fills up the embedding.
    #[must_use]
    pub fn piece(&self, id: u32) -> &[u8] {
        self.pieces.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a token is special.
    #[must_use]
    pub fn is_special(&self, id: u32) -> bool {
        self.specials.contains(&id)
    }
}
