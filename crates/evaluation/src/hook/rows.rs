//! Rows made from rows: picked, and changed one by one.

use std::sync::Arc;

use super::fault::PortFault;
use crate::{Dict, Document, Rows, RowsFault, Value};

/// Some of the rows, by their places.
struct Picked {
    rows: Arc<dyn Rows>,
    places: Vec<usize>,
}

impl Rows for Picked {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn row(&self, index: usize) -> Result<Document, RowsFault> {
        let missing = || fault(index, "there is no such row");
        self.rows.row(*self.places.get(index).ok_or_else(missing)?)
    }
}

/// Rows that are changed when they are read.
struct Mapped<F> {
    rows: Arc<dyn Rows>,
    change: F,
}

impl<F: Fn(usize, Document) -> Result<Document, PortFault> + Send + Sync> Rows for Mapped<F> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, index: usize) -> Result<Document, RowsFault> {
        (self.change)(index, self.rows.row(index)?).map_err(|PortFault(reason)| fault(index, &reason))
    }
}

fn fault(index: usize, reason: &str) -> RowsFault {
    RowsFault { place: "the documents of process_docs".into(), index, reason: reason.to_owned() }
}

/// The rows that `keep` wants: `Dataset.filter`. Every row is read once now, and again when it is asked for.
pub(super) fn pick(
    rows: Arc<dyn Rows>,
    keep: impl Fn(&Document) -> Result<bool, PortFault>,
) -> Result<Arc<dyn Rows>, RowsFault> {
    let mut places = Vec::new();
    for index in 0..rows.len() {
        if keep(&rows.row(index)?).map_err(|PortFault(reason)| fault(index, &reason))? {
            places.push(index);
        }
    }
    Ok(Arc::new(Picked { rows, places }))
}

/// Every row with what `columns` says of it and its place put over it: `Dataset.map`. Columns that were there keep their
/// place.
pub(super) fn map(
    rows: Arc<dyn Rows>,
    columns: impl Fn(usize, &Document) -> Result<Dict, PortFault> + Send + Sync + 'static,
) -> Arc<dyn Rows> {
    let change = move |index, mut row: Document| {
        let new = columns(index, &row)?;
        row.extend(new);
        Ok(row)
    };
    Arc::new(Mapped { rows, change })
}

/// The value of a column: what Python's `doc[key]` is, or a `KeyError`.
pub(super) fn get<'a>(doc: &'a Document, key: &str) -> Result<&'a Value, PortFault> {
    doc.get(key).ok_or_else(|| PortFault(format!("KeyError: the document has no {key:?}")))
}

/// The text of a column.
pub(super) fn text<'a>(doc: &'a Document, key: &str) -> Result<&'a str, PortFault> {
    as_text(get(doc, key)?, key)
}

/// The list of a column.
pub(super) fn list<'a>(doc: &'a Document, key: &str) -> Result<&'a [Value], PortFault> {
    let value = get(doc, key)?;
    value.as_list().ok_or_else(|| odd(value, "list", key))
}

/// The whole number of a column; a truth value counts as one, as in Python.
pub(super) fn int(doc: &Document, key: &str) -> Result<i64, PortFault> {
    match get(doc, key)? {
        Value::Int(number) => Ok(*number),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        other => Err(odd(other, "int", key)),
    }
}

/// The text that `value` is; `what` names it in the fault.
pub(super) fn as_text<'a>(value: &'a Value, what: &str) -> Result<&'a str, PortFault> {
    value.as_str().ok_or_else(|| odd(value, "str", what))
}

/// A value of another type than Python could have gone on with.
pub(super) fn odd(value: &Value, wanted: &str, what: &str) -> PortFault {
    PortFault(format!("TypeError: {what:?} is a {}, not a {wanted}", value.type_name()))
}

/// The item at `index`, from the end where it is negative: Python's `list[index]`.
pub(super) fn at(list: &[Value], index: i64) -> Result<&Value, PortFault> {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let place = if index < 0 { index + length } else { index };
    let found = usize::try_from(place).ok().and_then(|place| list.get(place));
    found.ok_or_else(|| PortFault(format!("IndexError: there is no item {index} in a list of {length}")))
}

/// A document or a dictionary from its entries.
pub(super) fn dict<const N: usize>(entries: [(&str, Value); N]) -> Dict {
    entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect()
}
