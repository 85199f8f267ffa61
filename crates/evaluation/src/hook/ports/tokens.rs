//! Answers compared word by word: exact match and F1 as SQuAD counts them (Rajpurkar et al. 2016).

use std::sync::LazyLock;

use crate::hook::build::{Made, Told, aggregation, first_answer, metric, results};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, at, dict, get, list};
use crate::python::regex::{Flags, Regex};
use crate::python::text as py;
use crate::{Dict, Document, Value};

use super::overlap::f1;
use super::spans::{count, pair};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["343511be20531605"], what: "mean F1 over words (AfriQA)", make: |_| aggregation(mean_f1) },
    Entry {
        keys: &["6370af1eb60ce591"],
        what: "best F1 over words (LongBench)",
        make: |_| {
            results(|doc, answers| {
                best_f1(doc, answers).map(|f1| dict([("score", f1.into()), ("qa_f1_score", f1.into())]))
            })
        },
    },
    Entry { keys: &["701829e1a038fb3a"], what: "exact match and F1 (NorQuAD)", make: |_| results(squad) },
    Entry {
        keys: &[
            "91cc798f639aa19d",
            "9ef9462bcd52de69",
            "c8f1494894352ae4",
            "70a28192b59a2343",
            "d6e043da0edc5676",
            "3bd84b80aaeeb850",
        ],
        what: "exact match and F1 in a language that writes blanks (MLQA)",
        make: |source| super::multilingual::by_language(&source.text("_", 0)?),
    },
    Entry {
        keys: &[
            "02e616792d96a41a",
            "496d0d505eb236cc",
            "62496a6ea9aa313f",
            "6d24d4d71e352ff6",
            "7330cb438f29cba4",
            "7873deecdb6ae857",
            "a63ea9fb28803374",
            "b45a660807f3b11e",
            "ce8e5edd7de4e1ea",
        ],
        what: "exact match and F1 in a language of TyDi QA",
        make: |source| {
            let name = source.text("_", 0)?;
            super::multilingual::by_language(if ["en", "ar"].contains(&&*name) { &name } else { "other" })
        },
    },
    Entry { keys: &["334a6fe21455e265"], what: "exact match and F1 (CatalanQA)", make: |_| results(catalan) },
    Entry { keys: &["eac61051f8ddc6c8"], what: "exact match (French)", make: |_| french(Want::Exact) },
    Entry { keys: &["3595ae0c32663c5f"], what: "F1 over words (French)", make: |_| french(Want::F1) },
    Entry {
        keys: &["671212374425ab88"],
        what: "exact match and F1 in Chinese (MLQA)",
        make: |_| super::multilingual::by_language("zh"),
    },
];

static ARTICLES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(a|an|the)\b", Flags::default()).ok());

/// Lower case, without ASCII punctuation, without articles, with single blanks.
pub(super) fn normalised(text: &str) -> Told<String> {
    let lower = text.to_lowercase();
    let plain: String = lower.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let missing = || PortFault("the pattern of articles cannot be read".into());
    let articles = ARTICLES.as_ref().ok_or_else(missing)?;
    let without = articles.sub(" ", &plain, 0).map_err(|fault| PortFault(fault.to_string()))?;
    Ok(py::split_whitespace(&without, None).join(" "))
}

fn f1_of(prediction: &str, reference: &str) -> Told<f64> {
    let (prediction, reference) = (normalised(prediction)?, normalised(reference)?);
    let words = |text| py::split_whitespace(text, None);
    Ok(f1(&words(&prediction), &words(&reference)).unwrap_or(0.0))
}

fn mean_f1(items: &[Value]) -> Told<f64> {
    let mut sum = 0.0;
    for item in items {
        let (gold, prediction) = pair(item)?;
        sum += f1_of(as_text(prediction, "a prediction")?, as_text(gold, "a reference")?)?;
    }
    if items.is_empty() { Err(PortFault("IndexError: there is no item".into())) } else { Ok(sum / count(items.len())) }
}

fn best_f1(doc: &Document, answers: &[Value]) -> Told<f64> {
    let prediction = py::strip(first_answer(answers)?, None);
    let mut best = 0.0_f64;
    for reference in list(doc, "answers")? {
        best = best.max(f1_of(prediction, as_text(reference, "an answer")?)?);
    }
    Ok(best)
}

/// Exact match and F1 of the official script: where one side has no word left, both must have none.
pub(super) fn squad_scores(reference: &str, prediction: &str) -> Told<(f64, f64)> {
    let (reference, prediction) = (normalised(reference)?, normalised(prediction)?);
    let words = |text| py::split_whitespace(text, None);
    let (gold, told) = (words(&reference), words(&prediction));
    let exact = f64::from(u8::from(reference == prediction));
    let empty = gold.is_empty() || told.is_empty();
    let score = if empty { f64::from(u8::from(gold == told)) } else { f1(&told, &gold).unwrap_or(0.0) };
    Ok((exact, score))
}

fn squad(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let prediction = first_answer(answers)?;
    let texts = get(doc, "answers")?.get("text").and_then(Value::as_list).unwrap_or_default();
    let reference = as_text(at(texts, 0)?, "an answer")?;
    let (exact, f1) = squad_scores(reference, prediction)?;
    Ok(dict([("f1", f1.into()), ("exact_match", exact.into())]))
}

fn catalan(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let prediction = first_answer(answers)?;
    let first = at(list(doc, "answers")?, 0)?;
    let reference = first.get("text").ok_or_else(|| PortFault("KeyError: 'text'".into()))?;
    let (exact, f1) = squad_scores(as_text(reference, "an answer")?, prediction)?;
    Ok(dict([("f1", f1.into()), ("exact_match", exact.into())]))
}

/// Which of two scores.
#[derive(Clone, Copy)]
enum Want {
    Exact,
    F1,
}

/// As SQuAD counts them, with French articles.
fn french(want: Want) -> Made {
    let articles = Regex::new(r"\b(un|une|des|le|la|les)\b", Flags::default()).map_err(|fault| fault.to_string())?;
    let normalised = move |value: Option<&Value>| -> Told<String> {
        let value = value.ok_or_else(|| PortFault("IndexError: there is nothing to compare".into()))?;
        let lower = as_text(value, "a text")?.to_lowercase();
        let plain: String = lower.chars().filter(|c| !c.is_ascii_punctuation()).collect();
        let without = articles.sub(" ", &plain, 0).map_err(|fault| PortFault(fault.to_string()))?;
        Ok(py::split_whitespace(&without, None).join(" "))
    };
    metric(move |references, predictions, _| {
        let (reference, prediction) = (normalised(references.first())?, normalised(predictions.first())?);
        let words = |text| py::split_whitespace(text, None);
        let (gold, told) = (words(&reference), words(&prediction));
        Ok(match want {
            Want::Exact => Value::Int(i64::from(reference == prediction)),
            Want::F1 if gold.is_empty() || told.is_empty() => Value::Int(i64::from(gold == told)),
            Want::F1 => Value::Float(f1(&told, &gold).unwrap_or(0.0)),
        })
    })
}
