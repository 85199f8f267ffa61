//! What language a text is in, told by the scripts it is written in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that figures are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Korean.
    #[serde(rename = "ko")]
    Korean,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Any other, or none that could be told.
    #[serde(rename = "other")]
    Other,
}

/// Of the letters, the share of Hangul from which a text is Korean. Korean technical text is often half Latin.
const KOREAN_SHARE: f64 = 0.3;
/// Of the letters, the share of Hangul and Latin from which a text that is not Korean may be English.
const BOTH_SHARE: f64 = 0.9;
/// Of the words in Latin letters, the share of [`ENGLISH_WORDS`] from which a text is English. Running English has
/// about 30 %; other languages in Latin letters share only a few of these words.
const ENGLISH_WORD_SHARE: f64 = 0.06;
/// The most frequent words of English that are not also frequent words of its neighbours.
const ENGLISH_WORDS: [&str; 24] = [
    "the", "of", "and", "to", "is", "that", "it", "for", "with", "as", "was", "by", "be", "this", "are", "from", "or",
    "have", "not", "which", "you", "what", "where", "who",
];

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Korean, Self::English, Self::Other];

    /// Its short name: `ko`, `en` or `other`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
            Self::Other => "other",
        }
    }

    /// Tells the language of a text by its letters: Korean where at least 30 % of the letters are Hangul; English where
    /// at least 90 % are Latin or Hangul and at least 6 % of the words in Latin letters are among the most frequent of
    /// English; else other.
    ///
    /// Script shares cannot tell Korean with many Chinese characters from Chinese, nor say anything of code, of lists
    /// of names, or of texts of a few words; a text in both languages counts as Korean, unless most of it is English.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut hangul, mut latin, mut letters) = (0_usize, 0_usize, 0_usize);
        for sign in text.chars() {
            if sign.is_alphabetic() {
                letters += 1;
                hangul += usize::from(is_hangul(sign));
                latin += usize::from(is_latin(sign));
            }
        }
        let share = |count: usize| count as f64 / letters.max(1) as f64;
        if letters > 0 && share(hangul) >= KOREAN_SHARE {
            return Self::Korean;
        }
        if share(latin + hangul) >= BOTH_SHARE && english_word_share(text) >= ENGLISH_WORD_SHARE {
            return Self::English;
        }
        Self::Other
    }
}

impl fmt::Display for Language {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.code())
    }
}

/// Whether a sign is Hangul: a syllable or a letter of one, in the blocks of Unicode 16.
pub(crate) fn is_hangul(sign: char) -> bool {
    matches!(sign, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}')
}

fn is_latin(sign: char) -> bool {
    sign.is_ascii_alphabetic() || matches!(sign, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

/// Of the words in Latin letters, the share that is frequent English.
fn english_word_share(text: &str) -> f64 {
    let (mut english, mut all) = (0_usize, 0_usize);
    for word in text.split(|sign: char| !sign.is_alphabetic()).filter(|word| word.chars().all(is_latin)) {
        if !word.is_empty() {
            all += 1;
            english += usize::from(ENGLISH_WORDS.iter().any(|common| word.eq_ignore_ascii_case(common)));
        }
    }
    english as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_by_their_letters() {
        let cases = [
            ("제1조(목적) 이 법은 국민의 권리를 정한다.", Language::Korean),
            ("REST API 서버를 Docker 컨테이너로 배포하는 방법을 설명합니다.", Language::Korean),
            ("The law of the land is what the people have made of it.", Language::English),
            (
                "The harbour has seven boats. In the morning the boats go out, and at night they come home with fish for \
                 the market. 이 항구에는 배가 일곱 척 있습니다.",
                Language::English,
            ),
            ("Das Gesetz ist für alle gleich, und niemand steht darüber.", Language::Other),
            ("法律面前人人平等。", Language::Other),
            ("これは日本語の文章です。", Language::Other),
            ("1 + 2 = 3", Language::Other),
            ("", Language::Other),
        ];
        for (text, language) in cases {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }
}
