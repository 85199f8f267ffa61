//! Sentences with their marks set as people set them, so that one may follow the other.

use std::sync::{Arc, LazyLock};

use crate::hook::build::{Made, Told, mapped, picked_and_mapped};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, dict, get, text};
use crate::python::regex::{Flags, Regex};
use crate::python::text as py;
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["e283f81b1b3ce879"],
        what: "premise and hypothesis (Catalan NLI)",
        make: |_| mapped(|doc| inference(doc, "premise", "hypothesis")),
    },
    Entry {
        keys: &["0ed2dbd9f6dda87b"],
        what: "premise, hypothesis and label (Galician NLI)",
        make: |_| mapped(galician),
    },
    Entry {
        keys: &["44f9ebc1d7b3c0be", "6612bd6712a104a8", "7dc5d5fd53169309"],
        what: "pairs of sentences (PAWS)",
        make: |_| paraphrases("sentence1", "sentence2"),
    },
    Entry {
        keys: &["cab73975afda7ff0"],
        what: "pairs of sentences (Parafrases)",
        make: |_| paraphrases("Frase", "Paráfrase"),
    },
    Entry { keys: &["0c2b7cf9b76a6a56"], what: "alternatives begun small (COPA)", make: |_| mapped(small_choices) },
    Entry {
        keys: &["7e8c82cf48e6d118", "6418547a217cf68d"],
        what: "alternatives begun small (COPAL-ID, Basque XCOPA)",
        make: |_| {
            crate::hook::build::field(|doc| {
                Ok(vec![Value::from(small(text(doc, "choice1")?)?), Value::from(small(text(doc, "choice2")?)?)])
            })
        },
    },
    Entry { keys: &["3aa8e5274eb7ef70"], what: "premise and connector (Basque XCOPA)", make: basque },
    Entry {
        keys: &["d11a6ee71d24a3e8"],
        what: "pairs of sentences as they are set (Basque PAWS)",
        make: |_| plain_pairs(),
    },
    Entry { keys: &["a616bc9aadf62e5e"], what: "premise and connector (COPA)", make: connected },
    Entry { keys: &["4ac069fd7ec94880"], what: "context and completion (arithmetic)", make: |_| mapped(arithmetic) },
];

static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(" (['.,])", Flags::default()).ok());

/// lm-eval's `general_detokenize`.
pub(super) fn detokenized(text: &str) -> Told<String> {
    let text =
        text.replace(" n't", "n't").replace(" )", ")").replace("( ", "(").replace("\" ", "\"").replace(" \"", "\"");
    let missing = || PortFault("the pattern of marks cannot be read".into());
    MARKS.as_ref().ok_or_else(missing)?.sub(r"\1", &text, 0).map_err(|fault| PortFault(fault.to_string()))
}

/// The text with its first letter small; a fault where there is none.
fn small(text: &str) -> Told<String> {
    let mut letters = text.chars();
    let first = letters.next().ok_or_else(|| PortFault("IndexError: the text is empty".into()))?;
    Ok(first.to_lowercase().chain(letters.as_str().chars()).collect())
}

/// Without its last letter, if that is one of `marks`.
fn unmarked(text: &str, marks: &[char]) -> String {
    text.strip_suffix(marks).unwrap_or(text).to_owned()
}

fn inference(doc: &Document, premise: &str, hypothesis: &str) -> Told<Dict> {
    let first = detokenized(text(doc, premise)?)?;
    let first = unmarked(py::strip(&first, None), &['.', ',', '!', '?']);
    let second = detokenized(text(doc, hypothesis)?)?;
    let mut second = small(py::strip(&second, None))?;
    if !second.ends_with('.') {
        second.push('.');
    }
    Ok(dict([(premise, first.into()), (hypothesis, second.into())]))
}

fn galician(doc: &Document) -> Told<Dict> {
    let mut row = inference(doc, "sentence1", "sentence2")?;
    let label = text(doc, "gold_label")?;
    let place = ["entailment", "neutral", "contradiction"].iter().position(|word| *word == label);
    let place = place.and_then(|place| i64::try_from(place).ok());
    row.insert("gold_label".into(), Value::Int(place.ok_or_else(|| PortFault(format!("KeyError: {label:?}")))?));
    Ok(row)
}

fn paraphrases(left: &'static str, right: &'static str) -> Made {
    let says = |doc: &Document, name| get(doc, name).map(|value| !value.is_none() && value.as_str() != Some(""));
    picked_and_mapped(
        move |doc| Ok(says(doc, left)? && says(doc, right)?),
        move |doc| {
            let first = detokenized(text(doc, left)?)?;
            let first = unmarked(py::strip(&first, None), &['.', ',', ';']);
            let second = detokenized(text(doc, right)?)?;
            Ok(dict([(left, first.into()), (right, small(py::strip(&second, None))?.into())]))
        },
    )
}

fn plain_pairs() -> Made {
    let says = |doc: &Document, name| get(doc, name).map(|value| !value.is_none() && value.as_str() != Some(""));
    picked_and_mapped(
        move |doc| Ok(says(doc, "sentence1")? && says(doc, "sentence2")?),
        |doc| {
            let first = unmarked(text(doc, "sentence1")?, &['.', ',', ';']);
            Ok(dict([("sentence1", first.into()), ("sentence2", small(text(doc, "sentence2")?)?.into())]))
        },
    )
}

fn basque(source: &crate::hook::source::Source) -> Made {
    let connectors = source.constant("xcopa_connectors")?;
    crate::hook::build::field(move |doc| {
        let question = text(doc, "question")?;
        let connector = connectors.get(question).ok_or_else(|| PortFault(format!("KeyError: {question:?}")))?;
        Ok(format!("{}{}", py::strip(text(doc, "premise")?, None), as_text(connector, "connector")?))
    })
}

fn small_choices(doc: &Document) -> Told<Dict> {
    Ok(dict([("choice1", small(text(doc, "choice1")?)?.into()), ("choice2", small(text(doc, "choice2")?)?.into())]))
}

/// The premise without its last letter, and the word that a partial binds to the question.
fn connected(source: &crate::hook::source::Source) -> Made {
    let connectors = Arc::new(source.bound("connector")?.clone());
    crate::hook::build::field(move |doc| {
        let question = text(doc, "question")?;
        let connector = connectors.get(question).ok_or_else(|| PortFault(format!("KeyError: {question:?}")))?;
        let premise = py::strip(text(doc, "premise")?, None);
        Ok(format!("{} {}", py::slice(premise, None, Some(-1)), as_text(connector, "connector")?))
    })
}

fn arithmetic(doc: &Document) -> Told<Dict> {
    let context = py::strip(text(doc, "context")?, None);
    let context = context.replace("\n\n", "\n").replace("Q:", "Question:").replace("A:", "Answer:");
    Ok(dict([("context", context.into()), ("completion", get(doc, "completion")?.clone())]))
}
