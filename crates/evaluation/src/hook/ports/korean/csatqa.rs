//! CSAT-QA: questions of the Korean college entrance examination.

use crate::Value;
use crate::hook::build::{Made, mapped, texts, to_int};
use crate::hook::entry::Entry;
use crate::hook::format::fill_columns;
use crate::hook::rows::{dict, get};
use crate::hook::source::Source;

use super::super::choices::in_list;

pub(in crate::hook::ports) const PORTS: &[Entry] =
    &[Entry { keys: &["2b1e13fd1baa71fb"], what: "a question with five choices (CSAT-QA)", make: question }];

fn question(source: &Source) -> Made {
    let (template, choices) = (source.template("_", 0)?, in_list(source, "choices", 5)?);
    mapped(move |doc| {
        let question = fill_columns(&template, doc)?;
        let gold = to_int(get(doc, "gold")?, "gold")? - 1;
        Ok(dict([("question", question), ("choices", texts(&choices)), ("gold", Value::Int(gold))]))
    })
}
