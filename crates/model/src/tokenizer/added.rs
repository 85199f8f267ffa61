//! Added tokens: text that stands for one id and is found before anything is cut.

/// An added token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The token's id.
    pub id: u32,
    /// The text it stands for.
    pub content: String,
    /// Whether it steers the model (`<|im_start|>`) and must never come out of ordinary text.
    pub special: bool,
    /// Whether it is looked for after normalisation.
    pub normalized: bool,
}

/// Finds added tokens in text: leftmost first, of several at one place the longest.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    /// Longest first, so that the first that fits is the longest.
    tokens: Vec<Added>,
    /// The first bytes that occur.
    first: [bool; 256],
}

/// An added token in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) id: u32,
    pub(super) special: bool,
}

impl Finder {
    pub(super) fn new(tokens: impl Iterator<Item = Added>) -> Self {
        let mut tokens: Vec<Added> = tokens.filter(|token| !token.content.is_empty()).collect();
        tokens.sort_by(|a, b| b.content.len().cmp(&a.content.len()).then(a.id.cmp(&b.id)));
        let mut first = [false; 256];
        for token in &tokens {
            first[usize::from(token.content.as_bytes()[0])] = true;
        }
        Self { tokens, first }
    }

    /// Whether there is anything to find; without the special ones if text is ordinary.
    pub(super) fn seeks(&self, ordinary: bool) -> bool {
        self.tokens.iter().any(|token| !(ordinary && token.special))
    }

    /// The first added token at or after `from`.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Found> {
        let bytes = text.as_bytes();
        let starts = (from..bytes.len()).filter(|&at| self.first[usize::from(bytes[at])]);
        starts.into_iter().find_map(|start| {
            let fits = |token: &&Added| bytes[start..].starts_with(token.content.as_bytes());
            let token = self.tokens.iter().find(fits)?;
            Some(Found { start, end: start + token.content.len(), id: token.id, special: token.special })
        })
    }
}
