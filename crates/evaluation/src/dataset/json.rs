//! JSON as data files have it: with `NaN` and infinities, whole numbers apart from floats, nested only so deep.
//!
//! RFC 8259, and the three names that Python's `json` and Arrow add to it.

use std::sync::Arc;

use crate::{Dict, Value};

/// Deeper nesting than this is taken for an attack on the stack.
const DEEPEST: usize = 200;

/// What is wrong, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JsonFault {
    pub(super) at: usize,
    pub(super) reason: &'static str,
}

/// The value at the beginning of `bytes`; what follows it is not looked at.
pub(super) fn first(bytes: &[u8]) -> Result<Value, JsonFault> {
    let mut parser = Parser { bytes, at: 0, depth: 0 };
    parser.space();
    parser.value()
}

/// The one value that `bytes` is.
pub(crate) fn whole(bytes: &[u8]) -> Result<Value, JsonFault> {
    let mut parser = Parser { bytes, at: 0, depth: 0 };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.at == bytes.len() { Ok(value) } else { parser.fault("something follows the value") }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn fault<T>(&self, reason: &'static str) -> Result<T, JsonFault> {
        Err(JsonFault { at: self.at, reason })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.bytes[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self) -> Result<Value, JsonFault> {
        match self.peek() {
            Some(b'{') => self.nested(Self::dict),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => Ok(Value::Str(self.text()?.into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.name(),
            None => self.fault("the value is cut off"),
        }
    }

    fn name(&mut self) -> Result<Value, JsonFault> {
        let names: [(&[u8], Value); 6] = [
            (b"null", Value::None),
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
            (b"NaN", Value::Float(f64::NAN)),
            (b"Infinity", Value::Float(f64::INFINITY)),
            (b"Inf", Value::Float(f64::INFINITY)),
        ];
        for (word, value) in names {
            if self.word(word) {
                return Ok(value);
            }
        }
        self.fault("not a JSON value")
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<Value, JsonFault>) -> Result<Value, JsonFault> {
        if self.depth == DEEPEST {
            return self.fault("nested more than 200 deep");
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, JsonFault> {
        let mut list = Vec::new();
        if self.take(b']') {
            return Ok(Value::List(list));
        }
        loop {
            self.space();
            list.push(self.value()?);
            self.space();
            if self.take(b']') {
                return Ok(Value::List(list));
            }
            if !self.take(b',') {
                return self.fault("a list needs , or ] here");
            }
        }
    }

    fn dict(&mut self) -> Result<Value, JsonFault> {
        let mut dict = Dict::new();
        if self.take(b'}') {
            return Ok(Value::Dict(dict));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fault("an object needs a key in quotes here");
            }
            let key: Arc<str> = self.text()?.into();
            self.space();
            if !self.take(b':') {
                return self.fault("an object needs : here");
            }
            self.space();
            let value = self.value()?;
            if dict.insert(key, value).is_some() {
                return self.fault("a key is given twice in one object");
            }
            self.space();
            if self.take(b'}') {
                return Ok(Value::Dict(dict));
            }
            if !self.take(b',') {
                return self.fault("an object needs , or } here");
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonFault> {
        let from = self.at;
        self.take(b'-');
        if self.word(b"Infinity") || self.word(b"Inf") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let digits = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[from..self.at]).unwrap_or_default();
        let lead = &self.bytes[digits..self.at];
        if lead.len() > 1 && lead[0] == b'0' && lead[1].is_ascii_digit() {
            return self.fault("a number begins with 0");
        }
        if let Ok(whole) = text.parse::<i64>() {
            return Ok(Value::Int(whole));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            Ok(_) => self.fault("a number too large for a float"),
            Err(_) => self.fault("not a number"),
        }
    }

    fn text(&mut self) -> Result<String, JsonFault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let from = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\')) {
                self.at += 1;
            }
            match std::str::from_utf8(&self.bytes[from..self.at]) {
                Ok(plain) => text.push_str(plain),
                Err(_) => return self.fault("not UTF-8"),
            }
            if self.take(b'"') {
                return Ok(text);
            }
            if !self.take(b'\\') {
                return self.fault("a text is cut off");
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        let Some(byte) = self.peek() else { return self.fault("a text is cut off") };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.fault("no such escape"),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonFault> {
        let high = self.hex()?;
        if let Some(single) = char::from_u32(high) {
            return Ok(single);
        }
        if high >= 0xDC00 || !self.word(b"\\u") {
            return self.fault("half of a surrogate pair");
        }
        let low = self.hex()?;
        let pair = low.checked_sub(0xDC00).filter(|low| *low < 0x400);
        match pair.and_then(|low| char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low)) {
            Some(both) => Ok(both),
            None => self.fault("half of a surrogate pair"),
        }
    }

    fn hex(&mut self) -> Result<u32, JsonFault> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|four| std::str::from_utf8(four).ok());
        let digits = digits.filter(|four| four.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|four| u32::from_str_radix(four, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.fault("\\u needs four hexadecimal digits"),
        }
    }
}

/// Writes `value` so that [`whole`] reads the same back, floats and all.
pub(crate) fn write(value: &Value, to: &mut String) {
    use std::fmt::Write as _;
    match value {
        Value::None => to.push_str("null"),
        Value::Bool(truth) => to.push_str(if *truth { "true" } else { "false" }),
        // Writing to a text cannot fail.
        Value::Int(number) => drop(write!(to, "{number}")),
        Value::Float(number) if number.is_nan() => to.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            to.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(number) => drop(write!(to, "{number:?}")),
        Value::Str(text) => write_text(text, to),
        Value::List(list) => {
            to.push('[');
            for (place, item) in list.iter().enumerate() {
                to.push_str(if place == 0 { "" } else { "," });
                write(item, to);
            }
            to.push(']');
        }
        Value::Dict(dict) => write_dict(dict, to),
    }
}

/// Writes a row.
pub(crate) fn write_dict(dict: &Dict, to: &mut String) {
    to.push('{');
    for (place, (key, value)) in dict.iter().enumerate() {
        to.push_str(if place == 0 { "" } else { "," });
        write_text(key, to);
        to.push(':');
        write(value, to);
    }
    to.push('}');
}

fn write_text(text: &str, to: &mut String) {
    to.push('"');
    for letter in text.chars() {
        match letter {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            control if control < ' ' => to.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => to.push(other),
        }
    }
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> &'static str {
        whole(text.as_bytes()).unwrap_err().reason
    }

    #[test]
    fn kinds_stay_apart() {
        let value = whole(br#"{"a":[1,-0,1.0,1E5,9223372036854775808],"b":"\ud83d\ude00\u00e9/\/","c":null}"#).unwrap();
        let numbers =
            [Value::Int(1), Value::Int(0), Value::Float(1.0), Value::Float(1e5), Value::Float(9.223372036854776e18)];
        assert_eq!(value.get("a").unwrap().as_list().unwrap(), numbers);
        assert_eq!(value.get("b").unwrap().as_str(), Some("😀é//"));
        assert!(whole(b"NaN").unwrap().as_f64().unwrap().is_nan());
        assert_eq!(whole(b" -Infinity ").unwrap(), Value::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"f":[0.1,1e300,-2.0,5e-324],"s":"a\"b\\c\nd\u2028 \u0000","n":null,"t":true,"d":{},"i":-7}"#;
        let value = whole(text.as_bytes()).unwrap();
        let mut written = String::new();
        write(&value, &mut written);
        assert_eq!(whole(written.as_bytes()).unwrap(), value);
        assert!(!written.contains(['\n', '\0']) && written.contains("\\u0000"), "{written}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(reason(&"[".repeat(100_000)), "nested more than 200 deep");
        assert!(whole(format!("{}1{}", "[".repeat(200), "]".repeat(200)).as_bytes()).is_ok());
        assert_eq!(reason(r#"{"a":1,"a":2}"#), "a key is given twice in one object");
        assert_eq!(reason(r#""\ud800x""#), "half of a surrogate pair");
        assert_eq!(reason(r#""\ud800\ud800""#), "half of a surrogate pair");
        assert_eq!(reason("1e400"), "a number too large for a float");
        assert_eq!(reason("01"), "a number begins with 0");
        assert_eq!(reason("1-2"), "not a number");
        assert_eq!(reason(r#"{"a" 1}"#), "an object needs : here");
        assert_eq!(reason(r#""abc"#), "a text is cut off");
        assert_eq!(reason("1 2"), "something follows the value");
        assert_eq!(reason("nul"), "not a JSON value");
        assert_eq!(reason(""), "the value is cut off");
        assert_eq!(whole(b"\"\xff\"").unwrap_err().reason, "not UTF-8");
    }
}
