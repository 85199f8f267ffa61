//! `format_span`: named entities in one form, `per: name $ loc: place`.

use super::pattern::plain_regex;
use super::{FilterFault, Held};
use crate::hook::PortFault;
use crate::score::text::strip;

/// Words for a kind of entity, in the order in which they are replaced, and the kind.
const LABELS: [(&str, &str); 15] = [
    ("person", "PER"),
    ("location", "LOC"),
    ("organization", "ORG"),
    ("counties", "LOC"),
    ("places", "LOC"),
    ("people", "PER"),
    ("persons", "PER"),
    ("company", "ORG"),
    ("country", "LOC"),
    ("continent", "LOC"),
    ("time", "DATE"),
    ("date", "DATE"),
    ("per", "PER"),
    ("loc", "LOC"),
    ("org", "ORG"),
];

pub(super) struct Spans {
    labels: Vec<(regex::Regex, String)>,
    entity: regex::Regex,
}

impl Spans {
    pub(super) fn new() -> Result<Self, FilterFault> {
        let labels =
            LABELS.iter().map(|(word, kind)| Ok((plain_regex(&format!(r"\b{word}\s*:"))?, format!("{kind}:"))));
        Ok(Self {
            labels: labels.collect::<Result<_, FilterFault>>()?,
            entity: plain_regex(r"\b(PER|LOC|ORG|DATE):\s*([^$]+)")?,
        })
    }

    pub(super) fn apply(&self, held: Held) -> Result<Held, PortFault> {
        let Some(given) = held.value.as_str() else {
            return Err(PortFault(format!("format_span: a text is needed, not {}", held.value.type_name())));
        };
        let mut text = given.to_lowercase();
        for (word, kind) in &self.labels {
            text = word.replace_all(&text, kind.as_str()).into_owned();
        }
        let text = text.replace("$$", "$");
        let text = text.trim_end_matches('$').replace('\n', "$");
        let mut entities = Vec::new();
        for found in self.entity.captures_iter(strip(&text)) {
            let (_, [label, values]) = found.extract();
            let values = values.split(',').map(strip).filter(|value| value.to_lowercase() != "none");
            entities.extend(values.map(|value| format!("{}: {value}", label.to_lowercase())));
        }
        Ok(Held { value: entities.join(" $ ").into(), missed: held.missed })
    }
}
