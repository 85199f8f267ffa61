//! HRM8K (Ko et al. 2025): mathematics in Korean and English, scored by the equivalence of LaTeX.

use crate::hook::build::{Made, Told, field, first_answer, results};
use crate::hook::entry::Entry;
use crate::hook::format::column;
use crate::hook::rows::{dict, get, text};
use crate::hook::source::Source;
use crate::python::{self, text as py};
use crate::{Dict, Document, Value};

use super::super::math::{answer, latex, number};

pub(in crate::hook::ports) const PORTS: &[Entry] = &[
    Entry {
        keys: &["d554d5fe49c80c1a", "0a0a24a5f6260d8e", "4f8439d484d3dc39", "ec5c802943d5c62e"],
        what: "a problem (HRM8K)",
        make: problem,
    },
    Entry {
        keys: &["fe728e7945130c2c"],
        what: "the answer, numbers written one way (HRM8K)",
        make: |_| field(|doc| Ok(number::canonical(&python::str(get(doc, "answer")?)))),
    },
    Entry { keys: &["7c96d903e7510f4f"], what: "whether the answer is equivalent (HRM8K)", make: |_| results(score) },
];

fn problem(source: &Source) -> Made {
    let template = source.template("_", 0)?;
    field(move |doc| {
        template.fill(|name| match name.strip_suffix(".strip()").and_then(|name| column(name, "doc")) {
            Some(name) => text(doc, name).map(|told| py::strip(told, None).to_owned()),
            None => Err(crate::hook::fault::PortFault(format!("NameError: the port does not know {name:?}"))),
        })
    })
}

fn score(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let gold = number::canonical(&python::str(get(doc, "answer")?));
    let same = equivalent(first_answer(answers)?, &gold)?;
    Ok(dict([("exact_match", Value::Int(i64::from(same)))]))
}

/// What is found in both, brought into one form; what cannot be is compared as it was found.
fn equivalent(told: &str, gold: &str) -> Told<bool> {
    let (told, gold) = (answer::find(told)?, answer::find(gold)?);
    let form = |found: &Option<String>| found.as_deref().and_then(latex::canonical);
    Ok(match (form(&told), form(&gold)) {
        (Some(told), Some(gold)) => number::canonical(&told) == gold,
        _ => told == gold,
    })
}
