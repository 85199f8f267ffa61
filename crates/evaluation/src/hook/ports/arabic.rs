//! Questions of the Open Arabic LLM Leaderboard.

use std::sync::Arc;

use crate::hook::build::{Made, Told, index_of, mapped, texts};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::format::Format;
use crate::hook::rows::{as_text, dict, get, odd, text};
use crate::hook::source::{Source, Template};
use crate::python;
use crate::python::regex::{Flags, Regex};
use crate::{Document, Value};

use super::choices::{before, columns, in_list};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["0740ed0a12663681"], what: "a question on a topic (Arabic Exams)", make: exams },
    Entry { keys: &["82a0b98d88d7833a"], what: "a passage and a question of yes or no (Arabic BoolQ)", make: boolq },
    Entry { keys: &["b0aa658a555c84d9"], what: "a premise and two alternatives (Arabic COPA)", make: copa },
    Entry { keys: &["f4245f43a48bfe2c"], what: "a context and endings (Arabic HellaSwag)", make: hellaswag },
    Entry { keys: &["1f44ca0a229255f5"], what: "whether a sentence is hateful (Arabic ToxiGen)", make: toxigen },
    Entry {
        keys: &["6a2025f7cca1a49f", "bc8686e3e354120f", "d88ebcd9224304df", "84b77653d68081e4"],
        what: "a question without its mark, and the word for its answer (AraDiCE BoolQ)",
        make: unmarked,
    },
];

/// Fills a template whose fields are the names given.
fn filled(template: &Template, values: &[(&str, String)]) -> Told<String> {
    template.fill(|field| {
        let value = values.iter().find(|(name, _)| *name == field).map(|(_, value)| value.clone());
        value.ok_or_else(|| PortFault(format!("NameError: the port does not know {field:?}")))
    })
}

fn exams(source: &Source) -> Made {
    let (instruction, question) = (source.template("_", 1)?, source.template("_", 2)?);
    let (latin, arabic, ending) =
        (source.texts("LETTER_INDICES")?, source.texts("LETTER_INDICES_AR")?, before(source, "query", 0)?);
    let letters: Vec<Arc<str>> = arabic.into_iter().take(4).collect();
    mapped(move |doc| {
        let topic = text(doc, "subject")?.replace('_', " ");
        let instruction = instruction.fill(|_| Ok::<_, PortFault>(topic.clone()))?;
        let asked = python::str(get(doc, "question")?);
        let mut query = filled(&question, &[("instruction", instruction), ("question", asked)])?;
        let choice = |(letter, name): (&Arc<str>, &str)| Ok(format!(" {letter}) {}\n", python::str(get(doc, name)?)));
        let choices = letters.iter().zip(["A", "B", "C", "D"]).map(choice).collect::<Told<Vec<String>>>()?;
        query.push_str(&choices.join("\n"));
        query.push_str(&ending);
        Ok(dict([
            ("query", query.into()),
            ("choices", texts(&letters)),
            ("gold", index_of(&latin, get(doc, "answer")?)?),
        ]))
    })
}

fn boolq(source: &Source) -> Made {
    let (template, instruction) = (source.template("_", 0)?, source.text("_", 2)?);
    let words = in_list(source, "choices", 2)?;
    mapped(move |doc| {
        let part = |name: &'static str| Ok((name, python::str(get(doc, name)?)));
        let query =
            filled(&template, &[("instruction", instruction.to_string()), part("passage")?, part("question")?])?;
        let gold = Value::Int(i64::from(!get(doc, "answer")?.is_truthy()));
        Ok(dict([("query", query.into()), ("choices", texts(&words)), ("gold", gold)]))
    })
}

fn copa(source: &Source) -> Made {
    let literals = source.literals("_");
    let format = literals.iter().filter_map(Value::as_str).find(|text| text.contains("{}"));
    let format = Format::new(format.ok_or("there is no format")?)?;
    let (cause, effect) = (in_list(source, "cause", 1)?, in_list(source, "effect", 1)?);
    mapped(move |doc| {
        let question = match text(doc, "question")? {
            "cause" => &cause,
            "effect" => &effect,
            other => return Err(PortFault(format!("KeyError: {other:?}"))),
        };
        let choices = columns(doc, &["choice1", "choice2"])?;
        let of_choice =
            |place: i64| crate::hook::rows::at(choices.as_list().unwrap_or_default(), place).map(python::str);
        let query = format.fill(|place| match place {
            "0" => get(doc, "premise").map(python::str),
            "1" => Ok(question.concat()),
            "2" => of_choice(0),
            _ => of_choice(1),
        })?;
        Ok(dict([("query", query.into()), ("choices", choices.clone()), ("gold", get(doc, "label")?.clone())]))
    })
}

fn hellaswag(source: &Source) -> Made {
    let opening = source.template("_", 0)?;
    let brackets = Regex::new(&source.text("_", 0)?, Flags::default()).map_err(|fault| fault.to_string())?;
    let instruction = source.literals("_").into_iter().filter_map(|literal| literal.as_str().map(str::to_owned));
    let instruction = instruction.filter(|text| text.chars().count() > 20).last().ok_or("there is no instruction")?;
    let ending = before(source, "query", 0)?;
    mapped(move |doc| {
        let bare = |text: &str| brackets.sub("", text, 0).map_err(|fault| PortFault(fault.to_string()));
        let endings = python::literal::parse(text(doc, "endings")?).map_err(|fault| PortFault(fault.to_string()))?;
        let endings = endings.as_list().ok_or_else(|| odd(&endings, "list", "endings"))?;
        let endings =
            endings.iter().map(|ending| bare(as_text(ending, "an ending")?)).collect::<Told<Vec<String>>>()?;
        let mut query = filled(&opening, &[("instruction", instruction.clone()), ("ctx", bare(text(doc, "ctx")?)?)])?;
        for (index, ending) in endings.iter().enumerate() {
            query.push_str(&format!("{index}) {ending}\n"));
        }
        query.push_str(&ending);
        Ok(dict([("query", query.into()), ("choices", texts(&endings)), ("gold", get(doc, "label")?.clone())]))
    })
}

fn toxigen(source: &Source) -> Made {
    let template = source.template("_", 0)?;
    let instruction = source.literals("_").into_iter().filter_map(|literal| literal.as_str().map(str::to_owned));
    let instruction = instruction.filter(|text| text.chars().count() > 20).last().ok_or("there is no instruction")?;
    let words = in_list(source, "choices", 2)?;
    mapped(move |doc| {
        let toxicity = toxicity(doc)?;
        let query =
            filled(&template, &[("instruction", instruction.clone()), ("text", python::str(get(doc, "text")?))])?;
        let gold = Value::Int(i64::from(toxicity > 5.5));
        Ok(dict([("query", query.into()), ("choices", texts(&words)), ("gold", gold)]))
    })
}

/// What a machine and people say of it, together.
pub(super) fn toxicity(doc: &Document) -> Told<f64> {
    let part = |name| {
        let value = get(doc, name)?;
        value.as_f64().ok_or_else(|| odd(value, "number", name))
    };
    Ok(part("toxicity_ai")? + part("toxicity_human")?)
}

fn unmarked(source: &Source) -> Made {
    let constant = ["egy_answer_mapping", "en_answer_mapping", "lev_answer_mapping", "msa_answer_mapping"];
    let name = constant.iter().find(|name| !source.literals(name).is_empty()).ok_or("there is no mapping")?;
    let words = (in_list_of(source, name, "true")?, in_list_of(source, name, "false")?);
    mapped(move |doc| {
        let question = python::text::strip(text(doc, "question")?, None);
        let question = python::text::strip(question.strip_suffix(['?', '؟']).unwrap_or(question), None);
        let target = match get(doc, "answer")? {
            Value::Bool(true) | Value::Int(1) => &words.0,
            Value::Bool(false) | Value::Int(0) => &words.1,
            Value::Str(word) if &**word == "true" => &words.0,
            Value::Str(word) if &**word == "false" => &words.1,
            other => return Err(PortFault(format!("KeyError: {other:?}"))),
        };
        Ok(dict([("question", question.into()), ("target", Value::Str(Arc::clone(target)))]))
    })
}

/// The text that follows the text `key` in the constant `name`.
fn in_list_of(source: &Source, name: &str, key: &str) -> Result<Arc<str>, String> {
    let literals = source.literals(name);
    let place = literals.iter().position(|literal| literal.as_str() == Some(key));
    source.text(name, place.ok_or_else(|| format!("{name} has no {key:?}"))? + 1)
}
