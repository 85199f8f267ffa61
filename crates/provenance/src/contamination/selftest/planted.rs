//! The ways an item is planted in a document, and documents that look like an item and are none.

use unicode_normalization::UnicodeNormalization as _;

use super::super::Item;
use super::made::{Lots, filler, renumbered, reworded};
use super::{Kind, Language};

/// A document of some kind about an item.
pub(super) fn document(kind: Kind, language: Language, item: &Item, lots: &mut Lots) -> String {
    let answer = item.answer.clone().unwrap_or_default();
    let whole = format!("{} {}: {answer}.", item.question, answer_word(language));
    let planted = match kind {
        Kind::Verbatim => whole,
        Kind::Reworded => format!("{} {answer}.", reworded(language, &item.question, lots)),
        Kind::Decomposed => whole.nfd().collect(),
        Kind::Unspaced => whole.replace(' ', ""),
        Kind::ZeroWidth => {
            whole.chars().flat_map(|sign| [Some(sign), lots.once_in(3).then_some('\u{200B}')]).flatten().collect()
        }
        Kind::Wrapped => wrapped(&whole),
        Kind::Markup => markup(item, &answer),
        Kind::Embedded => {
            let before = filler(language, 40, lots);
            return format!("{before} {whole} {}", filler(language, 40, lots));
        }
        Kind::Shuffled => shuffled(item, &answer),
        Kind::Renumbered => renumbered(&whole, lots),
        Kind::Topic => topic(language, item, lots),
        Kind::Numbers => return numbers(lots),
        Kind::Template => template(language, lots),
        Kind::Quotation => {
            return format!("{} {} {}", filler(language, 4, lots), quotation(language), filler(language, 4, lots));
        }
    };
    format!("{}\n\n{planted}\n\n{}", filler(language, 6, lots), filler(language, 6, lots))
}

fn answer_word(language: Language) -> &'static str {
    match language {
        Language::English => "Answer",
        Language::Korean => "정답",
    }
}

/// Lines of some twenty characters, broken wherever a word ends.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.chars().count() + word.chars().count() > 20) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
            line.push(' ');
        }
    }
    lines.join("\n")
}

/// A page with every fourth word in bold, some letters as entities, and the answer in a list.
fn markup(item: &Item, answer: &str) -> String {
    let words = item.question.split(' ').enumerate().map(|(at, word)| match at % 4 {
        1 => format!("<b>{word}</b>"),
        2 => word
            .chars()
            .map(|sign| if sign.is_alphabetic() { format!("&#{};", u32::from(sign)) } else { sign.to_string() })
            .collect(),
        3 => format!("**{word}**"),
        _ => word.to_owned(),
    });
    format!("<div class=\"q\"><p>{}</p><ul><li>{answer}</li></ul></div>", words.collect::<Vec<String>>().join("&nbsp;"))
}

/// The question with its options in another order.
fn shuffled(item: &Item, answer: &str) -> String {
    let mut options: Vec<&str> = item.options.iter().map(String::as_str).collect();
    options.reverse();
    let lines = options.iter().zip('A'..).map(|(option, letter)| format!("({letter}) {option}"));
    let options = lines.collect::<Vec<String>>().join("\n");
    format!("Q. {}\n{options}\n→ {answer}", item.question)
}

/// Other sentences with the names and things of the item.
fn topic(language: Language, item: &Item, lots: &mut Lots) -> String {
    let words: Vec<&str> = item.question.split(' ').collect();
    let mixed = words.iter().rev().map(|word| (*word).to_owned()).collect::<Vec<String>>().join(" ");
    let first: Vec<&str> = words.iter().take(words.len() / 3).copied().collect();
    format!("{mixed} {} {} {}", filler(language, 2, lots), first.join(" "), item.answer.as_deref().unwrap_or_default())
}

fn numbers(lots: &mut Lots) -> String {
    let mut row = |columns: usize| (0..columns).map(|_| lots.below(50).to_string()).collect::<Vec<String>>().join(" ");
    let table: Vec<String> = (0..40).map(|_| row(12)).collect();
    format!("{}\n0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", table.join("\n"))
}

/// What stands at the head of every item of a benchmark, with something else behind it.
pub(super) fn instruction(language: Language) -> &'static str {
    match language {
        Language::English => {
            "Read the following problem carefully and choose the one option that answers it best. Show your work step by step."
        }
        Language::Korean => {
            "다음 문제를 주의 깊게 읽고 물음에 가장 알맞은 답을 하나만 고르시오. 풀이 과정을 단계별로 쓰시오."
        }
    }
}

fn template(language: Language, lots: &mut Lots) -> String {
    format!("{} {}", instruction(language), filler(language, 3, lots))
}

/// Words that everybody quotes; their authors died long ago.
pub(super) fn quotation(language: Language) -> &'static str {
    match language {
        Language::English => {
            "Four score and seven years ago our fathers brought forth, upon this continent, a new nation, conceived in \
             liberty, and dedicated to the proposition that all men are created equal."
        }
        Language::Korean => {
            "오등은 자에 아 조선의 독립국임과 조선인의 자주민임을 선언하노라. 차로써 세계만방에 고하여 인류평등의 대의를 극명하며 \
             차로써 자손만대에 고하여 민족자존의 정권을 영유케 하노라."
        }
    }
}

/// An item that asks about the quotation.
pub(super) fn quotation_item(language: Language) -> Item {
    let (question, answer) = match language {
        Language::English => (format!("Who said this? \"{}\"", quotation(language)), "Abraham Lincoln"),
        Language::Korean => (format!("다음 글은 무엇인가? \"{}\"", quotation(language)), "기미독립선언서"),
    };
    Item { id: format!("quotation-{}", language.name()), question, answer: Some(answer.to_owned()), ..Item::default() }
}
