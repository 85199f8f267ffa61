//! Python's literals, read from tokens: texts, numbers, `True`, `False`, `None`, and lists and dictionaries of them.

use super::token::{Kind, Token};
use crate::{Dict, Value};

/// The value that `tokens` spell out, if they are a literal and nothing else. A tuple and a set are lists.
pub(super) fn evaluate(text: &str, tokens: &[Token]) -> Option<Value> {
    let mut reader = Reader { text, tokens, place: 0, depth: 0 };
    let value = reader.value()?;
    if reader.place == tokens.len() {
        return Some(value);
    }
    // A tuple may stand without brackets.
    let mut list = vec![value];
    while reader.take(",") {
        if reader.place == tokens.len() {
            break;
        }
        list.push(reader.value()?);
    }
    (reader.place == tokens.len()).then_some(Value::List(list))
}

/// How deep brackets may be nested.
const DEPTH: usize = 64;

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    place: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<(Kind, &'a str)> {
        let token = self.tokens.get(self.place)?;
        Some((token.kind, &self.text[token.place.clone()]))
    }

    fn take(&mut self, operator: &str) -> bool {
        let there = self.peek() == Some((Kind::Operator, operator));
        self.place += usize::from(there);
        there
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        let value = if self.depth > DEPTH { None } else { self.plain_value() };
        self.depth -= 1;
        value
    }

    fn plain_value(&mut self) -> Option<Value> {
        let (kind, word) = self.peek()?;
        self.place += 1;
        match (kind, word) {
            (Kind::Name, "None") => Some(Value::None),
            (Kind::Name, "True") => Some(Value::Bool(true)),
            (Kind::Name, "False") => Some(Value::Bool(false)),
            (Kind::Number, _) => number(word),
            (Kind::Text, _) => {
                let mut joined = unquote(word)?;
                while let Some((Kind::Text, more)) = self.peek() {
                    joined.push_str(&unquote(more)?);
                    self.place += 1;
                }
                Some(joined.into())
            }
            (Kind::Operator, "-") => match self.value()? {
                Value::Int(number) => Some(Value::Int(number.checked_neg()?)),
                Value::Float(number) => Some(Value::Float(-number)),
                _ => None,
            },
            (Kind::Operator, "[") => self.list("]").map(|(list, _)| Value::List(list)),
            (Kind::Operator, "(") => self.list(")").map(|(mut list, tuple)| match list.len() {
                1 if !tuple => list.remove(0),
                _ => Value::List(list),
            }),
            (Kind::Operator, "{") => self.braces(),
            _ => None,
        }
    }

    /// Values up to `end`, and whether there was a comma.
    fn list(&mut self, end: &str) -> Option<(Vec<Value>, bool)> {
        let (mut list, mut comma) = (Vec::new(), false);
        while !self.take(end) {
            if !list.is_empty() && !comma {
                return None;
            }
            list.push(self.value()?);
            comma = self.take(",");
        }
        let tuple = comma || list.len() != 1;
        Some((list, tuple)).filter(|(list, _)| !list.is_empty() || end != "}")
    }

    fn braces(&mut self) -> Option<Value> {
        let start = self.place;
        if let Some(dict) = self.dict() {
            return Some(Value::Dict(dict));
        }
        self.place = start;
        self.list("}").map(|(list, _)| Value::List(list))
    }

    fn dict(&mut self) -> Option<Dict> {
        let mut dict = Dict::new();
        let mut comma = true;
        while !self.take("}") {
            if !comma {
                return None;
            }
            let Value::Str(key) = self.value()? else { return None };
            if !self.take(":") {
                return None;
            }
            dict.insert(key, self.value()?);
            comma = self.take(",");
        }
        Some(dict)
    }
}

fn number(word: &str) -> Option<Value> {
    let plain = word.replace('_', "");
    if plain.starts_with('0') && plain.len() > 1 && !plain.contains('.') && !plain.contains(['e', 'E']) {
        return None;
    }
    plain.parse().map(Value::Int).or_else(|_| plain.parse().map(Value::Float)).ok()
}

/// The text that a quoted text spells; none if it has an escape that is not read here (`\N{…}`), or holds bytes.
pub(super) fn unquote(word: &str) -> Option<String> {
    let start = word.find(['"', '\''])?;
    let prefix = word[..start].to_ascii_lowercase();
    let quote = &word[start..=start];
    let triple = word[start..].starts_with(&quote.repeat(3)) && word.len() >= start + 6;
    let width = if triple { 3 } else { 1 };
    let body = word.get(start + width..word.len() - width)?;
    if prefix.contains('b') {
        return None;
    }
    if prefix.contains('r') { Some(body.to_owned()) } else { unescape(body) }
}

fn unescape(body: &str) -> Option<String> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        let escaped = rest[place + 1..].chars().next()?;
        rest = &rest[place + 1 + escaped.len_utf8()..];
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        match escaped {
            '\n' => {}
            'x' | 'u' | 'U' => {
                out.push(char::from_u32(u32::from_str_radix(rest.get(..digits)?, 16).ok()?)?);
                rest = &rest[digits..];
            }
            'N' => return None,
            '0'..='7' => {
                let length = rest.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let octal = format!("{escaped}{}", &rest[..length]);
                out.push(char::from_u32(u32::from_str_radix(&octal, 8).ok()?)?);
                rest = &rest[length..];
            }
            other => plain_escape(other, &mut out),
        }
    }
    out.push_str(rest);
    Some(out)
}

fn plain_escape(escaped: char, out: &mut String) {
    match escaped {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        'a' => out.push('\u{7}'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'v' => out.push('\u{b}'),
        '\\' | '\'' | '"' => out.push(escaped),
        // Python leaves an escape that it does not know as it stands.
        other => out.extend(['\\', other]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    fn read(text: &str) -> Option<Value> {
        let tokens = tokenize(text).unwrap();
        evaluate(text, &tokens[..tokens.len() - 1])
    }

    #[test]
    fn literals() {
        for (text, json) in [
            ("'a' \"b\"", r#""ab""#),
            ("r'\\d'", r#""\\d""#),
            ("'\\u00e9\\x41\\101\\q\\n'", r#""éAA\\q\n""#),
            ("'''a\nb'''", r#""a\nb""#),
            ("''", r#""""#),
            ("[1, -2.5, True, None,]", "[1,-2.5,true,null]"),
            ("('a')", r#""a""#),
            ("('a',)", r#"["a"]"#),
            ("1, 2", "[1,2]"),
            ("{'a': [1], 'b': {}}", r#"{"a":[1],"b":{}}"#),
            ("{'a', 'b'}", r#"["a","b"]"#),
            ("1_000", "1000"),
        ] {
            assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), json, "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for text in [
            "f('a')",
            "a",
            "[x for x in y]",
            "{1: 2}",
            "b'a'",
            "'\\N{DASH}'",
            "1 + 1",
            "[1 2]",
            "{'a': 1 'b': 2}",
            "0o7",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(read(&deep), None);
    }
}
