//! Programs: HumanEval (Chen et al. 2021), its infilling variant (Bavarian et al. 2022), MBPP (Austin et al. 2021).

use std::sync::Arc;

use crate::hook::build::{Made, Told, each_answer};
use crate::hook::code::CodeMetric;
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::port::Port;
use crate::hook::rows::{as_text, text};
use crate::hook::source::Source;
use crate::python::regex::{Flags, Regex};
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["b279862eae700802"],
        what: "pass@k (HumanEval)",
        make: |_| Ok(Port::Code(CodeMetric { plain: false })),
    },
    Entry { keys: &["c17b934580b4eaee"], what: "pass@1 (MBPP)", make: |_| Ok(Port::Code(CodeMetric { plain: true })) },
    Entry {
        keys: &["ae4f67d935e927f3"],
        what: "the prompt with the answer behind it (HumanEval)",
        make: |_| each_program(|doc, answer| Ok(format!("{}{answer}", text(doc, "prompt")?))),
    },
    Entry {
        keys: &["e371fd614fdf0fdd"],
        what: "the prompt with the answer up to its fence behind it (HumanEval)",
        make: |_| {
            each_program(|doc, answer| {
                Ok(format!("{}{}", text(doc, "prompt")?, answer.split("```").next().unwrap_or(answer)))
            })
        },
    },
    Entry {
        keys: &["9f8523dd876d4c68"],
        what: "the answer between prompt and suffix (HumanEval infilling)",
        make: |_| each_program(|doc, answer| Ok(format!("{}{answer}{}", text(doc, "prompt")?, text(doc, "suffix")?))),
    },
    Entry { keys: &["3b2905cb87fa688d"], what: "the first block of code (MBPP)", make: blocks },
    Entry { keys: &["95cc39a7905c9f00"], what: "the examples that the source lists (MBPP)", make: listed },
];

fn each_program(program: fn(&Document, &str) -> Told<String>) -> Made {
    Ok(Port::Filter(Arc::new(move |answers, doc, _| {
        let programs = answers.iter().map(|answer| program(doc, as_text(answer, "an answer")?).map(Value::from));
        programs.collect::<Told<Vec<_>>>().map(Value::List)
    })))
}

fn blocks(source: &Source) -> Made {
    let flags = Flags { dot_all: true, ..Flags::default() };
    let pattern = Regex::new(&source.text("extract_code_blocks", 0)?, flags).map_err(|fault| fault.to_string())?;
    each_answer(move |answer| {
        let first = |text: &str| -> Told<Option<Value>> {
            let found = pattern.find_all(text).map_err(|fault| PortFault(fault.to_string()))?;
            Ok(found.into_iter().next())
        };
        // The fence is opened by the prompt.
        let found = match first(&format!("```{answer}"))? {
            Some(found) => Some(found),
            None => first(&answer.replace("```python", "```"))?,
        };
        Ok(found.unwrap_or_else(|| "".into()))
    })
}

/// The function returns a list of dictionaries, written out.
fn listed(source: &Source) -> Made {
    let list = source.returned("_")?;
    let documents = list.as_list().unwrap_or_default().iter().map(|item| item.as_dict().cloned());
    let documents: Vec<Document> = documents.collect::<Option<_>>().ok_or("an example is no dictionary")?;
    Ok(Port::Samples(Arc::new(move || documents.clone())))
}
