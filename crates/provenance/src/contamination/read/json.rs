//! The text of one line of JSON, found without reading the line into a tree.
//!
//! A line is looked at only as far as its text goes. What follows the text is not checked, and of two fields of one name
//! the first counts. Nesting costs no stack: what is not on the way to the text is skipped by counting brackets.

/// A step on the way to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Into a field of an object.
    Field(String),
    /// Into every element of a list.
    Each,
}

/// The way from a line to its text, such as `text`, `meta.body` or `messages.*.content`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextField(Vec<Step>);

impl TextField {
    /// `*` stands for every element of a list; a text found in several places is taken with a line break between.
    pub(crate) fn new(path: &str) -> Self {
        let step = |name: &str| if name == "*" { Step::Each } else { Step::Field(name.to_owned()) };
        Self(path.split('.').filter(|name| !name.is_empty()).map(step).collect())
    }
}

/// Why a line has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoText {
    /// It is not JSON, or cut off before the text ends.
    NotJson,
    /// The field is not there, or is null.
    Missing,
    /// The field is there and holds something else.
    NotText,
}

/// What was found beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Whether half a surrogate pair or bytes that are no UTF-8 had to be replaced.
    pub repaired: bool,
    /// Where in the line the text stands, between its quotes; none where it was put together from several places.
    pub place: Option<(usize, usize)>,
}

/// Puts the text of a line into `text`.
pub(crate) fn text_of(line: &[u8], field: &TextField, text: &mut String) -> Result<Found, NoText> {
    let mut bytes = std::mem::take(text).into_bytes();
    bytes.clear();
    let mut reader = Reader { line, at: 0, text: &mut bytes, texts: 0, place: (0, 0), repaired: false };
    let outcome = reader.value(&field.0);
    let (texts, place, mut repaired) = (reader.texts, reader.place, reader.repaired);
    match String::from_utf8(bytes) {
        Ok(whole) => *text = whole,
        Err(fault) => {
            repaired = true;
            *text = String::from_utf8_lossy(fault.as_bytes()).into_owned();
        }
    }
    match outcome {
        Err(Stop::Fault(fault)) => Err(fault),
        Ok(()) | Err(Stop::Found) if texts == 0 => Err(NoText::Missing),
        Ok(()) | Err(Stop::Found) => Ok(Found { repaired, place: (texts == 1).then_some(place) }),
    }
}

/// Why the reading of a line ends before the line does.
enum Stop {
    /// All that was wanted is there.
    Found,
    Fault(NoText),
}

const NOT_JSON: Stop = Stop::Fault(NoText::NotJson);

struct Reader<'a> {
    line: &'a [u8],
    at: usize,
    text: &'a mut Vec<u8>,
    /// How many texts were found, and where the last stands.
    texts: usize,
    place: (usize, usize),
    repaired: bool,
}

impl Reader<'_> {
    fn peek(&mut self) -> Result<u8, Stop> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += self.line[self.at..].iter().take_while(|byte| blank(byte)).count();
        self.line.get(self.at).copied().ok_or(NOT_JSON)
    }

    fn take(&mut self, wanted: u8) -> Result<(), Stop> {
        if self.peek()? != wanted {
            return Err(NOT_JSON);
        }
        self.at += 1;
        Ok(())
    }

    /// Goes into a value by the steps that are left. Recursion is as deep as the steps are many.
    fn value(&mut self, steps: &[Step]) -> Result<(), Stop> {
        match (self.peek()?, steps) {
            (b'"', []) => self.wanted(),
            (b'n', _) => self.skip(),
            (b'{', [Step::Field(name), rest @ ..]) => self.object(name, rest),
            (b'[', [Step::Each, rest @ ..]) => self.list(rest),
            (b'"' | b'{' | b'[' | b't' | b'f' | b'-' | b'0'..=b'9', _) => Err(Stop::Fault(NoText::NotText)),
            _ => Err(NOT_JSON),
        }
    }

    fn object(&mut self, name: &str, rest: &[Step]) -> Result<(), Stop> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.take(b'"')?;
            let key = self.string()?;
            self.take(b':')?;
            if is_named(&self.line[key.0..key.1], name) {
                self.value(rest)?;
                return if self.texts > 0 { Err(Stop::Found) } else { Ok(()) };
            }
            self.skip()?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(NOT_JSON),
            }
        }
    }

    fn list(&mut self, rest: &[Step]) -> Result<(), Stop> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let from = self.at;
            match self.value(rest) {
                // Elements of other forms hold no text; that is no fault of the line.
                Ok(()) | Err(Stop::Found | Stop::Fault(NoText::NotText | NoText::Missing)) => {}
                Err(fault) => return Err(fault),
            }
            self.at = from;
            self.skip()?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(NOT_JSON),
            }
        }
    }

    /// Where a string's inside begins and ends; its opening quote has been taken.
    fn string(&mut self) -> Result<(usize, usize), Stop> {
        let from = self.at;
        loop {
            let Some(length) = find_two(&self.line[self.at..], b'"', b'\\') else { return Err(NOT_JSON) };
            self.at += length;
            if self.line[self.at] == b'"' {
                self.at += 1;
                return Ok((from, self.at - 1));
            }
            self.at = (self.at + 2).min(self.line.len());
        }
    }

    /// The text itself.
    fn wanted(&mut self) -> Result<(), Stop> {
        self.take(b'"')?;
        if self.texts > 0 {
            self.text.push(b'\n');
        }
        self.texts += 1;
        self.place.0 = self.at;
        loop {
            let rest = &self.line[self.at..];
            let Some(length) = find_two(rest, b'"', b'\\') else { return Err(NOT_JSON) };
            self.text.extend_from_slice(&rest[..length]);
            self.at += length + 1;
            if rest[length] == b'"' {
                self.place.1 = self.at - 1;
                return Ok(());
            }
            let escape = unescape(&self.line[self.at..]).ok_or(NOT_JSON)?;
            self.at += escape.length;
            self.repaired |= escape.repaired;
            let mut buffer = [0; 4];
            self.text.extend_from_slice(escape.sign.encode_utf8(&mut buffer).as_bytes());
        }
    }

    /// Skips a value, however deep.
    fn skip(&mut self) -> Result<(), Stop> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                    self.at += self.line[self.at..].iter().take_while(|byte| is_word(byte)).count();
                }
                _ => return Err(NOT_JSON),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Whether the inside of a string spells a name, escapes undone.
fn is_named(inside: &[u8], name: &str) -> bool {
    if !inside.contains(&b'\\') {
        return inside == name.as_bytes();
    }
    let quoted = [b"\"", inside, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).is_ok_and(|spelled| spelled == name)
}

/// What an escape stands for.
pub(crate) struct Escape {
    pub sign: char,
    /// How long it is behind its backslash.
    pub length: usize,
    /// Whether half a surrogate pair was replaced.
    pub repaired: bool,
}

/// An escape, read behind its backslash.
pub(crate) fn unescape(bytes: &[u8]) -> Option<Escape> {
    let sign = match bytes.first()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        sign @ (b'"' | b'\\' | b'/') => char::from(*sign),
        b'u' => return unescape_code(bytes),
        _ => return None,
    };
    Some(Escape { sign, length: 1, repaired: false })
}

fn unescape_code(bytes: &[u8]) -> Option<Escape> {
    let high = hexadecimal(bytes.get(1..5)?)?;
    if let Some(sign) = char::from_u32(high) {
        return Some(Escape { sign, length: 5, repaired: false });
    }
    let low = match bytes.get(5..11) {
        Some([b'\\', b'u', digits @ ..]) if high < 0xDC00 => hexadecimal(digits),
        _ => None,
    };
    if let Some(low) = low.filter(|low| (0xDC00..0xE000).contains(low)) {
        let sign = char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?;
        return Some(Escape { sign, length: 11, repaired: false });
    }
    Some(Escape { sign: char::REPLACEMENT_CHARACTER, length: 5, repaired: true })
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

/// The first of two bytes, sixteen or more at a time.
pub(crate) fn find_two(bytes: &[u8], one: u8, other: u8) -> Option<usize> {
    const LANES: usize = 32;
    let mut at = 0;
    for chunk in bytes.chunks_exact(LANES) {
        let mut seen = 0_u8;
        for byte in chunk {
            seen |= u8::from(*byte == one) | u8::from(*byte == other);
        }
        if seen != 0 {
            break;
        }
        at += LANES;
    }
    bytes[at..].iter().position(|byte| *byte == one || *byte == other).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str, field: &str) -> Result<(String, bool), NoText> {
        let mut text = "left over".to_owned();
        text_of(line.as_bytes(), &TextField::new(field), &mut text).map(|found| (text, found.repaired))
    }

    #[test]
    fn texts_are_found_where_the_path_says() {
        let table = [
            (r#"{"text": "a\nb"}"#, "text", "a\nb"),
            (r#"{"id": [1, {"text": "no"}, "]"], "text": "yes", "rest": "#, "text", "yes"),
            (r#"{"te\u0078t": "\uac00\ud83d\ude00\"\\\/"}"#, "text", "가😀\"\\/"),
            (r#"{"meta": {"x": {}, "body": "b"}}"#, "meta.body", "b"),
            (r#"{"m": [{"role": "u", "c": "one"}, {"c": "two"}, 3]}"#, "m.*.c", "one\ntwo"),
            (r#"{"m": ["one", null, "two"]}"#, "m.*", "one\ntwo"),
            (r#""bare""#, "", "bare"),
            (r#" { "n" : -1.5e3 , "text" : "" } "#, "text", ""),
            (r#"{"text": "first", "text": "second"}"#, "text", "first"),
        ];
        for (line, field, wanted) in table {
            assert_eq!(text(line, field), Ok((wanted.to_owned(), false)), "{line}");
        }
    }

    #[test]
    fn what_is_broken_is_told_apart() {
        let table = [
            (r#"{"text": "a"#, NoText::NotJson),
            (r#"{"text": "a\x"}"#, NoText::NotJson),
            (r#"{"text": "a\u12"}"#, NoText::NotJson),
            (r#"{"text" "a"}"#, NoText::NotJson),
            (r#"{"a": ?, "text": "a"}"#, NoText::NotJson),
            ("", NoText::NotJson),
            ("plain", NoText::NotJson),
            ("{", NoText::NotJson),
            (r#"{"body": "a"}"#, NoText::Missing),
            (r#"{"text": null}"#, NoText::Missing),
            ("{}", NoText::Missing),
            (r#"{"text": 1}"#, NoText::NotText),
            (r#"{"text": ["a"]}"#, NoText::NotText),
            (r#"["a"]"#, NoText::NotText),
        ];
        for (line, wanted) in table {
            assert_eq!(text(line, "text"), Err(wanted), "{line}");
        }
    }

    #[test]
    fn halves_of_pairs_and_broken_bytes_are_replaced_and_told() {
        assert_eq!(text(r#"{"text": "a\ud800b"}"#, "text"), Ok(("a\u{FFFD}b".to_owned(), true)));
        assert_eq!(text(r#"{"text": "\udc00\ud800\u0041"}"#, "text"), Ok(("\u{FFFD}\u{FFFD}A".to_owned(), true)));
        let mut out = String::new();
        let field = TextField::new("text");
        assert_eq!(text_of(b"{\"text\": \"a\xFFb\"}", &field, &mut out).map(|found| found.repaired), Ok(true));
        assert_eq!(out, "a\u{FFFD}b");
    }

    #[test]
    fn nesting_of_any_depth_is_skipped() {
        let deep = format!("{{\"a\": {}{}, \"text\": \"t\"}}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(text(&deep, "text"), Ok(("t".to_owned(), false)));
        assert_eq!(text(&"[{\"a\":".repeat(1 << 18), "text"), Err(NoText::NotText));
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in 0..100 {
            let mut bytes = vec![b'x'; length];
            assert_eq!(find_two(&bytes, b'"', b'\\'), None);
            for at in 0..length {
                bytes[at] = if at % 2 == 0 { b'"' } else { b'\\' };
                assert_eq!(find_two(&bytes, b'"', b'\\'), Some(at));
                bytes[at] = b'x';
            }
        }
    }
}
