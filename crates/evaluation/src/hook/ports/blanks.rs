//! Sentences with a blank to fill: Winogrande (Sakaguchi et al. 2019) and its translations.

use crate::hook::build::{Told, field};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{get, text};
use crate::python;
use crate::python::text as py;
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["219a49b0025889fe", "668719e1f78d5141"],
        what: "the sentence up to each option",
        make: |_| {
            field(|doc| {
                let (before, _) = around(doc)?;
                let filled =
                    ["option1", "option2"].map(|name| text(doc, name).map(|option| format!("{before}{option}")));
                filled.into_iter().map(|filled| filled.map(Value::from)).collect::<Told<Vec<_>>>()
            })
        },
    },
    Entry {
        keys: &["6f42b017f8ef78a5", "7f2bff83639e6a71"],
        what: "which option is right",
        make: |_| {
            field(|doc| match get(doc, "answer")?.as_str() {
                Some("1") => Ok(0),
                Some("2") => Ok(1),
                _ => Err(PortFault("KeyError: the answer is neither \"1\" nor \"2\"".into())),
            })
        },
    },
    Entry {
        keys: &["de4f875045a6a77c", "3f6ed0cab6b4909f"],
        what: "what follows the blank",
        make: |_| field(|doc| around(doc).map(|(_, after)| py::strip(after, None).to_owned())),
    },
    Entry {
        keys: &["616c2ca2f7e62a5b"],
        what: "what follows the blank, with a blank before words",
        make: |_| {
            field(|doc| {
                let after = py::strip(around(doc)?.1, None);
                Ok(if after == "." { after.to_owned() } else { format!(" {after}") })
            })
        },
    },
    Entry { keys: &["73816d79e32eb18f"], what: "the stem of a question (OpenBookQA)", make: |_| field(stem) },
    Entry {
        keys: &["ddcff66c23a80dfc"],
        what: "the texts of the choices (OpenBookQA)",
        make: |_| field(|doc| of_choices(doc, "text")),
    },
    Entry {
        keys: &["70f82945d86b5efe"],
        what: "the place of the right choice, or none (OpenBookQA)",
        make: |_| field(right_choice),
    },
    Entry {
        keys: &["5d639627ff225956"],
        what: "the sentence that follows a stereotype and the one that does not (CrowS-Pairs)",
        make: |_| field(|doc| super::choices::columns(doc, &["sent_more", "sent_less"])),
    },
];

/// What stands before and after the first `_`.
fn around(doc: &Document) -> Told<(&str, &str)> {
    text(doc, "sentence")?.split_once('_').ok_or_else(|| PortFault("ValueError: the sentence has no blank".into()))
}

fn stem(doc: &Document) -> Told<Value> {
    let question = get(doc, "question")?;
    let stem = question.get("stem").ok_or_else(|| PortFault("KeyError: 'stem'".into()))?;
    Ok(py::strip(&python::str(stem), None).into())
}

fn of_choices(doc: &Document, key: &str) -> Told<Value> {
    let choices = get(doc, "question")?.get("choices").and_then(Value::as_list);
    let choices = choices.ok_or_else(|| PortFault("KeyError: 'choices'".into()))?;
    let part = |choice: &Value| choice.get(key).cloned().ok_or_else(|| PortFault(format!("KeyError: {key:?}")));
    choices.iter().map(part).collect::<Told<Vec<_>>>().map(Value::List)
}

fn right_choice(doc: &Document) -> Told<Value> {
    let labels = of_choices(doc, "label")?;
    let Some(key) = doc.get("answerKey").and_then(Value::as_str) else { return Ok(Value::None) };
    let key = Value::from(py::lstrip(key, None));
    let place = labels.as_list().unwrap_or_default().iter().position(|label| *label == key);
    Ok(place.and_then(|place| i64::try_from(place).ok()).map_or(Value::None, Value::Int))
}
