//! The extractor that looks at lines and sentences, and at no word that announces an answer.

use crate::extract::lexicon::{Lexicon, Mention, Place, denials};

/// Words that may stand around the option in a line that says nothing else.
const AROUND: [&str; 33] = [
    "정답은",
    "정답",
    "최종",
    "답은",
    "답안",
    "답",
    "보기",
    "입니다",
    "이에요",
    "예요",
    "이다",
    "번",
    "요",
    "the",
    "final",
    "correct",
    "best",
    "answer",
    "option",
    "choice",
    "is",
    "would",
    "be",
    "it",
    "it's",
    "so",
    "therefore",
    "따라서",
    "그러므로",
    "boxed",
    "바로",
    "네",
    "my",
];

pub(super) fn find(text: &str, lexicon: &Lexicon<'_>) -> Option<usize> {
    let lines: Vec<&str> = text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    let sole: Vec<Option<usize>> = lines.iter().map(|line| sole(line, lexicon)).collect();
    let mut listed: Vec<usize> = sole.iter().flatten().copied().collect();
    listed.sort_unstable();
    listed.dedup();
    let found = match (sole.last(), sole.first()) {
        // A line for each of several options is the list of them said again.
        _ if listed.len() > 2 => None,
        (Some(Some(last)), _) => Some(*last),
        (_, Some(Some(first))) => Some(*first),
        _ => left_standing(&lines, lexicon),
    };
    found.filter(|&option| option < lexicon.len())
}

/// The option in a line that says nothing else than one: "B", "(B)", "정답: B", "B. 부산입니다".
fn sole(line: &str, lexicon: &Lexicon<'_>) -> Option<usize> {
    let mut found: Option<Mention> = None;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let signs = rest.len() - rest.trim_start_matches(|c: char| !c.is_alphanumeric() && !is_circled(c)).len();
        if signs > 0 {
            at += signs;
            continue;
        }
        if let Some(mention) = lexicon.at(line, at, Place::Announced) {
            if found.is_some_and(|found| found.option != mention.option) {
                return None;
            }
            found = Some(mention);
            at = mention.end;
        } else {
            at += around(rest)?;
        }
    }
    found.map(|mention| mention.option)
}

fn is_circled(c: char) -> bool {
    ('①'..='⑳').contains(&c)
}

/// How long the word is, if it is one of those that may stand around.
fn around(rest: &str) -> Option<usize> {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '\'').unwrap_or(rest.len());
    let word = rest[..end].to_ascii_lowercase();
    AROUND.contains(&word.as_str()).then_some(end)
}

/// Words by which a sentence draws a conclusion from the ones before it.
const CONCLUSIONS: [&str; 17] = [
    "so",
    "hence",
    "thus",
    "therefore",
    "conclusion",
    "answer",
    "leaves",
    "remains",
    "must",
    "correct",
    "따라서",
    "그러므로",
    "결국",
    "결론",
    "답",
    "남는",
    "남은",
];
/// Words that turn away from what was said before them.
const TURNS: [&str; 4] = ["지만", "으나 ", "는데 ", " but "];

/// The only option that the last sentence that names any leaves standing.
///
/// There is none in an answer that breaks off, and none where other sentences name other options and the last one draws no
/// conclusion.
fn left_standing(lines: &[&str], lexicon: &Lexicon<'_>) -> Option<usize> {
    let sentences: Vec<&str> = lines.iter().flat_map(|line| sentences(line, lexicon)).collect();
    if !sentences.last().is_some_and(|last| is_whole(last, lexicon)) {
        return None;
    }
    let entries = sentences.iter().filter(|sentence| is_entry(sentence, lexicon)).count();
    let counts = |sentence: &&str| entries < 2 || !is_entry(sentence, lexicon);
    let mut named = sentences.iter().filter(|sentence| counts(sentence)).rev().map(|sentence| {
        let after_turn = after_turn(sentence);
        match standing(after_turn, lexicon) {
            options if options.is_empty() && lexicon.mentions(after_turn).is_empty() => {
                (sentence, standing(sentence, lexicon))
            }
            options => (sentence, options),
        }
    });
    let (sentence, options) = named.find(|(sentence, _)| !lexicon.mentions(sentence).is_empty())?;
    let [one] = options[..] else { return None };
    let others = named.any(|(_, options)| options.iter().any(|&option| option != one));
    let lower = sentence.to_ascii_lowercase();
    let concludes = CONCLUSIONS.iter().any(|word| {
        let at = lower.find(word);
        at.is_some_and(|at| {
            !word.is_ascii() || !lower[at + word.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    });
    (!others || concludes).then_some(one)
}

/// What stands after the last turn of a sentence: "…지만 …", "while …, …".
fn after_turn(sentence: &str) -> &str {
    let turn = TURNS.iter().filter_map(|turn| sentence.rfind(turn).map(|at| at + turn.len())).max();
    let concedes = ["While ", "Although ", "Though "].iter().any(|word| sentence.starts_with(word));
    let comma = sentence.find(", ").filter(|_| concedes).map(|at| at + 2);
    turn.max(comma).map_or(sentence, |at| &sentence[at..])
}

/// The options that a sentence names and does not deny; labels go before texts.
fn standing(sentence: &str, lexicon: &Lexicon<'_>) -> Vec<usize> {
    let mentions = lexicon.mentions(sentence);
    let labels = mentions.iter().any(|mention| !mention.is_text);
    let denied = denials(sentence, &mentions);
    let standing = mentions.iter().zip(denied).filter(|(mention, denied)| !denied && (!labels || !mention.is_text));
    let mut options: Vec<usize> = standing.map(|(mention, _)| mention.option).collect();
    options.sort_unstable();
    options.dedup();
    options
}

/// Whether a sentence has come to its end: a mark, an ending of Korean, or the option itself.
fn is_whole(sentence: &str, lexicon: &Lexicon<'_>) -> bool {
    let bare = sentence.trim_end_matches(['"', '\'', ')', '}', ' ']);
    let named_last = || lexicon.mentions(bare).last().is_some_and(|mention| mention.end == bare.len());
    bare.ends_with(['.', '!', '?', '다', '요', '까', '번']) || named_last()
}

/// Whether a sentence begins like an entry of the list of options: "A. …", "② …".
fn is_entry(sentence: &str, lexicon: &Lexicon<'_>) -> bool {
    let start = sentence.len() - sentence.trim_start_matches(['(', '-', ' ']).len();
    let label = lexicon.at(sentence, start, Place::Announced).filter(|mention| !mention.is_text);
    label.is_some_and(|label| {
        let rest = sentence[label.end..].trim_start_matches('번');
        rest.starts_with([')', '.', ':']) || is_circled(sentence[start..].chars().next().unwrap_or(' '))
    })
}

/// Pieces that end with a mark before white space; the full stop after a label ends none.
fn sentences<'a>(line: &'a str, lexicon: &Lexicon<'_>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in line.char_indices() {
        let end = at + c.len_utf8();
        let piece = line[start..at].trim();
        let label = lexicon
            .at(piece, 0, Place::Announced)
            .is_some_and(|mention| !mention.is_text && mention.end == piece.len());
        if matches!(c, '.' | '!' | '?' | ';') && line[end..].starts_with([' ', '"', '\'']) && !label {
            found.push(line[start..end].trim());
            start = end;
        }
    }
    found.push(line[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}
