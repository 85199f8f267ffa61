//! Values of the types that a task file's keys take.

use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::load::Raw;
use super::{Field, Function, ResolveFault};
use crate::{Dict, Value};

/// A file, and a line in it where it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file.display()),
            None => write!(formatter, "{}", self.file.display()),
        }
    }
}

/// Reads the keys of one task or group.
pub(super) struct Reader<'a> {
    raw: &'a Raw,
    file: &'a Path,
    name: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a Raw, file: &'a Path, name: &'a str) -> Self {
        Self { raw, file, name }
    }

    /// What stands under `key`; `null` is nothing.
    pub(super) fn get(&self, key: &str) -> Option<&'a Field> {
        self.raw.map.get(key).filter(|field| !matches!(field, Field::Value(Value::None)))
    }

    /// Where `key` stands.
    pub(super) fn at(&self, key: &str) -> At {
        match self.raw.places.get(key) {
            Some((file, line)) => At { file: file.to_path_buf(), line: Some(*line) },
            None => At { file: self.file.to_owned(), line: None },
        }
    }

    pub(super) fn fault(&self, key: &str, problem: impl Into<String>) -> ResolveFault {
        ResolveFault::Value {
            at: self.at(key),
            name: self.name.to_owned(),
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    fn wrong(&self, key: &str, wanted: &str, found: &Field) -> ResolveFault {
        self.fault(key, format!("takes {wanted}, not a {}", found.type_name()))
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Value(Value::Str(text))) => Ok(Some(text.to_string())),
            Some(other) => Err(self.wrong(key, "a text", other)),
        }
    }

    /// A name: a text, or a number or truth value as Python prints it.
    pub(super) fn name(&self, key: &str) -> Result<Option<String>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Value(Value::Str(text))) => Ok(Some(text.to_string())),
            Some(Field::Value(Value::Int(number))) => Ok(Some(number.to_string())),
            Some(Field::Value(Value::Float(number))) => Ok(Some(format!("{number:?}"))),
            Some(Field::Value(Value::Bool(truth))) => Ok(Some(if *truth { "True" } else { "False" }.to_owned())),
            Some(other) => Err(self.wrong(key, "a text", other)),
        }
    }

    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Value(Value::Bool(truth))) => Ok(Some(*truth)),
            Some(other) => Err(self.wrong(key, "true or false", other)),
        }
    }

    /// A whole number from 0.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Value(Value::Int(number))) => {
                let count = usize::try_from(*number);
                count.map(Some).map_err(|_| self.fault(key, format!("is {number}, which is less than 0")))
            }
            Some(other) => Err(self.wrong(key, "a whole number", other)),
        }
    }

    pub(super) fn function(&self, key: &str) -> Result<Option<Function>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Function(function)) => Ok(Some(function.clone())),
            Some(other) => Err(self.wrong(key, "a function (`!function module.name`)", other)),
        }
    }

    /// A dictionary without functions.
    pub(super) fn dict(&self, key: &str) -> Result<Option<Dict>, ResolveFault> {
        match self.get(key) {
            None => Ok(None),
            Some(Field::Value(Value::Dict(dict))) => Ok(Some(dict.clone())),
            Some(other) => Err(self.wrong(key, "a dictionary of plain values", other)),
        }
    }

    /// The elements of `list`.
    pub(super) fn items(&self, key: &str, list: &Field) -> Result<Vec<Field>, ResolveFault> {
        match list {
            Field::List(items) => Ok(items.clone()),
            Field::Value(Value::List(items)) => Ok(items.iter().cloned().map(Field::Value).collect()),
            other => Err(self.wrong(key, "a list", other)),
        }
    }

    /// The entries of `dict`.
    pub(super) fn entries(&self, key: &str, dict: &Field) -> Result<IndexMap<String, Field>, ResolveFault> {
        entries(dict).ok_or_else(|| self.wrong(key, "a dictionary", dict))
    }
}

/// The entries of a dictionary; none if it is not one.
pub(super) fn entries(dict: &Field) -> Option<IndexMap<String, Field>> {
    match dict {
        Field::Dict(entries) => Some(entries.clone()),
        Field::Value(Value::Dict(dict)) => {
            Some(dict.iter().map(|(key, value)| (key.to_string(), Field::Value(value.clone()))).collect())
        }
        _ => None,
    }
}

/// The tags that `tag` gives.
pub(super) fn tags(field: Option<&Field>) -> Result<Vec<String>, &'static str> {
    match field {
        None | Some(Field::Value(Value::None)) => Ok(Vec::new()),
        Some(Field::Value(Value::Str(tag))) => Ok(if tag.is_empty() { Vec::new() } else { vec![tag.to_string()] }),
        Some(Field::Value(Value::List(tags))) => {
            tags.iter().map(|tag| tag.as_str().map(str::to_owned).ok_or(tag.type_name())).collect()
        }
        Some(other) => Err(other.type_name()),
    }
}
