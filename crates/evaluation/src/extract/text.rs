//! A short text, from what a model wrote.
//!
//! What is taken, first found wins: the last `\boxed{…}`; what follows the last announcement ("정답:", "the answer is") in its
//! line; the last line.

use std::sync::LazyLock;

use regex::Regex;

use super::Extractor;
use super::normal::normal;

/// The extractor of short texts.
pub const TEXT: Extractor = Extractor { name: "text", version: 1 };

#[expect(clippy::unwrap_used, reason = "a constant pattern, which the tests compile")]
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^가-힣])(?:최종\s*)?(?:정답|해답|답안|답)\s*(?:은|는|:)|(?-u:\b)answer\s*(?:is|:)\s*:?")
        .unwrap()
});
const ENDINGS: [&str; 5] = ["입니다", "이에요", "예요", "이다", "임"];
const QUOTES: [char; 4] = ['"', '\'', '(', ')'];

/// The text that an answer comes to, without quotes, the mark at its end, and the ending of its sentence; none where there
/// is none.
pub fn read(answer: &str) -> Option<String> {
    let text = normal(answer);
    if let Some((_, boxed)) = text.rsplit_once("\\boxed{") {
        return bare(boxed.split('}').next()?);
    }
    let announced = CUE.find_iter(&text).filter_map(|cue| {
        let rest = text[cue.end()..].trim_start();
        announced(rest.split('\n').next()?)
    });
    announced.last().or_else(|| bare(text.trim_end().rsplit('\n').next()?))
}

fn announced(line: &str) -> Option<String> {
    let found = bare(line)?;
    let ending = ENDINGS.iter().find(|ending| found.ends_with(**ending) && found.len() > ending.len());
    match ending {
        Some(ending) => bare(&found[..found.len() - ending.len()]),
        None => Some(found),
    }
}

fn bare(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['.', '!', '?']).trim();
    let quoted = text.starts_with(QUOTES) && text.ends_with(QUOTES) && text.chars().count() > 2;
    let text = if quoted { text.trim_matches(QUOTES) } else { text };
    let text = text.trim().trim_end_matches('.');
    (!text.is_empty()).then(|| text.into())
}

/// Whether at least a fifth of the letters are Hangul: Korean questions may be full of formulas and names.
pub(crate) fn is_korean(text: impl Iterator<Item = char>) -> bool {
    let (mut hangul, mut letters) = (0_usize, 0_usize);
    for c in text {
        letters += usize::from(c.is_alphabetic());
        hangul += usize::from(('\u{ac00}'..='\u{d7a3}').contains(&c));
    }
    hangul * 5 >= letters && hangul > 0
}
