//! Targets: a word for a number, and what else a target is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Value;
use crate::hook::build::{Told, field};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{get, int, list, odd};
use crate::hook::source::Source;
use crate::python;

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["ad33162aaa6e94ba", "68cc32f429778683", "693e77c500054ce8"],
        what: "a word for the label (AfriXNLI)",
        make: |source| {
            let words = words(source, 3)?;
            field(move |doc| word(&words, int(doc, "label")?))
        },
    },
    Entry {
        keys: &["cbb179de32f39427"],
        what: "a word for every tag (MasakhaPOS)",
        make: |source| {
            let words = words(source, 18)?;
            field(move |doc| {
                let tags = list(doc, "upos")?
                    .iter()
                    .map(|tag| word(&words, tag.as_int().ok_or_else(|| odd(tag, "int", "upos"))?));
                tags.collect::<Told<Vec<Value>>>()
            })
        },
    },
    Entry {
        keys: &["4fbf0193b1500915"],
        what: "the text itself (Paloma)",
        make: |_| field(|doc| Ok(python::str(get(doc, "text")?))),
    },
];

/// The dictionary that a function begins with: `{0: "a", 1: "b"}`.
pub(super) fn words(source: &Source, count: usize) -> Result<BTreeMap<i64, Arc<str>>, String> {
    (0..count)
        .map(|index| {
            let number = source.number("_", 2 * index)?;
            Ok((number, source.text("_", 2 * index + 1)?))
        })
        .collect()
}

/// `words[number]`.
pub(super) fn word(words: &BTreeMap<i64, Arc<str>>, number: i64) -> Told<Value> {
    words.get(&number).map(|word| Value::Str(Arc::clone(word))).ok_or_else(|| PortFault(format!("KeyError: {number}")))
}
