//! What a plain scalar is in YAML 1.1.

use crate::Value;

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    /// `<<`.
    Merge,
    /// `=`, a type of its own that PyYAML knows only as a key.
    Default,
    Str,
}

impl Type {
    /// Its name, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "truth value",
            Self::Int => "whole number",
            Self::Float => "number",
            Self::Timestamp => "date",
            Self::Merge => "merge key",
            Self::Default => "default value",
            Self::Str => "text",
        }
    }
}

/// The type that a plain scalar has by its looks; the order is PyYAML's.
pub(super) fn implicit(text: &str) -> Type {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Type::Null,
        "<<" => return Type::Merge,
        "=" => return Type::Default,
        _ => {}
    }
    if boolean(text).is_some() {
        return Type::Bool;
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Type::Str;
    }
    match text {
        text if is_float(text) => Type::Float,
        text if is_int(text) => Type::Int,
        text if Timestamp::read(text, true).is_some() => Type::Timestamp,
        _ => Type::Str,
    }
}

/// Reads `text` as a `kind`; none if it is not one.
pub(super) fn value(text: &str, kind: Type) -> Option<Value> {
    match kind {
        Type::Null => Some(Value::None),
        Type::Bool => boolean(&text.to_lowercase()).map(Value::Bool),
        Type::Int => int(text),
        Type::Float => float(text).map(Value::Float),
        Type::Timestamp => Timestamp::read(text, false)?.printed().map(Value::from),
        Type::Str => Some(Value::from(text)),
        Type::Merge | Type::Default => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// Whether `text` is not empty and holds only such bytes.
fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn digit_or_blank(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// `12_3:4:59`: whole parts to the base of sixty.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let head = parts.next().unwrap_or_default();
    let sixty = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => matches!(ten, b'0'..=b'5') && one.is_ascii_digit(),
        _ => false,
    };
    text.contains(':')
        && head.starts_with(|first: char| first.is_ascii_digit())
        && all(head, digit_or_blank)
        && parts.all(sixty)
}

fn is_int(text: &str) -> bool {
    let text = unsigned(text);
    if let Some(rest) = text.strip_prefix("0b").or_else(|| text.strip_prefix("0x")) {
        let hexadecimal = text.starts_with("0x");
        let allowed =
            |byte: u8| byte == b'_' || if hexadecimal { byte.is_ascii_hexdigit() } else { matches!(byte, b'0' | b'1') };
        return all(rest, allowed);
    }
    match text.as_bytes() {
        [b'0'] => true,
        [b'0', rest @ ..] => rest.iter().all(|byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', ..] => all(text, digit_or_blank) || is_sexagesimal(text),
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") || matches!(unsigned(text), ".inf" | ".Inf" | ".INF") {
        return true;
    }
    // The exponent must have a sign; `1.5e5` is a text.
    let (body, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.starts_with(['-', '+']) && all(&exponent[1..], |byte: u8| byte.is_ascii_digit())
    });
    let Some((whole, fraction)) = body.split_once('.') else { return false };
    if !exponent_fits || !fraction.bytes().all(digit_or_blank) {
        return false;
    }
    if whole.is_empty() {
        return fraction.starts_with(|first: char| first.is_ascii_digit());
    }
    let whole = unsigned(whole);
    let plain = whole.starts_with(|first: char| first.is_ascii_digit()) && all(whole, digit_or_blank);
    plain || (exponent.is_none() && is_sexagesimal(whole))
}

/// A whole number as PyYAML's constructor makes it; beyond 64 bits it is a float.
fn int(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    let negative = text.starts_with('-');
    let text = unsigned(&text);
    let number = if text == "0" {
        Some(0)
    } else if let Some(digits) = text.strip_prefix("0b") {
        i128::from_str_radix(digits, 2).ok()
    } else if let Some(digits) = text.strip_prefix("0x") {
        i128::from_str_radix(digits, 16).ok()
    } else if text.starts_with('0') {
        i128::from_str_radix(text, 8).ok()
    } else if text.contains(':') {
        let add = |sum: i128, part: &str| sum.checked_mul(60)?.checked_add(part.parse().ok()?);
        text.split(':').try_fold(0, add)
    } else if text.starts_with(['-', '+']) {
        None
    } else {
        match text.parse::<i128>() {
            Ok(number) => Some(number),
            // So many digits are a number all the same.
            Err(_) if all(text, |byte: u8| byte.is_ascii_digit()) => {
                return text.parse::<f64>().ok().map(|number| Value::Float(if negative { -number } else { number }));
            }
            Err(_) => None,
        }
    }?;
    let number = if negative { -number } else { number };
    #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits a number is a float, as `Value` says")]
    Some(i64::try_from(number).map_or(Value::Float(number as f64), Value::Int))
}

fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned(&text) {
        ".inf" => Some(sign * f64::INFINITY),
        ".nan" => Some(f64::NAN),
        text if text.contains(':') => {
            let add = |sum: f64, part: &str| Some(sum * 60.0 + part.parse::<f64>().ok()?);
            text.split(':').try_fold(0.0, add).map(|number| sign * number)
        }
        text => text.parse::<f64>().ok().map(|number| sign * number),
    }
}

/// A date, or a date and a time.
struct Timestamp {
    date: [u32; 3],
    time: Option<Time>,
}

struct Time {
    clock: [u32; 3],
    micros: u32,
    /// Minutes east of Greenwich.
    zone: Option<i32>,
}

impl Timestamp {
    /// Reads what PyYAML's two patterns take: `strict` is that by which a plain scalar is known, which asks for two
    /// digits in the month and day of a bare date.
    fn read(text: &str, strict: bool) -> Option<Self> {
        let (year, rest) = number(text, 4, 4)?;
        let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
        let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
        let date = [year, month, day];
        if rest.is_empty() {
            return (!strict || text.len() == 10).then_some(Self { date, time: None });
        }
        let blanks = rest.trim_start_matches([' ', '\t']);
        let rest = if blanks.len() < rest.len() { blanks } else { rest.strip_prefix(['T', 't'])? };
        let (hour, rest) = number(rest, 1, 2)?;
        let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
        let (second, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
        let (micros, rest) = fraction(rest);
        let zone = zone(rest)?;
        Some(Self { date, time: Some(Time { clock: [hour, minute, second], micros, zone }) })
    }

    /// As Python prints it; none if there is no such day or hour.
    fn printed(&self) -> Option<String> {
        let [year, month, day] = self.date;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => return None,
        };
        if year == 0 || !(1..=days).contains(&day) {
            return None;
        }
        let mut printed = format!("{year:04}-{month:02}-{day:02}");
        if let Some(time) = &self.time {
            let [hour, minute, second] = time.clock;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            printed.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
            if time.micros > 0 {
                printed.push_str(&format!(".{:06}", time.micros));
            }
            if let Some(zone) = time.zone {
                let sign = if zone < 0 { '-' } else { '+' };
                printed.push_str(&format!("{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60));
            }
        }
        Some(printed)
    }
}

/// A number of `least` to `most` digits at the beginning of `text`, and the rest.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (digits >= least).then(|| text.split_at(digits)).and_then(|(digits, rest)| Some((digits.parse().ok()?, rest)))
}

/// Millionths of a second, if there is a fraction; further digits are cut off.
fn fraction(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('.') else { return (0, text) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let kept = &rest[..digits.min(6)];
    (format!("{kept:0<6}").parse().unwrap_or(0), &rest[digits..])
}

/// The zone at the end of a time: nothing is none, anything else that is no zone is no time.
fn zone(text: &str) -> Option<Option<i32>> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.is_empty() {
        return Some(None);
    }
    if text == "Z" {
        return Some(Some(0));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(text.strip_prefix(['-', '+'])?, 1, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(rest) => number(rest, 2, 2).filter(|(_, rest)| rest.is_empty())?.0,
        None if rest.is_empty() => 0,
        None => return None,
    };
    Some(Some(sign * i32::try_from(hours * 60 + minutes).ok()?))
}
