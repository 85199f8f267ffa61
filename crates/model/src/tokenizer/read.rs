//! `tokenizer.json`, read: ours and other people's.

mod fault;
mod frame;
mod json;

use indexmap::map::Entry;

pub use self::fault::LoadFault;

use self::json::{File, Listed, Model};
use super::hash::Ids;
use super::write::Frame;
use super::{Added, Parts, Tokenizer, Vocabulary, alphabet};

pub(super) fn read(text: &str) -> Result<Tokenizer, LoadFault> {
    let file: File = serde_json::from_str(text).map_err(LoadFault::Json)?;
    let Listed { ids: names, merges } = model(&file.model)?;
    let added = added(&file.added_tokens, names)?;
    let (vocabulary, bytes) = vocabulary(names, &added)?;
    let merges = self::merges(names, merges)?;
    let pre = frame::pre_tokenizer(&file.pre_tokenizer)?;
    frame::decoder(&file.decoder)?;
    let beginning = frame::beginning(&file.post_processor)?;
    let ignores_merges = file.model.ignore_merges.unwrap_or(false);
    Ok(Parts {
        vocabulary,
        merges,
        bytes,
        added,
        splitters: pre,
        normalizes: frame::normalizer(&file.normalizer)?,
        ignores_merges,
        beginning,
        frame: Frame {
            truncation: file.truncation,
            padding: file.padding,
            normalizer: file.normalizer,
            pre_tokenizer: file.pre_tokenizer,
            post_processor: file.post_processor,
            decoder: file.decoder,
            ignores_merges,
        },
    }
    .assemble())
}

/// The lists of a model that is byte-level BPE and asks for nothing else.
fn model(model: &Model) -> Result<Listed<'_>, LoadFault> {
    let unsupported = |what: &str| Err(LoadFault::Unsupported { part: "model", what: what.into() });
    match model.kind.as_deref() {
        Some("BPE") | None => {}
        Some(other) => return unsupported(other),
    }
    if model.byte_fallback == Some(true) {
        return unsupported("byte_fallback");
    }
    if model.dropout.is_some_and(|dropout| dropout != 0.0) {
        return unsupported("dropout");
    }
    let affixes = [
        ("continuing_subword_prefix", &model.continuing_subword_prefix),
        ("end_of_word_suffix", &model.end_of_word_suffix),
    ];
    if let Some((name, _)) = affixes.iter().find(|(_, affix)| affix.as_ref().is_some_and(|affix| !affix.is_empty())) {
        return unsupported(name);
    }
    let ids = model.vocab.as_ref().ok_or(LoadFault::Missing("vocab"))?;
    let merges = model.merges.as_ref().ok_or(LoadFault::Missing("merges"))?;
    Ok(Listed { ids: &ids.0, merges: &merges.0 })
}

fn added(listed: &[json::AddedToken], names: &Ids<String>) -> Result<Vec<Added>, LoadFault> {
    let mut added: Vec<Added> = Vec::with_capacity(listed.len());
    for token in listed {
        for (name, set) in [("single_word", token.single_word), ("lstrip", token.lstrip), ("rstrip", token.rstrip)] {
            if set {
                let what = format!("`{name}` of `{}`", token.content);
                return Err(LoadFault::Unsupported { part: "added_tokens", what });
            }
        }
        if let Some(&id) = names.get(&token.content).filter(|&&id| id != token.id) {
            return Err(LoadFault::Disagree { token: token.content.clone(), added: token.id, vocab: id });
        }
        let normalized = token.normalized.unwrap_or(!token.special);
        added.push(Added { id: token.id, content: token.content.clone(), special: token.special, normalized });
    }
    added.sort_by_key(|token| token.id);
    let mut seen: Ids<&str> = Ids::default();
    for token in &added {
        match seen.entry(&token.content) {
            Entry::Occupied(_) => return Err(LoadFault::Twice { part: "added_tokens", token: token.content.clone() }),
            Entry::Vacant(free) => free.insert(token.id),
        };
    }
    Ok(added)
}

/// All tokens in order of ids, which must run from 0 without gaps, and the id of each byte.
fn vocabulary(names: &Ids<String>, added: &[Added]) -> Result<(Vocabulary, [u32; 256]), LoadFault> {
    let outside = added.iter().filter(|token| !names.contains_key(&token.content));
    let mut all: Vec<(u32, &str, bool)> = names.iter().map(|(name, &id)| (id, name.as_str(), true)).collect();
    all.extend(outside.map(|token| (token.id, token.content.as_str(), false)));
    all.sort_unstable();
    for two in all.windows(2) {
        if let [(id, first, _), (other, second, _)] = two
            && id == other
        {
            return Err(LoadFault::Shared { id: *id, tokens: [first, second].map(|token| (*token).to_string()) });
        }
    }
    if let Some((expected, (found, token, _))) = (0..).zip(&all).find(|(expected, (found, ..))| expected != found) {
        return Err(LoadFault::Gap { missing: expected, next: *found, token: (*token).to_string() });
    }
    let mut vocabulary = Vocabulary::default();
    let mut bytes = [None; 256];
    let mut also = added.iter().peekable();
    for (id, name, in_model) in all {
        let is_added = also.next_if(|token| token.id == id).is_some();
        match alphabet::unspell(name).filter(|_| !is_added) {
            Some(spelt) => {
                if let [byte] = spelt[..] {
                    bytes[usize::from(byte)] = Some(id);
                }
                vocabulary.push(&spelt, in_model);
            }
            None => {
                vocabulary.push(name.as_bytes(), in_model);
                vocabulary.odd.insert(id, name.to_string());
            }
        }
    }
    if let Some(byte) = bytes.iter().position(Option::is_none) {
        return Err(LoadFault::NoByte { byte: byte as u8, name: alphabet::spell(&[byte as u8]) });
    }
    Ok((vocabulary, bytes.map(Option::unwrap_or_default)))
}

fn merges(names: &Ids<String>, listed: &[(String, String)]) -> Result<Vec<(u32, u32, u32)>, LoadFault> {
    let mut made = String::new();
    let mut merges = Vec::with_capacity(listed.len());
    for (rank, (left, right)) in listed.iter().enumerate() {
        made.clear();
        made.push_str(left);
        made.push_str(right);
        let id = |token: &str| {
            let unknown =
                || LoadFault::Merge { rank, left: left.clone(), right: right.clone(), missing: token.to_string() };
            names.get(token).copied().ok_or_else(unknown)
        };
        merges.push((id(left)?, id(right)?, id(&made)?));
    }
    Ok(merges)
}
