//! Is this byte string canonical JSON (RFC 8785)? One pass, no allocation in the common case.
//!
//! Writing canonical JSON is left to a library; *checking* it is here, because checking is what an
//! auditor does a million times over, and because two things that RFC 8785 lets pass would make an
//! event mean something other than what was said: an integer beyond 2^53 - 1 (RFC 8785 §3.2.2.3
//! rounds it to a double) and nesting without bound.

use std::cmp::Ordering;

/// Deeper nesting is refused, so that no reader needs more stack than this.
const MAX_DEPTH: usize = 64;

/// The largest integer that every JSON reader agrees on (RFC 7493 §2.2).
const MAX_EXACT_INTEGER: u64 = (1 << 53) - 1;

/// Why a byte string is not a canonical event, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {at}")]
pub struct NotCanonical {
    /// What is wrong.
    pub problem: &'static str,
    /// The offset of the byte where it was noticed.
    pub at: usize,
}

/// Accepts exactly the canonical form of one JSON value.
pub(crate) fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| NotCanonical { problem: "not UTF-8", at: error.valid_up_to() })?;
    let mut scan = Scan { text, at: 0 };
    scan.value(0)?;
    if scan.at == text.len() { Ok(()) } else { scan.fail("text after the value") }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn fail<T>(&self, problem: &'static str) -> Result<T, NotCanonical> {
        Err(NotCanonical { problem, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn value(&mut self, depth: usize) -> Result<(), NotCanonical> {
        if depth > MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<(), NotCanonical> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        self.fail("no JSON value")
    }

    fn array(&mut self, depth: usize) -> Result<(), NotCanonical> {
        self.at += 1;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("no comma or bracket after an array's value");
            }
        }
    }

    /// Keys must rise strictly, which orders them and rules out a second one of the same name.
    fn object(&mut self, depth: usize) -> Result<(), NotCanonical> {
        self.at += 1;
        if self.take(b'}') {
            return Ok(());
        }
        let mut previous: Option<&'a str> = None;
        loop {
            let key = self.string()?;
            if previous.is_some_and(|before| by_utf16(before, key) != Ordering::Less) {
                return self.fail("object keys out of order or repeated");
            }
            previous = Some(key);
            if !self.take(b':') {
                return self.fail("no colon after an object's key");
            }
            self.value(depth + 1)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("no comma or brace after an object's value");
            }
        }
    }

    /// The text between the quotes, escapes and all (RFC 8785 §3.2.2.2 leaves one spelling of each).
    fn string(&mut self) -> Result<&'a str, NotCanonical> {
        if !self.take(b'"') {
            return self.fail("no opening quote");
        }
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return self.fail("control character in a string"),
                Some(_) => self.at += 1,
                None => return self.fail("string without an end"),
            }
        }
        self.at += 1;
        Ok(&self.text[start..self.at - 1])
    }

    fn escape(&mut self) -> Result<(), NotCanonical> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        self.at += match rest {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', b'0', b'0', high @ (b'0' | b'1'), low, ..] if needs_hex(*high, *low) => 6,
            _ => return self.fail("escape that canonical JSON does not use"),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotCanonical> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let number = &self.text[start..self.at];
        if number.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
            let canonical = number.parse::<f64>().ok().filter(|value| value.is_finite());
            let canonical = canonical.and_then(|v| serde_json_canonicalizer::to_string(&v).ok());
            return match canonical {
                Some(canonical) if canonical == number => Ok(()),
                _ => self.fail("number not in its shortest form"),
            };
        }
        // Anything with a leading zero, a lone sign or minus zero has a shorter spelling.
        let shortest = match number.strip_prefix('-').unwrap_or(number).as_bytes() {
            [b'0'] => number == "0",
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        match number.parse::<i64>() {
            _ if !shortest => self.fail("number not in its shortest form"),
            Ok(value) if value.unsigned_abs() <= MAX_EXACT_INTEGER => Ok(()),
            _ => self.fail("integer beyond 2^53 - 1; write it as a string"),
        }
    }
}

/// `\u00XX` is canonical only for the control characters that have no short escape.
fn needs_hex(high: u8, low: u8) -> bool {
    match (high, low) {
        (b'0', b'8' | b'9' | b'a' | b'c' | b'd') => false,
        (_, b'0'..=b'9' | b'a'..=b'f') => true,
        _ => false,
    }
}

/// RFC 8785 §3.2.3 sorts keys by their UTF-16 code units.
fn by_utf16(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() && !left.contains('\\') && !right.contains('\\') {
        return left.cmp(right);
    }
    Decoded(left.encode_utf16()).cmp(Decoded(right.encode_utf16()))
}

/// A checked string's code units with its escapes undone.
struct Decoded<I>(I);

impl<I: Iterator<Item = u16>> Iterator for Decoded<I> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        const BACKSLASH: u16 = b'\\' as u16;
        let unit = self.0.next()?;
        if unit != BACKSLASH {
            return Some(unit);
        }
        Some(match u8::try_from(self.0.next()?).ok()? {
            b'b' => 0x08,
            b't' => 0x09,
            b'n' => 0x0a,
            b'f' => 0x0c,
            b'r' => 0x0d,
            b'u' => (0..4).try_fold(0, |value, _| {
                let digit = char::from(u8::try_from(self.0.next()?).ok()?).to_digit(16)?;
                Some(value * 16 + u16::try_from(digit).ok()?)
            })?,
            other => u16::from(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::check;

    /// The slow way: read it, write it canonically, compare. `None` where only this module is
    /// stricter.
    fn by_library(text: &str) -> Option<bool> {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return Some(false) };
        let same = serde_json_canonicalizer::to_string(&value).ok()? == text;
        (!holds_large_number(&value)).then_some(same)
    }

    fn holds_large_number(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_f64().is_none_or(|number| number.abs() > 9e15),
            Value::Array(items) => items.iter().any(holds_large_number),
            Value::Object(members) => members.values().any(holds_large_number),
            _ => false,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![any::<String>(), "[a-c\u{0}-\u{1f}\"\\\\가-나\u{10000}-\u{10010}\u{ffff}]{0,4}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            (-1e7..1e7).prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

        #[test]
        fn what_the_library_writes_is_canonical(value in json()) {
            let text = serde_json_canonicalizer::to_string(&value).unwrap();
            prop_assert!(holds_large_number(&value) || check(text.as_bytes()).is_ok(), "{text}");
        }

        #[test]
        fn a_changed_text_is_judged_as_the_library_does(
            value in json(), at in any::<prop::sample::Index>(), byte in prop::sample::select(b"{}[],:\"\\0159-+.eEnub \n".to_vec()),
            insert in any::<bool>(),
        ) {
            let mut bytes = serde_json_canonicalizer::to_vec(&value).unwrap();
            let at = at.index(bytes.len());
            if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            if let Some(canonical) = by_library(&text) {
                prop_assert_eq!(check(text.as_bytes()).is_ok(), canonical, "{}", text);
            }
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = [
            "{}",
            "[]",
            "0",
            "-1",
            "9007199254740991",
            "1.5",
            "1e+300",
            "1e-7",
            "true",
            "null",
            r#"{"a":1,"b":[{}]}"#,
            r#""\u0000\b\t\n\f\r\u001f\"\\/""#,
            // By UTF-16 code units an astral character comes before U+FFFF.
            "{\"\u{10000}\":1,\"\u{ffff}\":2}",
        ];
        for text in good {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        let bad = [
            "",
            " {}",
            "{} ",
            "{\n}",
            "[1, 2]",
            "01",
            "-0",
            "+1",
            "1.0",
            "1e5",
            "1E400",
            ".5",
            "1.",
            "--1",
            "9007199254740992",
            "-9007199254740992",
            "100000000000000000000",
            "NaN",
            "nul",
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            r#"{a:1}"#,
            "[1,]",
            "[",
            "{",
            "\"a",
            r#""\u0041""#,
            r#""\u000a""#,
            r#""\u001F""#,
            r#""\/""#,
            r#""\ud800""#,
            "\"\n\"",
            "{\"\u{ffff}\":1,\"\u{10000}\":2}",
        ];
        for text in bad {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
        assert!(check(&[b'"', 0xff, b'"']).is_err());
        assert!(check("[".repeat(100_000).as_bytes()).is_err());
        assert!(check(format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
    }
}
