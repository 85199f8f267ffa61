//! Metrics of the `evaluate` library that task files use without a function, each on one reference and one prediction.

use crate::hook::PortFault;
use crate::score::text::words;
use crate::{Dict, Value};

/// A metric on one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Single {
    /// Whether they are the same; F1 averaged over the classes of one pair is that too.
    Same,
    /// F1 of class 1: whether both are 1.
    Positive,
    /// The word error rate: edits over the reference's words.
    WordErrors,
}

impl Single {
    pub(super) fn new(name: &str, kwargs: &Dict) -> Option<Self> {
        let average = kwargs.get("average").and_then(Value::as_str);
        match (name, average) {
            ("accuracy", _) | ("f1", Some("micro" | "macro" | "weighted")) => Some(Self::Same),
            ("f1", None | Some("binary")) => Some(Self::Positive),
            ("wer", _) => Some(Self::WordErrors),
            _ => None,
        }
    }

    pub(super) fn score(self, references: &[Value], predictions: &[Value]) -> Result<f64, PortFault> {
        let ([reference], [prediction]) = (references, predictions) else {
            return Err(PortFault("one reference and one prediction are needed".into()));
        };
        match self {
            Self::Same => Ok(f64::from(u8::from(label(reference)? == label(prediction)?))),
            Self::Positive => Ok(f64::from(u8::from(label(reference)? == 1 && label(prediction)? == 1))),
            Self::WordErrors => word_errors(reference, prediction),
        }
    }
}

/// A class is a whole number; the library casts texts of digits.
fn label(value: &Value) -> Result<i64, PortFault> {
    let label = match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Int(number) => Some(*number),
        Value::Str(text) => text.trim().parse().ok(),
        _ => None,
    };
    label.ok_or_else(|| PortFault(format!("a class must be a whole number, not {value:?}")))
}

fn word_errors(reference: &Value, prediction: &Value) -> Result<f64, PortFault> {
    let (Some(reference), Some(prediction)) = (reference.as_str(), prediction.as_str()) else {
        return Err(PortFault("wer: two texts are needed".into()));
    };
    let reference: Vec<&str> = words(reference).collect();
    let mut row: Vec<u32> = std::iter::successors(Some(0), |cost| Some(cost + 1)).take(reference.len() + 1).collect();
    for word in words(prediction) {
        let mut diagonal = row[0];
        row[0] += 1;
        for (index, other) in reference.iter().enumerate() {
            let substituted = diagonal + u32::from(*other != word);
            diagonal = row[index + 1];
            row[index + 1] = substituted.min(diagonal + 1).min(row[index] + 1);
        }
    }
    let edits = row.last().copied().unwrap_or(0);
    match u32::try_from(reference.len()) {
        Ok(length) if length > 0 => Ok(f64::from(edits) / f64::from(length)),
        _ => Err(PortFault("wer: the reference has no word".into())),
    }
}
