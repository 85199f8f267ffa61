//! The methods of Python's `str`. Places and lengths are counted in code points, as Python counts them.

use std::sync::LazyLock;

/// `c.isspace()`: Unicode's white space and the four separators of ASCII.
pub fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

fn in_chars(chars: Option<&str>) -> impl Fn(char) -> bool + Copy + '_ {
    move |letter| chars.map_or_else(|| is_space(letter), |chars| chars.contains(letter))
}

/// `text.strip(chars)`; white space where no `chars` are given.
pub fn strip<'text>(text: &'text str, chars: Option<&str>) -> &'text str {
    text.trim_matches(in_chars(chars))
}

/// `text.lstrip(chars)`.
pub fn lstrip<'text>(text: &'text str, chars: Option<&str>) -> &'text str {
    text.trim_start_matches(in_chars(chars))
}

/// `text.rstrip(chars)`.
pub fn rstrip<'text>(text: &'text str, chars: Option<&str>) -> &'text str {
    text.trim_end_matches(in_chars(chars))
}

/// `text.split()`: at runs of white space, at most `most` times.
pub fn split_whitespace(text: &str, most: Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = lstrip(text, None);
    while !rest.is_empty() {
        let end = match most {
            Some(most) if parts.len() >= most => {
                parts.push(rstrip(rest, None));
                break;
            }
            _ => rest.find(is_space).unwrap_or(rest.len()),
        };
        parts.push(&rest[..end]);
        rest = lstrip(&rest[end..], None);
    }
    parts
}

/// `text.split(separator)`, at most `most` times. An empty separator, which Python refuses, splits nowhere.
pub fn split<'text>(text: &'text str, separator: &str, most: Option<usize>) -> Vec<&'text str> {
    match most {
        _ if separator.is_empty() => vec![text],
        Some(most) => text.splitn(most.saturating_add(1), separator).collect(),
        None => text.split(separator).collect(),
    }
}

/// `text.rsplit(separator)`, at most `most` times, from the end.
pub fn rsplit<'text>(text: &'text str, separator: &str, most: Option<usize>) -> Vec<&'text str> {
    let mut parts: Vec<_> = match most {
        _ if separator.is_empty() => vec![text],
        Some(most) => text.rsplitn(most.saturating_add(1), separator).collect(),
        None => text.rsplit(separator).collect(),
    };
    parts.reverse();
    parts
}

/// `text.splitlines(keepends)`.
pub fn splitlines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    let is_end = |letter| {
        matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    while !rest.is_empty() {
        let end = rest.find(is_end).unwrap_or(rest.len());
        let after = &rest[end..];
        let width = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(0, char::len_utf8) };
        lines.push(&rest[..if keep_ends { end + width } else { end }]);
        rest = &rest[end + width..];
    }
    lines
}

/// `text.partition(separator)`; none where it does not occur.
pub fn partition<'text>(text: &'text str, separator: &str) -> Option<(&'text str, &'text str)> {
    text.split_once(separator)
}

/// `text.rpartition(separator)`; none where it does not occur.
pub fn rpartition<'text>(text: &'text str, separator: &str) -> Option<(&'text str, &'text str)> {
    text.rsplit_once(separator)
}

/// `text.find(part)` and `text.index(part)`: the place, in code points, where it first occurs.
pub fn find(text: &str, part: &str) -> Option<usize> {
    text.find(part).map(|at| text[..at].chars().count())
}

/// `text.rfind(part)` and `text.rindex(part)`: the place, in code points, where it last occurs.
pub fn rfind(text: &str, part: &str) -> Option<usize> {
    text.rfind(part).map(|at| text[..at].chars().count())
}

/// `text.replace(old, new, count)`; everywhere where no `count` is given.
pub fn replace(text: &str, old: &str, new: &str, count: Option<usize>) -> String {
    count.map_or_else(|| text.replace(old, new), |count| text.replacen(old, new, count))
}

/// `text.count(part)`, where they do not overlap.
pub fn count(text: &str, part: &str) -> usize {
    if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() }
}

/// `text.capitalize()`.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let mut made = String::with_capacity(text.len());
    if let Some(first) = letters.next() {
        push_title(&mut made, first);
        push_lower(&mut made, text, letters.as_str());
    }
    made
}

/// `text.title()`: every run of letters with case begins large and goes on small.
pub fn title(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut within = false;
    for (at, letter) in text.char_indices() {
        let ends = || !text[at + letter.len_utf8()..].starts_with(is_cased);
        match letter {
            // The small sigma that ends a word is another letter.
            'Σ' if within && ends() => made.push('ς'),
            _ if within => made.extend(letter.to_lowercase()),
            _ => push_title(&mut made, letter),
        }
        within = is_cased(letter);
    }
    made
}

/// `text.swapcase()`.
pub fn swapcase(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_uppercase() { made.extend(letter.to_lowercase()) } else { made.extend(letter.to_uppercase()) }
    }
    made
}

/// The end of a text in small letters; a sigma at a word's end depends on what is before it.
fn push_lower(made: &mut String, whole: &str, rest: &str) {
    let head = whole[..whole.len() - rest.len()].to_lowercase().len();
    made.push_str(&whole.to_lowercase()[head..]);
}

fn is_cased(letter: char) -> bool {
    letter.is_uppercase() || letter.is_lowercase() || is_title(letter)
}

fn is_title(letter: char) -> bool {
    matches!(u32::from(letter), 0x1c5 | 0x1c8 | 0x1cb | 0x1f2 | 0x1f88..=0x1f8f | 0x1f98..=0x1f9f | 0x1fa8..=0x1faf)
        || matches!(u32::from(letter), 0x1fbc | 0x1fcc | 0x1ffc)
}

/// The title case of a letter, Unicode's full mapping: the large letter, but for the 135 letters that have another.
fn push_title(made: &mut String, letter: char) {
    let code = u32::from(letter);
    let single = match code {
        0x1c4..=0x1c6 => 0x1c5,
        0x1c7..=0x1c9 => 0x1c8,
        0x1ca..=0x1cc => 0x1cb,
        0x1f1..=0x1f3 => 0x1f2,
        0x10d0..=0x10fa | 0x10fd..=0x10ff => code,
        0x1f80..=0x1faf => code | 8,
        0x1fb3 | 0x1fbc | 0x1fb7 => 0x1fbc,
        0x1fc3 | 0x1fcc | 0x1fc7 => 0x1fcc,
        0x1ff3 | 0x1ffc | 0x1ff7 => 0x1ffc,
        _ => 0,
    };
    if single > 0 {
        made.extend(char::from_u32(single));
        if matches!(code, 0x1fb7 | 0x1fc7 | 0x1ff7) {
            made.push('\u{342}');
        }
        return;
    }
    let mut large = letter.to_uppercase();
    made.extend(large.next());
    match code {
        0x1fb2 | 0x1fb4 | 0x1fc2 | 0x1fc4 | 0x1ff2 | 0x1ff4 => made.push('\u{345}'),
        // A ligature becomes its letters, of which only the first is large; accents that a letter sheds stay as they are.
        _ => made.extend(large.flat_map(char::to_lowercase)),
    }
}

/// `text.isdecimal()`: digits of decimal systems only, and at least one.
pub fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_decimal_letter)
}

fn is_decimal_letter(letter: char) -> bool {
    static DECIMAL: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^\p{Nd}$").ok());
    if letter.is_ascii() {
        return letter.is_ascii_digit();
    }
    letter.is_numeric() && DECIMAL.as_ref().is_some_and(|decimal| decimal.is_match(letter.encode_utf8(&mut [0; 4])))
}

/// `text.isdigit()`: decimal digits, and those in circles, above and below the line; and at least one.
pub fn is_digit(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| is_decimal_letter(letter) || is_other_digit(letter))
}

fn is_other_digit(letter: char) -> bool {
    let code = u32::from(letter);
    matches!(code, 0xb2 | 0xb3 | 0xb9 | 0x1369..=0x1371 | 0x19da | 0x2070 | 0x2074..=0x2079 | 0x2080..=0x2089)
        || matches!(code, 0x2460..=0x2468 | 0x2474..=0x247c | 0x2488..=0x2490 | 0x24ea | 0x24f5..=0x24fd | 0x24ff)
        || matches!(code, 0x2776..=0x277e | 0x2780..=0x2788 | 0x278a..=0x2792 | 0x10a40..=0x10a43 | 0x10e60..=0x10e68)
        || matches!(code, 0x11052..=0x1105a | 0x1f100..=0x1f10a)
}

/// `c.isalpha()`: a letter of any writing; no mark.
pub fn is_alpha(letter: char) -> bool {
    static LETTER: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^\p{L}$").ok());
    if letter.is_ascii() {
        return letter.is_ascii_alphabetic();
    }
    // Every letter is alphabetic to Unicode, but so are some marks and signs.
    letter.is_alphabetic() && LETTER.as_ref().is_some_and(|all| all.is_match(letter.encode_utf8(&mut [0; 4])))
}

/// `c.isalnum()`: a letter or a number of any kind.
pub fn is_alnum(letter: char) -> bool {
    letter.is_numeric() || is_alpha(letter)
}

/// `text.islower()`: it has letters with case, and none of them is large.
pub fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(|letter| letter.is_uppercase() || is_title(letter))
}

/// `text.isupper()`: it has letters with case, and none of them is small.
pub fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(|letter| letter.is_lowercase() || is_title(letter))
}

/// `text.zfill(width)`: zeros before it, after its sign.
pub fn zfill(text: &str, width: usize) -> String {
    let zeros = "0".repeat(width.saturating_sub(text.chars().count()));
    match text.as_bytes().first() {
        Some(b'+' | b'-') => format!("{}{zeros}{}", &text[..1], &text[1..]),
        _ => format!("{zeros}{text}"),
    }
}

/// `text[start:stop]`, where negative places count from the end.
pub fn slice(text: &str, start: Option<i64>, stop: Option<i64>) -> &str {
    let length = if start.unwrap_or(0) < 0 || stop.unwrap_or(0) < 0 { text.chars().count() } else { usize::MAX };
    let place = |at: i64| {
        let size = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
        if at < 0 { length.saturating_sub(size) } else { size }
    };
    let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    let from = start.map_or(0, |at| byte(place(at)));
    let to = stop.map_or(text.len(), |at| byte(place(at)));
    text.get(from..to).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    // Every value here was printed by CPython 3.11.7.

    #[test]
    fn stripping_is_cpythons() {
        assert_eq!(strip(" \u{3000}\u{1c}a\u{85}\n", None), "a");
        assert_eq!(strip("xxabcyx", Some("xy")), "abc");
        assert_eq!((lstrip("  a ", None), rstrip("  a ", None)), ("a ", "  a"));
        assert_eq!(strip(" a ", Some("")), " a ");
    }

    #[test]
    fn splitting_is_cpythons() {
        assert_eq!(split_whitespace("  a \u{1f} b\nc  ", None), ["a", "b", "c"]);
        assert_eq!(split_whitespace("  a  b  c  ", Some(1)), ["a", "b  c"]);
        assert_eq!(split_whitespace(" \n", None), [""; 0]);
        assert_eq!(split("a,,b,", ",", None), ["a", "", "b", ""]);
        assert_eq!(split("a,b,c", ",", Some(1)), ["a", "b,c"]);
        assert_eq!(rsplit("a,b,c", ",", Some(1)), ["a,b", "c"]);
        assert_eq!(split("", ",", None), [""]);
        assert_eq!(splitlines("a\r\nb\rc\u{2028}d\n", false), ["a", "b", "c", "d"]);
        assert_eq!(splitlines("a\r\n\nb", true), ["a\r\n", "\n", "b"]);
        assert_eq!((partition("a=b=c", "="), rpartition("a=b=c", "=")), (Some(("a", "b=c")), Some(("a=b", "c"))));
    }

    #[test]
    fn case_is_cpythons() {
        let letters = [
            ("hELLO wORLD", "Hello world", "Hello World"),
            ("they're bill's", "They're bill's", "They'Re Bill'S"),
            ("ßA", "Ssa", "Ssa"),
            ("ﬁx ǆ", "Fix ǆ", "Fix ǅ"),
            ("ΑΣ ΟΔΟΣ", "Ας οδος", "Ας Οδος"),
            ("ა 한국 1st", "ა 한국 1st", "ა 한국 1St"),
        ];
        for (text, capital, titled) in letters {
            assert_eq!(capitalize(text), capital);
            assert_eq!(title(text), titled);
        }
        assert_eq!(swapcase("aBß"), "AbSS");
    }

    #[test]
    fn classes_are_cpythons() {
        assert!(
            is_digit("12") && is_digit("²①") && is_digit("٣") && !is_digit("½") && !is_digit("") && !is_digit("-1")
        );
        assert!(is_decimal("1٣") && !is_decimal("²"));
        assert!(is_alpha('한') && is_alpha('ª') && !is_alpha('ा') && !is_alpha('1') && is_alnum('½') && !is_alnum('_'));
        assert!(is_lower("ab1") && !is_lower("aB") && !is_lower("1") && is_upper("A1") && !is_upper("Aǅ"));
    }

    #[test]
    fn places_count_code_points() {
        assert_eq!((find("한국어", "어"), rfind("가나가", "가"), find("a", "b")), (Some(2), Some(2), None));
        assert_eq!((slice("한국어", Some(1), None), slice("한국어", None, Some(-1))), ("국어", "한국"));
        assert_eq!(
            (slice("abc", Some(-2), Some(-1)), slice("abc", Some(2), Some(1)), slice("abc", Some(9), None)),
            ("b", "", "")
        );
        assert_eq!((count("aaaa", "aa"), count("한국", "")), (2, 3));
        assert_eq!((zfill("-7", 4), replace("aaa", "a", "b", Some(2))), ("-007".into(), "bba".into()));
    }
}
