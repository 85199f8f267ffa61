//! Numbers written one way.

use crate::Value;
use crate::python::{self, text as py};

/// The text without white space around it; if it is a number, as a whole number where it is one.
///
/// HRM8K's `postprocess`: `str(int(float(s)))` or `str(float(s))`. Where `int` fails (not a number, infinite) the text stays.
pub(in crate::hook::ports) fn canonical(text: &str) -> String {
    let text = py::strip(text, None);
    match float(text) {
        Some(number) if number.is_finite() && number.fract() == 0.0 => whole(number),
        Some(number) => python::str(&Value::Float(number)),
        None => text.to_owned(),
    }
}

/// A whole number of any size.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    if digits == "-0" { "0".into() } else { digits }
}

/// Python's `float(text)` of ASCII digits.
pub(in crate::hook::ports) fn float(text: &str) -> Option<f64> {
    let text = py::strip(text, None);
    let bare = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let signs = text.len() - bare.len();
    let named = matches!(bare.as_str(), "inf" | "infinity" | "nan");
    let between = |place: usize| {
        let digit = |at: Option<usize>| at.and_then(|at| bare.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
        digit(place.checked_sub(1)) && digit(Some(place + 1))
    };
    let underscores = bare.match_indices('_').all(|(place, _)| between(place));
    let plain =
        !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-' | b'_'));
    if signs > 1 || !(named || (plain && underscores)) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // What CPython 3.11 gives for the same function.
    #[test]
    fn numbers_are_written_one_way() {
        for (text, written) in [
            (" 3.0 ", "3"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("0.50", "0.5"),
            ("1_000", "1000"),
            ("1__0", "1__0"),
            ("x", "x"),
            ("inf", "inf"),
            ("-Infinity", "-inf"),
            ("NaN", "nan"),
            ("1e22", "10000000000000000000000"),
            ("1e-7", "1e-07"),
            ("", ""),
            ("--1", "--1"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1,000", "1,000"),
            ("0x10", "0x10"),
        ] {
            assert_eq!(canonical(text), written, "{text:?}");
        }
    }
}
