//! LongBench (Bai et al. 2023) and BABILong (Kuratov et al. 2024): short answers in long contexts.

use std::sync::LazyLock;

use crate::hook::build::{Made, Told, first_answer, results};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, dict, list, odd};
use crate::hook::source::Source;
use crate::python::regex::{Flags, Regex};
use crate::python::{self, text as py};
use crate::{Dict, Document, Value};

use super::spans::{count, ratio};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["851be239ea8b8b43"],
        what: "whether the class is told alone (LongBench)",
        make: |_| {
            best("classification_score", |doc, told, gold| {
                Ok(class(told, as_text(gold, "an answer")?, list(doc, "all_classes")?))
            })
        },
    },
    Entry {
        keys: &["d74a6977fddf7f75"],
        what: "how many of the numbers told are the count (LongBench)",
        make: |_| best("count_score", |_, told, gold| share(told, &python::str(gold))),
    },
    Entry {
        keys: &["98f2ac48fd685594"],
        what: "how many of the numbers told are the paragraph's (LongBench)",
        make: |source| retrieval(source, "retrieval_score"),
    },
    Entry {
        keys: &["fb1142205b8fd600"],
        what: "how many of the numbers told are the paragraph's, in Chinese (LongBench)",
        make: |source| retrieval(source, "retrieval_zh_score"),
    },
    Entry {
        keys: &["f1fe7f1f4b8c5db5"],
        what: "whether the target is in the answer (BABILong)",
        make: |_| results(babilong),
    },
];

/// The best score over all references, under its own name and as `score`.
fn best(name: &'static str, score: impl Fn(&Document, &str, &Value) -> Told<f64> + Send + Sync + 'static) -> Made {
    results(move |doc, answers| {
        let told = py::strip(first_answer(answers)?, None);
        let mut best = 0.0_f64;
        for gold in list(doc, "answers")? {
            best = best.max(score(doc, told, gold)?);
        }
        Ok(dict([("score", best.into()), (name, best.into())]))
    })
}

/// Classes that are told; those that are only a part of the right one do not count.
fn class(told: &str, gold: &str, classes: &[Value]) -> f64 {
    let mut found: Vec<&str> = classes.iter().filter_map(Value::as_str).filter(|class| told.contains(class)).collect();
    // The original takes items out of the list that it walks over, and so passes over the one behind each.
    let mut place = 0;
    while let Some(class) = found.get(place).copied() {
        let first = found.iter().position(|other| *other == class).filter(|_| gold.contains(class) && class != gold);
        if let Some(first) = first {
            found.remove(first);
        }
        place += 1;
    }
    if found.contains(&gold) { 1.0 / count(found.len()) } else { 0.0 }
}

static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+", Flags::default()).ok());

fn share(told: &str, wanted: &str) -> Told<f64> {
    let numbers = NUMBERS.as_ref().ok_or_else(|| PortFault("the pattern of numbers cannot be read".into()))?;
    let numbers = numbers.find_all(told).map_err(|fault| PortFault(fault.to_string()))?;
    let right = numbers.iter().filter(|number| number.as_str() == Some(wanted)).count();
    Ok(if numbers.is_empty() { 0.0 } else { ratio(right, numbers.len()) })
}

fn retrieval(source: &Source, name: &'static str) -> Made {
    let function = if name == "retrieval_score" { "retrieval_score" } else { "retrieval_zh_score" };
    let pattern = Regex::new(&source.text(function, 0)?, Flags::default()).map_err(|fault| fault.to_string())?;
    best(name, move |_, told, gold| {
        let found = pattern.find_all(as_text(gold, "an answer")?).map_err(|fault| PortFault(fault.to_string()))?;
        let first = found.first().ok_or_else(|| PortFault("IndexError: the reference names no paragraph".into()))?;
        share(told, as_text(first, "a paragraph")?)
    })
}

fn babilong(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let target = match doc.get("target") {
        None => "",
        Some(Value::Str(target)) => py::strip(target, None),
        Some(other) => return Err(odd(other, "str", "target")),
    };
    let told: String =
        py::strip(first_answer(answers)?, None).chars().map(|c| if c < ' ' { '\n' } else { c }).collect();
    let found = py::strip(&told, None).to_lowercase().contains(&target.to_lowercase());
    Ok(dict([("acc", f64::from(u8::from(found)).into())]))
}
