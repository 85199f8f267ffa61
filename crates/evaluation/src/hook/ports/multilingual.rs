//! Exact match and F1 over words in seven languages, as MLQA counts them (Lewis et al. 2020).

use std::sync::LazyLock;

use crate::hook::build::{Made, Told, first_answer, results};
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, dict, list};
use crate::python::regex::{Flags, Regex};
use crate::python::text as py;

use super::overlap::f1;

/// Articles by language; none where a language has none.
const ARTICLES: [(&str, Option<&str>); 8] = [
    ("en", Some(r"\b(a|an|the)\b")),
    ("es", Some(r"\b(un|una|unos|unas|el|la|los|las)\b")),
    ("hi", None),
    ("vi", Some(r"\b(của|là|cái|chiếc|những)\b")),
    ("de", Some(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b")),
    ("ar", Some(r"(?:^|\s)ال")),
    ("zh", None),
    ("other", None),
];

/// Unicode's punctuation, and ASCII's.
static PUNCTUATION: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^\p{P}$").ok());

fn is_punctuation(letter: char) -> bool {
    let mut bytes = [0; 4];
    let word = letter.encode_utf8(&mut bytes);
    letter.is_ascii_punctuation() || PUNCTUATION.as_ref().is_some_and(|pattern| pattern.is_match(word))
}

struct Language {
    name: &'static str,
    articles: Option<Regex>,
}

impl Language {
    fn normalised(&self, text: &str) -> Told<String> {
        let lower = text.to_lowercase();
        let plain: String = lower.chars().filter(|c| !is_punctuation(*c)).collect();
        let without = match &self.articles {
            Some(articles) => articles.sub(" ", &plain, 0).map_err(|fault| PortFault(fault.to_string()))?,
            None => plain,
        };
        Ok(if self.name == "zh" { mixed(&without) } else { py::split_whitespace(&without, None).join(" ") })
    }
}

/// Chinese characters by themselves, everything else by blanks.
fn mixed(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if ('\u{4e00}'..='\u{9fa5}').contains(&letter) || is_punctuation(letter) {
            spaced.extend([' ', letter, ' ']);
        } else {
            spaced.push(letter);
        }
    }
    py::split_whitespace(&spaced, None).join(" ")
}

/// The scores in one of the languages of [`ARTICLES`].
pub(super) fn by_language(name: &str) -> Made {
    let known = ARTICLES.iter().find(|(other, _)| *other == name);
    let (name, pattern) = known.ok_or_else(|| format!("there is no language {name:?}"))?;
    let articles = pattern.map(|pattern| Regex::new(pattern, Flags::default())).transpose();
    let articles = articles.map_err(|fault| fault.to_string())?;
    let language = Language { name, articles };
    results(move |doc, answers| {
        let prediction = language.normalised(py::strip(first_answer(answers)?, None))?;
        let words = py::split_whitespace(&prediction, None);
        let (mut exact, mut best) = (None::<bool>, None::<f64>);
        for reference in list(doc, "answers")? {
            let reference = language.normalised(as_text(reference, "an answer")?)?;
            exact = Some(exact.unwrap_or(false) || reference == prediction);
            let score = f1(&words, &py::split_whitespace(&reference, None)).unwrap_or(0.0);
            best = Some(best.map_or(score, |best| best.max(score)));
        }
        let none = || PortFault("ValueError: there is no answer to compare with".into());
        Ok(dict([("exact_match", exact.ok_or_else(none)?.into()), ("f1", best.ok_or_else(none)?.into())]))
    })
}
