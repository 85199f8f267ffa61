//! `tokenizer.json`, written.

use serde_json::{Map, Value, json};

use super::{Inner, Vocabulary, alphabet, split};

/// The parts of a `tokenizer.json` around the model, kept as they were read.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) truncation: Value,
    pub(super) padding: Value,
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) post_processor: Value,
    pub(super) decoder: Value,
    pub(super) ignores_merges: bool,
}

impl Frame {
    /// Ours: the pattern of Qwen2 and no normaliser, so that every byte comes back. Text is normalised where the corpus
    /// is made.
    pub(super) fn ours() -> Self {
        let byte_level = |prefix: bool, trim: bool, regex: bool| json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex});
        let split = json!({
            "type": "Split", "pattern": {"Regex": split::QWEN2}, "behavior": "Isolated", "invert": false,
        });
        Self {
            truncation: Value::Null,
            padding: Value::Null,
            normalizer: Value::Null,
            pre_tokenizer: json!({"type": "Sequence", "pretokenizers": [split, byte_level(false, false, false)]}),
            post_processor: byte_level(false, false, false),
            decoder: byte_level(false, false, false),
            ignores_merges: false,
        }
    }
}

/// The name of one of the model's tokens.
fn name(vocabulary: &Vocabulary, id: u32) -> String {
    vocabulary.odd.get(&id).cloned().unwrap_or_else(|| alphabet::spell(vocabulary.bytes(id)))
}

pub(super) fn write(inner: &Inner) -> String {
    let Inner { vocabulary, frame, .. } = inner;
    let in_model = (0..vocabulary.ends.len() as u32).filter(|&id| vocabulary.in_model[id as usize]);
    let vocab: Map<String, Value> = in_model.map(|id| (name(vocabulary, id), id.into())).collect();
    let merges: Vec<Value> =
        inner.merges.iter().map(|&(left, right, _)| json!([name(vocabulary, left), name(vocabulary, right)])).collect();
    let added: Vec<Value> = inner
        .added
        .iter()
        .map(|token| {
            json!({
                "id": token.id, "content": token.content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": token.normalized, "special": token.special,
            })
        })
        .collect();
    let file = json!({
        "version": "1.0",
        "truncation": frame.truncation,
        "padding": frame.padding,
        "added_tokens": added,
        "normalizer": frame.normalizer,
        "pre_tokenizer": frame.pre_tokenizer,
        "post_processor": frame.post_processor,
        "decoder": frame.decoder,
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": frame.ignores_merges,
            "vocab": vocab,
            "merges": merges,
        },
    });
    format!("{file:#}\n")
}
