//! `repr` and `str` of values.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::Value;

/// Python's `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    repr_into(&mut out, value);
    out
}

/// Python's `str(value)`: a text as it is, anything else as `repr` shows it.
pub fn str(value: &Value) -> String {
    let mut out = String::new();
    str_into(&mut out, value);
    out
}

/// As [`str()`], at the end of `out`.
pub fn str_into(out: &mut String, value: &Value) {
    match value {
        Value::Str(text) => out.push_str(text),
        other => repr_into(out, other),
    }
}

/// As [`repr`], at the end of `out`.
pub fn repr_into(out: &mut String, value: &Value) {
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => float_into(out, *number),
        Value::Str(text) => text_into(out, text),
        Value::List(list) => {
            out.push('[');
            for (place, item) in list.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                repr_into(out, item);
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (place, (key, item)) in dict.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                text_into(out, key);
                out.push_str(": ");
                repr_into(out, item);
            }
            out.push('}');
        }
    }
}

/// `repr` of a float: the fewest digits that read back as the same float; an exponent below 1e-4 and from 1e16 on.
pub(crate) fn float_into(out: &mut String, number: f64) {
    if number.is_nan() {
        return out.push_str("nan");
    }
    if number.is_infinite() {
        return out.push_str(if number > 0.0 { "inf" } else { "-inf" });
    }
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        let _ = write!(out, "{number}");
        if number.fract() == 0.0 {
            out.push_str(".0");
        }
        return;
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
}

/// `repr` of a text: in single quotes unless it has some and no double ones, with everything escaped that cannot be seen.
pub(crate) fn text_into(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.reserve(text.len() + 2);
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => {
                out.push('\\');
                out.push(letter);
            }
            letter if is_printable(letter) => out.push(letter),
            letter => escape_into(out, u32::from(letter)),
        }
    }
    out.push(quote);
}

fn escape_into(out: &mut String, code: u32) {
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Whether `str.isprintable` holds: no control, no format character, nothing unassigned, no space but the plain one.
///
/// Python 3.11 knows Unicode 14; letters that came later are taken as printable.
pub(crate) fn is_printable(letter: char) -> bool {
    match letter {
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{377}' => true,
        '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        other => {
            static HIDDEN: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^[\p{C}\p{Z}]$").ok());
            let mut buffer = [0; 4];
            !HIDDEN.as_ref().is_some_and(|hidden| hidden.is_match(other.encode_utf8(&mut buffer)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::literal;

    // Every value here was printed by CPython 3.11.7.

    #[test]
    fn floats_are_cpythons() {
        let floats = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e-7, "1e-07"),
            (0.0001, "0.0001"),
            (0.000_012_3, "1.23e-05"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (-2.5e22, "-2.5e+22"),
            (123_456.789, "123456.789"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (float, shown) in floats {
            assert_eq!(repr(&Value::Float(float)), shown);
        }
    }

    #[test]
    fn texts_are_cpythons() {
        let texts = [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("it's \"so\"", "'it\\'s \"so\"'"),
            ("한국어", "'한국어'"),
            ("a\\b\n\t\r", r"'a\\b\n\t\r'"),
            ("\0\x1f\x7f", r"'\x00\x1f\x7f'"),
            ("\u{a0}\u{ad}é", r"'\xa0\xadé'"),
            ("\u{200b}\u{2028}\u{3000}", r"'\u200b\u2028\u3000'"),
            ("😀\u{e0001}", "'😀\\U000e0001'"),
            ("\u{378}\u{e000}", r"'\u0378\ue000'"),
        ];
        for (text, shown) in texts {
            assert_eq!(repr(&Value::from(text)), shown);
            assert_eq!(literal::parse(shown), Ok(Value::from(text)));
            assert_eq!(str(&Value::from(text)), text);
        }
    }

    #[test]
    fn lists_and_dictionaries_show_what_is_in_them() {
        let list = Value::List(vec![
            Value::from(1_i64),
            Value::None,
            Value::from(true),
            Value::Dict([("k".into(), Value::from(2.5))].into_iter().collect()),
            Value::List(Vec::new()),
        ]);
        assert_eq!(str(&list), "[1, None, True, {'k': 2.5}, []]");
    }
}
