//! A split as a model reads it: one long run of token ids, on disk and in memory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Document, DocumentsFault, Language};
use crate::Tokenizer;

/// What [`Tokens::write`] asks of a tokenizer.
pub trait Vocabulary {
    /// Token ids of a text; what looks like a special token in it is text like any other.
    fn encode(&self, text: &str) -> Vec<u32>;
    /// Tokens of the vocabulary.
    fn size(&self) -> usize;
    /// Bytes of text that a token stands for; 0 for a special token.
    fn text_bytes(&self, id: u32) -> usize;
    /// The token that stands before each document, if the vocabulary has one.
    fn border(&self) -> Option<u32>;
}

impl Vocabulary for Tokenizer {
    fn encode(&self, text: &str) -> Vec<u32> {
        Self::encode(self, text)
    }
    fn size(&self) -> usize {
        self.vocab_size()
    }
    fn text_bytes(&self, id: u32) -> usize {
        if self.is_special(id) { 0 } else { self.bytes(id).len() }
    }
    fn border(&self) -> Option<u32> {
        self.end_of_text()
    }
}

/// A run of documents in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The language.
    pub language: Language,
    /// Its tokens.
    pub count: usize,
}

/// Token ids of a split. Each document is the border token followed by its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Ids, document after document.
    pub ids: Vec<u32>,
    /// What language the ids are of, in the order of the ids; together as long as they.
    pub spans: Vec<Span>,
    /// Bytes of text that each token of the vocabulary stands for, to turn nats a token into bits a byte.
    pub text_bytes: Vec<u32>,
    /// SHA-256 of the file of ids.
    pub digest: String,
    /// Documents.
    pub documents: usize,
}

/// Why tokens could not be written or opened.
#[derive(Debug, thiserror::Error)]
pub enum TokensFault {
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentsFault),
    /// There is no token to stand between documents.
    #[error("the tokenizer has no `<|endoftext|>`: train one with it among its special tokens")]
    NoBorder,
    /// A file cannot be read or written.
    #[error("{path}: {fault}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// What describes the ids is not of the form that is written.
    #[error("{path}: {fault}; make the tokens once more")]
    Description {
        /// Which file.
        path: PathBuf,
        /// What is wrong in it.
        fault: serde_json::Error,
    },
    /// The ids are not those that were described.
    #[error("{path} does not fit its description: {what}; make the tokens once more")]
    Changed {
        /// Which file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
}

/// What stands beside the ids.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: String,
    tokens: usize,
    documents: usize,
    sha256: String,
    text_bytes_sha256: String,
    spans: Vec<(Language, usize)>,
    text_bytes: Vec<u32>,
}

const FORMAT: &str = "daepyo-tokens-1: ids as little-endian u32";

impl Tokens {
    /// Writes documents as token ids into `path`, and what describes them beside it under the ending `.json`. Holds one
    /// document at a time.
    ///
    /// # Errors
    ///
    /// [`TokensFault::NoBorder`] if the tokenizer has none, [`TokensFault::Document`] for the first document that could not be read, [`TokensFault::File`] if a file cannot
    /// be written.
    pub fn write(
        documents: impl IntoIterator<Item = Result<Document, DocumentsFault>>,
        vocabulary: &impl Vocabulary,
        path: &Path,
    ) -> Result<(), TokensFault> {
        let border = vocabulary.border().ok_or(TokensFault::NoBorder)?;
        let fault = |fault| TokensFault::File { path: path.to_owned(), fault };
        let mut file = BufWriter::new(File::create(path).map_err(fault)?);
        let mut hash = Sha256::new();
        let mut spans: Vec<(Language, usize)> = Vec::new();
        let (mut tokens, mut count) = (0, 0);
        for document in documents {
            let document = document?;
            let ids = std::iter::once(border).chain(vocabulary.encode(&document.text));
            let bytes: Vec<u8> = ids.flat_map(u32::to_le_bytes).collect();
            file.write_all(&bytes).map_err(fault)?;
            hash.update(&bytes);
            let length = bytes.len() / 4;
            match spans.last_mut() {
                Some((language, so_far)) if *language == document.language => *so_far += length,
                _ => spans.push((document.language, length)),
            }
            tokens += length;
            count += 1;
        }
        file.flush().map_err(fault)?;
        let text_bytes: Vec<u32> = (0..vocabulary.size() as u32).map(|id| vocabulary.text_bytes(id) as u32).collect();
        let description = Description {
            format: FORMAT.to_owned(),
            tokens,
            documents: count,
            sha256: hex::encode(hash.finalize()),
            text_bytes_sha256: digest_of(&text_bytes),
            spans,
            text_bytes,
        };
        description.write(&path.with_extension("json"))
    }

    /// Opens tokens that were written, and holds them against their digests.
    ///
    /// # Errors
    ///
    /// See [`TokensFault`].
    pub fn open(path: &Path) -> Result<Self, TokensFault> {
        let description = Description::read(&path.with_extension("json"))?;
        let bytes = fs::read(path).map_err(|fault| TokensFault::File { path: path.to_owned(), fault })?;
        if let Some(what) = description.difference(&bytes) {
            return Err(TokensFault::Changed { path: path.to_owned(), what });
        }
        let (words, _) = bytes.as_chunks::<4>();
        Ok(Self {
            ids: words.iter().map(|word| u32::from_le_bytes(*word)).collect(),
            spans: description
                .spans
                .iter()
                .map(|(language, count)| Span { language: *language, count: *count })
                .collect(),
            text_bytes: description.text_bytes,
            digest: description.sha256,
            documents: description.documents,
        })
    }

    /// The language of the document that the id at a place belongs to.
    #[must_use]
    pub fn language_at(&self, place: usize) -> Option<Language> {
        let mut end = 0;
        self.spans.iter().find_map(|span| {
            end += span.count;
            (place < end).then_some(span.language)
        })
    }

    /// The language of each id, in the order of the ids.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.spans.iter().flat_map(|span| std::iter::repeat_n(span.language, span.count))
    }

    /// Bytes of text that a token stands for; 0 for a special token and for one that is not in the vocabulary.
    #[must_use]
    pub fn bytes_of(&self, id: u32) -> usize {
        self.text_bytes.get(id as usize).map_or(0, |bytes| *bytes as usize)
    }
}

impl Description {
    fn write(&self, path: &Path) -> Result<(), TokensFault> {
        let text =
            serde_json::to_string(self).map_err(|fault| TokensFault::Description { path: path.to_owned(), fault })?;
        fs::write(path, text + "\n").map_err(|fault| TokensFault::File { path: path.to_owned(), fault })
    }

    fn read(path: &Path) -> Result<Self, TokensFault> {
        let text = fs::read_to_string(path).map_err(|fault| TokensFault::File { path: path.to_owned(), fault })?;
        serde_json::from_str(&text).map_err(|fault| TokensFault::Description { path: path.to_owned(), fault })
    }

    fn difference(&self, bytes: &[u8]) -> Option<&'static str> {
        let spans: usize = self.spans.iter().map(|(_, count)| count).sum();
        match () {
            () if self.format != FORMAT => Some("the format is another"),
            () if bytes.len() != self.tokens * 4 => Some("the count of ids is another"),
            () if hex::encode(Sha256::digest(bytes)) != self.sha256 => Some("the digest of the ids is another"),
            () if spans != self.tokens => Some("the spans of languages do not add up to the ids"),
            () if digest_of(&self.text_bytes) != self.text_bytes_sha256 => Some("the table of bytes is another"),
            () => None,
        }
    }
}

fn digest_of(words: &[u32]) -> String {
    let mut hash = Sha256::new();
    words.iter().for_each(|word| hash.update(word.to_le_bytes()));
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token a byte, and the border.
    struct Bytes;

    impl Vocabulary for Bytes {
        fn encode(&self, text: &str) -> Vec<u32> {
            text.bytes().map(|byte| u32::from(byte) + 1).collect()
        }
        fn size(&self) -> usize {
            257
        }
        fn text_bytes(&self, id: u32) -> usize {
            usize::from(id > 0)
        }
        fn border(&self) -> Option<u32> {
            Some(0)
        }
    }

    fn document(text: &str, language: Language) -> Result<Document, DocumentsFault> {
        Ok(Document { text: text.to_owned(), source: "here".to_owned(), language })
    }

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("train.bin");
        let documents = [("ab", Language::English), ("c", Language::English), ("가", Language::Korean)]
            .map(|(t, l)| document(t, l));
        Tokens::write(documents, &Bytes, &path).expect("writes");
        path
    }

    #[test]
    fn documents_stand_behind_a_border_each() {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = Tokens::open(&written(folder.path())).expect("opens");
        assert_eq!(tokens.ids, [0, 98, 99, 0, 100, 0, 0xEA + 1, 0xB0 + 1, 0x80 + 1]);
        assert_eq!(tokens.documents, 3);
        let spans = [(Language::English, 5), (Language::Korean, 4)].map(|(language, count)| Span { language, count });
        assert_eq!(tokens.spans, spans);
        assert_eq!(tokens.language_at(4), Some(Language::English));
        assert_eq!(tokens.language_at(5), Some(Language::Korean));
        assert_eq!(tokens.language_at(9), None);
        assert_eq!(tokens.languages().count(), 9);
        assert_eq!((tokens.bytes_of(0), tokens.bytes_of(98), tokens.bytes_of(999)), (0, 1, 0));
    }

    #[test]
    fn a_changed_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let mut bytes = fs::read(&path).expect("reads");
        bytes[4] ^= 1;
        fs::write(&path, &bytes).expect("writes");
        let told = Tokens::open(&path).expect_err("a bit was changed").to_string();
        assert!(told.contains("digest of the ids"), "{told}");
        fs::write(&path, &bytes[..8]).expect("writes");
        let told = Tokens::open(&path).expect_err("it was cut").to_string();
        assert!(told.contains("count of ids"), "{told}");
    }

    #[test]
    fn a_changed_table_of_bytes_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let description = path.with_extension("json");
        let text = fs::read_to_string(&description).expect("reads").replace("\"text_bytes\":[0,", "\"text_bytes\":[9,");
        fs::write(&description, text).expect("writes");
        let told = Tokens::open(&path).expect_err("the table was changed").to_string();
        assert!(told.contains("table of bytes"), "{told}");
    }
}
