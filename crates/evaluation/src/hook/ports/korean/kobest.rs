//! KoBEST (Jang et al. 2022): five tasks of Korean language understanding.

use crate::hook::build::{Made, aggregation, field, mapped, texts, to_int};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::format::{fill, fill_columns};
use crate::hook::rows::{dict, get, text};
use crate::hook::source::Source;
use crate::python::{self, text as py};
use crate::{Dict, Value};

use super::super::agreement::{Average, Order, f1};
use super::super::choices::columns;

pub(in crate::hook::ports) const PORTS: &[Entry] = &[
    Entry { keys: &["c4e5dc6e3c656926"], what: "premise and connector (KoBEST COPA)", make: copa_text },
    Entry { keys: &["6d5ebb22238532f1"], what: "the right alternative (KoBEST COPA)", make: copa_target },
    Entry {
        keys: &["435c47e29f5cc04c"],
        what: "both alternatives (KoBEST COPA)",
        make: |_| {
            field(|doc| {
                let both = [get(doc, "alternative_1")?, get(doc, "alternative_2")?];
                Ok(texts(both.map(python::str)))
            })
        },
    },
    Entry {
        keys: &["fc5450d1aeda01ac", "03a6952adf74499f"],
        what: "a question about sentences (KoBEST SentiNeg, WiC)",
        make: |source| {
            let template = source.template("_", 0)?;
            field(move |doc| fill_columns(&template, doc))
        },
    },
    Entry { keys: &["cbb1aeb75085320a"], what: "a context and four endings (KoBEST HellaSwag)", make: hellaswag },
    Entry {
        keys: &["40133b2e2a358718"],
        what: "F1 over classes, unweighted",
        make: |_| aggregation(|items| f1(items, Average::Macro, Order::ReferenceFirst)),
    },
];

/// The function begins with a dictionary of two connectors.
fn copa_text(source: &Source) -> Made {
    let word = |index| source.text("_", index);
    let connectors = [(word(0)?, word(1)?), (word(2)?, word(3)?)];
    let template = source.template("_", 0)?;
    field(move |doc| {
        let question = py::strip(text(doc, "question")?, None);
        let found = connectors.iter().find(|(name, _)| **name == *question);
        let (_, connector) = found.ok_or_else(|| PortFault(format!("KeyError: {question:?}")))?;
        fill(&template, doc, |name| (name == "connector").then(|| connector.to_string()))
    })
}

fn copa_target(_: &Source) -> Made {
    field(|doc| {
        let first = get(doc, "label")?.as_f64() == Some(0.0);
        Ok(python::str(get(doc, if first { "alternative_1" } else { "alternative_2" })?))
    })
}

fn hellaswag(source: &Source) -> Made {
    let template = source.template("_", 0)?;
    mapped(move |doc| -> Result<Dict, PortFault> {
        let context = get(doc, "context")?;
        let query = template.fill(|_| Ok::<_, PortFault>(python::str(context)))?;
        let choices = columns(doc, &["ending_1", "ending_2", "ending_3", "ending_4"])?;
        let gold = Value::Int(to_int(get(doc, "label")?, "label")?);
        Ok(dict([("query", query.into()), ("choices", choices), ("gold", gold)]))
    })
}
