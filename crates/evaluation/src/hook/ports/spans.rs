//! Named entities and tags, compared over all items.

use std::sync::LazyLock;

use crate::Value;
use crate::hook::build::{Told, aggregation};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{at, odd};
use crate::python::regex::{Flags, Regex};
use crate::python::{self, text as py};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["4795c1891b614c04"], what: "F1 over named entities (MasakhaNER)", make: |_| aggregation(span_f1) },
    Entry {
        keys: &["5b7bb10de00b6904"],
        what: "mean accuracy over tags (MasakhaPOS)",
        make: |_| aggregation(tag_accuracy),
    },
];

/// Both of a pair.
pub(super) fn pair(item: &Value) -> Told<(&Value, &Value)> {
    let list = item.as_list().ok_or_else(|| odd(item, "pair", "an item"))?;
    Ok((at(list, 0)?, at(list, 1)?))
}

/// Patterns of the normaliser: punctuation, articles, wide blanks, blanks.
static PATTERNS: LazyLock<Option<[Regex; 4]>> = LazyLock::new(|| {
    let new = |pattern| Regex::new(pattern, Flags::default()).ok();
    Some([
        new(r#"[!"$%&'()*+,-./:;<=>?[\]^_`{|}~•@.""-,`]+"#)?,
        new(r"\b(a|an|the)\b")?,
        new(r"\s{3,}|\t")?,
        new(r"\s+")?,
    ])
});

fn normalised(text: &str) -> Told<String> {
    let missing = || PortFault("a pattern of the normaliser cannot be read".into());
    let [punctuation, articles, wide, blanks] = PATTERNS.as_ref().ok_or_else(missing)?;
    let fault = |fault: python::regex::RegexFault| PortFault(fault.to_string());
    let text = punctuation.sub(" ", text, 0).map_err(fault)?;
    let text = articles.sub(" ", &text, 0).map_err(fault)?;
    let text = wide.sub("", &text, 0).map_err(fault)?;
    Ok(blanks.sub(" ", &text, 0).map_err(fault)?.to_lowercase())
}

/// `tag: entity` pairs between `$$`.
fn spans(tags: &Value) -> Told<Vec<(String, String)>> {
    let joined;
    let tags = match tags {
        Value::Str(text) => text,
        Value::List(list) => {
            let stripped: Vec<&str> = list.iter().filter_map(Value::as_str).map(|text| py::strip(text, None)).collect();
            joined = stripped.join(" ");
            joined.as_str()
        }
        other => return Err(odd(other, "str", "tags")),
    };
    let pieces = py::strip(tags, None).split("$$").flat_map(|piece| piece.split('$').filter(|item| !item.is_empty()));
    let pieces =
        pieces.map(|piece| py::strip(piece, None)).flat_map(|piece| piece.split(". ")).flat_map(|s| s.split(", "));
    let mut spans = Vec::new();
    for piece in pieces {
        let halves: Vec<&str> = py::strip(piece, None).split(": ").collect();
        if let [tag, entity] = halves[..] {
            spans.push((normalised(py::strip(tag, None))?, normalised(py::strip(entity, None))?));
        }
    }
    Ok(spans)
}

fn span_f1(items: &[Value]) -> Told<f64> {
    let (mut right, mut wrong, mut missed) = (0.0, 0.0, 0.0);
    for item in items {
        let (target, prediction) = pair(item)?;
        let mut gold = spans(target)?;
        for span in spans(prediction)? {
            match gold.iter().position(|other| *other == span) {
                Some(place) => {
                    gold.remove(place);
                    right += 1.0;
                }
                None => wrong += 1.0,
            }
        }
        gold.iter().for_each(|_| missed += 1.0);
    }
    let precision = right / (right + wrong + 1e-13);
    let recall = right / (right + missed + 1e-13);
    Ok(2.0 * (precision * recall / (precision + recall + 1e-13)))
}

fn tag_accuracy(items: &[Value]) -> Told<f64> {
    let mut scores = Vec::new();
    for item in items {
        let (gold, predicted) = pair(item)?;
        let gold = gold.as_list().ok_or_else(|| odd(gold, "list", "tags"))?;
        let predicted = predicted.as_list().ok_or_else(|| odd(predicted, "list", "tags"))?;
        let mut flat = Vec::new();
        for part in predicted {
            match part {
                Value::List(list) => flat.extend(list.iter().cloned()),
                Value::Str(text) => flat.extend(text.chars().map(|c| Value::from(c.to_string()))),
                other => return Err(odd(other, "list", "tags")),
            }
        }
        let size = gold.len().min(flat.len());
        let right = gold.iter().zip(&flat).filter(|(gold, predicted)| gold == predicted).count();
        scores.push(ratio(right, size));
    }
    let sum = scores.iter().fold(0.0, |sum, score| sum + score);
    Ok(if scores.is_empty() { 0.0 } else { sum / count(scores.len()) })
}

/// `part / whole`; not a number where there is nothing.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    count(part) / count(whole)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}
