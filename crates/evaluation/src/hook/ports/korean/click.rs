//! CLIcK (Kim et al. 2024): cultural and linguistic knowledge in Korean.
//!
//! The task shows four options even where a document has five; that is kept here, and told by the lint of task files.

use crate::hook::build::{Made, Told, field, index_of, parse_int, picked, texts};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, at, get, list, text};
use crate::hook::source::Source;
use crate::python;
use crate::{Document, Value};

pub(in crate::hook::ports) const PORTS: &[Entry] = &[
    Entry { keys: &["01367fa5738bff40"], what: "a question with four options (CLIcK)", make: question },
    Entry { keys: &["7eaa4617d48bdd9d"], what: "the letter of the answer (CLIcK)", make: |_| field(target) },
    Entry { keys: &["50ec0bb3758a6adb"], what: "the letters (CLIcK)", make: |_| field(|doc| letters(doc).map(texts)) },
    Entry { keys: &["3dae282ff0da001c"], what: "documents on the economy (CLIcK)", make: |_| about("economy", None) },
    Entry { keys: &["875914becdb9c789"], what: "documents on geography (CLIcK)", make: |_| about("geography", None) },
    Entry {
        keys: &["4ca8b127de94098d"],
        what: "documents on history (CLIcK)",
        make: |_| about("history", Some("KHB")),
    },
    Entry { keys: &["88fca0a526121d42"], what: "documents on law (CLIcK)", make: |_| about("law", Some("PSAT")) },
    Entry { keys: &["b5a70887a03fb064"], what: "documents on politics (CLIcK)", make: |_| about("politics", None) },
    Entry {
        keys: &["77c8cfb79aa0b740"],
        what: "documents on popular culture (CLIcK)",
        make: |_| about("popular", None),
    },
    Entry { keys: &["edf20a469970c8c6"], what: "documents on society (CLIcK)", make: |_| about("society", None) },
    Entry { keys: &["ce663a5d3f6f00a8"], what: "documents on tradition (CLIcK)", make: |_| about("tradition", None) },
    Entry { keys: &["4fa8397839e7a6e4"], what: "documents on reading (CLIcK)", make: |_| picked(on_reading) },
    Entry { keys: &["397b0264aaa8a02e"], what: "documents on grammar (CLIcK)", make: |_| picked(on_grammar) },
    Entry { keys: &["629331477aad3b22"], what: "documents on use (CLIcK)", make: |_| picked(on_use) },
];

fn question(source: &Source) -> Made {
    let (with, without) = (source.template("_", 0)?, source.template("_", 1)?);
    field(move |doc| {
        let context = get(doc, "paragraph")?;
        let options = get(doc, "choices")?;
        let template = if context.is_truthy() { &with } else { &without };
        template.fill(|name| match name {
            "ctx" => Ok(python::str(context)),
            "q" => get(doc, "question").map(python::str),
            other => option(options, other),
        })
    })
}

/// `opt[2]`.
fn option(options: &Value, name: &str) -> Told<String> {
    let index = name.strip_prefix("opt[").and_then(|rest| rest.strip_suffix(']')).and_then(parse_int);
    let index = index.ok_or_else(|| PortFault(format!("NameError: the port does not know {name:?}")))?;
    at(options.as_list().unwrap_or_default(), index).map(python::str)
}

fn letters(doc: &Document) -> Told<&'static [&'static str]> {
    Ok(if text(doc, "id")?.contains("CSAT") { &["A", "B", "C", "D", "E"] } else { &["A", "B", "C", "D"] })
}

fn target(doc: &Document) -> Told<Value> {
    let choices: Vec<&str> =
        list(doc, "choices")?.iter().map(|choice| as_text(choice, "a choice")).collect::<Told<_>>()?;
    let place = index_of(&choices, get(doc, "answer")?)?.as_int().unwrap_or(-1);
    let letter = usize::try_from(place).ok().and_then(|place| letters(doc).ok()?.get(place));
    letter
        .map(|letter| Value::from(*letter))
        .ok_or_else(|| PortFault("IndexError: there is no letter for the answer".into()))
}

/// Documents whose identifier has `word` in it in any case, or `exactly` as it stands.
fn about(word: &'static str, exactly: Option<&'static str>) -> Made {
    picked(move |doc| {
        let id = text(doc, "id")?;
        Ok(id.to_lowercase().contains(word) || exactly.is_some_and(|exactly| id.contains(exactly)))
    })
}

/// The number in the part of an identifier at `index`, counted from the end where it is negative.
fn part(id: &str, index: i64) -> Told<i64> {
    let parts: Vec<Value> = id.split('_').map(Value::from).collect();
    let word = as_text(at(&parts, index)?, "a part of id")?;
    parse_int(word).ok_or_else(|| PortFault(format!("ValueError: {word:?} is no whole number")))
}

/// Whether the question speaks of conversation.
fn of_talk(doc: &Document) -> Told<bool> {
    let question = text(doc, "question")?;
    Ok(["대화", "발화", "질의"].iter().any(|word| question.contains(word)))
}

fn on_reading(doc: &Document) -> Told<bool> {
    let id = text(doc, "id")?;
    Ok(id.contains("CSAT_korean_22")
        || (id.contains("CSAT_korean_23") && part(id, -1)? < 35)
        || (id.contains("TK") && part(id, -1)? > 4))
}

fn on_grammar(doc: &Document) -> Told<bool> {
    let id = text(doc, "id")?;
    if id.contains("CSAT_korean") && part(id, 2)? < 21 && part(id, 3)? > 10 {
        return Ok(true);
    }
    let of_16 = |id: &str| id.split('_').nth(1) == Some("16");
    if id.contains("Kedu_1") && (!of_16(id) || !of_talk(doc)?) {
        return Ok(true);
    }
    Ok(id.contains("TK") && part(id, -1)? < 5)
}

fn on_use(doc: &Document) -> Told<bool> {
    let id = text(doc, "id")?;
    if id.contains("CSAT_korean") && (part(id, -1)? > 34 || (part(id, 2)? < 21 && part(id, 3)? < 11)) {
        return Ok(true);
    }
    Ok((id.contains("Kedu_16") && of_talk(doc)?) || id.contains("PSE_korean"))
}
