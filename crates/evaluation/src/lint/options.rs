//! Whether the options that a model is to choose from stand in its prompt.

use std::path::Path;

use super::{Checked, Defect, Finding, Found};
use crate::Value;
use crate::task::Field;

/// Labels that number options, in order.
const LABELS: [&str; 8] = [
    "ABCDEFGHIJ",
    "abcdefghij",
    "1234567890",
    "①②③④⑤⑥⑦⑧⑨⑩",
    "가나다라마바사아자차",
    "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ",
    "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙ",
    "АБВГДЕЖЗИК",
];

/// A document as a model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The number of the document.
    pub doc_id: usize,
    /// The question as it is asked, without examples.
    pub text: String,
    /// The choices.
    pub choices: Vec<String>,
    /// The index of the right choice, if there is one.
    pub target: Option<usize>,
}

/// Looks at documents of the task `name` of `file`: whether all choices stand in the text, where some of them do.
///
/// Choices that only number options (`A`, `B`, …) stand there if the number does, with `.`, `:` or `)` after it.
pub fn options_shown<'a>(file: &Path, name: &str, documents: impl IntoIterator<Item = &'a Shown>) -> Option<Finding> {
    let (mut seen, mut short, mut lost, mut first) = (0_usize, 0_usize, 0_usize, None);
    for document in documents {
        seen += 1;
        let hidden = hidden(&document.text, &document.choices);
        if hidden.is_empty() {
            continue;
        }
        short += 1;
        lost += usize::from(document.target.is_some_and(|target| hidden.contains(&target)));
        first.get_or_insert_with(|| {
            let choices: Vec<_> = hidden.iter().map(|index| format!("`{}`", document.choices[*index])).collect();
            format!("document {}: {}", document.doc_id, choices.join(", "))
        });
    }
    Some(Finding {
        file: file.to_owned(),
        line: None,
        defect: Defect::OptionsNotShown,
        message: format!(
            "in {short} of {seen} documents the prompt leaves out choices, in {lost} the right one (first {})",
            first?
        ),
        mend: "let `doc_to_text` print every choice that `doc_to_choice` gives".to_owned(),
        names: vec![name.to_owned()],
    })
}

/// Looks at a task whose choices are written down and whose text is a template.
pub(super) fn check(task: &Checked<'_>, found: &mut Found) {
    let (Some(Field::Value(Value::List(choices))), Some(text)) =
        (&task.config.doc_to_choice, task.config.doc_to_text.as_ref().and_then(Field::as_str))
    else {
        return;
    };
    let Some(choices) = choices.iter().map(|choice| choice.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    else {
        return;
    };
    // A loop or a condition may print labels of its own; only documents can tell.
    if numbering(&choices).is_none() || text.contains("{%") {
        return;
    }
    let hidden: Vec<_> = hidden(text, &choices).into_iter().map(|index| format!("`{}`", choices[index])).collect();
    if !hidden.is_empty() {
        let message = format!("{} choices, and the text does not show {}", choices.len(), hidden.join(", "));
        let mend = "let `doc_to_text` print every choice that `doc_to_choice` gives";
        task.add(found, "doc_to_text", Defect::OptionsNotShown, (&message, mend));
    }
}

/// The characters by which the choices are numbered, if they only number.
fn numbering(choices: &[String]) -> Option<Vec<char>> {
    let bare: Option<Vec<char>> = choices
        .iter()
        .map(|choice| {
            let mut characters = choice.trim().trim_matches(['(', ')', '.']).chars();
            characters.next().filter(|_| characters.next().is_none())
        })
        .collect();
    let bare = bare.filter(|bare| bare.len() > 1)?;
    LABELS.iter().any(|labels| labels.chars().take(bare.len()).eq(bare.iter().copied())).then_some(bare)
}

/// The choices that do not stand in `text`, if at least two and half of them do.
fn hidden(text: &str, choices: &[String]) -> Vec<usize> {
    let shown: Vec<bool> = match numbering(choices) {
        Some(labels) => labels.iter().map(|label| is_numbered(text, *label)).collect(),
        None => choices.iter().map(|choice| !choice.trim().is_empty() && text.contains(choice.trim())).collect(),
    };
    let count = shown.iter().filter(|shown| **shown).count();
    if count < 2 || count * 2 < choices.len() {
        return Vec::new();
    }
    shown.iter().enumerate().filter(|(_, shown)| !**shown).map(|(index, _)| index).collect()
}

/// Whether `label` numbers something in `text`: it begins a word, and `.`, `:` or `)` comes after it.
fn is_numbered(text: &str, label: char) -> bool {
    let enclosed = !label.is_alphanumeric() || matches!(label, '①'..='⑳' | 'ⓐ'..='ⓩ');
    text.char_indices().filter(|(_, character)| *character == label).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + label.len_utf8()..].chars().next();
        let begins = !before.is_some_and(char::is_alphanumeric);
        enclosed || (begins && after.is_some_and(|after| matches!(after, '.' | ':' | ')' | '：' | '．' | '）' | ']')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(count: usize) -> Vec<String> {
        "ABCDE".chars().take(count).map(String::from).collect()
    }

    #[test]
    fn a_fifth_option_that_is_never_printed_is_found() {
        let four = "Choose from A, B, C, D.\nQ: why?\nA:one, B: two, C: three, D: four\nAnswer:";
        let document = |doc_id, count, target| Shown {
            doc_id,
            text: four.to_owned(),
            choices: letters(count),
            target: Some(target),
        };
        let documents = [document(0, 4, 3), document(1, 5, 0), document(2, 5, 4)];
        let finding = options_shown(Path::new("x.yaml"), "x", &documents).unwrap();
        assert_eq!(
            finding.message,
            "in 2 of 3 documents the prompt leaves out choices, in 1 the right one (first document 1: `E`)"
        );
        assert_eq!(options_shown(Path::new("x.yaml"), "x", &documents[..1]), None);
    }

    #[test]
    fn choices_that_are_texts_are_looked_for_as_they_are() {
        let choices: Vec<String> = ["red", "green", "blue"].map(String::from).to_vec();
        assert_eq!(hidden("Is it red or green?", &choices), [2]);
        assert!(hidden("Which colour?", &choices).is_empty(), "none is shown on purpose");
        assert!(hidden("Is it red?", &choices).is_empty(), "one may stand there by chance");
        assert!(hidden("red green blue", &choices).is_empty());
    }

    #[test]
    fn a_letter_in_a_word_numbers_nothing() {
        assert!(is_numbered("(A) x", 'A') && is_numbered("\nA. x", 'A') && is_numbered("① x", '①'));
        assert!(!is_numbered("USA: x", 'A') && !is_numbered("A fish", 'A'));
        assert!(is_numbered("가. 하나", '가') && !is_numbered("국가. 하나", '가'));
    }
}
