//! Filters that find a choice in an answer: BIG-Bench Hard without examples.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::hook::build::{Made, Told};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::port::Port;
use crate::hook::rows::{as_text, at, text};
use crate::python::regex::{Flags, Regex, RegexFault, escape};
use crate::python::text as py;
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["d0514ba47d1cb13c"],
        what: "the letter of a choice, or of its text (BBH)",
        make: |_| extended(multiple_choice),
    },
    Entry { keys: &["4dfe4722de15ed02"], what: "a word for a pattern (BBH)", make: |_| extended(mapped_word) },
    Entry {
        keys: &["a5d7983d0a686228"],
        what: "words in the order of their last mention (BBH)",
        make: |_| sorted_words(),
    },
];

/// What a filter is set up with.
struct Setup {
    pattern: Regex,
    values: Vec<(Regex, Value)>,
    group: i64,
    fallback: Value,
    ignore_case: bool,
    ignore_punctuation: bool,
    ignored: Vec<Regex>,
}

fn told(fault: RegexFault) -> PortFault {
    PortFault(fault.to_string())
}

fn compiled(pattern: &str) -> Told<Regex> {
    Regex::new(pattern, Flags::default()).map_err(told)
}

impl Setup {
    fn new(kwargs: &Dict) -> Told<Self> {
        let flag = |name| kwargs.get(name).is_some_and(Value::is_truthy);
        let words = kwargs.get("regex_pattern_to_value").and_then(Value::as_dict);
        let default = r"#### (\-?[0-9\.\,]+)";
        let pattern = match words {
            Some(words) => words.keys().map(|key| &**key).collect::<Vec<_>>().join("|"),
            None => kwargs.get("regex_pattern").map_or(Ok(default), |told| as_text(told, "regex_pattern"))?.to_owned(),
        };
        let values = words.into_iter().flatten().map(|(key, value)| Ok((compiled(key)?, value.clone())));
        let ignored = kwargs.get("regexes_to_ignore").and_then(Value::as_list).unwrap_or_default();
        Ok(Self {
            pattern: compiled(&pattern)?,
            values: values.collect::<Told<_>>()?,
            group: kwargs.get("group_select").and_then(Value::as_int).unwrap_or(0),
            fallback: kwargs.get("fallback").cloned().unwrap_or_else(|| "[invalid]".into()),
            ignore_case: flag("ignore_case"),
            ignore_punctuation: flag("ignore_punctuation"),
            ignored: ignored.iter().map(|told| compiled(as_text(told, "regexes_to_ignore")?)).collect::<Told<_>>()?,
        })
    }

    fn without_ignored(&self, text: &str) -> Told<String> {
        let mut text = text.to_owned();
        for pattern in &self.ignored {
            text = pattern.sub("", &text, 0).map_err(told)?;
        }
        if self.ignore_case {
            text = text.to_lowercase();
        }
        if self.ignore_punctuation {
            text.retain(|letter| !is_punctuation(letter));
        }
        Ok(text)
    }

    /// The chosen match without white space; none, or empty, where nothing was found.
    fn find(&self, pattern: &Regex, text: &str) -> Told<Option<String>> {
        let found = pattern.find_all(text).map_err(told)?;
        if found.is_empty() {
            return Ok(None);
        }
        let chosen = match at(&found, self.group)? {
            Value::List(groups) => groups
                .iter()
                .find(|group| group.is_truthy())
                .ok_or_else(|| PortFault("IndexError: no group of the pattern took part".into()))?,
            plain => plain,
        };
        Ok(Some(py::strip(as_text(chosen, "a match")?, None).to_owned()))
    }
}

static PUNCTUATION: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^\p{P}$").ok());

fn is_punctuation(letter: char) -> bool {
    PUNCTUATION.as_ref().is_some_and(|pattern| pattern.is_match(letter.encode_utf8(&mut [0; 4])))
}

type Step = fn(&Setup, &Document, &[Value]) -> Told<Vec<Value>>;

/// A filter whose patterns are made ready once for the arguments that it is given.
fn extended(step: Step) -> Made {
    let ready: Mutex<Option<(Dict, Arc<Setup>)>> = Mutex::new(None);
    Ok(Port::Filter(Arc::new(move |answers, doc, kwargs| {
        let known = ready.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let setup = match known.filter(|(given, _)| given == kwargs) {
            Some((_, setup)) => setup,
            None => {
                let setup = Arc::new(Setup::new(kwargs)?);
                *ready.lock().unwrap_or_else(PoisonError::into_inner) = Some((kwargs.clone(), Arc::clone(&setup)));
                setup
            }
        };
        step(&setup, doc, answers).map(Value::List)
    })))
}

fn multiple_choice(setup: &Setup, doc: &Document, answers: &[Value]) -> Told<Vec<Value>> {
    let choices = compiled(r"\([A-Z]\)([^\n^(]*)")?.find_all(text(doc, "input")?).map_err(told)?;
    let mut texts: Vec<(String, char)> = Vec::new();
    for (choice, letter) in choices.iter().zip('A'..) {
        texts.push((setup.without_ignored(py::strip(as_text(choice, "a choice")?, None))?, letter));
    }
    let mut longest_first: Vec<String> = texts.iter().map(|(text, _)| escape(text)).collect();
    longest_first.sort_by_key(|pattern| std::cmp::Reverse(pattern.chars().count()));
    let by_text = compiled(&longest_first.join("|"))?;
    let letters: Vec<String> = texts.iter().map(|(_, letter)| letter.to_string()).collect();
    let by_letter = compiled(&format!(r":[\s]*({})", letters.join("|")))?;
    let answer = |answer: &Value| -> Told<Value> {
        let answer = as_text(answer, "an answer")?;
        if let Some(found) = setup.find(&setup.pattern, answer)?.filter(|found| !found.is_empty()) {
            return Ok(found.into());
        }
        if let Some(found) = setup.find(&by_text, &setup.without_ignored(answer)?)?.filter(|found| !found.is_empty()) {
            let letter = texts.iter().rfind(|(text, _)| *text == found).map(|(_, letter)| format!("({letter})"));
            return Ok(letter.unwrap_or(found).into());
        }
        let found = setup.find(&by_letter, answer)?.filter(|found| !found.is_empty());
        Ok(found.map_or_else(
            || setup.fallback.clone(),
            |letter| match letters.contains(&letter) {
                true => format!("({letter})").into(),
                false => letter.into(),
            },
        ))
    };
    answers.iter().map(answer).collect()
}

fn mapped_word(setup: &Setup, _: &Document, answers: &[Value]) -> Told<Vec<Value>> {
    let answer = |answer: &Value| -> Told<Value> {
        let whole = setup.find(&setup.pattern, &setup.without_ignored(as_text(answer, "an answer")?)?)?;
        let Some(whole) = whole.filter(|whole| !whole.is_empty()) else { return Ok(setup.fallback.clone()) };
        let whole = setup.without_ignored(&whole)?;
        for (pattern, value) in &setup.values {
            let found = setup.find(pattern, &whole)?;
            if found.is_some_and(|found| !found.is_empty()) {
                return Ok(if value.is_truthy() { value.clone() } else { setup.fallback.clone() });
            }
        }
        Ok(setup.fallback.clone())
    };
    answers.iter().map(answer).collect()
}

fn sorted_words() -> Made {
    Ok(Port::Filter(Arc::new(|answers, doc, _| {
        let input = text(doc, "input")?;
        let listed = input.split("List:").nth(1).ok_or_else(|| PortFault("IndexError: there is no list".into()))?;
        let words = py::split_whitespace(py::strip(listed, None), None);
        let pattern = words.iter().map(|word| format!(r"\b{word}\b")).collect::<Vec<_>>().join("|");
        let pattern = compiled(&pattern)?;
        let answer = |answer: &Value| -> Told<Value> {
            let mut found = pattern.find_all(as_text(answer, "an answer")?).map_err(told)?;
            found.reverse();
            let mut last: Vec<&str> = Vec::new();
            for word in found.iter().map(|word| as_text(word, "a word")) {
                let word = word?;
                if !last.contains(&word) {
                    last.push(word);
                }
            }
            last.reverse();
            Ok(last.join(" ").into())
        };
        answers.iter().map(answer).collect::<Told<Vec<Value>>>().map(Value::List)
    })))
}
