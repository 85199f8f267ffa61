//! Questions with up to sixteen choices and worked answers: MMLU-Pro and its kin.

use std::sync::Arc;

use crate::Document;
use crate::hook::build::{Made, Told, field};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::port::Port;
use crate::hook::rows::{as_text, get, list, text};
use crate::hook::source::Source;
use crate::python::regex::{Flags, Regex};
use crate::python::{self, text as py};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["88332c0f0d1d6fcb"], what: "question or worked example (MMLU-ProX)", make: prox },
    Entry { keys: &["2dd889c4b49f7ec3"], what: "worked answer (Llama's MMLU-Pro)", make: llama_example },
    Entry {
        keys: &["266a8cb4f0f46188"],
        what: "question or worked example, as many choices as there are letters (MMLU-Pro)",
        make: |source| pro(source, true),
    },
    Entry {
        keys: &["5acf90066daa62de"],
        what: "question or worked example (MMLU-Pro+)",
        make: |source| pro(source, false),
    },
    Entry {
        keys: &["91a80936826fdb45"],
        what: "worked answer (MMLU-Pro)",
        make: |source| {
            let (old, new) = (source.text("format_cot_target", 1)?, source.text("format_cot_target", 2)?);
            field(move |doc| Ok(text(doc, "cot_content")?.replace(&*old, &new)))
        },
    },
];

fn worked(source: &Source) -> Result<bool, String> {
    match source.bound("including_answer")? {
        crate::Value::Bool(answer) => Ok(*answer),
        other => Err(format!("including_answer is a {}", other.type_name())),
    }
}

/// The words of the language that the folder is called by.
fn prox(source: &Source) -> Made {
    let folder =
        source.folder().and_then(|folder| folder.file_name()).and_then(|name| name.to_str()).unwrap_or_default();
    let languages = source.constant("LANG_LIBS")?;
    let words =
        languages.get(folder).and_then(crate::Value::as_list).ok_or(format!("there is no language {folder:?}"))?;
    let words: Vec<Arc<str>> = words.iter().filter_map(|word| word.as_str().map(Arc::from)).collect();
    let [question_word, options_word, start, _, old_start, ..] = words.as_slice() else {
        return Err(format!("the language {folder:?} has too few words"));
    };
    let (question_word, options_word) = (Arc::clone(question_word), Arc::clone(options_word));
    let (start, old_start) = (Arc::clone(start), Arc::clone(old_start));
    let (letters, worked) = (source.texts("choices")?, worked(source)?);
    let most = source.constant("max_opt_num")?.as_int().and_then(|most| usize::try_from(most).ok());
    let most = most.filter(|most| *most <= letters.len()).ok_or("max_opt_num is out of reach")?;
    field(move |doc| {
        let mut prompt = format!("{question_word}\n{}\n{options_word}\n", text(doc, "question")?);
        for (index, letter) in letters.iter().take(most).enumerate() {
            let option = get(doc, &format!("option_{index}"))?;
            if !option.is_none() {
                prompt.push_str(&format!("{letter}. {}\n", python::str(option)));
            }
        }
        prompt.push_str(&ending(doc, worked, &old_start, &start)?);
        Ok(prompt)
    })
}

/// The worked answer, begun in other words, or only its beginning.
fn ending(doc: &Document, worked: bool, old_start: &str, start: &str) -> Told<String> {
    match worked {
        true => Ok(text(doc, "cot_content")?.replace(old_start, start) + "\n\n"),
        false => Ok(start.to_owned()),
    }
}

fn pro(source: &Source, as_many_as_letters: bool) -> Made {
    // The texts of the function: "Question:\n", "question", "options", "\n", "Options:\n", "cot_content", old, new, …
    let part = |index| source.text("format_cot_example", index);
    let (question_word, options_word, old_start, start) = (part(0)?, part(4)?, part(6)?, part(7)?);
    let (letters, worked) = (source.texts("choices")?, worked(source)?);
    field(move |doc| {
        let mut prompt = format!("{question_word}{}\n{options_word}", text(doc, "question")?);
        for (index, option) in list(doc, "options")?.iter().enumerate() {
            let Some(letter) = letters.get(index) else {
                if as_many_as_letters {
                    break;
                }
                return Err(PortFault("IndexError: there are more choices than letters".into()));
            };
            prompt.push_str(&format!("{letter}. {}\n", py::strip(as_text(option, "an option")?, None)));
        }
        prompt.push_str(&ending(doc, worked, &old_start, &start)?);
        Ok(prompt)
    })
}

fn llama_example(source: &Source) -> Made {
    let part = |index| source.text("_", index);
    let (prefix, pattern, template) = (part(1)?, part(2)?, part(3)?);
    let pattern = Arc::new(Regex::new(&pattern, Flags::default()).map_err(|fault| fault.to_string())?);
    Ok(Port::Field(Arc::new(move |doc| {
        let told = text(doc, "cot_content")?;
        let told = py::strip(told.strip_prefix(&*prefix).unwrap_or(told), None);
        let changed = pattern.sub(&template, told, 0).map_err(|fault| PortFault(fault.to_string()))?;
        Ok(changed.into())
    })))
}
