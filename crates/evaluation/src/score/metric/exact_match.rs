//! `exact_match`, as the `evaluate` library and lm-eval have it: patterns are taken out, then case, then ASCII
//! punctuation, then digits; then the texts are compared.

use crate::hook::PortFault;
use crate::score::filter::{FilterFault, Pattern};
use crate::score::text::is_ascii_punctuation;
use crate::{Dict, Value};

pub(crate) struct ExactMatch {
    ignore: Option<Vec<Pattern>>,
    ignore_case: bool,
    ignore_punctuation: bool,
    ignore_numbers: bool,
}

impl ExactMatch {
    pub(super) fn new(kwargs: &Dict) -> Result<Self, FilterFault> {
        let is = |key: &str| kwargs.get(key).is_some_and(Value::is_truthy);
        let ignore = match kwargs.get("regexes_to_ignore") {
            None | Some(Value::None) => None,
            // A Python loop over a text sees its characters.
            Some(Value::Str(text)) => {
                let patterns = text.chars().map(|character| Pattern::new(&character.to_string()));
                Some(patterns.collect::<Result<_, _>>()?)
            }
            Some(given) => {
                let patterns = given.as_list().unwrap_or_default().iter().filter_map(Value::as_str);
                Some(patterns.map(Pattern::new).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self {
            ignore,
            ignore_case: is("ignore_case"),
            ignore_punctuation: is("ignore_punctuation"),
            ignore_numbers: is("ignore_numbers"),
        })
    }

    /// The share of pairs that are the same. A prediction that is a list is compared member by member.
    pub(super) fn score(&self, references: &[Value], predictions: &[Value]) -> Result<f64, PortFault> {
        let (mut same, mut all) = (0.0, 0.0);
        for (reference, prediction) in references.iter().zip(predictions) {
            let reference = self.simplified(reference)?;
            let predictions = match prediction {
                Value::List(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            for prediction in predictions {
                all += 1.0;
                same += f64::from(u8::from(equal(&reference, &self.simplified(prediction)?)));
            }
        }
        if all > 0.0 { Ok(same / all) } else { Err(PortFault("exact_match: there is nothing to compare".into())) }
    }

    fn simplified(&self, value: &Value) -> Result<Value, PortFault> {
        let simplifies = self.ignore.is_some() || self.ignore_case || self.ignore_punctuation || self.ignore_numbers;
        if !simplifies {
            return Ok(value.clone());
        }
        let Some(text) = value.as_str() else {
            return Err(PortFault(format!("exact_match: a text is needed, not {}", value.type_name())));
        };
        let mut text = text.to_owned();
        for pattern in self.ignore.iter().flatten() {
            text = pattern.remove(&text)?;
        }
        if self.ignore_case {
            text = text.to_lowercase();
        }
        if self.ignore_punctuation {
            text.retain(|character| !is_ascii_punctuation(character));
        }
        if self.ignore_numbers {
            text.retain(|character| !character.is_ascii_digit());
        }
        Ok(text.into())
    }
}

/// As numpy compares: numbers by value, texts without the zero characters at their ends.
fn equal(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.trim_end_matches('\0') == other.trim_end_matches('\0'),
        _ => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        },
    }
}
