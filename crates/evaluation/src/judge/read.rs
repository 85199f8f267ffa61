//! What a judge said.

use serde::{Deserialize, Serialize};

use super::template::Kind;

/// A judge's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The answer in the first place is better.
    First,
    /// The answer in the second place is better.
    Second,
    /// Neither is.
    Tie,
    /// From 1 to 10.
    Rating(f64),
    /// It agrees with the reference.
    Correct,
    /// It does not.
    Incorrect,
}

/// Why an answer holds no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// None of the known forms is in it.
    #[error("the judge gave no verdict in any known form")]
    None,
    /// It gives two that differ.
    #[error("the judge gave verdicts that contradict each other")]
    Contradictory,
    /// A rating outside 1 to 10.
    #[error("the judge gave a rating outside 1 to 10")]
    OutOfRange,
}

/// Reads verdicts. A reader of another version may read the same words differently, so results name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reader {
    /// The first version. It tries three forms, and the first form that occurs decides:
    ///
    /// 1. brackets, as the shipped templates ask for: `[[A]]`, `Rating: [[7]]`, `[[정답]]`;
    /// 2. a JSON object with `verdict`, `winner`, `rating`, `score` or `correct`;
    /// 3. a last line that says it in words: `Verdict: B`, `더 나은 답변: A`, `점수: 7점`, `판정: 오답`.
    ///
    /// Of one form several may occur if they agree; it never guesses between two.
    #[serde(rename = "judge-reader-1")]
    V1,
}

impl Reader {
    /// Its name with its version.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "judge-reader-1",
        }
    }

    /// The verdict in `text`.
    pub fn read(self, kind: Kind, text: &str) -> Result<Verdict, Invalid> {
        for form in [bracketed, json, spoken] {
            let words = form(text);
            let mut verdicts = words.iter().filter_map(|word| verdict(kind, word).transpose()).peekable();
            if let Some(first) = verdicts.next() {
                let first = first?;
                return match verdicts.all(|other| other == Ok(first)) {
                    true => Ok(first),
                    false => Err(Invalid::Contradictory),
                };
            }
        }
        Err(Invalid::None)
    }
}

/// Everything between `[[` and `]]`.
fn bracketed(text: &str) -> Vec<String> {
    let parts = text.split("[[").skip(1);
    parts.filter_map(|part| part.split_once("]]")).map(|(word, _)| word.to_owned()).collect()
}

/// The verdict fields of the last JSON object in the text.
fn json(text: &str) -> Vec<String> {
    let object = text.rmatch_indices('{').find_map(|(start, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<serde_json::Value>();
        match values.next() {
            Some(Ok(serde_json::Value::Object(object))) => Some(object),
            _ => None,
        }
    });
    let Some(object) = object else { return Vec::new() };
    let keys = ["verdict", "winner", "rating", "score", "correct", "판정", "점수"];
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(truth) => Some(if *truth { "correct".into() } else { "incorrect".into() }),
        _ => None,
    };
    keys.iter().filter_map(|key| object.get(*key).and_then(word)).collect()
}

/// What the last line that is not empty says behind its colon.
fn spoken(text: &str) -> Vec<String> {
    const HEADS: [&str; 12] = [
        "verdict",
        "final verdict",
        "winner",
        "better answer",
        "rating",
        "score",
        "judgement",
        "판정",
        "최종 판정",
        "더 나은 답변",
        "점수",
        "평점",
    ];
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let plain: String = line.chars().filter(|character| !matches!(character, '*' | '_' | '#' | '`')).collect();
    let Some((head, said)) = plain.split_once([':', '：']) else { return Vec::new() };
    let known = HEADS.contains(&head.trim().to_lowercase().as_str());
    if known { vec![said.trim().to_owned()] } else { Vec::new() }
}

/// What a word means; `None` if it is no verdict of this kind.
fn verdict(kind: Kind, word: &str) -> Result<Option<Verdict>, Invalid> {
    let word = word.trim().trim_end_matches(['.', '。']).trim().to_lowercase();
    match kind {
        Kind::Pair => Ok(pair(&word)),
        Kind::Correctness => Ok(correctness(&word)),
        Kind::Rating => rating(&word),
    }
}

fn pair(word: &str) -> Option<Verdict> {
    let bare =
        ["answer ", "assistant ", "답변 ", "답변"].iter().find_map(|head| word.strip_prefix(head)).unwrap_or(word);
    match bare.trim() {
        "a" => Some(Verdict::First),
        "b" => Some(Verdict::Second),
        "c" | "tie" | "equal" | "draw" | "neither" | "무승부" | "동점" | "비슷함" | "우열 없음" => {
            Some(Verdict::Tie)
        }
        _ => None,
    }
}

fn correctness(word: &str) -> Option<Verdict> {
    match word {
        "correct" | "정답" | "맞음" => Some(Verdict::Correct),
        "incorrect" | "오답" | "틀림" => Some(Verdict::Incorrect),
        _ => None,
    }
}

fn rating(word: &str) -> Result<Option<Verdict>, Invalid> {
    let bare = word.strip_suffix("점").unwrap_or(word);
    let bare = bare.strip_suffix("/10").unwrap_or(bare).trim();
    // Digits first: "inf" and "nan" are floats to Rust, but no rating.
    if !bare.starts_with(|character: char| character.is_ascii_digit() || character == '-') {
        return Ok(None);
    }
    match bare.parse::<f64>() {
        Ok(number) if (1.0..=10.0).contains(&number) => Ok(Some(Verdict::Rating(number))),
        Ok(_) => Err(Invalid::OutOfRange),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read_in_every_form() {
        let table: [(Kind, &str, Result<Verdict, Invalid>); 27] = [
            (Kind::Pair, "A is longer, B is right. [[B]]", Ok(Verdict::Second)),
            (Kind::Pair, "답변 A가 정확합니다.\n\n[[A]]", Ok(Verdict::First)),
            (Kind::Pair, "[[C]]", Ok(Verdict::Tie)),
            (Kind::Pair, "[[ tie ]]", Ok(Verdict::Tie)),
            (Kind::Pair, "[[A]] … so [[A]]", Ok(Verdict::First)),
            (Kind::Pair, "[[A]] if one likes it short, else [[B]]", Err(Invalid::Contradictory)),
            (Kind::Pair, "```json\n{\"why\": \"{x}\", \"winner\": \"Answer B\"}\n```", Ok(Verdict::Second)),
            (Kind::Pair, "Both fine.\n**Verdict:** A", Ok(Verdict::First)),
            (Kind::Pair, "더 나은 답변: B.", Ok(Verdict::Second)),
            (Kind::Pair, "판정: 무승부\n\n", Ok(Verdict::Tie)),
            (Kind::Pair, "A is a good answer", Err(Invalid::None)),
            (Kind::Pair, "I cannot compare these.", Err(Invalid::None)),
            (Kind::Pair, "", Err(Invalid::None)),
            (Kind::Pair, "[[7]]", Err(Invalid::None)),
            (Kind::Rating, "Good. Rating: [[7]]", Ok(Verdict::Rating(7.0))),
            (Kind::Rating, "점수: [[8.5]]", Ok(Verdict::Rating(8.5))),
            (Kind::Rating, "Rating: [[11]]", Err(Invalid::OutOfRange)),
            (Kind::Rating, "Rating: [[0]]", Err(Invalid::OutOfRange)),
            (Kind::Rating, "점수: 9점", Ok(Verdict::Rating(9.0))),
            (Kind::Rating, "Score: 6/10", Ok(Verdict::Rating(6.0))),
            (Kind::Rating, "{\"rating\": 4}", Ok(Verdict::Rating(4.0))),
            (Kind::Rating, "Rating: [[nan]]", Err(Invalid::None)),
            (Kind::Rating, "I give it 7", Err(Invalid::None)),
            (Kind::Correctness, "Same claim. [[CORRECT]]", Ok(Verdict::Correct)),
            (Kind::Correctness, "기준과 다릅니다. [[오답]]", Ok(Verdict::Incorrect)),
            (Kind::Correctness, "{\"correct\": false}", Ok(Verdict::Incorrect)),
            (Kind::Correctness, "It is not incorrect", Err(Invalid::None)),
        ];
        for (kind, text, wanted) in table {
            assert_eq!(Reader::V1.read(kind, text), wanted, "{text:?}");
        }
    }
}
