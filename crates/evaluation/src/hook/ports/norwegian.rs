//! Norwegian questions with their choices listed (NorEval).

use crate::hook::build::{Made, Told, field, mapped};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::format::Format;
use crate::hook::rows::{as_text, dict, get, odd, text};
use crate::hook::source::Source;
use crate::python::{self, text as py};
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &[
            "e954d94390ac56a1",
            "a12cf335c132b4cd",
            "acd89b2332848133",
            "a57d7b887640d5e1",
            "072b0952676dad48",
            "f06220faa8dd1eef",
            "be5162d5b780d841",
            "6b8f6009a15a24de",
        ],
        what: "a question and its choices (NorTruthfulQA)",
        make: |source| listed(source, "mc1_targets", "choices"),
    },
    Entry {
        keys: &["9b9075dd2e5a21dd", "005ce7ebc0658948", "0ab6f3926335eb89", "8b79abd1f9f64fd2"],
        what: "a question and its choices (NRK quiz)",
        make: |source| listed(source, "choices", "text"),
    },
    Entry { keys: &["140d1fdb9f0554ad"], what: "a question and its lettered choices (NRK quiz)", make: lettered },
    Entry { keys: &["831357ca77d263e8"], what: "title, passage and question (NorQuAD)", make: |_| mapped(norquad) },
    Entry {
        keys: &["97186e5c5c6d320e", "07353f370e485f2c", "e7b534be0f6e4a71", "38707f096408bb9f", "a9117c5e5593940b"],
        what: "a passage and a question (NorQuAD)",
        make: |source| {
            let template = source.template("_", 0)?;
            field(move |doc| template.fill(|name| get(doc, name).map(python::str)))
        },
    },
];

fn within<'a>(doc: &'a Document, column: &str, key: &str) -> Told<&'a [Value]> {
    let whole = get(doc, column)?;
    let part = whole.get(key).ok_or_else(|| PortFault(format!("KeyError: {key:?}")))?;
    part.as_list().ok_or_else(|| odd(part, "list", key))
}

fn written(format: &Format, doc: &Document, choices: &str) -> Told<String> {
    format.fill(|name| if name == "choices" { Ok(choices.to_owned()) } else { get(doc, name).map(python::str) })
}

fn listed(source: &Source, column: &'static str, key: &'static str) -> Made {
    let format = Format::new(&source.text("_", 0)?)?;
    field(move |doc| {
        let choices: String =
            within(doc, column, key)?.iter().map(|choice| format!("\n- {}", python::str(choice))).collect();
        written(&format, doc, &choices)
    })
}

fn lettered(source: &Source) -> Made {
    let format = Format::new(&source.text("_", 0)?)?;
    field(move |doc| {
        let (labels, texts) = (within(doc, "choices", "label")?, within(doc, "choices", "text")?);
        let line = |(label, text)| format!("\n{}: {}", python::str(label), python::str(text));
        let choices: String = labels.iter().zip(texts).map(line).collect();
        written(&format, doc, &choices)
    })
}

fn norquad(doc: &Document) -> Told<Dict> {
    let context = py::strip(as_text(get(doc, "context")?, "context")?, None);
    let (title, passage) = context.split_once('\n').unwrap_or((context, ""));
    let question = py::split_whitespace(text(doc, "question")?, None).join(" ");
    let plain = |text| Value::from(py::strip(text, None));
    Ok(dict([("question", question.into()), ("title", plain(title)), ("passage", plain(passage))]))
}
