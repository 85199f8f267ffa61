//! A document as the template engine sees it, without a copy of it, and values on the way back.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::{Dict, Document, Value, python};

/// A list or dictionary somewhere in a document: the document and the way to it, so that nothing is copied.
#[derive(Clone)]
pub(super) struct Node {
    document: Arc<Document>,
    way: Vec<usize>,
}

enum Target<'node> {
    List(&'node [Value]),
    Dict(&'node Dict),
}

impl Node {
    /// The whole document.
    pub(super) fn root(document: Arc<Document>) -> minijinja::Value {
        minijinja::Value::from_object(Self { document, way: Vec::new() })
    }

    fn target(&self) -> Target<'_> {
        let mut target = Target::Dict(&self.document);
        for step in &self.way {
            let value = match target {
                Target::List(list) => list.get(*step),
                Target::Dict(dict) => dict.get_index(*step).map(|(_, value)| value),
            };
            target = match value {
                Some(Value::List(list)) => Target::List(list),
                Some(Value::Dict(dict)) => Target::Dict(dict),
                // A way is only ever made to a list or a dictionary.
                _ => Target::List(&[]),
            };
        }
        target
    }

    fn show(&self, step: usize, value: &Value) -> minijinja::Value {
        match value {
            Value::None => minijinja::Value::from(()),
            Value::Bool(truth) => minijinja::Value::from(*truth),
            Value::Int(number) => minijinja::Value::from(*number),
            Value::Float(number) => minijinja::Value::from(*number),
            Value::Str(text) => minijinja::Value::from(text),
            Value::List(_) | Value::Dict(_) => {
                let mut way = Vec::with_capacity(self.way.len() + 1);
                way.extend_from_slice(&self.way);
                way.push(step);
                minijinja::Value::from_object(Self { document: Arc::clone(&self.document), way })
            }
        }
    }

    fn value(&self) -> Value {
        match self.target() {
            Target::List(list) => Value::List(list.to_vec()),
            Target::Dict(dict) => Value::Dict(dict.clone()),
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&python::repr(&self.value()))
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.target() {
            Target::List(_) => ObjectRepr::Seq,
            Target::Dict(_) => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        match self.target() {
            Target::List(list) => {
                let step = key.as_usize()?;
                list.get(step).map(|value| self.show(step, value))
            }
            Target::Dict(_) => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        match self.target() {
            Target::List(_) => None,
            Target::Dict(dict) => dict.get_full(key).map(|(step, _, value)| self.show(step, value)),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.target() {
            Target::List(list) => Enumerator::Seq(list.len()),
            Target::Dict(dict) => {
                let keys: Vec<_> = dict.keys().map(minijinja::Value::from).collect();
                Enumerator::Iter(Box::new(keys.into_iter()))
            }
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(match self.target() {
            Target::List(list) => list.len(),
            Target::Dict(dict) => dict.len(),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A value of the template engine as one of ours.
pub(super) fn to_value(value: &minijinja::Value) -> Result<Value, Error> {
    if let Some(node) = value.downcast_object_ref::<Node>() {
        return Ok(node.value());
    }
    Ok(match value.kind() {
        ValueKind::None => Value::None,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => match value.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(f64::try_from(value.clone())?),
        },
        ValueKind::Number => Value::Float(f64::try_from(value.clone())?),
        ValueKind::String => Value::from(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut list = Vec::new();
            for item in value.try_iter()?.checked() {
                list.push(to_value(&item?)?);
            }
            Value::List(list)
        }
        ValueKind::Map => {
            let mut dict = Dict::new();
            for key in value.try_iter()?.checked() {
                let key = key?;
                let item = to_value(&value.get_item(&key)?)?;
                dict.insert(text(&key)?.into(), item);
            }
            Value::Dict(dict)
        }
        ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "an undefined value is used")),
        _ => Value::from(value.to_string()),
    })
}

/// What Python's `str` makes of a value of the template engine.
pub(super) fn text(value: &minijinja::Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Ok(python::str(&to_value(value)?)),
    }
}
