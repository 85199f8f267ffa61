//! Which files make which split, as a task or a card writes it.

use indexmap::IndexMap;

use super::fault::DatasetFault;
use crate::Value;

/// Patterns by split.
pub(super) type Patterns = IndexMap<String, Vec<String>>;

/// `data_files` as a task or a card gives it: a pattern, a list of patterns, a list of `{split, path}`, or by split.
pub(super) fn patterns(given: &Value) -> Result<Patterns, DatasetFault> {
    let wrong = || DatasetFault::option("data_files", "must be a pattern, a list of patterns, or patterns by split");
    let one = |value: &Value| -> Result<Vec<String>, DatasetFault> {
        match value {
            Value::Str(pattern) => Ok(vec![pattern.to_string()]),
            Value::List(list) => list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
            _ => Err(wrong()),
        }
    };
    match given {
        Value::Dict(dict) => dict.iter().map(|(split, value)| Ok((split.to_string(), one(value)?))).collect(),
        Value::List(list) if list.iter().any(|item| item.as_dict().is_some()) => list
            .iter()
            .map(|item| {
                let split = item.get("split").and_then(Value::as_str).ok_or_else(wrong)?;
                Ok((split.to_owned(), one(item.get("path").ok_or_else(wrong)?)?))
            })
            .collect(),
        other => Ok(IndexMap::from_iter([("train".to_owned(), one(other)?)])),
    }
}
