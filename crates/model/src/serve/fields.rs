//! The fields of a request, read one by one, so that what is wrong is said by name.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::fault::ApiFault;

type Read<T> = Result<T, ApiFault>;

/// Fields that change no answer: they may hold anything.
const WITHOUT_EFFECT: &[&str] =
    &["user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "request_id", "priority"];

/// The fields of a request that have not been read yet.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value that should have been something else.
pub(crate) fn wrong(field: &str, found: &Value, right: &str) -> ApiFault {
    let found = match found {
        Value::Number(number) => number.to_string(),
        other => kind(other).to_owned(),
    };
    ApiFault::field(field, format!("`{field}` is {found}; it must be {right}"))
}

impl Fields {
    pub(crate) fn parse(body: &[u8]) -> Read<Self> {
        let broken = |message: String| ApiFault::new(axum::http::StatusCode::BAD_REQUEST, message);
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(other) => Err(broken(format!("the body is {}; it must be a JSON object", kind(&other)))),
            Err(fault) => Err(broken(format!("the body is no JSON: {fault}"))),
        }
    }

    pub(crate) fn of(value: Value, field: &str) -> Read<Self> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(wrong(field, &other, "an object")),
        }
    }

    /// Takes a field out; one that is null is as if it were not there.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        self.0.remove(field).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, field: &str) -> Read<Option<String>> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(field, &other, "a string")),
        }
    }

    pub(crate) fn truth(&mut self, field: &str, unless_given: bool) -> Read<bool> {
        match self.take(field) {
            None => Ok(unless_given),
            Some(Value::Bool(truth)) => Ok(truth),
            Some(other) => Err(wrong(field, &other, "true or false")),
        }
    }

    pub(crate) fn whole(&mut self, field: &str, range: RangeInclusive<i64>) -> Read<Option<i64>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let whole = value.as_i64().or_else(|| whole_float(&value)).filter(|whole| range.contains(whole));
        let (least, most) = range.into_inner();
        let right = match (least, most) {
            (i64::MIN, i64::MAX) => "a whole number".to_owned(),
            (_, i64::MAX) => format!("a whole number of {least} or more"),
            _ => format!("a whole number from {least} to {most}"),
        };
        whole.map(Some).ok_or_else(|| wrong(field, &value, &right))
    }

    pub(crate) fn count(&mut self, field: &str, range: RangeInclusive<usize>) -> Read<Option<usize>> {
        let bound = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let whole = self.whole(field, bound(*range.start())..=bound(*range.end()))?;
        Ok(whole.and_then(|whole| usize::try_from(whole).ok()))
    }

    pub(crate) fn real(&mut self, field: &str, range: RangeInclusive<f64>) -> Read<Option<f64>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let (least, most) = (*range.start(), *range.end());
        let real = value.as_f64().filter(|real| range.contains(real));
        real.map(Some).ok_or_else(|| wrong(field, &value, &format!("a number from {least} to {most}")))
    }

    /// A string or a list of strings, none of them empty.
    pub(crate) fn texts(&mut self, field: &str) -> Read<Vec<String>> {
        let right = "a string that is not empty, or a list of such";
        let text = |value: Value| match value {
            Value::String(text) if !text.is_empty() => Ok(text),
            Value::String(_) => {
                Err(ApiFault::field(field, format!("`{field}` has an empty string; it must be {right}")))
            }
            other => Err(wrong(field, &other, right)),
        };
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.into_iter().filter(|value| !value.is_null()).map(text).collect(),
            Some(value) => Ok(vec![text(value)?]),
        }
    }

    /// A list of token ids below `vocab`.
    pub(crate) fn ids(&mut self, field: &str, vocab: usize) -> Read<Vec<u32>> {
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.iter().map(|value| id(field, value, vocab)).collect(),
            Some(other) => Err(wrong(field, &other, "a list of token ids")),
        }
    }

    /// A field of which only values are taken that change nothing.
    pub(crate) fn neutral(&mut self, field: &str, is_neutral: impl Fn(&Value) -> bool, right: &str) -> Read<()> {
        match self.take(field) {
            Some(value) if !is_neutral(&value) => {
                Err(ApiFault::field(field, format!("`{field}` is not supported here: leave it out, or give {right}")))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what nobody has read.
    pub(crate) fn finish(self) -> Read<()> {
        let unread = |(field, value): &(String, Value)| !value.is_null() && !WITHOUT_EFFECT.contains(&field.as_str());
        match self.0.into_iter().find(unread) {
            Some((field, _)) => {
                let message = format!("`{field}` is not a field that this server knows: leave it out");
                Err(ApiFault::field(field, message))
            }
            None => Ok(()),
        }
    }
}

/// Some clients write whole numbers as `1.0`.
fn whole_float(value: &Value) -> Option<i64> {
    let float = value.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
}

/// A token id below `vocab`.
pub(crate) fn id(field: &str, value: &Value, vocab: usize) -> Read<u32> {
    let known = value.as_u64().filter(|id| *id < vocab as u64).and_then(|id| u32::try_from(id).ok());
    known.ok_or_else(|| wrong(field, value, &format!("made of token ids, whole numbers from 0 to {}", vocab - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Fields {
        Fields::parse(body.as_bytes()).expect("an object")
    }

    #[test]
    fn what_is_wrong_is_said_by_name_with_what_would_be_right() {
        let fault = fields(r#"{"n": 0}"#).count("n", 1..=8).expect_err("n is too small");
        assert_eq!(
            (fault.message.as_str(), fault.field.as_deref()),
            ("`n` is 0; it must be a whole number from 1 to 8", Some("n"))
        );
        let fault = fields(r#"{"stop": [3]}"#).texts("stop").expect_err("3 is no text");
        assert!(fault.message.contains("a list of such"), "{}", fault.message);
        let fault = fields(r#"{"tempreature": 1}"#).finish().expect_err("misspelt");
        assert_eq!(fault.field.as_deref(), Some("tempreature"));
        let fault = Fields::parse(b"[1]").expect_err("a list");
        assert_eq!(fault.message, "the body is a list; it must be a JSON object");
        assert!(Fields::parse(b"{").expect_err("cut").message.starts_with("the body is no JSON"));
    }

    #[test]
    fn null_is_as_if_it_were_not_there() {
        let mut fields = fields(r#"{"n": null, "stop": null, "echo": null, "user": "me", "x": null}"#);
        assert_eq!(fields.count("n", 1..=8), Ok(None));
        assert_eq!(fields.texts("stop"), Ok(Vec::new()));
        assert_eq!(fields.truth("echo", true), Ok(true));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        assert_eq!(fields(r#"{"n": 2.0}"#).count("n", 1..=8), Ok(Some(2)));
        assert!(fields(r#"{"n": 2.5}"#).count("n", 1..=8).is_err());
    }
}
