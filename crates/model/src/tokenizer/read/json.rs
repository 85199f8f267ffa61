//! The shape of a `tokenizer.json` as serde reads it.

use std::fmt;

use indexmap::map::Entry;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::tokenizer::hash::Ids;

#[derive(Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) truncation: Value,
    #[serde(default)]
    pub(super) padding: Value,
    #[serde(default)]
    pub(super) added_tokens: Vec<AddedToken>,
    #[serde(default)]
    pub(super) normalizer: Value,
    #[serde(default)]
    pub(super) pre_tokenizer: Value,
    #[serde(default)]
    pub(super) post_processor: Value,
    #[serde(default)]
    pub(super) decoder: Value,
    pub(super) model: Model,
}

#[derive(Deserialize)]
pub(super) struct AddedToken {
    pub(super) id: u32,
    pub(super) content: String,
    #[serde(default)]
    pub(super) single_word: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    #[serde(default)]
    pub(super) normalized: Option<bool>,
    #[serde(default)]
    pub(super) special: bool,
}

#[derive(Deserialize)]
pub(super) struct Model {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) dropout: Option<f64>,
    pub(super) continuing_subword_prefix: Option<String>,
    pub(super) end_of_word_suffix: Option<String>,
    pub(super) byte_fallback: Option<bool>,
    pub(super) ignore_merges: Option<bool>,
    pub(super) vocab: Option<Vocab>,
    pub(super) merges: Option<Merges>,
}

/// The lists of a BPE model.
pub(super) struct Listed<'a> {
    pub(super) ids: &'a Ids<String>,
    pub(super) merges: &'a [(String, String)],
}

/// Tokens and their ids. A list instead of a map (as of Unigram) is passed over, so that the model's type can be named.
#[derive(Default)]
pub(super) struct Vocab(pub(super) Ids<String>);

impl<'de> Deserialize<'de> for Vocab {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VocabVisitor)
    }
}

struct VocabVisitor;

impl<'de> Visitor<'de> for VocabVisitor {
    type Value = Vocab;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from tokens to ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vocab, A::Error> {
        let mut ids: Ids<String> = Ids::default();
        while let Some((token, id)) = map.next_entry::<String, u32>()? {
            match ids.entry(token) {
                Entry::Occupied(known) => {
                    let (token, first) = (known.key(), known.get());
                    let twice =
                        format!("`{token}` is listed twice in `model.vocab`, with {first} and {id}; remove one");
                    return Err(de::Error::custom(twice));
                }
                Entry::Vacant(free) => free.insert(id),
            };
        }
        Ok(Vocab(ids))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vocab, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Vocab::default())
    }
}

/// Merges as pairs (`tokenizers` 0.20 and later) or as two tokens with a space between.
#[derive(Deserialize)]
pub(super) struct Merges(#[serde(deserialize_with = "merges")] pub(super) Vec<(String, String)>);

struct Merge((String, String));

impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MergeVisitor)
    }
}

struct MergeVisitor;

impl<'de> Visitor<'de> for MergeVisitor {
    type Value = Merge;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a merge: `\"left right\"` or `[\"left\", \"right\"]`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Merge, E> {
        match text.split_once(' ') {
            Some((left, right)) if !right.contains(' ') => Ok(Merge((left.to_string(), right.to_string()))),
            _ => Err(E::custom(format!("the merge `{text}` is not two tokens with one space between"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Merge, A::Error> {
        let two = (list.next_element()?, list.next_element()?, list.next_element::<IgnoredAny>()?);
        match two {
            (Some(left), Some(right), None) => Ok(Merge((left, right))),
            _ => Err(de::Error::custom("a merge is not a list of two tokens")),
        }
    }
}

fn merges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    Ok(Vec::<Merge>::deserialize(deserializer)?.into_iter().map(|merge| merge.0).collect())
}
