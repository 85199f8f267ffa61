//! Whether the options that a model is to choose from stand in its prompt.

use super::{Checked, Defect, Found};
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

/// How to mend choices of which some are not shown.
const PRINT_ALL: &str = "let `doc_to_text` print every choice that `doc_to_choice` gives";
/// How to mend letters that stand for nothing.
const PRINT_ANY: &str = "let `doc_to_text` print the choices with their letters, or `doc_to_choice` give their texts";

/// A document as a model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The number of the document.
    pub(super) doc_id: usize,
    /// What is asked, without examples.
    pub(super) text: String,
    /// The choices.
    pub(super) choices: Vec<String>,
    /// The index of the right choice, if there is one.
    pub(super) target: Option<usize>,
}

/// What is wrong with the choices of a task's `documents`, and how to mend it: some that are not shown where the task
/// shows its choices, or letters of which nothing is shown at all.
///
/// Choices that only number options (`A`, `B`, …) stand there if the number does, with `.`, `:` or `)` after it.
pub(super) fn told(documents: &[Shown]) -> Option<(String, &'static str)> {
    let looked: Vec<(&Shown, Vec<usize>)> =
        documents.iter().filter_map(|shown| Some((shown, hidden(&shown.text, &shown.choices)?))).collect();
    // Where few documents seem to show their choices, those that do speak of them by chance.
    if looked.len() * 2 < documents.len() || looked.is_empty() {
        return never(documents);
    }
    let short: Vec<_> = looked.into_iter().filter(|(_, hidden)| !hidden.is_empty()).collect();
    let lost = short.iter().filter(|(shown, hidden)| shown.target.is_some_and(|target| hidden.contains(&target)));
    let (first, hidden) = short.first()?;
    let choices: Vec<_> = hidden.iter().map(|index| format!("`{}`", first.choices[*index])).collect();
    let message = format!(
        "in {} of {} documents the prompt leaves out choices, in {} the right one (first document {}: {})",
        short.len(),
        documents.len(),
        lost.count(),
        first.doc_id,
        choices.join(", ")
    );
    Some((message, PRINT_ALL))
}

/// Letters to choose from that no prompt so much as names.
fn never(documents: &[Shown]) -> Option<(String, &'static str)> {
    let nameless = |shown: &Shown| {
        numbering(&shown.choices).is_some_and(|labels| {
            // Digits may be answers, such as a count.
            labels.iter().all(|label| !label.is_ascii_digit() && !is_named(&shown.text, *label))
        })
    };
    let first = documents.first().filter(|_| documents.iter().all(nameless))?;
    let choices: Vec<_> = first.choices.iter().map(|choice| format!("`{choice}`")).collect();
    let message =
        format!("in all of {} documents the prompt shows none of the choices {}", documents.len(), choices.join(", "));
    Some((message, PRINT_ANY))
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
    let hidden = hidden(text, &choices).unwrap_or_default();
    let hidden: Vec<_> = hidden.into_iter().map(|index| format!("`{}`", choices[index])).collect();
    if !hidden.is_empty() {
        let message = format!("{} choices, and the text does not show {}", choices.len(), hidden.join(", "));
        task.add(found, "doc_to_text", Defect::OptionsNotShown, (&message, PRINT_ALL));
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

/// The choices that do not stand in `text`; none is said of a text in which not at least two and half of them do.
fn hidden(text: &str, choices: &[String]) -> Option<Vec<usize>> {
    let shown: Vec<bool> = match numbering(choices) {
        Some(labels) => labels.iter().map(|label| is_numbered(text, *label)).collect(),
        None => choices.iter().map(|choice| !choice.trim().is_empty() && text.contains(choice.trim())).collect(),
    };
    let count = shown.iter().filter(|shown| **shown).count();
    if count < 2 || count * 2 < choices.len() {
        return None;
    }
    Some(shown.iter().enumerate().filter(|(_, shown)| !**shown).map(|(index, _)| index).collect())
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

/// Whether `label` stands in `text` as a word.
fn is_named(text: &str, label: char) -> bool {
    text.split(|character: char| !character.is_alphanumeric()).any(|word| word.chars().eq([label]))
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
        assert_eq!(
            told(&documents).unwrap().0,
            "in 2 of 3 documents the prompt leaves out choices, in 1 the right one (first document 1: `E`)"
        );
        assert_eq!(told(&documents[..1]), None);
    }

    #[test]
    fn letters_that_stand_for_nothing_are_found() {
        let document = |text: &str, choices: &[&str]| Shown {
            doc_id: 0,
            text: text.to_owned(),
            choices: choices.iter().copied().map(String::from).collect(),
            target: Some(0),
        };
        let bare = document("Why is Ada here?\nAnswer:", &["A", "B"]);
        assert_eq!(
            told(&[bare.clone(), bare.clone()]).unwrap().0,
            "in all of 2 documents the prompt shows none of the choices `A`, `B`"
        );
        for sound in [
            document("Why? (A) one (B) two", &["A", "B"]),
            document("Is it A or B?", &["A", "B"]),
            document("How many?", &["1", "2"]),
            document("Which colour?", &["red", "green"]),
        ] {
            assert_eq!(told(&[bare.clone(), sound.clone()]), None, "{sound:?}");
        }
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn choices_that_are_spoken_of_by_chance_are_no_list() {
        let document = |text: &str| Shown {
            doc_id: 0,
            text: text.to_owned(),
            choices: ["red", "green", "blue"].map(String::from).to_vec(),
            target: None,
        };
        assert_eq!(told(&[document("Which?"), document("red or green?"), document("Which?")]), None);
        assert!(told(&[document("red or green?"), document("red, green or blue?")]).is_some());
    }

    #[test]
    fn choices_that_are_texts_are_looked_for_as_they_are() {
        let choices: Vec<String> = ["red", "green", "blue"].map(String::from).to_vec();
        assert_eq!(hidden("Is it red or green?", &choices), Some(vec![2]));
        assert_eq!(hidden("Which colour?", &choices), None, "none is shown on purpose");
        assert_eq!(hidden("Is it red?", &choices), None, "one may stand there by chance");
        assert_eq!(hidden("red green blue", &choices), Some(vec![]));
    }

    #[test]
    fn a_letter_in_a_word_numbers_nothing() {
        assert!(is_numbered("(A) x", 'A') && is_numbered("\nA. x", 'A') && is_numbered("① x", '①'));
        assert!(!is_numbered("USA: x", 'A') && !is_numbered("A fish", 'A'));
        assert!(is_numbered("가. 하나", '가') && !is_numbered("국가. 하나", '가'));
    }
}
