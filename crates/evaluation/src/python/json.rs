//! CPython's `json.dumps`, to the byte.

use std::fmt::Write as _;

use super::repr;
use crate::Value;

/// How JSON is written; the default is what `json.dumps(value)` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// A line for every entry, so many spaces deeper a level; none is all on one line.
    pub indent: Option<usize>,
    /// Whether letters beyond ASCII are escaped.
    pub ensure_ascii: bool,
    /// Whether keys are sorted.
    pub sort_keys: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { indent: None, ensure_ascii: true, sort_keys: false }
    }
}

/// `json.dumps(value, indent=…, ensure_ascii=…, sort_keys=…)`.
pub fn dumps(value: &Value, style: &Style) -> String {
    let mut out = String::new();
    write(&mut out, value, style, 0);
    out
}

/// As [`dumps`], of a dictionary that is no [`Value`] yet.
pub fn dumps_dict(dict: &crate::Dict, style: &Style) -> String {
    let mut out = String::new();
    write_dict(&mut out, dict, style, 0);
    out
}

fn write(out: &mut String, value: &Value, style: &Style, depth: usize) {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => write_float(out, *number),
        Value::Str(text) => write_text(out, text, style.ensure_ascii),
        Value::List(list) if list.is_empty() => out.push_str("[]"),
        Value::List(list) => {
            out.push('[');
            for (place, item) in list.iter().enumerate() {
                separate(out, place, style, depth + 1);
                write(out, item, style, depth + 1);
            }
            close(out, ']', style, depth);
        }
        Value::Dict(dict) => write_dict(out, dict, style, depth),
    }
}

fn write_dict(out: &mut String, dict: &crate::Dict, style: &Style, depth: usize) {
    if dict.is_empty() {
        return out.push_str("{}");
    }
    out.push('{');
    let mut entries: Vec<_> = dict.iter().collect();
    if style.sort_keys {
        entries.sort_by_key(|(key, _)| *key);
    }
    for (place, (key, item)) in entries.into_iter().enumerate() {
        separate(out, place, style, depth + 1);
        write_text(out, key, style.ensure_ascii);
        out.push_str(": ");
        write(out, item, style, depth + 1);
    }
    close(out, '}', style, depth);
}

fn separate(out: &mut String, place: usize, style: &Style, depth: usize) {
    match (style.indent, place) {
        (Some(width), place) => {
            out.push_str(if place > 0 { ",\n" } else { "\n" });
            out.extend(std::iter::repeat_n(' ', width * depth));
        }
        (None, 0) => {}
        (None, _) => out.push_str(", "),
    }
}

fn close(out: &mut String, bracket: char, style: &Style, depth: usize) {
    if let Some(width) = style.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', width * depth));
    }
    out.push(bracket);
}

fn write_float(out: &mut String, number: f64) {
    if number.is_nan() {
        out.push_str("NaN");
    } else if number.is_infinite() {
        out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        repr::float_into(out, number);
    }
}

/// `json.dumps(text, ensure_ascii=False)`.
pub fn text_into(out: &mut String, text: &str) {
    write_text(out, text, false);
}

/// Most of a text stands as it is, so it is copied from one letter that does not to the next.
fn write_text(out: &mut String, text: &str, ensure_ascii: bool) {
    let stands = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\' && (byte < 0x7f || !ensure_ascii);
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    // Only letters of one byte stop a run where letters beyond ASCII stand as they are, and any of these does elsewhere.
    while let Some(at) = rest.bytes().position(|byte| !stands(byte)) {
        let (run, behind) = rest.split_at(at);
        out.push_str(run);
        let mut letters = behind.chars();
        if let Some(letter) = letters.next() {
            write_letter(out, letter);
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn write_letter(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => escape(out, letter),
    }
}

fn escape(out: &mut String, letter: char) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::literal;

    // Every value here was printed by CPython 3.11.7.
    const SHOWN: &str =
        r#"{'a': [1, 2.0, 1e16, None, True], 'z': {}, 'b': 'q"\\\n\x0c\x7f한😀', 'e': [], 'n': {'k': []}}"#;

    #[test]
    fn one_line_is_cpythons() {
        let value = literal::parse(SHOWN).unwrap();
        let line = r#"{"a": [1, 2.0, 1e+16, null, true], "z": {}, "b": "q\"\\\n\f\u007f\ud55c\ud83d\ude00", "e": [], "n": {"k": []}}"#;
        assert_eq!(dumps(&value, &Style::default()), line);
        let sorted = Style { sort_keys: true, ensure_ascii: false, ..Style::default() };
        let line = "{\"a\": [1, 2.0, 1e+16, null, true], \"b\": \"q\\\"\\\\\\n\\f\u{7f}한😀\", \"e\": [], \"n\": {\"k\": []}, \"z\": {}}";
        assert_eq!(dumps(&value, &sorted), line);
    }

    #[test]
    fn indented_lines_are_cpythons() {
        let value = literal::parse("{'a': [1, {'b': 'ㄱ'}], 'c': [], 'd': {}}").unwrap();
        let style = Style { indent: Some(2), ensure_ascii: false, sort_keys: false };
        let lines = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"ㄱ\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}";
        assert_eq!(dumps(&value, &style), lines);
        assert_eq!(value.as_dict().map(|dict| dumps_dict(dict, &style)), Some(lines.into()));
    }

    #[test]
    fn floats_without_a_number_have_names() {
        let list = Value::List(vec![f64::NAN.into(), f64::INFINITY.into(), f64::NEG_INFINITY.into()]);
        assert_eq!(dumps(&list, &Style::default()), "[NaN, Infinity, -Infinity]");
    }
}
