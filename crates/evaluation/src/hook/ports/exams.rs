//! Examination questions written out with lettered choices.

use crate::hook::build::{Made, Told, field, index_of};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, get, list, text};
use crate::hook::source::Source;
use crate::python::{self, text as py};
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["ce3be9521792b0e2"], what: "a question with four choices (MedMCQA)", make: |_| field(medmcqa) },
    Entry { keys: &["67fac06109bb7cbb"], what: "an abstract and a question (PubMedQA)", make: |_| field(pubmedqa) },
    Entry { keys: &["0570bbfde1adf4e2"], what: "a question with four choices (MedQA)", make: |_| field(medqa) },
    Entry { keys: &["70f02b3a74e12b92"], what: "the label (MedQA)", make: |_| field(|doc| get(doc, "label").cloned()) },
    Entry {
        keys: &["320c3e855dc44529"],
        what: "a passage and a question (LogiQA)",
        make: |_| field(|doc| logiqa(doc, "context", "\nChoices:\n")),
    },
    Entry {
        keys: &["6548f2f6fe60b763"],
        what: "a passage and a question (LogiQA 2.0)",
        make: |_| field(|doc| logiqa(doc, "text", "\n")),
    },
    Entry {
        keys: &["9bf49b9f34fa84ab"],
        what: "the place of the right letter (LogiQA)",
        make: |_| field(|doc| index_of(&["a", "b", "c", "d"], &py::strip(text(doc, "label")?, None).into())),
    },
    Entry { keys: &["98ed14793302c49d"], what: "a letter for every choice (MMLU-Pro)", make: |_| field(letters) },
    Entry { keys: &["dbb4d4da61a9cabe"], what: "a question with choices (MMLU-Pro)", make: |_| field(mmlu_pro) },
    Entry { keys: &["b5eae966cf9b6de7"], what: "a question with choices (Glianorex)", make: |_| field(glianorex) },
    Entry {
        keys: &["25ec2fced979892a"],
        what: "the letter of the answer (Glianorex)",
        make: |_| field(|doc| get(doc, "answer_idx").cloned()),
    },
    Entry {
        keys: &["e6118a73fda77aeb"],
        what: "a letter for every candidate (EusTrivia, EusReading)",
        make: |_| field(|doc| candidates(doc).map(|found| crate::hook::build::texts(LETTERS.iter().take(found.len())))),
    },
    Entry {
        keys: &["cbcf43f987e23e35", "7001f09d70bfd353"],
        what: "a question with candidates (EusTrivia, EusReading)",
        make: with_candidates,
    },
    Entry { keys: &["4c87a9de32fe051b"], what: "the choices that one text holds (MathQA)", make: mathqa },
    Entry {
        keys: &["3754a665013d64e3"],
        what: "questions without pictures, with their choices (Physics GRE)",
        make: |_| crate::hook::build::picked_and_mapped(is_scorable, physics),
    },
    Entry {
        keys: &["68c94079a9587488"],
        what: "whether a sentence is toxic (ToxiGen)",
        make: |_| field(|doc| super::arabic::toxicity(doc).map(|toxicity| Value::Int(i64::from(toxicity > 5.5)))),
    },
    Entry { keys: &["f770495cd84d7bb6"], what: "premise and hypothesis (MNLI)", make: mnli },
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

const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

fn glianorex(doc: &Document) -> Told<String> {
    let options = get(doc, "options")?;
    let options = options.as_dict().ok_or_else(|| crate::hook::rows::odd(options, "dict", "options"))?;
    let answers: String = options.iter().map(|(key, value)| format!("{key}. {}\n", python::str(value))).collect();
    Ok(format!("Question: {}\n{answers}Answer:", python::str(get(doc, "question")?)))
}

fn candidates(doc: &Document) -> Told<&[Value]> {
    let candidates = list(doc, "candidates")?;
    if candidates.len() < 2 {
        Err(PortFault("ValueError: there are fewer than two candidates".into()))
    } else {
        Ok(candidates)
    }
}

/// The last template of the function is the whole question.
fn with_candidates(source: &Source) -> Made {
    let template = source.template("_", 1)?;
    field(move |doc| {
        let lines =
            LETTERS.iter().zip(candidates(doc)?).map(|(letter, told)| format!("{letter}: {}", python::str(told)));
        let lines = lines.collect::<Vec<_>>().join("\n");
        crate::hook::format::fill(&template, doc, |name| (name == "formatted_choices").then(|| lines.clone()))
    })
}

fn mathqa(source: &Source) -> Made {
    let literals = source.literals("_");
    let pattern =
        literals.iter().filter_map(Value::as_str).find(|text| text.contains("[abcd]")).ok_or("there is no pattern")?;
    let flags = crate::python::regex::Flags::default();
    let pattern = crate::python::regex::Regex::new(pattern, flags).map_err(|fault| fault.to_string())?;
    field(move |doc| {
        let found = pattern.find_all(text(doc, "options")?).map_err(|fault| PortFault(fault.to_string()))?;
        let choice = |found: &Value| {
            let found = as_text(found, "a choice")?;
            Ok(Value::from(py::rstrip(py::slice(found, Some(4), None), Some(" ,"))))
        };
        found.iter().map(choice).collect::<Told<Vec<Value>>>()
    })
}

fn is_scorable(doc: &Document) -> Told<bool> {
    let scores = get(doc, "target_scores")?.as_dict();
    let right = scores.is_some_and(|scores| scores.values().any(|score| score.as_f64() == Some(1.0)));
    Ok(!get(doc, "has_image")?.is_truthy() && right)
}

fn physics(doc: &Document) -> Told<crate::Dict> {
    let scores = get(doc, "target_scores")?.as_dict().cloned().unwrap_or_default();
    let gold = scores.values().position(|score| score.as_f64() == Some(1.0));
    let gold = gold
        .and_then(|gold| i64::try_from(gold).ok())
        .ok_or_else(|| PortFault("ValueError: nothing is right".into()))?;
    let input = py::strip(text(doc, "input")?, None);
    let choices = crate::hook::build::texts(scores.keys());
    Ok(crate::hook::rows::dict([("input", input.into()), ("choices", choices), ("gold", Value::Int(gold))]))
}
