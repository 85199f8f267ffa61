//! `ast.literal_eval`: a value written as Python writes it.

use std::sync::Arc;

use crate::{Dict, Value};

/// Why a text is no literal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Python literal at byte {at}: {reason}")]
pub struct LiteralFault {
    /// Where, in bytes from the beginning.
    pub at: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// How deep lists may stand in lists; CPython gives up at 200 brackets as well.
const DEPTH: usize = 200;

/// `ast.literal_eval(text)`: texts, numbers, truth values, `None`, lists, tuples, sets and dictionaries of these.
///
/// A tuple and a set become a list; a key that is no text becomes the text that `str` makes of it. Bytes and complex
/// numbers are refused.
pub fn parse(text: &str) -> Result<Value, LiteralFault> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_lines();
    let first = reader.value(0)?;
    reader.skip_blanks();
    let value = if reader.peek() == Some(b',') { reader.bare_tuple(first)? } else { first };
    reader.skip_lines();
    if reader.at < text.len() {
        return Err(reader.fault("something follows the value"));
    }
    Ok(value)
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
}

impl<'text> Reader<'text> {
    fn fault(&self, reason: &'static str) -> LiteralFault {
        LiteralFault { at: self.at, reason }
    }

    fn rest(&self) -> &'text str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\x0c')) {
            self.at += 1;
        }
    }

    /// Blanks, line ends and comments, as they may stand within brackets.
    fn skip_lines(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\x0c' | b'\n' | b'\r') => self.at += 1,
                Some(b'#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                Some(b'\\') if self.rest().starts_with("\\\n") => self.at += 2,
                _ => return,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        if depth > DEPTH {
            return Err(self.fault("too many brackets"));
        }
        match self.peek() {
            Some(b'[') => self.list(b']', depth).map(|(list, _)| Value::List(list)),
            Some(b'(') => self.parenthesis(depth),
            Some(b'{') => self.braces(depth),
            Some(b'+' | b'-') => self.signed(depth),
            Some(b'0'..=b'9' | b'.') => self.number(),
            Some(b'\'' | b'"') => self.texts(depth),
            Some(_) => self.word(depth),
            None => Err(self.fault("nothing is here")),
        }
    }

    fn word(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        let length = self.rest().find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let word = &self.rest()[..length.unwrap_or(self.rest().len())];
        if matches!(self.rest().as_bytes().get(word.len()), Some(b'\'' | b'"')) {
            return self.texts(depth);
        }
        let value = match word {
            "None" => Value::None,
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            _ => return Err(self.fault("a name or a sign that is no literal")),
        };
        self.at += word.len();
        Ok(value)
    }

    /// What stands within brackets; and whether a comma was seen.
    fn list(&mut self, close: u8, depth: usize) -> Result<(Vec<Value>, bool), LiteralFault> {
        self.at += 1;
        let (mut list, mut comma) = (Vec::new(), false);
        loop {
            self.skip_lines();
            if self.take(close) {
                return Ok((list, comma));
            }
            list.push(self.value(depth + 1)?);
            self.skip_lines();
            if self.take(b',') {
                comma = true;
            } else if self.peek() != Some(close) {
                return Err(self.fault("a comma or the closing bracket is missing"));
            }
        }
    }

    fn parenthesis(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        let (mut list, comma) = self.list(b')', depth)?;
        if list.len() == 1 && !comma { Ok(list.swap_remove(0)) } else { Ok(Value::List(list)) }
    }

    fn bare_tuple(&mut self, first: Value) -> Result<Value, LiteralFault> {
        let mut list = vec![first];
        while self.take(b',') {
            self.skip_blanks();
            if matches!(self.peek(), None | Some(b'\n' | b'#')) {
                break;
            }
            list.push(self.value(0)?);
            self.skip_blanks();
        }
        Ok(Value::List(list))
    }

    fn braces(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        let start = self.at;
        self.at += 1;
        let mut dict = Dict::new();
        loop {
            self.skip_lines();
            if self.take(b'}') {
                return Ok(Value::Dict(dict));
            }
            let key = self.value(depth + 1)?;
            self.skip_lines();
            if !self.take(b':') {
                if !dict.is_empty() {
                    return Err(self.fault("a colon is missing"));
                }
                self.at = start;
                return self.list(b'}', depth).map(|(list, _)| Value::List(list));
            }
            self.skip_lines();
            let value = self.value(depth + 1)?;
            dict.insert(super::str(&key).into(), value);
            self.skip_lines();
            if !self.take(b',') && self.peek() != Some(b'}') {
                return Err(self.fault("a comma or the closing brace is missing"));
            }
        }
    }

    fn signed(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        let negative = self.peek() == Some(b'-');
        self.at += 1;
        self.skip_blanks();
        // The smallest whole number has no positive twin, so its sign has to be read with it.
        if negative && self.rest().starts_with("9223372036854775808") {
            self.at += 19;
            return Ok(Value::Int(i64::MIN));
        }
        match (negative, self.value(depth + 1)?) {
            (false, value @ (Value::Int(_) | Value::Float(_))) => Ok(value),
            (true, Value::Int(number)) => Ok(Value::Int(-number)),
            (true, Value::Float(number)) => Ok(Value::Float(-number)),
            _ => Err(self.fault("a sign before something that is no number")),
        }
    }

    fn number(&mut self) -> Result<Value, LiteralFault> {
        let bytes = self.rest().as_bytes();
        let mut length = 0;
        while let Some(byte) = bytes.get(length) {
            let exponent = length > 0
                && matches!(byte, b'+' | b'-')
                && matches!(bytes[length - 1], b'e' | b'E')
                && !bytes.starts_with(b"0x");
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || exponent) {
                break;
            }
            length += 1;
        }
        let digits = self.rest()[..length].replace('_', "");
        let value = Self::number_of(&digits).ok_or_else(|| self.fault("not a number"))?;
        self.at += length;
        Ok(value)
    }

    fn number_of(digits: &str) -> Option<Value> {
        let lower = digits.to_ascii_lowercase();
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if let Some(digits) = lower.strip_prefix(prefix) {
                return i64::from_str_radix(digits, radix).ok().map(Value::Int);
            }
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
            if padded {
                return None;
            }
            return digits.parse().map(Value::Int).ok().or_else(|| digits.parse().ok().map(Value::Float));
        }
        let plain = lower.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-'));
        if plain { lower.parse().ok().map(Value::Float) } else { None }
    }

    /// One text or several side by side, which are one.
    fn texts(&mut self, depth: usize) -> Result<Value, LiteralFault> {
        let mut all = String::new();
        loop {
            self.one_text(&mut all)?;
            let after = self.at;
            if depth > 0 {
                self.skip_lines()
            } else {
                self.skip_blanks()
            }
            if !self.text_follows() {
                self.at = after;
                return Ok(Value::Str(Arc::from(all)));
            }
        }
    }

    fn text_follows(&self) -> bool {
        let bytes = self.rest().as_bytes();
        let prefix = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        prefix < 3 && matches!(bytes.get(prefix), Some(b'\'' | b'"'))
    }

    fn one_text(&mut self, all: &mut String) -> Result<(), LiteralFault> {
        let raw = match self.peek() {
            Some(b'r' | b'R') => true,
            Some(b'u' | b'U' | b'\'' | b'"') => false,
            _ => return Err(self.fault("bytes and formatted texts are not taken")),
        };
        self.at += usize::from(!matches!(self.peek(), Some(b'\'' | b'"')));
        let Some(quote) = self.peek().filter(|byte| matches!(byte, b'\'' | b'"')) else {
            return Err(self.fault("bytes and formatted texts are not taken"));
        };
        let long = self.rest().as_bytes().starts_with(&[quote; 3]);
        let width = if long { 3 } else { 1 };
        self.at += width;
        loop {
            let rest = self.rest();
            let Some(letter) = rest.chars().next() else {
                return Err(self.fault("the text has no end"));
            };
            if rest.as_bytes().iter().take(width).filter(|byte| **byte == quote).count() == width {
                self.at += width;
                return Ok(());
            }
            match letter {
                '\n' if !long => return Err(self.fault("the text has no end on its line")),
                '\\' if raw => {
                    all.push('\\');
                    self.at += 1;
                    if let Some(next) = self.rest().chars().next() {
                        all.push(next);
                        self.at += next.len_utf8();
                    }
                }
                '\\' => self.escape(all)?,
                letter => {
                    all.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, all: &mut String) -> Result<(), LiteralFault> {
        let Some(letter) = self.rest().chars().nth(1) else {
            return Err(self.fault("the text has no end"));
        };
        let made = match letter {
            '\n' => {
                self.at += 2;
                return Ok(());
            }
            '\\' | '\'' | '"' => letter,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0'..='7' => return self.octal(all),
            'x' => return self.hex(all, 2),
            'u' => return self.hex(all, 4),
            'U' => return self.hex(all, 8),
            'N' => return Err(self.fault("letters by name are not taken")),
            other => {
                all.push('\\');
                other
            }
        };
        all.push(made);
        self.at += 1 + letter.len_utf8();
        Ok(())
    }

    fn octal(&mut self, all: &mut String) -> Result<(), LiteralFault> {
        let digits = self.rest()[1..].bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        self.code(all, 1, digits, 8)
    }

    fn hex(&mut self, all: &mut String, digits: usize) -> Result<(), LiteralFault> {
        self.code(all, 2, digits, 16)
    }

    fn code(&mut self, all: &mut String, skip: usize, digits: usize, radix: u32) -> Result<(), LiteralFault> {
        let number = self.rest().get(skip..skip + digits).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let letter = number.and_then(char::from_u32).ok_or_else(|| self.fault("no letter has this number"))?;
        all.push(letter);
        self.at += skip + digits;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::repr;

    #[test]
    fn literals_read_as_cpython_reads_them() {
        // On the right what `repr(ast.literal_eval(…))` printed, tuples and sets as lists.
        let literals = [
            ("  [1, -2, 3.5, 1e3, .5, 1_000]", "[1, -2, 3.5, 1000.0, 0.5, 1000]"),
            ("['a', \"it's\", 'x' 'y']", "['a', \"it's\", 'xy']"),
            ("('a',)", "['a']"),
            ("('a')", "'a'"),
            ("()", "[]"),
            ("1, 2,", "[1, 2]"),
            ("{'a': 1, 'b': [True, None, False]}", "{'a': 1, 'b': [True, None, False]}"),
            ("{}", "{}"),
            ("{'a', 'b'}", "['a', 'b']"),
            ("'''a\nb'''", "'a\\nb'"),
            (r"'\x41\u00e9\U0001f600\101\n\q'", r"'Aé😀A\n\\q'"),
            (r"r'\d\''", r#""\\d\\'""#),
            ("[1, # one\n 2\n]\n", "[1, 2]"),
            ("0x1F", "31"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("100000000000000000000", "1e+20"),
            ("[[[]], [{}]]", "[[[]], [{}]]"),
        ];
        for (text, shown) in literals {
            let value = parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(repr(&value), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        let others = [
            "",
            "a",
            "[1, 2",
            "[1 2]",
            "'a",
            "1 2",
            "f('x')",
            "b'x'",
            "f'x'",
            "012",
            "1+",
            "[a]",
            "{'a': 1, 'b'}",
            "-'a'",
        ];
        for text in others {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert_eq!(parse("[1 2]"), Err(LiteralFault { at: 3, reason: "a comma or the closing bracket is missing" }));
    }
}
