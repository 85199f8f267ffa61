//! Whole numbers within their bounds, and exact numbers that mean what their digits say.

use serde_json::Value;
use toml::de::{DeFloat, DeInteger, DeValue};

use super::{kind, short};
use crate::{Exact, ParseExactError, place::Place, problem::Problems};

/// Checks a whole number against the schema's bounds.
pub(super) fn whole(place: &Place, number: &DeInteger<'_>, schema: &Value, problems: &mut Problems) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let lowest = bound("minimum").unwrap_or(i64::MIN);
    let highest = bound("maximum").unwrap_or(i64::from(u32::MAX));
    let value = i64::from_str_radix(number.as_str(), number.radix()).ok();
    if value.is_none_or(|value| value < lowest || value > highest) {
        let right = format!("write a whole number from {lowest} to {highest}");
        problems.error(place.clone(), format!("{} is out of range", short(number.as_str())), right);
    }
}

/// Checks an exact number: a whole number, a decimal, or text such as `"2/3"`.
pub(super) fn exact(place: &Place, value: &DeValue<'_>, problems: &mut Problems) {
    match value {
        DeValue::Integer(number) => {
            if i64::from_str_radix(number.as_str(), number.radix()).is_err() {
                let wrong = format!("{} is too large", short(number.as_str()));
                problems.error(place.clone(), wrong, "write a number below 9 million million million");
            }
        }
        DeValue::Float(number) => decimal(place, number, problems),
        DeValue::String(text) => {
            if let Err(error) = text.parse::<Exact>() {
                problems.error(place.clone(), wrong_text(text, &error), RIGHT);
            }
        }
        other => problems.error(place.clone(), format!("{} cannot stand here", kind(other)), RIGHT),
    }
}

fn wrong_text(text: &str, error: &ParseExactError) -> String {
    match error {
        ParseExactError::NotANumber(_) => format!("`{}` is not a number", short(text)),
        ParseExactError::DividesByZero(_) => format!("`{}` divides by zero", short(text)),
        ParseExactError::TooLong => format!("`{}` has too many digits", short(text)),
    }
}

const RIGHT: &str = "write a whole number, a decimal such as 0.95, or a fraction in quotes such as \"2/3\"";

/// A bare decimal passes through a binary float on its way in; its digits must come out as they stand in the file.
fn decimal(place: &Place, number: &DeFloat<'_>, problems: &mut Problems) {
    let digits = number.as_str();
    let Ok(written) = digits.trim_start_matches('+').parse::<Exact>() else {
        return problems.error(place.clone(), format!("`{}` is not a plain decimal", short(digits)), RIGHT);
    };
    let read = digits.parse::<f64>().ok().and_then(|float| float.to_string().parse::<Exact>().ok());
    if read != Some(written) {
        let right = format!("write it in quotes: \"{digits}\"");
        problems.error(
            place.clone(),
            format!("`{}` has more digits than a bare decimal can hold", short(digits)),
            right,
        );
    }
}
