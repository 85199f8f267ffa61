//! Documents of one subject, where a data set holds those of many.

use std::sync::Arc;

use crate::hook::rows::{get, pick};
use crate::hook::source::Source;
use crate::hook::table::Entry;
use crate::hook::{Port, PortFault};
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[Entry {
    keys: &["0000000000000000"],
    what: "rows whose subject is one of a list",
    blank: &["SUBJECTS"],
    make: of_subjects,
}];

/// Rows whose `column` is exactly `wanted`.
fn rows_with(column: &'static str, wanted: Value) -> Port {
    Port::Docs(Arc::new(move |rows| pick(rows, |doc| Ok(*get(doc, column)? == wanted))))
}

fn of_subjects(source: &Source) -> Result<Port, String> {
    let subjects = source.texts("SUBJECTS")?;
    let name = &source.function().name;
    let subject = subjects.into_iter().find(|subject| *name == format!("process_{subject}"));
    let subject = subject.ok_or_else(|| format!("SUBJECTS has none that makes {name}"))?;
    Ok(rows_with("subject", Value::Str(subject)))
}
