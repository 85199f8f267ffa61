//! The parts of a `tokenizer.json` around the model: each is understood or refused by name.

use serde_json::Value;

use super::LoadFault;
use crate::tokenizer::split::{GPT2, Splitter};

/// The name of a part's type; what is no part at all is shown as it stands.
fn kind(part: &Value) -> String {
    part.get("type").and_then(Value::as_str).map_or_else(|| part.to_string(), String::from)
}

fn unsupported<T>(part: &'static str, what: impl Into<String>) -> Result<T, LoadFault> {
    Err(LoadFault::Unsupported { part, what: what.into() })
}

fn flag(part: &Value, name: &str) -> Option<bool> {
    part.get(name).and_then(Value::as_bool)
}

/// The members of a sequence, or the part alone; nothing where it is null.
fn members<'a>(part: &'a Value, list: &str) -> Vec<&'a Value> {
    match part.get(list).and_then(Value::as_array) {
        _ if part.is_null() => Vec::new(),
        Some(members) if kind(part) == "Sequence" => {
            members.iter().flat_map(|member| self::members(member, list)).collect()
        }
        _ => vec![part],
    }
}

/// Whether text is brought to NFC.
pub(super) fn normalizer(part: &Value) -> Result<bool, LoadFault> {
    let members = members(part, "normalizers");
    match members.iter().find(|member| kind(member) != "NFC") {
        Some(other) => unsupported("normalizer", kind(other)),
        None => Ok(!members.is_empty()),
    }
}

/// The cuts, in order. The last member must be `ByteLevel`.
pub(super) fn pre_tokenizer(part: &Value) -> Result<Vec<Splitter>, LoadFault> {
    const PART: &str = "pre_tokenizer";
    let members = members(part, "pretokenizers");
    let Some((last, cuts)) = members.split_last().filter(|(last, _)| kind(last) == "ByteLevel") else {
        return unsupported(
            PART,
            format!("{} without `ByteLevel` at its end", members.last().map_or("null".into(), |m| kind(m))),
        );
    };
    let mut splitters = Vec::new();
    for cut in cuts {
        let pattern = match kind(cut).as_str() {
            "Split" => split_pattern(cut)?,
            "Digits" if flag(cut, "individual_digits") == Some(true) => r"\p{N}".into(),
            "Digits" => r"\p{N}+".into(),
            other => return unsupported(PART, other),
        };
        splitters.push(compile(&pattern)?);
    }
    // Absent, both are as the first releases of `tokenizers` had them.
    if flag(last, "add_prefix_space").unwrap_or(true) {
        return unsupported(PART, "`add_prefix_space`");
    }
    if flag(last, "use_regex").unwrap_or(true) {
        splitters.push(compile(GPT2)?);
    }
    Ok(splitters)
}

fn split_pattern(cut: &Value) -> Result<String, LoadFault> {
    let behavior = cut.get("behavior").and_then(Value::as_str).unwrap_or("nothing");
    if behavior != "Isolated" {
        return unsupported("pre_tokenizer", format!("`Split` with behavior {behavior}"));
    }
    let pattern = |name: &str| cut.get("pattern").and_then(|pattern| pattern.get(name)).and_then(Value::as_str);
    match (pattern("Regex"), pattern("String")) {
        (Some(regex), _) => Ok(regex.to_string()),
        (None, Some(text)) => Ok(fancy_regex::escape(text).into_owned()),
        (None, None) => unsupported("pre_tokenizer", "`Split` without a pattern"),
    }
}

fn compile(pattern: &str) -> Result<Splitter, LoadFault> {
    Splitter::of(pattern).map_err(|reason| LoadFault::Pattern { pattern: pattern.to_string(), reason })
}

/// Ids must become bytes and nothing else.
pub(super) fn decoder(part: &Value) -> Result<(), LoadFault> {
    match members(part, "decoders").iter().find(|member| !["ByteLevel", "Fuse"].contains(&kind(member).as_str())) {
        Some(other) => unsupported("decoder", kind(other)),
        None => Ok(()),
    }
}

/// The ids that a template puts before a single sequence.
pub(super) fn beginning(part: &Value) -> Result<Vec<u32>, LoadFault> {
    const PART: &str = "post_processor";
    let mut ids = Vec::new();
    for member in members(part, "processors") {
        match kind(member).as_str() {
            "ByteLevel" => {}
            "TemplateProcessing" => ids.extend(template(member).ok_or_else(|| LoadFault::Unsupported {
                part: PART,
                what: "a template whose special tokens have no ids".into(),
            })?),
            other => return unsupported(PART, other),
        }
    }
    Ok(ids)
}

fn template(part: &Value) -> Option<Vec<u32>> {
    let before = part.get("single")?.as_array()?.iter().map_while(|piece| piece.get("SpecialToken"));
    let mut ids = Vec::new();
    for piece in before {
        let name = piece.get("id")?.as_str()?;
        for id in part.get("special_tokens")?.get(name)?.get("ids")?.as_array()? {
            ids.push(u32::try_from(id.as_u64()?).ok()?);
        }
    }
    Some(ids)
}
