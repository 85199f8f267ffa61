//! Contexts with endings to choose from, cleaned of marks: HellaSwag (Zellers et al. 2019) and its translations.

use std::sync::{Arc, LazyLock};

use crate::hook::build::{Made, Told, index_of, mapped, to_int};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, dict, get, list, text};
use crate::hook::source::Source;
use crate::python::regex::{Flags, Regex};
use crate::python::text as py;
use crate::{Dict, Document, Value};

use super::choices::columns;

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["745fdfc892b6715e"], what: "a context with endings (HellaSwag)", make: |_| mapped(hellaswag) },
    Entry { keys: &["184c2ada21fd340a"], what: "a context with endings (DarijaHellaSwag)", make: |_| mapped(darija) },
    Entry {
        keys: &["9c44347ae7d9db29"],
        what: "a story with two endings (Histoires morales)",
        make: |_| mapped(story),
    },
    Entry { keys: &["cb3665e88d824cf8"], what: "a question with up to five choices (ARC, translated)", make: arc },
    Entry {
        keys: &["5893038abced78bc"],
        what: "a question with true and false answers (TruthfulQA, translated)",
        make: truthful,
    },
    Entry { keys: &["156c003ac074b5be"], what: "questions with four choices, lettered (Llama's ARC)", make: llama_arc },
];

static BRACKETS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[.*?\]", Flags::default()).ok());

/// White space, title marks, what stands in brackets, and double blanks, taken away in this order.
fn cleaned(text: &str) -> Told<String> {
    let titled = py::strip(text, None).replace(" [title]", ". ");
    let missing = || PortFault("the pattern of brackets cannot be read".into());
    let bare =
        BRACKETS.as_ref().ok_or_else(missing)?.sub("", &titled, 0).map_err(|fault| PortFault(fault.to_string()))?;
    Ok(bare.replace("  ", " "))
}

/// The same without the brackets, and a blank for nothing.
pub(super) fn cleaned_or_blank(value: &Value, brackets: bool) -> Told<String> {
    match value {
        Value::None => Ok(" ".into()),
        value if brackets => cleaned(as_text(value, "a text")?),
        value => Ok(py::strip(as_text(value, "a text")?, None).replace(" [title]", ". ").replace("  ", " ")),
    }
}

fn all_cleaned<'a>(texts: impl Iterator<Item = &'a Value>) -> Told<Value> {
    texts.map(|text| cleaned(as_text(text, "a choice")?).map(Value::from)).collect::<Told<Vec<_>>>().map(Value::List)
}

fn hellaswag(doc: &Document) -> Told<Dict> {
    let context = format!("{} {}", text(doc, "ctx_a")?, py::capitalize(text(doc, "ctx_b")?));
    let query = cleaned(&format!("{}: {context}", text(doc, "activity_label")?))?;
    let gold = Value::Int(to_int(get(doc, "label")?, "label")?);
    Ok(dict([("query", query.into()), ("choices", all_cleaned(list(doc, "endings")?.iter())?), ("gold", gold)]))
}

fn darija(doc: &Document) -> Told<Dict> {
    let query = format!("{}: {}", text(doc, "activity_label")?, text(doc, "ctx")?);
    let gold = Value::Int(to_int(get(doc, "label")?, "label")?);
    Ok(dict([("query", query.into()), ("choices", get(doc, "endings")?.clone()), ("gold", gold)]))
}

fn story(doc: &Document) -> Told<Dict> {
    let part = |name| text(doc, name).map(py::capitalize);
    let query = format!("{} {} {}", part("norm")?, part("situation")?, part("intention")?);
    let choices = columns(doc, &["moral_action", "immoral_action"])?;
    Ok(dict([("query", query.into()), ("choices", choices), ("label", Value::Int(0))]))
}

fn arc(source: &Source) -> Made {
    let (before, after) = (source.text("_", 3)?, source.text("_", 5)?);
    mapped(move |doc| {
        let query = format!("{before}{}{after}", cleaned(text(doc, "instruction")?)?);
        let options = ["option_a", "option_b", "option_c", "option_d", "option_e"].map(|name| get(doc, name));
        let options = options.into_iter().collect::<Told<Vec<&Value>>>()?;
        let choices = all_cleaned(options.into_iter().filter(|option| option.is_truthy()))?;
        let gold = index_of(&["A", "B", "C", "D", "E"], get(doc, "answer")?)?;
        Ok(dict([("id", get(doc, "id")?.clone()), ("query", query.into()), ("choices", choices), ("gold", gold)]))
    })
}

fn truthful(source: &Source) -> Made {
    let examples = source.constant("QA_PROMPT")?;
    let examples: Arc<str> = examples.as_str().ok_or("QA_PROMPT is no text")?.into();
    mapped(move |doc| {
        let question = cleaned_or_blank(get(doc, "question")?, true)?;
        let query = format!("{examples}\n\nQ: {question}\nA:");
        let labels = dict([("labels", get(doc, "mc2_targets_labels")?.clone())]);
        Ok(dict([
            ("question", question.into()),
            ("query", query.into()),
            ("mc1_choices", get(doc, "mc1_targets_choices")?.clone()),
            ("mc2_choices", get(doc, "mc2_targets_choices")?.clone()),
            ("mc2_targets", labels.into()),
            ("gold", " ".into()),
        ]))
    })
}

const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

fn llama_arc(_: &Source) -> Made {
    let labels = |doc: &Document| get(doc, "choices").map(|choices| choices.get("label").cloned().unwrap_or_default());
    crate::hook::build::picked_and_mapped(
        move |doc| Ok(labels(doc)?.as_list().map_or(0, <[Value]>::len) == 4),
        |doc| {
            let mut choices = get(doc, "choices")?.as_dict().cloned().unwrap_or_default();
            choices.insert("label".into(), crate::hook::build::texts(LETTERS));
            let key = get(doc, "answerKey")?;
            let lettered = key.as_str().is_some_and(|key| LETTERS.contains(&key));
            let numbered = || {
                let index = to_int(key, "answerKey")? - 1;
                let letters = LETTERS.map(Value::from);
                crate::hook::rows::at(&letters, index).cloned()
            };
            let key = if lettered { key.clone() } else { numbered()? };
            Ok(dict([("question", get(doc, "question")?.clone()), ("choices", choices.into()), ("answerKey", key)]))
        },
    )
}
