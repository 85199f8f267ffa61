//! Rows brought into the shape of a question with choices.

use std::sync::Arc;

use crate::hook::build::{Made, Told, index_of, mapped, texts, to_int};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, dict, get, text};
use crate::hook::source::Source;
use crate::python::{self, text as py};
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["3c7fd4dd48451f52"], what: "choices from four columns (MMLU-SR)", make: |_| mapped(mmlusr) },
    Entry {
        keys: &["c993173f519c357f"],
        what: "choices A to D (TMMLU+)",
        make: |_| mapped(|doc| letters(doc, &["A", "B", "C", "D"], &[])),
    },
    Entry {
        keys: &["231c470651b446e5"],
        what: "choices A to D, E and F where there are any (TMLU)",
        make: |_| mapped(|doc| letters(doc, &["A", "B", "C", "D"], &["E", "F"])),
    },
    Entry { keys: &["f00e5bc3a448add4"], what: "a question of true or false (AlGhafa)", make: true_or_false },
    Entry { keys: &["655a2facf5633e78"], what: "a question on a topic (Arabic MMLU)", make: arabic_mmlu },
    Entry { keys: &["bf3a76b9e349e21a"], what: "a question with numbered choices (AlGhafa)", make: alghafa },
    Entry { keys: &["f5914729ffef8c5f", "6c8c21f4c58417d1"], what: "a question in a dialect (AraDiCE)", make: aradice },
    Entry {
        keys: &["1868d48e6ca19361"],
        what: "choices from three columns (AraDiCE)",
        make: |_| {
            mapped(|doc| columns(doc, &["Option A", "Option B", "Option C"]).map(|list| dict([("choices", list)])))
        },
    },
];

/// The values of `names`, as a list.
pub(super) fn columns(doc: &Document, names: &[&str]) -> Told<Value> {
    names.iter().map(|name| get(doc, name).cloned()).collect::<Told<_>>().map(Value::List)
}

fn mmlusr(doc: &Document) -> Told<Dict> {
    let or_empty = |name| get(doc, name).map(|value| if value.is_truthy() { value.clone() } else { Value::from("") });
    let choices = ["choice1", "choice2", "choice3", "choice4"].map(or_empty).into_iter().collect::<Told<_>>()?;
    let answer = or_empty("answer")?;
    let answer = py::strip(as_text(&answer, "answer")?, None).into();
    Ok(dict([("choices", Value::List(choices)), ("answer", answer)]))
}

/// Choices from columns that are called by their letter; `more` only where they say something.
fn letters(doc: &Document, always: &[&str], more: &[&str]) -> Told<Dict> {
    let mut names = always.to_vec();
    names.extend(more.iter().filter(|name| doc.get(**name).is_some_and(Value::is_truthy)));
    let question = get(doc, "question")?.clone();
    let goal = index_of(&names, get(doc, "answer")?)?;
    Ok(dict([("questions", question), ("choices", columns(doc, &names)?), ("goal", goal)]))
}

fn true_or_false(source: &Source) -> Made {
    let template = source.template("_", 0)?;
    let words = in_list(source, "choices", 2)?;
    mapped(move |doc| {
        let (question, answer) = (get(doc, "question")?, get(doc, "answer")?);
        let query = template.fill(|_| Ok::<_, PortFault>(python::str(question)))?;
        let gold = index_of(&words, answer)?;
        Ok(dict([("query", query.into()), ("choices", texts(&words)), ("gold", gold)]))
    })
}

/// The texts that follow the text `key` in the function: `{"key": ["a", "b"]}`.
pub(super) fn in_list(source: &Source, key: &str, count: usize) -> Result<Vec<Arc<str>>, String> {
    let literals = source.literals("_");
    let place = literals.iter().position(|literal| literal.as_str() == Some(key));
    let place = place.ok_or_else(|| format!("there is no text {key:?}"))?;
    (place + 1..=place + count).map(|index| source.text("_", index)).collect()
}

/// The text that stands before the text `key`, but for `between` others.
pub(super) fn before(source: &Source, key: &str, between: usize) -> Result<Arc<str>, String> {
    let literals = source.literals("_");
    let place = literals.iter().rposition(|literal| literal.as_str() == Some(key));
    let place = place.and_then(|place| place.checked_sub(between + 1));
    source.text("_", place.ok_or_else(|| format!("nothing stands before {key:?}"))?)
}

fn arabic_mmlu(source: &Source) -> Made {
    let (instruction, ending) = (source.template("_", 0)?, before(source, "query", 0)?);
    let (latin, arabic) = (source.texts("LETTER_INDICES")?, source.texts("LETTER_INDICES_AR")?);
    let keys: Vec<_> = arabic.into_iter().take(4).collect();
    mapped(move |doc| {
        let topic = text(doc, "subject")?.replace('_', " ");
        let gold = index_of(&latin, get(doc, "answer")?)?;
        let mut query = instruction.fill(|_| Ok::<_, PortFault>(topic.clone()))?;
        query.push_str(&format!("{}\n", python::str(get(doc, "question")?)));
        for (key, name) in keys.iter().zip(["A", "B", "C", "D"]) {
            query.push_str(&format!("{key}. {}\n", python::str(get(doc, name)?)));
        }
        query.push_str(&ending);
        Ok(dict([("query", query.into()), ("choices", texts(&keys)), ("gold", gold)]))
    })
}

fn alghafa(source: &Source) -> Made {
    let (instruction, ending) = (source.text("_", 5)?, source.text("_", 6)?);
    let opening = source.template("_", 0)?;
    mapped(move |doc| {
        let gold = to_int(get(doc, "label")?, "label")?;
        let names: Vec<&str> =
            doc.keys().map(|key| &**key).filter(|key| !["query", "label", "__few_shots"].contains(key)).collect();
        let choices = columns(doc, &names)?;
        let question = python::str(get(doc, "query")?);
        let mut query = opening.fill(|field| {
            Ok::<_, PortFault>(if field == "instruction" { instruction.to_string() } else { question.clone() })
        })?;
        for (index, choice) in choices.as_list().unwrap_or_default().iter().enumerate() {
            query.push_str(&format!("{index}) {}\n", python::str(choice)));
        }
        query.push_str(&ending);
        Ok(dict([("query", query.into()), ("choices", choices), ("gold", Value::Int(gold))]))
    })
}

fn aradice(source: &Source) -> Made {
    let (base, more) = (source.text("_", 0)?, source.template("_", 0)?);
    let prompt = more.fill(|_| Ok::<_, String>(base.to_string()))?;
    let (alpha, all) = (source.texts("alpa_ar")?, source.texts("all_choices")?);
    let tables = ["subject_ar", "level_ar", "country_ar"].map(|name| source.constant(name));
    let [subjects, levels, countries] = tables;
    let (subjects, levels, countries) = (subjects?, levels?, countries?);
    mapped(move |doc| {
        let part = |table: &Value, name: &str| named(table, get(doc, name)?);
        let spaced = |table: &Value, name: &str| match get(doc, name)?.is_truthy() {
            true => part(table, name).map(|told| format!(" {told}")),
            false => Ok(String::new()),
        };
        let meta =
            format!("{}{}{}", part(&subjects, "Subject")?, spaced(&levels, "Level")?, spaced(&countries, "Country")?);
        let question = python::str(get(doc, "question")?);
        let context = get(doc, "context")?;
        let question = if context.is_truthy() { format!("{}\n\n{question}", python::str(context)) } else { question };
        let options = get(doc, "options")?;
        let letters = ["A", "B", "C", "D", "E"];
        let given = letters.iter().map_while(|letter| options.get(letter).filter(|option| !option.is_none()));
        let lines: Vec<String> =
            given.zip(&alpha).map(|(option, alpha)| format!("{alpha} {}", python::str(option))).collect();
        let prompt = prompt
            .replace("[MAIN_META_DATA]", &meta)
            .replace("[INPUT]", &question)
            .replace("[OPTION]", &lines.join("\n"));
        let choices = texts(all.iter().take(lines.len()));
        let target = index_of(&letters, get(doc, "Answer Key")?)?;
        Ok(dict([("prompt", prompt.into()), ("choices", choices), ("target", target)]))
    })
}

/// `table[key]` as a text.
fn named(table: &Value, key: &Value) -> Told<String> {
    let key = as_text(key, "a key")?;
    let found = table.get(key).ok_or_else(|| PortFault(format!("KeyError: {key:?}")))?;
    Ok(python::str(found))
}
