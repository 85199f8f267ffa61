//! A tokenizer's print: its tokens and merges as bytes, whatever alphabet the file writes them in.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::TokenizerPrint;
use crate::weights::{OpenFault, read_text};

/// The longest tokenizer that is read, in bytes.
const MOST_TOKENIZER: u64 = 100_000_000;

/// The greatest id that a token may have.
pub(super) const MOST_ID: u32 = 1 << 24;

#[derive(Deserialize)]
struct Raw {
    model: RawModel,
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    decoder: Value,
}

#[derive(Deserialize)]
struct RawModel {
    #[serde(default)]
    vocab: Option<Vocabulary>,
    #[serde(default)]
    merges: Option<Vec<Merge>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vocabulary {
    Ids(BTreeMap<String, u32>),
    Scores(Vec<(String, f64)>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair([String; 2]),
    Text(String),
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
    #[serde(default)]
    special: bool,
}

/// How tokens are written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// Each byte as a character of GPT-2's alphabet.
    Bytes,
    /// As text, a space as `▁`, a single byte as `<0x0A>`.
    Text,
}

/// The print of the folder's `tokenizer.json`, if it has one.
pub(super) fn print(folder: &Path) -> Result<Option<TokenizerPrint>, OpenFault> {
    let file = folder.join("tokenizer.json");
    let Some(text) = read_text(&file, MOST_TOKENIZER)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|what| OpenFault::Text { file, what })
}

/// The print of a tokenizer in text.
fn parse(text: &str) -> Result<TokenizerPrint, String> {
    let raw: Raw =
        serde_json::from_str(text).map_err(|fault| format!("it is no tokenizer ({fault}); fetch it again"))?;
    let is_bytes = has_type(&raw.pre_tokenizer, "ByteLevel") || has_type(&raw.decoder, "ByteLevel");
    let writing = if is_bytes { Writing::Bytes } else { Writing::Text };
    let mut print = TokenizerPrint { tokens: Vec::new(), merges: Vec::new(), special: Vec::new() };
    match raw.model.vocab {
        Some(Vocabulary::Ids(ids)) => {
            for (token, id) in ids {
                put(&mut print.tokens, id, &writing.bytes(&token))?;
            }
        }
        Some(Vocabulary::Scores(list)) => {
            for (id, (token, _)) in list.iter().enumerate() {
                put(&mut print.tokens, u32::try_from(id).unwrap_or(u32::MAX), &writing.bytes(token))?;
            }
        }
        None => {}
    }
    for added in raw.added_tokens {
        put(&mut print.tokens, added.id, added.content.as_bytes())?;
        if added.special {
            print.special.push(added.id);
        }
    }
    print.special.sort_unstable();
    print.special.dedup();
    for merge in raw.model.merges.unwrap_or_default() {
        let pair = match &merge {
            Merge::Pair([left, right]) => Some((left.as_str(), right.as_str())),
            Merge::Text(text) => text.split_once(' '),
        };
        let (left, right) = pair.ok_or("one of its merges is no pair; fetch it again")?;
        print.merges.push(hash_pair(&writing.bytes(left), &writing.bytes(right)));
    }
    Ok(print)
}

fn put(tokens: &mut Vec<u64>, id: u32, bytes: &[u8]) -> Result<(), String> {
    if id >= MOST_ID {
        return Err(format!("one of its tokens has the id {id}, beyond {MOST_ID}; fetch it again"));
    }
    let place = id as usize;
    if tokens.len() <= place {
        tokens.resize(place + 1, 0);
    }
    tokens[place] = hash(&[bytes]);
    Ok(())
}

/// The first eight bytes of the SHA-256, as a little-endian number.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let digest: [u8; 32] = hasher.finalize().into();
    digest.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// The same of a pair, with the length of its left half before it, so that no two pairs are the same bytes.
fn hash_pair(left: &[u8], right: &[u8]) -> u64 {
    hash(&[&(left.len() as u64).to_le_bytes(), left, right])
}

/// Whether a setting, or one within it, is of this type.
fn has_type(setting: &Value, name: &str) -> bool {
    match setting {
        Value::Object(map) => {
            map.get("type").is_some_and(|kind| kind == name) || map.values().any(|inner| has_type(inner, name))
        }
        Value::Array(list) => list.iter().any(|inner| has_type(inner, name)),
        _ => false,
    }
}

impl Writing {
    fn bytes(self, token: &str) -> Vec<u8> {
        match self {
            Self::Bytes => {
                let bytes: Option<Vec<u8>> = token.chars().map(byte_of).collect();
                // A token with a character outside the alphabet stands for itself.
                bytes.unwrap_or_else(|| token.as_bytes().to_vec())
            }
            Self::Text => {
                let byte = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
                let byte =
                    byte.filter(|digits| digits.len() == 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                byte.map_or_else(|| token.replace('\u{2581}', " ").into_bytes(), |byte| vec![byte])
            }
        }
    }
}

/// The byte that a character of GPT-2's alphabet stands for: visible bytes for themselves, the others in their order for
/// the characters from 256 on.
///
/// Source: `bytes_to_unicode` of the GPT-2 release (Radford et al., 2019).
fn byte_of(character: char) -> Option<u8> {
    let is_visible = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let code = u32::from(character);
    if is_visible(code) {
        return u8::try_from(code).ok();
    }
    let place = code.checked_sub(256)?;
    let hidden = (0..=255u8).filter(|byte| !is_visible(u32::from(*byte))).nth(place as usize);
    hidden.filter(|_| place < 68)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let mut seen = [false; 256];
        for code in 0..400 {
            if let Some(byte) = char::from_u32(code).and_then(byte_of) {
                assert!(!std::mem::replace(&mut seen[usize::from(byte)], true), "{code}");
            }
        }
        assert!(seen.iter().all(|seen| *seen));
        assert_eq!(
            (byte_of('Ġ'), byte_of('Ċ'), byte_of('a'), byte_of('▁')),
            (Some(b' '), Some(b'\n'), Some(b'a'), None)
        );
    }

    #[test]
    fn the_same_tokens_have_the_same_print_in_either_writing() {
        let bytes = r#"{"model": {"type": "BPE", "vocab": {"a": 0, "Ġa": 1}, "merges": ["Ġ a"]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]},
            "added_tokens": [{"id": 3, "content": "<s>", "special": true}]}"#;
        let text = r#"{"model": {"type": "BPE", "vocab": {"a": 0, "▁a": 1, "<0x0A>": 2}, "merges": [["▁", "a"]]},
            "decoder": {"type": "Metaspace"}}"#;
        let (bytes, text) = (parse(bytes).unwrap(), parse(text).unwrap());
        assert_eq!(bytes.tokens[..2], text.tokens[..2]);
        assert_eq!(bytes.merges, text.merges);
        assert_eq!((bytes.tokens[2], bytes.tokens.len(), &bytes.special[..]), (0, 4, &[3][..]));
        assert_eq!(text.tokens[2], hash(&[b"\n"]));
        assert_ne!(hash_pair(b"ab", b"c"), hash_pair(b"a", b"bc"));
        let unigram = parse(r#"{"model": {"type": "Unigram", "vocab": [["<unk>", 0.0], ["▁a", -1.5]]}}"#).unwrap();
        assert_eq!(unigram.tokens[1], text.tokens[1]);
        for bad in ["{}", r#"{"model": {"vocab": {"a": 4294967295}}}"#, r#"{"model": {"merges": ["a"]}}"#] {
            assert!(parse(bad).unwrap_err().contains("fetch it again"));
        }
    }
}
