//! Examination questions written out with lettered choices.

use crate::hook::PortFault;
use crate::hook::build::{Made, Told, field, index_of};
use crate::hook::rows::{as_text, get, list, text};
use crate::hook::source::Source;
use crate::hook::table::Entry;
use crate::python::{self, text as py};
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["ce3be9521792b0e2"],
        what: "a question with four choices (MedMCQA)",
        blank: &[],
        make: |_| field(medmcqa),
    },
    Entry {
        keys: &["67fac06109bb7cbb"],
        what: "an abstract and a question (PubMedQA)",
        blank: &[],
        make: |_| field(pubmedqa),
    },
    Entry {
        keys: &["0570bbfde1adf4e2"],
        what: "a question with four choices (MedQA)",
        blank: &[],
        make: |_| field(medqa),
    },
    Entry {
        keys: &["70f02b3a74e12b92"],
        what: "the label (MedQA)",
        blank: &[],
        make: |_| field(|doc| get(doc, "label").cloned()),
    },
    Entry {
        keys: &["320c3e855dc44529"],
        what: "a passage and a question (LogiQA)",
        blank: &[],
        make: |_| field(|doc| logiqa(doc, "context", "\nChoices:\n")),
    },
    Entry {
        keys: &["6548f2f6fe60b763"],
        what: "a passage and a question (LogiQA 2.0)",
        blank: &[],
        make: |_| field(|doc| logiqa(doc, "text", "\n")),
    },
    Entry {
        keys: &["9bf49b9f34fa84ab"],
        what: "the place of the right letter (LogiQA)",
        blank: &[],
        make: |_| field(|doc| index_of(&["a", "b", "c", "d"], &py::strip(text(doc, "label")?, None).into())),
    },
    Entry {
        keys: &["98ed14793302c49d"],
        what: "a letter for every choice (MMLU-Pro)",
        blank: &[],
        make: |_| field(letters),
    },
    Entry {
        keys: &["dbb4d4da61a9cabe"],
        what: "a question with choices (MMLU-Pro)",
        blank: &[],
        make: |_| field(mmlu_pro),
    },
    Entry { keys: &["f770495cd84d7bb6"], what: "premise and hypothesis (MNLI)", blank: &[], make: mnli },
];

fn lettered<'a>(choices: impl Iterator<Item = &'a Value>) -> String {
    ('A'..='Z').zip(choices).map(|(letter, choice)| format!("{letter}. {}\n", python::str(choice))).collect()
}

fn four<'a>(doc: &'a Document, names: [&str; 4]) -> Told<Vec<&'a Value>> {
    names.into_iter().map(|name| get(doc, name)).collect()
}

fn medmcqa(doc: &Document) -> Told<String> {
    let choices = lettered(four(doc, ["opa", "opb", "opc", "opd"])?.into_iter());
    Ok(format!("Question: {}\nChoices:\n{choices}Answer:", text(doc, "question")?))
}

fn pubmedqa(doc: &Document) -> Told<String> {
    let contexts: Vec<&str> =
        list(doc, "CONTEXTS")?.iter().map(|part| as_text(part, "CONTEXTS")).collect::<Told<_>>()?;
    Ok(format!("Abstract: {}\nQuestion: {}\nAnswer:", contexts.join("\n"), python::str(get(doc, "QUESTION")?)))
}

fn medqa(doc: &Document) -> Told<String> {
    let choices = lettered(four(doc, ["ending0", "ending1", "ending2", "ending3"])?.into_iter());
    Ok(format!("Question: {}\n{choices}Answer:", python::str(get(doc, "sent1")?)))
}

fn logiqa(doc: &Document, passage: &str, before: &str) -> Told<String> {
    let choices = lettered(list(doc, "options")?.iter().take(4));
    Ok(format!("Passage: {}\nQuestion: {}{before}{choices}Answer:", text(doc, passage)?, text(doc, "question")?))
}

fn within_alphabet(doc: &Document) -> Told<&[Value]> {
    let options = list(doc, "options")?;
    if options.len() > 26 {
        Err(PortFault("IndexError: there are more choices than letters".into()))
    } else {
        Ok(options)
    }
}

fn letters(doc: &Document) -> Told<Vec<Value>> {
    let count = within_alphabet(doc)?.len();
    Ok(('A'..='Z').take(count).map(|letter| Value::from(letter.to_string())).collect())
}

fn mmlu_pro(doc: &Document) -> Told<String> {
    let choices = lettered(within_alphabet(doc)?.iter());
    Ok(format!("{}\n{choices}Answer:", python::str(get(doc, "question")?)))
}

fn mnli(source: &Source) -> Made {
    let format = crate::hook::format::Format::new(&source.text("_", 0)?)?;
    field(move |doc| {
        let hypothesis = py::strip(text(doc, "hypothesis")?, None);
        let stop = if hypothesis.ends_with('.') { "" } else { "." };
        let premise = python::str(get(doc, "premise")?);
        format.fill(|place| Ok(if place == "0" { premise.clone() } else { format!("{hypothesis}{stop}") }))
    })
}
