//! MATH (Hendrycks et al. 2021) and AIME: the answer in a box, or between the outermost dollar signs.

use crate::hook::build::{Told, first_answer, mapped, results};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{dict, get, text};
use crate::python;
use crate::{Dict, Document, Value};

use super::{answer, latex};

pub(in crate::hook::ports) const PORTS: &[Entry] = &[
    Entry { keys: &["556a06c86ebc4db5"], what: "the boxed answer of a solution (MATH)", make: |_| mapped(solution) },
    Entry { keys: &["e801a6756b80cdf2"], what: "whether the answer is equivalent (MATH)", make: |_| results(math) },
    Entry { keys: &["9f377cf507e7fdab"], what: "whether the answer is equivalent (AIME)", make: |_| results(aime) },
    Entry {
        keys: &["8a741bbfece04e29"],
        what: "whether what is found is equivalent (AGIEval)",
        make: |_| results(agieval),
    },
];

/// The last box; `\boxed 3` counts as well.
pub(in crate::hook::ports) fn last_box(text: &str) -> Option<String> {
    match text.rsplit_once("\\boxed ") {
        Some((_, behind)) => Some(format!("\\boxed {}", behind.split('$').next().unwrap_or_default())),
        None => answer::last_box(text).map(str::to_owned),
    }
}

/// What is in a box; a fault where it is none.
pub(in crate::hook::ports) fn unboxed(text: &str) -> Told<&str> {
    let inner = if text.contains("\\boxed ") { text.strip_prefix("\\boxed ") } else { answer::unboxed(text) };
    inner.ok_or_else(|| PortFault("AssertionError: the answer is in no box".into()))
}

fn boxed_in(solution: &str) -> Told<String> {
    let found = last_box(solution).ok_or_else(|| PortFault("TypeError: the solution has no box".into()))?;
    unboxed(&found).map(str::to_owned)
}

/// Whether both have one form; as they stand where one has none.
pub(in crate::hook::ports) fn equivalent(left: &str, right: &str) -> bool {
    match (latex::canonical(left), latex::canonical(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// What is between the first and the last dollar sign, or everything.
fn between_dollars(text: &str) -> &str {
    match (text.find('$'), text.rfind('$')) {
        (Some(first), Some(last)) if first < last => &text[first + 1..last],
        _ => text,
    }
}

fn solution(doc: &Document) -> Told<Dict> {
    let answer = boxed_in(text(doc, "solution")?)?;
    let (problem, solution) = (get(doc, "problem")?.clone(), get(doc, "solution")?.clone());
    Ok(dict([("problem", problem), ("solution", solution), ("answer", answer.into())]))
}

fn math(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let told = between_dollars(first_answer(answers)?);
    let same = equivalent(told, &boxed_in(text(doc, "solution")?)?);
    Ok(dict([("exact_match", Value::Int(i64::from(same)))]))
}

fn aime(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let response = first_answer(answers)?;
    let boxed = last_box(response).and_then(|found| unboxed(&found).ok().map(str::to_owned));
    let told = boxed.unwrap_or_else(|| between_dollars(response).to_owned());
    let target = doc.iter().find(|(key, _)| key.to_lowercase() == "answer").map(|(_, value)| python::str(value));
    let target = target.ok_or_else(|| PortFault("StopIteration: there is no answer".into()))?;
    Ok(dict([("exact_match", Value::Int(i64::from(equivalent(&told, &target))))]))
}

/// What is found in both, brought into one form; what cannot be is compared as it was found.
fn agieval(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let (told, gold) = (answer::find(first_answer(answers)?)?, answer::find(text(doc, "answer")?)?);
    let same = match (&told, &gold) {
        (Some(told), Some(gold)) => equivalent(told, gold),
        _ => told == gold,
    };
    Ok(dict([("acc", Value::Int(i64::from(same)))]))
}
