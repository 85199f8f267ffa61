//! What kind of values a column has, found by looking at them, as the `datasets` library and Arrow find it.
//!
//! One float makes a column floats; texts that all look like times become times; objects whose keys differ, and values
//! of different kinds, stay as they are.

use std::sync::Arc;

use indexmap::IndexMap;

use super::json;
use crate::{Dict, Value};

/// The columns of a file, in the order in which they first appear.
pub(super) type Columns = IndexMap<Arc<str>, Shape>;

/// What kind of values a column has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Shape {
    #[default]
    Null,
    Bool,
    Int,
    Float,
    /// Texts that Arrow reads as times; in Python they are `datetime`, here their text.
    Time,
    Str,
    List(Box<Shape>),
    Struct(Columns),
    /// Values that agree on nothing; each stays what it is.
    Mixed,
    /// The file says itself what its values are.
    Given,
}

/// Whose way kinds are found: `datasets` reads whole files with Arrow, and one field of a file with pandas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Arrow,
    /// No times; objects of other keys are joined; a column of floats that are whole becomes whole numbers.
    Pandas,
}

/// Adds the columns of one row.
pub(super) fn see_row(columns: &mut Columns, row: &Dict, way: Way) {
    for (name, value) in row {
        match columns.get_mut(name) {
            Some(shape) => shape.see(value, way),
            None => {
                let mut shape = Shape::Null;
                shape.see(value, way);
                columns.insert(name.clone(), shape);
            }
        }
    }
}

impl Shape {
    /// Widens until `value` fits.
    pub(super) fn see(&mut self, value: &Value, way: Way) {
        if value.is_none() || matches!(self, Self::Mixed | Self::Given) {
            return;
        }
        if *self == Self::Null {
            *self = Self::empty(value, way);
        }
        match (&mut *self, value) {
            (Self::Bool, Value::Bool(_)) | (Self::Int | Self::Float, Value::Int(_)) | (Self::Str, Value::Str(_)) => {}
            (Self::Float | Self::Int, Value::Float(_)) => *self = Self::Float,
            (Self::Time, Value::Str(text)) if timestamp(text).is_some() => {}
            (Self::Time, Value::Str(_)) => *self = Self::Str,
            (Self::List(inner), Value::List(items)) => items.iter().for_each(|item| inner.see(item, way)),
            (Self::Struct(fields), Value::Dict(dict)) if way == Way::Pandas || same_keys(fields, dict) => {
                see_row(fields, dict, way);
            }
            _ => *self = Self::Mixed,
        }
    }

    fn empty(value: &Value, way: Way) -> Self {
        match value {
            Value::None => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Str(text) if way == Way::Arrow && timestamp(text).is_some() => Self::Time,
            Value::Str(_) => Self::Str,
            Value::List(_) => Self::List(Box::default()),
            Value::Dict(dict) if way == Way::Arrow && dict.is_empty() => Self::Mixed,
            Value::Dict(dict) => Self::Struct(dict.keys().map(|key| (key.clone(), Self::Null)).collect()),
        }
    }

    /// The value as a column of this shape has it; `value` is one that the shape has seen.
    pub(super) fn conform(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Float, Value::Int(number)) => Value::Float(Value::Int(number).as_f64().unwrap_or_default()),
            (Self::Int, Value::Float(number)) => whole(number).unwrap_or(Value::Float(number)),
            (Self::Time, Value::Str(text)) => timestamp(&text).map_or(Value::Str(text), Value::from),
            (Self::List(inner), Value::List(items)) => items.into_iter().map(|item| inner.conform(item)).collect(),
            (Self::Struct(fields), Value::Dict(dict)) => Value::Dict(conform_row(fields, dict)),
            // `datasets` keeps such a column as JSON texts, and takes a text that is JSON for one of them.
            (Self::Mixed, Value::Str(text)) => json::whole(text.as_bytes()).unwrap_or(Value::Str(text)),
            (_, value) => value,
        }
    }

    /// The value in a column whose shape another file settled; the reason, if it does not go.
    pub(super) fn cast(&self, value: Value) -> Result<Value, String> {
        Ok(match (self, value) {
            (_, Value::None) => Value::None,
            (Self::Mixed | Self::Given, value) => value,
            (Self::Bool, value @ Value::Bool(_)) | (Self::Int, value @ Value::Int(_)) => value,
            (Self::Float, value @ Value::Float(_)) | (Self::Str | Self::Time, value @ Value::Str(_)) => value,
            (Self::Int, Value::Bool(truth)) => Value::Int(i64::from(truth)),
            (Self::Bool, Value::Int(number)) => Value::Bool(number != 0),
            (Self::Float, value @ (Value::Int(_) | Value::Bool(_))) => Value::Float(value.as_f64().unwrap_or_default()),
            (Self::Int, Value::Float(number)) => whole(number)?,
            (Self::Int, Value::Str(text)) => Value::Int(text.parse().map_err(|_| refused(&text, "a whole number"))?),
            (Self::Float, Value::Str(text)) => Value::Float(text.parse().map_err(|_| refused(&text, "a number"))?),
            (Self::Str, value @ (Value::Int(_) | Value::Bool(_) | Value::Float(_))) => Value::from(text_of(&value)),
            (Self::List(inner), Value::List(items)) => {
                Value::List(items.into_iter().map(|item| inner.cast(item)).collect::<Result<_, _>>()?)
            }
            (Self::Struct(fields), Value::Dict(dict)) => Value::Dict(cast_row(fields, dict)?),
            (_, other) => return Err(format!("a {} where the first file has {}", other.type_name(), self.name())),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Null => "only null",
            Self::Bool => "truth values",
            Self::Int => "whole numbers",
            Self::Float => "floats",
            Self::Time => "times",
            Self::Str => "texts",
            Self::List(_) => "lists",
            Self::Struct(_) => "objects",
            Self::Mixed | Self::Given => "anything",
        }
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}

/// A row with the columns of its file, in their order.
pub(super) fn conform_row(columns: &Columns, mut row: Dict) -> Dict {
    let cell = |(name, shape): (&Arc<str>, &Shape)| {
        let value = row.swap_remove(name).map_or(Value::None, |value| shape.conform(value));
        (name.clone(), value)
    };
    columns.iter().map(cell).collect()
}

/// A row with the columns that another file settled, in their order.
pub(super) fn cast_row(columns: &Columns, mut row: Dict) -> Result<Dict, String> {
    let mut cell = |(name, shape): (&Arc<str>, &Shape)| {
        let value = row.swap_remove(name).unwrap_or_default();
        Ok((name.clone(), shape.cast(value).map_err(|reason| format!("column {name}: {reason}"))?))
    };
    let cast = columns.iter().map(&mut cell).collect::<Result<Dict, String>>()?;
    match row.keys().next() {
        Some(extra) => Err(format!("column {extra} is not in the first file")),
        None => Ok(cast),
    }
}

fn same_keys(fields: &Columns, dict: &Dict) -> bool {
    fields.len() == dict.len() && dict.keys().all(|key| fields.contains_key(key))
}

fn refused(text: &str, wanted: &str) -> String {
    format!("{text:?} is not {wanted}, as in the first file")
}

/// The float as a whole number, if it is one.
pub(super) fn whole(number: f64) -> Result<Value, String> {
    #[expect(clippy::cast_possible_truncation, reason = "a float that is a whole number in range is one")]
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        return Ok(Value::Int(number as i64));
    }
    Err(refused(&number.to_string(), "a whole number"))
}

/// As Arrow writes it: `2` for 2.0, and `1e+20`.
fn text_of(value: &Value) -> String {
    let mut text = String::new();
    json::write(value, &mut text);
    if !matches!(value, Value::Float(_)) {
        return text;
    }
    let (digits, power) = text.split_once('e').map_or((text.as_str(), None), |(digits, power)| (digits, Some(power)));
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    match power {
        Some(power) if power.starts_with('-') => format!("{digits}e{power}"),
        Some(power) => format!("{digits}e+{power}"),
        None => digits.to_owned(),
    }
}

/// The time that Arrow's JSON reader sees in a text, as Python's `str(datetime)` writes it; none, if it sees none.
///
/// `YYYY-MM-DD`, then perhaps a blank or `T` and `HH`, `HH:MM` or `HH:MM:SS`, then perhaps `Z`, `+HH`, `+HHMM` or
/// `+HH:MM`; a zone is taken off, so that the result is in UTC.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 10 || !text.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?);
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    if year == 0 {
        return None;
    }
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let moment = match bytes.get(10) {
        None => midnight,
        Some(b' ' | b'T') => {
            let (clock, zone) = split_zone(&text[11..])?;
            let span = jiff::SignedDuration::from_secs(seconds(clock)? - zone);
            midnight.checked_add(span).ok()?
        }
        Some(_) => return None,
    };
    Some(moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn number(digits: &str) -> Option<i16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn two(digits: &str, below: i16) -> Option<i64> {
    let found = (digits.len() == 2).then(|| number(digits))?;
    found.filter(|found| *found < below).map(i64::from)
}

fn seconds(clock: &str) -> Option<i64> {
    let parts: Vec<&str> = clock.split(':').collect();
    let part = |place: usize, below| parts.get(place).map_or(Some(0), |digits| two(digits, below));
    (parts.len() <= 3).then(|| Some(part(0, 24)? * 3600 + part(1, 60)? * 60 + part(2, 60)?))?
}

fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let zone = &text[at + 1..];
    let minutes = match zone.len() {
        2 => "00",
        4 => &zone[2..],
        5 if zone.as_bytes()[2] == b':' => &zone[3..],
        _ => return None,
    };
    let offset = two(&zone[..2], 24)? * 3600 + two(minutes, 60)? * 60;
    Some((&text[..at], if text.as_bytes()[at] == b'-' { -offset } else { offset }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line was read with `datasets` 5.2.0 (pyarrow 25), as a JSONL file of one row.
    #[test]
    fn times_are_what_arrow_sees() {
        let seen = [
            ("2020-01-01", "2020-01-01 00:00:00"),
            ("2020-01-01T00:00:00+09:00", "2019-12-31 15:00:00"),
            ("2020-01-01T00", "2020-01-01 00:00:00"),
            ("2020-01-01T10:11", "2020-01-01 10:11:00"),
            ("2020-01-01T10:11:12+0900", "2020-01-01 01:11:12"),
            ("2020-01-01T10:11:12+09", "2020-01-01 01:11:12"),
            ("2020-01-01 10Z", "2020-01-01 10:00:00"),
            ("2020-01-01 10", "2020-01-01 10:00:00"),
            ("0001-01-01", "0001-01-01 00:00:00"),
            ("9999-12-31", "9999-12-31 00:00:00"),
        ];
        for (text, time) in seen {
            assert_eq!(timestamp(text).as_deref(), Some(time), "{text}");
        }
        let not = "2020-1-1|20200101|2020-13-01|2020-02-30|2020-01-01T24:00:00|2020-01-01 10:11:60|2020-01-01T101112|\
                   1999-12-31 23:59:59.0|2020-01-01Z|2020-01-01 10:11:12z| 2020-01-01|2020-01-01 10:11:12-25:00|\
                   -2020-01-01|2020-01-01t10:11:12|hello|2020-01-01T|２０２０-01-01";
        for text in not.split('|') {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
