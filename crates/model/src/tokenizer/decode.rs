//! From ids back to text, whole or as they come.

use std::str::from_utf8;

use super::Tokenizer;

/// Turns ids into text one at a time. A token may end in the middle of a character (most Hangul syllables are three
/// bytes); such bytes are held until the character is whole.
#[derive(Debug, Clone)]
pub struct Decoder {
    tokenizer: Tokenizer,
    held: Vec<u8>,
    specials: bool,
}

impl Decoder {
    pub(super) fn new(tokenizer: Tokenizer) -> Self {
        Self { tokenizer, held: Vec::new(), specials: true }
    }

    /// Leaves special tokens out of the text.
    #[must_use]
    pub fn without_specials(mut self) -> Self {
        self.specials = false;
        self
    }

    /// Takes the next id and gives the text that is now certain; `None` if there is none yet. Bytes that can no longer
    /// become a character come out as U+FFFD. All texts given, and [`flush`](Self::flush)'s, are together what
    /// [`Tokenizer::decode`] gives.
    pub fn push(&mut self, id: u32) -> Option<String> {
        if self.specials || !self.tokenizer.is_special(id) {
            self.held.extend_from_slice(self.tokenizer.bytes(id));
        }
        let whole = certain(&self.held);
        if whole == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&self.held[..whole]).into_owned();
        self.held.drain(..whole);
        Some(text)
    }

    /// Ends the text: what is held can no longer become a character and is given as U+FFFD.
    pub fn flush(&mut self) -> Option<String> {
        let held = std::mem::take(&mut self.held);
        (!held.is_empty()).then(|| String::from_utf8_lossy(&held).into_owned())
    }

    /// The bytes held: the beginning of a character that is not whole yet.
    #[must_use]
    pub fn held(&self) -> &[u8] {
        &self.held
    }
}

/// How many bytes no further byte can change.
fn certain(bytes: &[u8]) -> usize {
    let mut from = 0;
    while let Err(error) = from_utf8(&bytes[from..]) {
        from += error.valid_up_to();
        match error.error_len() {
            Some(broken) => from += broken,
            None => return from,
        }
    }
    bytes.len()
}

/// Ids as text; broken characters become U+FFFD.
pub(super) fn decode(tokenizer: &Tokenizer, ids: impl Iterator<Item = u32>) -> String {
    let bytes: Vec<u8> = ids.flat_map(|id| tokenizer.bytes(id)).copied().collect();
    String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}
