//! What can be wrong with a `tokenizer.json`.

use std::path::PathBuf;

/// Why a `tokenizer.json` was not read.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The text is no JSON, or not of the shape of a `tokenizer.json`; says the line and the column.
    #[error("not a tokenizer.json: {0}")]
    Json(serde_json::Error),
    /// The file asks for something that byte-level BPE here does not do.
    #[error("`{part}` asks for {what}, which is not supported; byte-level BPE of the Qwen and Llama 3 family is")]
    Unsupported {
        /// The part of the file.
        part: &'static str,
        /// What it asks for, by name.
        what: String,
    },
    /// A list that BPE needs is absent.
    #[error("`model.{0}` is missing; a BPE model has both `vocab` and `merges`")]
    Missing(&'static str),
    /// A pattern does not compile.
    #[error("the pattern `{pattern}` of `pre_tokenizer` does not compile: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What the engine says.
        reason: Box<fancy_regex::Error>,
    },
    /// An added token stands in the vocabulary under another id.
    #[error("`{token}` has id {added} in `added_tokens` but {vocab} in `model.vocab`; make them the same")]
    Disagree {
        /// The token.
        token: String,
        /// Its id as an added token.
        added: u32,
        /// Its id in the vocabulary.
        vocab: u32,
    },
    /// A token is listed twice.
    #[error("`{token}` is listed twice in `{part}`; remove one")]
    Twice {
        /// The part of the file.
        part: &'static str,
        /// The token.
        token: String,
    },
    /// Two tokens have one id.
    #[error("id {id} is given to both `{}` and `{}`; each token needs its own", tokens[0], tokens[1])]
    Shared {
        /// The id.
        id: u32,
        /// The tokens.
        tokens: [String; 2],
    },
    /// Ids do not run without gaps.
    #[error("no token has id {missing}: the next is `{token}` with {next}; ids must run from 0 without gaps")]
    Gap {
        /// The first id that no token has.
        missing: u32,
        /// The id that follows.
        next: u32,
        /// Its token.
        token: String,
    },
    /// The vocabulary lacks a byte, so not every text could be encoded.
    #[error("the vocabulary has no token `{name}` for byte 0x{byte:02X}; byte-level BPE needs all 256")]
    NoByte {
        /// The byte.
        byte: u8,
        /// Its name in the byte alphabet.
        name: String,
    },
    /// A merge names or makes a token that is not in the vocabulary.
    #[error("merge {rank} (`{left}` and `{right}`) needs `{missing}`, which is not in `model.vocab`")]
    Merge {
        /// The place of the merge, from 0.
        rank: usize,
        /// Its left token.
        left: String,
        /// Its right token.
        right: String,
        /// The token that is not there.
        missing: String,
    },
}
