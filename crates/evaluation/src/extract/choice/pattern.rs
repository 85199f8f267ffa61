//! The extractor that looks for words that announce an answer.

use std::sync::LazyLock;

use regex::Regex;

use crate::extract::lexicon::{JOINTS, Lexicon, Mention, Place, after_particles, denials, is_denied, shortly_before};

#[expect(clippy::unwrap_used, reason = "a constant pattern, which the tests compile")]
// Word boundaries are of ASCII: those of Unicode make the search ten times slower in Korean.
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:정답|해답|답안|답변|답|####)|(?-u:\b)(?:answer|correct option|correct choice|best option|best choice|final choice)(?-u:\b)|(?-u:\b)(?:choice|letter)\W?\s*[:=]|선택\W?\s*:").unwrap()
});

/// Words that may stand between the announcement and the answer. What denies is told apart from what only links.
const LINKS: [&str; 26] = [
    "은",
    "는",
    "이",
    "을",
    "번호",
    "바로",
    "고르면",
    "보기",
    "is",
    "was",
    "would be",
    "must be",
    "should be",
    "has to be",
    "option",
    "choice",
    "the",
    "clearly",
    "therefore",
    "definitely",
    "either",
    "most likely",
    "indeed",
    "also",
    "simply",
    "letter",
];
const DENIALS: [&str; 3] = ["not", "isn't", "cannot be"];
/// Words before an option that make it the answer.
const BEFORE: [&str; 22] = [
    "choose",
    "select",
    "pick",
    "go with",
    "it's",
    "it is",
    "it has to be",
    "that would be",
    "that leaves",
    "must be",
    "so",
    "therefore",
    "옳은 것은",
    "알맞은 것은",
    "맞는 것은",
    "적절한 것은",
    "남은 것은",
    "것은",
    "따라서",
    "그러므로",
    "생각에는",
    "저는",
];
/// Words after an option, once its particle is passed, that make it the answer.
const AFTER: [&str; 19] = [
    "정답",
    "답이",
    "답입",
    "답으로",
    "맞",
    "옳",
    "가장 적절",
    "가장 알맞",
    "적절",
    "고른",
    "고르",
    "고릅",
    "선택",
    "라고 생각",
    "is correct",
    "is the correct",
    "is the right",
    "is the best",
    "is right",
];

/// What an announcement says.
enum Said {
    /// This option.
    One(usize),
    /// Several options, or one that there is not, or only what it is not.
    Nothing,
}

pub(super) fn find(text: &str, lexicon: &Lexicon<'_>) -> Option<usize> {
    let said = boxed(text, lexicon).or_else(|| announced(text, lexicon)).or_else(|| claimed(text, lexicon));
    let said = said.or_else(|| only(text, lexicon));
    match said? {
        Said::One(option) if option < lexicon.len() => Some(option),
        _ => None,
    }
}

/// What stands in the last `\boxed{…}`.
fn boxed(text: &str, lexicon: &Lexicon<'_>) -> Option<Said> {
    let at = text.rfind("\\boxed")? + "\\boxed".len();
    Some(resolve(text, at, lexicon).unwrap_or(Said::Nothing))
}

/// What the last announcement that says something says.
fn announced(text: &str, lexicon: &Lexicon<'_>) -> Option<Said> {
    let mut last = None;
    for cue in CUE.find_iter(text) {
        let before = text[..cue.start()].chars().next_back();
        // "대답", "보답": another word.
        if before.is_some_and(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c)) {
            continue;
        }
        last = resolve(text, cue.end(), lexicon).or(last);
    }
    last
}

/// What is named at `at`, once the words that link are passed.
fn resolve(text: &str, at: usize, lexicon: &Lexicon<'_>) -> Option<Said> {
    let (at, denied) = passed(text, at);
    let named = lexicon.at(text, at, Place::Announced)?;
    if denied || is_denied(text, &named) {
        return Some(instead(text, named.end, lexicon));
    }
    Some(if is_joined(text, &named, lexicon) { Said::Nothing } else { Said::One(named.option) })
}

/// Where the answer begins after an announcement, and whether a denial was passed on the way.
fn passed(text: &str, mut at: usize) -> (usize, bool) {
    let mut denied = false;
    loop {
        let rest = &text[at..];
        let signs = rest.len()
            - rest
                .trim_start_matches([' ', '\n', ':', '-', '→', '=', '(', ')', '"', '\'', '{', '}', '#', '.', '|'])
                .len();
        at += signs;
        let rest = &text[at..];
        if let Some(word) = DENIALS.iter().find(|word| begins(rest, word)) {
            denied = true;
            at += word.len();
        } else if let Some(word) = LINKS.iter().find(|word| begins(rest, word)) {
            at += word.len();
        } else {
            return (at, denied);
        }
    }
}

/// Whether a word stands at the beginning: a whole one.
fn begins(rest: &str, word: &str) -> bool {
    let Some(head) = rest.get(..word.len()) else { return false };
    let next = rest[word.len()..].chars().next();
    head.eq_ignore_ascii_case(word) && next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
}

/// What is named in place of a denied option: "A가 아니라 B", "not A but B".
fn instead(text: &str, at: usize, lexicon: &Lexicon<'_>) -> Said {
    let rest = &text[at..];
    let line = rest.split('\n').next().unwrap_or(rest);
    for turn in ["아니라", "아니고", "아닌", " but ", "it's ", "it is "] {
        let Some(place) = line.find(turn) else { continue };
        let (from, _) = passed(text, at + place + turn.len());
        if let Some(named) = lexicon.at(text, from, Place::Announced) {
            return Said::One(named.option);
        }
    }
    Said::Nothing
}

/// Whether another option is named in the same breath: "A 또는 B", "B or D", "A, C".
fn is_joined(text: &str, named: &Mention, lexicon: &Lexicon<'_>) -> bool {
    let rest = text[named.end..].trim_start_matches([')', '"', '\'']);
    let rest = rest.strip_prefix("번").unwrap_or(rest);
    let joint = ["이나 ", "나 ", "와 ", "과 ", " 또는 ", " 혹은 ", " or ", " and ", ", ", ",", "/", " & "];
    joint.iter().filter_map(|joint| rest.strip_prefix(joint)).any(|other| {
        let at = text.len() - other.trim_start_matches(['(', '"', '\'']).len();
        lexicon.at(text, at, Place::Free).is_some_and(|other| other.option != named.option && !is_denied(text, &other))
    })
}

/// The last option that is called the answer, where no announcement came before it.
fn claimed(text: &str, lexicon: &Lexicon<'_>) -> Option<Said> {
    let mentions = lexicon.mentions(text);
    let denied = denials(text, &mentions);
    let last = (0..mentions.len()).rfind(|&place| !denied[place] && is_claim(text, &mentions[place]))?;
    let mention = &mentions[last];
    // "whether B or C is right": the one before it is as much called so.
    let before = last.checked_sub(1).map(|before| &mentions[before]).filter(|before| before.option != mention.option);
    let joined = before.is_some_and(|before| {
        let between = text[before.end..mention.start].trim_matches(['(', ')', '"', '\'']);
        JOINTS.contains(&between)
    });
    Some(if joined || is_joined(text, mention, lexicon) { Said::Nothing } else { Said::One(mention.option) })
}

/// The option that is the whole answer: "B", "(B) 부산입니다."
fn only(text: &str, lexicon: &Lexicon<'_>) -> Option<Said> {
    let is_sign = |c: char| !c.is_alphanumeric();
    let skipped = |at: usize| {
        text.len() - text[at..].trim_start_matches([' ', '\n', '(', ')', '"', '\'', '.', ':', '-', ',']).len()
    };
    let first = lexicon.at(text, skipped(0), Place::Announced)?;
    let mut end = first.end;
    if let Some(second) = lexicon.at(text, skipped(end), Place::Announced) {
        if second.option != first.option {
            return None;
        }
        end = second.end;
    }
    let rest = text[end..].trim_matches(is_sign);
    let rest = rest.strip_prefix("번").unwrap_or(rest);
    ["", "입니다", "이에요", "예요", "이다", "요"].contains(&rest).then_some(Said::One(first.option))
}

fn is_claim(text: &str, mention: &Mention) -> bool {
    let before = shortly_before(text, mention.start).trim_end_matches([' ', '(', '"', '\'', ',']).to_ascii_lowercase();
    let before = before.strip_suffix("option").unwrap_or(&before).trim_end();
    let called = BEFORE
        .iter()
        .any(|word| before.strip_suffix(word).is_some_and(|head| !head.ends_with(|c: char| c.is_alphanumeric())));
    let rest = &text[mention.end..];
    let after = after_particles(rest);
    let mut after = after.trim_start_matches(['.', ':', ',']).trim_start();
    // "B) London is the correct answer": the verb comes after the option's text.
    if let Some(verb) = after.find(" is ").filter(|&verb| verb < 40 && !after[..verb].contains(['.', '\n', ','])) {
        after = &after[verb + 1..];
    }
    called || AFTER.iter().any(|word| after.starts_with(word))
}
