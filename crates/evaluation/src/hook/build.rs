//! Ports put together from functions of one document.

use std::sync::Arc;

use super::fault::PortFault;
use super::port::Port;
use super::rows;
use crate::{Dict, Document, Value};

/// What a maker of a port gives back.
pub(super) type Made = Result<Port, String>;

/// What a function of a document gives back.
pub(super) type Told<T> = Result<T, PortFault>;

/// `dataset.map(function)`: the columns that `columns` gives are put over the row.
pub(super) fn mapped(columns: impl Fn(&Document) -> Told<Dict> + Send + Sync + 'static) -> Made {
    let columns = Arc::new(columns);
    Ok(Port::Docs(Arc::new(move |rows| {
        let columns = Arc::clone(&columns);
        Ok(rows::map(rows, move |_, doc| columns(doc)))
    })))
}

/// `dataset.filter(function)`.
pub(super) fn picked(keep: impl Fn(&Document) -> Told<bool> + Send + Sync + 'static) -> Made {
    Ok(Port::Docs(Arc::new(move |rows| rows::pick(rows, &keep))))
}

/// `dataset.filter(keep).map(columns)`.
pub(super) fn picked_and_mapped(
    keep: impl Fn(&Document) -> Told<bool> + Send + Sync + 'static,
    columns: impl Fn(&Document) -> Told<Dict> + Send + Sync + 'static,
) -> Made {
    let columns = Arc::new(columns);
    Ok(Port::Docs(Arc::new(move |rows| {
        let columns = Arc::clone(&columns);
        Ok(rows::map(rows::pick(rows, &keep)?, move |_, doc| columns(doc)))
    })))
}

/// A function of a document: `doc_to_text` and its like.
pub(super) fn field<T: Into<Value>>(tell: impl Fn(&Document) -> Told<T> + Send + Sync + 'static) -> Made {
    Ok(Port::Field(Arc::new(move |doc| tell(doc).map(Into::into))))
}

/// `process_results`.
pub(super) fn results(score: impl Fn(&Document, &[Value]) -> Told<Dict> + Send + Sync + 'static) -> Made {
    Ok(Port::Results(Arc::new(score)))
}

/// An aggregation.
pub(super) fn aggregation(tell: impl Fn(&[Value]) -> Told<f64> + Send + Sync + 'static) -> Made {
    Ok(Port::Aggregation(Arc::new(tell)))
}

/// A metric of generated text.
pub(super) fn metric(tell: impl Fn(&[Value], &[Value], &Dict) -> Told<Value> + Send + Sync + 'static) -> Made {
    Ok(Port::Metric(Arc::new(tell)))
}

/// A filter that changes every answer by itself.
pub(super) fn each_answer(change: impl Fn(&str) -> Told<Value> + Send + Sync + 'static) -> Made {
    Ok(Port::Filter(Arc::new(move |answers, _, _| {
        let changed = answers.iter().map(|answer| change(rows::as_text(answer, "an answer")?));
        changed.collect::<Told<Vec<Value>>>().map(Value::List)
    })))
}

/// What the first answer says.
pub(super) fn first_answer(answers: &[Value]) -> Told<&str> {
    let first = answers.first().ok_or_else(|| PortFault("IndexError: there is no answer".into()))?;
    rows::as_text(first, "the answer")
}

/// How likely each choice is: the first of each pair that a multiple choice gives.
pub(super) fn likelihoods(answers: &[Value]) -> Told<Vec<f64>> {
    let sum = |answer: &Value| match answer {
        Value::List(pair) => pair.first().and_then(Value::as_f64),
        plain => plain.as_f64(),
    };
    answers.iter().map(|answer| sum(answer).ok_or_else(|| rows::odd(answer, "pair", "an answer"))).collect()
}

/// A value for every item of a list of texts.
pub(super) fn texts<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Value {
    Value::List(list.into_iter().map(|text| Value::from(text.as_ref())).collect())
}

/// The place of `wanted` in `list`: Python's `list.index`.
pub(super) fn index_of<T: AsRef<str>>(list: &[T], wanted: &Value) -> Told<Value> {
    let found = list.iter().position(|item| wanted.as_str() == Some(item.as_ref()));
    let index = found.and_then(|place| i64::try_from(place).ok());
    index.map(Value::Int).ok_or_else(|| PortFault(format!("ValueError: {wanted:?} is not among the choices")))
}

/// Python's `int(value)`: of a number or of the text of one.
pub(super) fn to_int(value: &Value, what: &str) -> Told<i64> {
    match value {
        Value::Int(number) => Ok(*number),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        #[expect(clippy::cast_possible_truncation, reason = "int() cuts off what follows the point")]
        Value::Float(number) if number.is_finite() => Ok(number.trunc() as i64),
        Value::Str(text) => {
            parse_int(text).ok_or_else(|| PortFault(format!("ValueError: {text:?} is no whole number")))
        }
        other => Err(rows::odd(other, "int", what)),
    }
}

/// Python's `int(text)` for numbers of 64 bits in ASCII digits.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let text = crate::python::text::strip(text, None);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    text.replace('_', "").parse().ok().filter(|_| well)
}
