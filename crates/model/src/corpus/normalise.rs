//! Text in one form: composed characters, one kind of line ending, no signs that nobody sees.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text in Unicode's form NFC, lines ended by `\n`, every blank but the tab a plain one, without control characters,
/// noncharacters, marks of direction and invisible joints other than those that scripts need (U+200C, U+200D); lines
/// without blanks at their ends, at most one empty line in a row, and none at the ends of the text.
///
/// Hangul that was taken apart into its letters, as some file systems and PDF files have it, is put together again.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    // One end of line, not two.
    let text = if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    for line in text.split(is_line_end) {
        let line = clean_line(line);
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out.trim_start_matches(' ').to_owned()
}

fn is_line_end(sign: char) -> bool {
    matches!(sign, '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn clean_line(line: &str) -> String {
    let kept = line.chars().filter_map(|sign| match sign {
        '\t' => Some('\t'),
        sign if is_blank(sign) => Some(' '),
        sign if is_unseen(sign) => None,
        sign => Some(sign),
    });
    let kept: String = kept.collect();
    match is_nfc_quick(kept.chars()) {
        IsNormalized::Yes => kept,
        IsNormalized::No | IsNormalized::Maybe => kept.nfc().collect(),
    }
}

fn is_blank(sign: char) -> bool {
    matches!(sign, ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

fn is_unseen(sign: char) -> bool {
    let is_nonchar = matches!(sign, '\u{FDD0}'..='\u{FDEF}') || u32::from(sign) & 0xFFFE == 0xFFFE;
    let is_mark = matches!(
        sign,
        '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}' | '\u{FEFF}'
    );
    sign.is_control() || is_nonchar || is_mark
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_comes_into_one_form() {
        let cases = [
            ("\u{FEFF}첫 줄\r\n둘째 줄\r\n\r\n\r\n\r\n셋째 줄  \r", "첫 줄\n둘째 줄\n\n셋째 줄"),
            ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}", "한글"),
            ("a\u{0}b\u{200B}c\u{AD}d\u{202E}e", "abcde"),
            ("a\u{A0}b\u{3000}c\td", "a b c\td"),
            ("cafe\u{301}", "café"),
            ("a\n\nb\nc", "a\n\nb\nc"),
            ("\n \n", ""),
            ("", ""),
        ];
        for (given, wanted) in cases {
            assert_eq!(normalise(given), wanted, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_in_one_form_stays_as_it_is(text in "[ a-c가-나\u{1100}\u{1161}\u{301}\r\n\t\u{FEFF}\u{3000}]{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
