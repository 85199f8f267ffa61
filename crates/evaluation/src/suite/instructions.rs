//! Checks of instructions that a program can decide: the native port of `tasks/instructions.py`.
//!
//! The kinds of constraints follow the idea of Zhou et al., "Instruction-Following Evaluation for Large Language Models"
//! (2023): what is asked for can be counted. The Korean kinds (endings of sentences, first consonants, acrostics of
//! syllables) are our own. Nothing leans on tables of Unicode, so that both sides give the same.

use crate::{Document, Value};

const SPACE: &str = " \t\n\r\u{a0}\u{3000}";
const MARKS: &str = ".!?\u{2026}\u{3002}\u{ff01}\u{ff1f}";
const CLOSERS: &str = "\"')]}\u{2019}\u{201d}\u{300d}\u{300f}\u{300b}>*_`";
const OPENERS: &str = "\"'([{\u{2018}\u{201c}\u{300c}\u{300e}\u{300a}<*_`";

/// The first consonants of Hangul syllables, in the order of their code points.
const INITIALS: [char; 19] =
    ['ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];

/// One thing that an answer has to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// What is counted or looked for: `words_max`, `keywords`, `formal`, …
    pub kind: String,
    /// How many, where the kind counts.
    pub number: usize,
    /// What is looked for, where the kind looks.
    pub texts: Vec<String>,
}

/// Why a constraint cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintFault {
    /// The kind is not known.
    #[error("there is no constraint of the kind {0:?}; see tasks/instructions.py for the kinds there are")]
    Unknown(String),
    /// The kind looks for a text, and there is none.
    #[error("the constraint {0:?} needs a text to look for in its texts")]
    NoText(String),
    /// A document's `constraints` are not what they have to be.
    #[error("constraints have to be a list of {{kind: text, number: whole number, texts: list of texts}}, and are {0}")]
    Malformed(&'static str),
}

impl Constraint {
    /// The constraints in a document's column `constraints`.
    pub fn of(doc: &Document) -> Result<Vec<Self>, ConstraintFault> {
        let column = doc.get("constraints").ok_or(ConstraintFault::Malformed("not there"))?;
        let list = column.as_list().ok_or(ConstraintFault::Malformed(column.type_name()))?;
        list.iter().map(|entry| Self::read(entry).ok_or(ConstraintFault::Malformed("otherwise"))).collect()
    }

    fn read(entry: &Value) -> Option<Self> {
        let texts = entry.get("texts")?.as_list()?.iter().map(|text| text.as_str().map(String::from));
        Some(Self {
            kind: entry.get("kind")?.as_str()?.into(),
            number: usize::try_from(entry.get("number")?.as_int()?).ok()?,
            texts: texts.collect::<Option<_>>()?,
        })
    }

    /// Whether `text` keeps it. An empty text keeps nothing.
    pub fn is_kept(&self, text: &str) -> Result<bool, ConstraintFault> {
        let text = trim(text);
        let looks = matches!(
            self.kind.as_str(),
            "keyword_times" | "starts_with" | "ends_with" | "last_line_starts_with" | "initials"
        );
        if looks && self.texts.is_empty() {
            return Err(ConstraintFault::NoText(self.kind.clone()));
        }
        let kept = self
            .counted(text)
            .or_else(|| self.worded(text))
            .or_else(|| self.formed(text))
            .or_else(|| self.lettered(text))
            .or_else(|| self.korean(text));
        kept.map(|kept| kept && !text.is_empty()).ok_or_else(|| ConstraintFault::Unknown(self.kind.clone()))
    }

    /// So many words, sentences, characters, lines, paragraphs or entries of a list.
    fn counted(&self, text: &str) -> Option<bool> {
        let n = self.number;
        Some(match self.kind.as_str() {
            "words_min" => words(text).count() >= n,
            "words_max" => words(text).count() <= n,
            "words_exact" => words(text).count() == n,
            "sentences_min" => sentences(text).len() >= n,
            "sentences_max" => sentences(text).len() <= n,
            "sentences_exact" => sentences(text).len() == n,
            "chars_min" => characters(text) >= n,
            "chars_max" => characters(text) <= n,
            "lines_min" => lines(text).count() >= n,
            "lines_exact" => lines(text).count() == n,
            "paragraphs" => paragraphs(text) == n,
            "line_words" => lines(text).all(|line| words(line).count() == n),
            "bullets" => lines(text).filter(|line| line.starts_with("- ") || line.starts_with("* ")).count() == n,
            "numbered" => numbered(text) == Some(n),
            _ => return None,
        })
    }

    /// Words that must or must not be there, or stand at a place.
    fn worded(&self, text: &str) -> Option<bool> {
        let first = self.texts.first().map_or("", String::as_str);
        let times = |part: &str| count(&text.to_ascii_lowercase(), &part.to_ascii_lowercase());
        Some(match self.kind.as_str() {
            "keywords" => self.texts.iter().all(|part| times(part) > 0),
            "keyword_times" => times(first) >= self.number,
            "forbidden" => self.texts.iter().all(|part| times(part) == 0),
            "starts_with" => text.starts_with(first),
            "ends_with" => text.ends_with(first),
            "last_line_starts_with" => lines(text).last().is_some_and(|line| line.starts_with(first)),
            "line_initials" => {
                let begins =
                    |(line, part): (&str, &String)| line.to_ascii_lowercase().starts_with(&part.to_ascii_lowercase());
                lines(text).count() == self.texts.len() && lines(text).zip(&self.texts).all(begins)
            }
            "one_of" => {
                let bare = core(text).to_ascii_lowercase();
                self.texts.iter().any(|part| part.to_ascii_lowercase() == bare)
            }
            _ => return None,
        })
    }

    fn formed(&self, text: &str) -> Option<bool> {
        Some(match self.kind.as_str() {
            "json_keys" => json(text).is_some_and(|value| self.has_keys(&value)),
            "json_list" => json(text).is_some_and(|value| {
                let list = value.as_array().filter(|list| list.len() == self.number);
                list.is_some_and(|list| list.iter().all(serde_json::Value::is_string))
            }),
            "title" => lines(text)
                .next()
                .is_some_and(|line| line.starts_with("<<") && line.ends_with(">>") && line.chars().count() > 4),
            "quoted" => {
                let ends = (text.chars().next(), text.chars().next_back());
                text.chars().count() > 2
                    && (ends == (Some('"'), Some('"')) || ends == (Some('\u{201c}'), Some('\u{201d}')))
            }
            _ => return None,
        })
    }

    fn has_keys(&self, value: &serde_json::Value) -> bool {
        let Some(object) = value.as_object() else { return false };
        let mut found: Vec<&str> = object.keys().map(String::as_str).collect();
        let mut wanted: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        found == wanted
    }

    fn lettered(&self, text: &str) -> Option<bool> {
        let any = |holds: fn(char) -> bool| text.chars().any(holds);
        let upper = |c: char| c.is_ascii_uppercase();
        let lower = |c: char| c.is_ascii_lowercase();
        Some(match self.kind.as_str() {
            "no_commas" => !text.contains([',', '\u{ff0c}', '\u{3001}']),
            "no_digits" => !any(|c| c.is_ascii_digit() || ('\u{ff10}'..='\u{ff19}').contains(&c)),
            "no_latin" => !any(|c| c.is_ascii_alphabetic()),
            "lowercase" => any(lower) && !any(upper),
            "uppercase" => any(upper) && !any(lower),
            "hangul_only" => any(is_hangul) && !any(is_foreign),
            _ => return None,
        })
    }

    /// How sentences end, and the first consonants of syllables.
    fn korean(&self, text: &str) -> Option<bool> {
        let every = |holds: fn(&str) -> bool| {
            let found = sentences(text);
            !found.is_empty() && found.iter().all(|sentence| holds(core(sentence)))
        };
        Some(match self.kind.as_str() {
            "formal" => every(|s| s.ends_with("니다") || s.ends_with("니까")),
            "haeyo" => every(|s| s.ends_with('요')),
            "polite" => every(|s| s.ends_with('요') || s.ends_with("니다") || s.ends_with("니까")),
            "plain" => every(|s| s.ends_with('다') && !s.ends_with("니다")),
            "initials" => initials(text).is_some_and(|found| Some(&found) == self.texts.first()),
            _ => return None,
        })
    }
}

fn is_in(set: &'static str) -> impl Fn(char) -> bool + Copy {
    move |c| set.contains(c)
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_in(SPACE))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_in(SPACE)).filter(|word| !word.is_empty())
}

/// Lines without the space around them; empty ones do not count.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(trim).filter(|line| !line.is_empty())
}

fn paragraphs(text: &str) -> usize {
    let filled: Vec<bool> = text.split('\n').map(|line| !trim(line).is_empty()).collect();
    (0..filled.len()).filter(|&i| filled[i] && (i == 0 || !filled[i - 1])).count()
}

/// Pieces that end with a mark, closed or not by quotes or brackets, before white space or the end; a line ends one too.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let before_space = text[end..].chars().next().is_none_or(is_in(SPACE));
        if c == '\n' || before_space && text[start..end].trim_end_matches(is_in(CLOSERS)).ends_with(is_in(MARKS)) {
            found.push(&text[start..end]);
            start = end;
        }
    }
    found.push(&text[start..]);
    let says = |c: char| !(is_in(MARKS)(c) || is_in(CLOSERS)(c) || is_in(OPENERS)(c) || is_in(SPACE)(c));
    found.into_iter().map(trim).filter(|sentence| sentence.contains(says)).collect()
}

/// A sentence without the marks and quotes at its ends.
fn core(sentence: &str) -> &str {
    let closing = |c: char| is_in(MARKS)(c) || is_in(CLOSERS)(c) || is_in(SPACE)(c);
    trim(sentence).trim_end_matches(closing).trim_start_matches(is_in(OPENERS))
}

fn characters(text: &str) -> usize {
    text.chars().filter(|&c| !is_in(SPACE)(c)).count()
}

/// How often `part` stands in `text`, without overlaps; an empty one as often as in Python: between all characters.
fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

/// How many lines are numbered, if the numbers are 1, 2, 3 and so on.
fn numbered(text: &str) -> Option<usize> {
    let number = |line: &str| {
        let (head, _) = line.split_once('.')?;
        (!head.is_empty() && head.bytes().all(|b| b.is_ascii_digit())).then(|| head.to_owned())
    };
    let found: Vec<String> = lines(text).filter_map(number).collect();
    let in_order = found.iter().enumerate().all(|(index, head)| *head == (index + 1).to_string());
    in_order.then_some(found.len())
}

/// The JSON value, which may stand in one Markdown fence.
fn json(text: &str) -> Option<serde_json::Value> {
    let fenced = text.starts_with("```") && text.ends_with("```") && text.chars().count() > 6;
    let inner = match text.find('\n') {
        Some(line) if fenced => text.get(line + 1..text.len() - 3).unwrap_or(""),
        _ => text,
    };
    serde_json::from_str(trim(inner)).ok()
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{3131}'..='\u{318e}' | '\u{1100}'..='\u{11ff}')
}

/// A letter or digit of another script: Latin, digits, Greek, Cyrillic, kana, Han.
fn is_foreign(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}')
        || matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
        || matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// The first consonants of a text of Hangul syllables; none if there is anything else in it.
fn initials(text: &str) -> Option<String> {
    let skipped = |c: &char| is_in(SPACE)(*c) || is_in(MARKS)(*c) || is_in(CLOSERS)(*c) || is_in(OPENERS)(*c);
    let initial = |c: char| {
        let index = u32::from(c).checked_sub(0xac00).filter(|_| c <= '\u{d7a3}')? / 588;
        INITIALS.get(index as usize)
    };
    let found: Option<String> = text.chars().filter(|c| !skipped(c)).map(initial).collect();
    found.filter(|found| !found.is_empty())
}
