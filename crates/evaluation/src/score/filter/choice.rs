//! `multi_choice_regex`: the letter of a choice, by a pattern, else by the choice's text, else by a letter after a colon.

use super::literal;
use super::pattern::{Pattern, Regex};
use super::{FilterFault, Held, State, at};
use crate::hook::PortFault;
use crate::score::text::{is_space, strip};
use crate::{Dict, Document, Value};

pub(super) struct ChoiceRegex {
    regex: Regex,
    ignore: Vec<Pattern>,
    ignore_case: bool,
    /// Unicode's punctuation, where it is ignored.
    punctuation: Option<regex::Regex>,
}

impl ChoiceRegex {
    pub(super) fn new(kwargs: &Dict) -> Result<Self, FilterFault> {
        let is = |key: &str| kwargs.get(key).is_some_and(Value::is_truthy);
        let ignore = kwargs.get("regexes_to_ignore").and_then(Value::as_list).unwrap_or_default();
        let punctuation = is("ignore_punctuation").then(|| super::pattern::plain_regex(r"\p{P}")).transpose()?;
        Ok(Self {
            regex: Regex::new(kwargs)?,
            ignore: ignore.iter().filter_map(Value::as_str).map(Pattern::new).collect::<Result<_, _>>()?,
            ignore_case: is("ignore_case"),
            punctuation,
        })
    }

    pub(super) fn apply(&self, state: State, doc: &Document) -> Result<State, PortFault> {
        let choices = self.choices(doc)?;
        state.each(|held| self.extract(&held, &choices))
    }

    /// The choices' texts with their places, the longest first, as the pattern's alternatives are ordered.
    fn choices(&self, doc: &Document) -> Result<Vec<(usize, String)>, PortFault> {
        let listed: Vec<&str> = match doc.get("choices") {
            Some(Value::List(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::Dict(dict)) => dict.keys().map(AsRef::as_ref).collect(),
            _ => return Err(PortFault("multi_choice_regex: the document has no list \"choices\"".into())),
        };
        let texts = listed.iter().map(|choice| self.simplified(strip(choice))).collect::<Result<Vec<_>, _>>()?;
        let mut choices: Vec<(usize, String)> = texts.into_iter().enumerate().collect();
        choices.sort_by_key(|(_, text)| std::cmp::Reverse(escaped_len(text)));
        Ok(choices)
    }

    fn simplified(&self, text: &str) -> Result<String, PortFault> {
        let mut text = text.to_owned();
        for pattern in &self.ignore {
            text = pattern.remove(&text)?;
        }
        if self.ignore_case {
            text = text.to_lowercase();
        }
        if let Some(punctuation) = &self.punctuation {
            text = punctuation.replace_all(&text, "").into_owned();
        }
        Ok(text)
    }

    fn extract(&self, held: &Held, choices: &[(usize, String)]) -> Result<Held, PortFault> {
        let text = held.value.as_str().unwrap_or_default();
        if let Some(found) = self.regex.find(text)?.filter(|found| !found.is_empty()) {
            return Ok(Held::found(found));
        }
        if let Some(found) = self.by_text(text, choices)?.filter(|found| !found.is_empty()) {
            return Ok(Held::found(found));
        }
        let letters = letters_after_colon(text, choices.len());
        if letters.is_empty() {
            return Ok(self.regex.missed());
        }
        at(&letters, self.regex.select).map(|letter| Held::found(format!("({letter})")))
    }

    fn by_text(&self, text: &str, choices: &[(usize, String)]) -> Result<Option<String>, PortFault> {
        let simplified = self.simplified(text)?;
        let alternatives: Vec<&str> = choices.iter().map(|(_, text)| text.as_str()).collect();
        let found = literal::find_all(&simplified, &alternatives);
        if found.is_empty() {
            return Ok(None);
        }
        let text = alternatives.get(*at(&found, self.regex.select)?).copied().unwrap_or_default();
        let text = strip(text);
        // Of choices with the same text the last one names the letter, as in a Python dictionary.
        let place = choices.iter().filter(|(_, other)| other == text).map(|(place, _)| *place).max();
        Ok(Some(place.and_then(letter).map_or_else(|| text.to_owned(), |letter| format!("({letter})"))))
    }
}

fn letter(place: usize) -> Option<char> {
    u32::try_from(place).ok().and_then(|place| char::from_u32(u32::from('A') + place))
}

/// `:[\s]*(A|B|…)`, every place.
fn letters_after_colon(text: &str, count: usize) -> Vec<char> {
    let known = |character: &char| (0..count).any(|place| letter(place) == Some(*character));
    let after = |rest: &str| rest.trim_start_matches(is_space).chars().next().filter(known);
    text.match_indices(':').filter_map(|(place, colon)| text.get(place + colon.len()..).and_then(after)).collect()
}

/// The length in characters of `re.escape(text)`: the alternatives are ordered by it.
fn escaped_len(text: &str) -> usize {
    let special = |character: char| "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(character);
    text.chars().map(|character| 1 + usize::from(special(character))).sum()
}
