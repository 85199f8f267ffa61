//! Byte-level byte-pair encoding: trained, written, read and applied.
//!
//! [`train`](train()) makes a vocabulary from text; [`Tokenizer::to_json`] writes it as the `tokenizer.json` that Hugging
//! Face `tokenizers` and transformers read unchanged; [`Tokenizer::load`] also reads other people's files of the Qwen
//! and Llama 3 family. Every text can be encoded, and its ids give back exactly its bytes.
//!
//! Text of a special token in prose is prose: [`Tokenizer::encode`] never gives a special id. Only
//! [`Tokenizer::encode_with_special`], meant for chat templates, does.

mod added;
mod alphabet;
mod classes;
mod decode;
mod fertility;
mod hash;
mod merge;
mod read;
mod split;
#[cfg(test)]
mod tests;
mod train;
mod unicode;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;

pub use self::added::Added;
pub use self::decode::Decoder;
pub use self::fertility::Fertility;
pub use self::read::LoadFault;
pub use self::split::{GPT2, LLAMA3, QWEN2};
pub use self::train::{TrainFault, TrainOptions, train};

use self::added::Finder;
use self::merge::{Merger, Pairs, Scratch};
use self::split::{Pieces, Splitter};
use self::write::Frame;

/// Border between documents; also what begins, ends and pads a sequence.
pub const END_OF_TEXT: &str = "<|endoftext|>";
/// Begins a turn of a conversation.
pub const TURN_START: &str = "<|im_start|>";
/// Ends a turn of a conversation.
pub const TURN_END: &str = "<|im_end|>";

/// A tokenizer. Cloning it is cheap, and clones may be used by many threads at once.
#[derive(Clone)]
pub struct Tokenizer(Arc<Inner>);

struct Inner {
    vocabulary: Vocabulary,
    /// Left, right and made id of each merge, in order of rank.
    merges: Vec<(u32, u32, u32)>,
    merger: Merger,
    splitters: Vec<Splitter>,
    /// Whether text is brought to NFC first, as Qwen's files ask.
    normalizes: bool,
    added: Vec<Added>,
    /// Added tokens looked for in the text as it comes, and after normalisation.
    finders: [Finder; 2],
    beginning: Vec<u32>,
    frame: Frame,
    /// One for each thread that has encoded at the same time as others.
    scratch: Mutex<Vec<Scratch>>,
}

/// What each id stands for.
#[derive(Debug, Clone, Default)]
struct Vocabulary {
    bytes: Vec<u8>,
    /// Where each id's bytes end.
    ends: Vec<usize>,
    special: Vec<bool>,
    /// Whether the id is one of the model's own and not only added.
    in_model: Vec<bool>,
    /// Names of the model's tokens that are not spelt in the byte alphabet.
    odd: BTreeMap<u32, String>,
}

impl Vocabulary {
    fn push(&mut self, bytes: &[u8], in_model: bool) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.special.push(false);
        self.in_model.push(in_model);
    }

    fn bytes(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(id)) {
            (Some(start), Some(&end)) => &self.bytes[start..end],
            _ => &[],
        }
    }
}

/// What the trainer or a file gives; everything else follows from it.
struct Parts {
    vocabulary: Vocabulary,
    merges: Vec<(u32, u32, u32)>,
    /// The id of each byte.
    bytes: [u32; 256],
    added: Vec<Added>,
    splitters: Vec<Splitter>,
    normalizes: bool,
    /// Whether a piece that is a token becomes it whatever the merges say (Llama 3).
    ignores_merges: bool,
    beginning: Vec<u32>,
    frame: Frame,
}

impl Parts {
    fn assemble(mut self) -> Tokenizer {
        for token in self.added.iter().filter(|token| token.special) {
            self.vocabulary.special[token.id as usize] = true;
        }
        let mut whole = Vec::new();
        if self.ignores_merges {
            let plain = (0..self.vocabulary.ends.len() as u32)
                .filter(|&id| self.vocabulary.in_model[id as usize] && !self.added.iter().any(|token| token.id == id));
            whole = plain.map(|id| (self.vocabulary.bytes(id).to_vec(), id)).collect();
            whole.sort();
        }
        let finders = [false, true].map(|normalized| {
            Finder::new(self.added.iter().filter(|token| token.normalized == normalized).cloned().map(|mut token| {
                if normalized && self.normalizes {
                    token.content = token.content.nfc().collect();
                }
                token
            }))
        });
        let merger = Merger { bytes: self.bytes, pairs: Pairs::new(&self.merges), whole };
        Tokenizer(Arc::new(Inner {
            vocabulary: self.vocabulary,
            merges: self.merges,
            merger,
            splitters: self.splitters,
            normalizes: self.normalizes,
            added: self.added,
            finders,
            beginning: self.beginning,
            frame: self.frame,
            scratch: Mutex::new(Vec::new()),
        }))
    }
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`LoadFault`] says what in the file is broken or not supported, and where.
    pub fn from_json(text: &str) -> Result<Self, LoadFault> {
        read::read(text)
    }

    /// Reads a `tokenizer.json` from a file, or from the folder that holds it.
    ///
    /// # Errors
    ///
    /// [`LoadFault`] says what in the file is broken or not supported, and where.
    pub fn load(path: &Path) -> Result<Self, LoadFault> {
        let file = if path.is_dir() { path.join("tokenizer.json") } else { path.to_path_buf() };
        let text = std::fs::read_to_string(&file).map_err(|source| LoadFault::Unreadable { path: file, source })?;
        Self::from_json(&text)
    }

    /// The tokenizer as a `tokenizer.json` that Hugging Face `tokenizers` (0.20 and later) reads.
    #[must_use]
    pub fn to_json(&self) -> String {
        write::write(&self.0)
    }

    /// Ids of ordinary text. Text that spells a special token is cut and merged like any other, so no document can end
    /// itself or open a turn. (Added tokens that their file does not call special are still found.)
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 3);
        self.encode_into(text, &mut ids);
        ids
    }

    /// As [`encode`](Self::encode), appending to `ids`.
    pub fn encode_into(&self, text: &str, ids: &mut Vec<u32>) {
        self.0.encode(text, true, ids);
    }

    /// Ids of text in which special tokens are meant: what a chat template has written. Never for text from outside.
    #[must_use]
    pub fn encode_with_special(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 3);
        self.0.encode(text, false, &mut ids);
        ids
    }

    /// Ids as text, special tokens by their names. Broken characters become U+FFFD; ids outside the vocabulary give
    /// nothing.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        decode::decode(self, ids.iter().copied())
    }

    /// As [`decode`](Self::decode), but special tokens give nothing.
    #[must_use]
    pub fn decode_without_specials(&self, ids: &[u32]) -> String {
        decode::decode(self, ids.iter().copied().filter(|&id| !self.is_special(id)))
    }

    /// A decoder that takes ids one at a time.
    #[must_use]
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.clone())
    }

    /// The bytes that an id stands for; of a special token its name. Empty for an id outside the vocabulary.
    #[must_use]
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.0.vocabulary.bytes(id)
    }

    /// The id of a special token, by its text.
    #[must_use]
    pub fn special(&self, text: &str) -> Option<u32> {
        self.specials().find(|token| token.content == text).map(|token| token.id)
    }

    /// The special tokens, in order of ids.
    pub fn specials(&self) -> impl Iterator<Item = &Added> {
        self.0.added.iter().filter(|token| token.special)
    }

    /// All added tokens, special or not, in order of ids.
    #[must_use]
    pub fn added(&self) -> &[Added] {
        &self.0.added
    }

    /// Whether the id is a special token.
    #[must_use]
    pub fn is_special(&self, id: u32) -> bool {
        self.0.vocabulary.special.get(id as usize).copied().unwrap_or(false)
    }

    /// How many ids there are: all from 0 up to this number, special ones included.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.0.vocabulary.ends.len()
    }

    /// The token between documents: [`END_OF_TEXT`], or Llama 3's `<|end_of_text|>`.
    #[must_use]
    pub fn end_of_text(&self) -> Option<u32> {
        [END_OF_TEXT, "<|end_of_text|>"].iter().find_map(|text| self.special(text))
    }

    /// The ids that the file's own template puts before a sequence: Llama 3's `<|begin_of_text|>`; none in Qwen's files
    /// and in ours.
    #[must_use]
    pub fn beginning(&self) -> &[u32] {
        &self.0.beginning
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { merges, added, splitters, .. } = &*self.0;
        f.debug_struct("Tokenizer")
            .field("vocab_size", &self.vocab_size())
            .field("merges", &merges.len())
            .field("added", &added.len())
            .field("splitters", splitters)
            .finish()
    }
}

/// A stretch of text between added tokens, or an added token.
enum Stretch<'a> {
    Text(&'a str),
    Token(u32),
}

/// Takes text apart at added tokens. Where text is ordinary, special tokens are passed over as text.
fn stretches<'a>(finder: &Finder, text: &'a str, ordinary: bool, take: &mut dyn FnMut(Stretch<'a>)) {
    let (mut done, mut from) = (0, 0);
    while let Some(found) = finder.seeks(ordinary).then(|| finder.find(text, from)).flatten() {
        from = found.end;
        if ordinary && found.special {
            continue;
        }
        if done < found.start {
            take(Stretch::Text(&text[done..found.start]));
        }
        take(Stretch::Token(found.id));
        done = found.end;
    }
    if done < text.len() {
        take(Stretch::Text(&text[done..]));
    }
}

impl Inner {
    fn encode(&self, text: &str, ordinary: bool, ids: &mut Vec<u32>) {
        let pool = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = pool().pop().unwrap_or_else(Scratch::new);
        let [raw, normalized] = &self.finders;
        stretches(raw, text, ordinary, &mut |stretch| match stretch {
            Stretch::Token(id) => ids.push(id),
            Stretch::Text(text) => {
                let text = self.normalize(text);
                stretches(normalized, &text, ordinary, &mut |stretch| match stretch {
                    Stretch::Token(id) => ids.push(id),
                    Stretch::Text(text) => self.encode_plain(text, &mut scratch, ids),
                });
            }
        });
        pool().push(scratch);
    }

    fn normalize<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.normalizes && !unicode_normalization::is_nfc(text) {
            Cow::Owned(text.nfc().collect())
        } else {
            Cow::Borrowed(text)
        }
    }

    fn encode_plain(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        if let [Splitter::Known { digits }] = self.splitters[..] {
            for (start, end) in Pieces::new(text, digits) {
                self.merger.encode(text.as_bytes(), start, end, scratch, ids);
            }
        } else {
            split::cut_all(&self.splitters, text, &mut |piece| {
                self.merger.encode(piece.as_bytes(), 0, piece.len(), scratch, ids);
            });
        }
    }
}
