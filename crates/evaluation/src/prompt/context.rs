//! How a system text, examples and a question become one prompt: lm-eval's `fewshot_context`.

use super::field::{at_index, is_int};
use crate::python::text::is_space;
use crate::{Message, Prompt, Role, Value};

/// A message and what stands after it where the prompt is one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) role: Role,
    pub(super) content: String,
    pub(super) delimiter: String,
}

/// What a question and its answer are made of.
pub(super) struct Exchange<'run> {
    pub(super) question: &'run str,
    pub(super) choices: Option<&'run [Value]>,
    /// The answer; the evaluated document has none.
    pub(super) answer: Option<&'run Value>,
    pub(super) prefix: Option<&'run str>,
    pub(super) target_delimiter: &'run str,
    pub(super) fewshot_delimiter: &'run str,
}

/// How prompts are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One text.
    Text,
    /// A conversation, every example a turn.
    Turns,
    /// A conversation in which the examples and the question are one turn.
    OneTurn,
}

/// Joins two texts with `delimiter`, unless one is empty or there is white space where they meet.
pub(super) fn delimit(before: &str, after: &str, delimiter: &str) -> String {
    let joint = if needs_delimiter(before, after) { delimiter } else { "" };
    format!("{before}{joint}{after}")
}

fn needs_delimiter(before: &str, after: &str) -> bool {
    match (before.chars().next_back(), after.chars().next()) {
        (Some(last), Some(first)) => !is_space(last) && !is_space(first),
        _ => false,
    }
}

/// Whether a text ends with white space.
pub(super) fn ends_with_space(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_space)
}

impl Exchange<'_> {
    /// The turns: the question, and the answer or the beginning of one if there is any. Or what is wrong with the answer.
    pub(super) fn turns(&self) -> Result<Vec<Turn>, String> {
        let answer = self.answer.filter(|answer| !answer.is_none() && answer.as_str() != Some(""));
        let prefix = self.prefix.filter(|prefix| !prefix.is_empty());
        let delimited = match prefix {
            None => answer.is_some(),
            Some(prefix) => needs_delimiter(self.question, prefix),
        };
        let delimiter = if delimited { self.target_delimiter.to_owned() } else { String::new() };
        let mut turns = vec![Turn { role: Role::User, content: self.question.to_owned(), delimiter }];
        if let Some(answer) = answer {
            let content = delimit(prefix.unwrap_or(""), self.answer_text(answer)?, " ");
            turns.push(Turn { role: Role::Assistant, content, delimiter: self.fewshot_delimiter.to_owned() });
        } else if let Some(prefix) = prefix {
            turns.push(Turn { role: Role::Assistant, content: prefix.to_owned(), delimiter: String::new() });
        }
        Ok(turns)
    }

    fn answer_text<'text>(&'text self, answer: &'text Value) -> Result<&'text str, String> {
        let chosen = match (self.choices.filter(|choices| !choices.is_empty()), answer) {
            (Some(choices), index) if is_int(index) => {
                at_index(choices, index).ok_or_else(|| format!("there is no choice {}", crate::python::repr(index)))?
            }
            (_, Value::List(list)) => list.first().ok_or("the list of answers is empty")?,
            (_, other) => other,
        };
        chosen.as_str().ok_or_else(|| format!("the answer is {}, but has to be a text", chosen.type_name()))
    }
}

/// One prompt of a system text, examples and the last turns.
pub(super) fn assemble<'turns>(
    form: Form,
    system: &str,
    shots: impl Iterator<Item = &'turns Turn> + Clone,
    last: &'turns [Turn],
) -> Prompt {
    let of_system = (!system.is_empty()).then(|| Message { role: Role::System, content: system.to_owned() });
    match form {
        Form::Text => {
            let turns = shots.chain(last);
            let size = turns.clone().map(|turn| turn.content.len() + turn.delimiter.len()).sum::<usize>();
            let mut text = String::with_capacity(system.len() + size);
            text.push_str(system);
            for turn in turns {
                text.push_str(&turn.content);
                text.push_str(&turn.delimiter);
            }
            Prompt::Text(text)
        }
        Form::Turns => {
            let turns = shots.chain(last).map(|turn| Message { role: turn.role, content: turn.content.clone() });
            Prompt::Chat(of_system.into_iter().chain(turns).collect())
        }
        Form::OneTurn => {
            let (question, begun) = match last.split_last() {
                Some((begun, rest)) if begun.role == Role::Assistant => (rest, Some(begun)),
                _ => (last, None),
            };
            let mut content = String::new();
            for turn in shots {
                content.push_str(&turn.content);
                content.push_str(&turn.delimiter);
            }
            for turn in question {
                content.push_str(&turn.content);
            }
            let begun = begun.map(|turn| Message { role: Role::Assistant, content: turn.content.clone() });
            let question = Message { role: Role::User, content };
            Prompt::Chat(of_system.into_iter().chain([question]).chain(begun).collect())
        }
    }
}
