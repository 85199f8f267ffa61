//! The fields of a task that are worked out on a document: `doc_to_text`, `doc_to_target`, `doc_to_choice`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::template::{Template, Templates};
use crate::hook::{FieldPort, Hooks, Port, PortFault};
use crate::python::{self, literal, text};
use crate::task::{Field, Function};
use crate::{Document, Value};

/// What went wrong with a field: its name and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) reason: String,
}

/// A field, made ready.
#[derive(Clone)]
pub(super) struct Compiled {
    name: &'static str,
    how: How,
}

#[derive(Clone)]
enum How {
    /// The value itself.
    Fixed(Value),
    /// A column as it stands.
    Column(Arc<str>),
    /// A template.
    Template(Template),
    /// A column where the document has it, else a template.
    Either(Arc<str>, Template),
    /// A function.
    Port(FieldPort),
}

/// Why a field cannot be made ready.
pub(super) enum CompileFault {
    Refusal(crate::hook::Refusal),
    Wrong(Wrong),
}

/// Makes fields ready.
pub(super) struct Compiler<'run> {
    pub(super) templates: &'run mut Templates,
    pub(super) hooks: Hooks,
    /// The columns of the documents that are evaluated: a field that is one of these names is that column.
    pub(super) columns: &'run BTreeSet<Arc<str>>,
}

impl Compiler<'_> {
    /// A field whose text is a column's name or a template.
    pub(super) fn field(&mut self, name: &'static str, field: &Field) -> Result<Compiled, CompileFault> {
        let how = match field {
            Field::Value(Value::Str(source)) => match self.columns.get(&**source) {
                Some(column) => How::Column(Arc::clone(column)),
                None => How::Template(self.template(name, source)?),
            },
            Field::Value(value) => How::Fixed(value.clone()),
            Field::Function(function) => How::Port(self.port(name, function)?),
            Field::List(_) | Field::Dict(_) => {
                let reason = "a function within a list or dictionary is not supported".into();
                return Err(CompileFault::Wrong(Wrong { field: name, reason }));
            }
        };
        Ok(Compiled { name, how })
    }

    /// A field whose text is a column's name, if the document at hand has it, or a template: lm-eval's `resolve_field`.
    pub(super) fn either(&mut self, name: &'static str, source: &str) -> Result<Compiled, CompileFault> {
        Ok(Compiled { name, how: How::Either(source.into(), self.template(name, source)?) })
    }

    fn template(&mut self, name: &'static str, source: &str) -> Result<Template, CompileFault> {
        self.templates.add(source).map_err(|reason| CompileFault::Wrong(Wrong { field: name, reason }))
    }

    fn port(&self, name: &'static str, function: &Function) -> Result<FieldPort, CompileFault> {
        match self.hooks.find(function).map_err(CompileFault::Refusal)? {
            Port::Field(port) => Ok(port),
            _ => Err(CompileFault::Wrong(wrong_port(name, function))),
        }
    }
}

pub(super) fn wrong_port(name: &'static str, function: &Function) -> Wrong {
    Wrong { field: name, reason: format!("the port of {} is for another field", function.name) }
}

/// A document and the templates to work it out with.
#[derive(Clone, Copy)]
pub(super) struct Scene<'run> {
    pub(super) templates: &'run Templates,
    pub(super) document: &'run Arc<Document>,
    /// Whether the task has a `doc_to_choice`: then digits are a number.
    pub(super) has_choices: bool,
}

impl Compiled {
    fn wrong(&self, reason: impl Into<String>) -> Wrong {
        Wrong { field: self.name, reason: reason.into() }
    }

    /// The value, and whether a template made it.
    fn value(&self, scene: Scene<'_>) -> Result<(Value, bool), Wrong> {
        let column = |column: &str| scene.document.get(column).cloned();
        let render = |template: &Template| {
            let made = scene.templates.render(template, scene.document);
            made.map(|text| (Value::from(text), true)).map_err(|reason| self.wrong(reason))
        };
        match &self.how {
            How::Fixed(value) => Ok((value.clone(), false)),
            How::Column(name) => {
                let value = column(name).ok_or_else(|| self.wrong(format!("there is no column {name}")))?;
                Ok((value, false))
            }
            How::Template(template) => render(template),
            How::Either(name, template) => column(name).map_or_else(|| render(template), |value| Ok((value, false))),
            How::Port(port) => match port(scene.document) {
                Ok(value) => Ok((value, false)),
                Err(PortFault(reason)) => Err(self.wrong(reason)),
            },
        }
    }

    /// The value as a text; `None` and an empty text are none.
    pub(super) fn some_text(&self, scene: Scene<'_>) -> Result<Option<String>, Wrong> {
        match self.value(scene)?.0 {
            Value::None => Ok(None),
            Value::Str(text) => Ok(if text.is_empty() { None } else { Some(text.to_string()) }),
            other => Err(self.wrong(format!("it is {}, but has to be a text", other.type_name()))),
        }
    }

    /// The question: lm-eval's `doc_to_text`. A template that gives digits only gives a number, where there are choices.
    pub(super) fn question(&self, scene: Scene<'_>) -> Result<Value, Wrong> {
        match self.value(scene)? {
            (Value::Str(text), true) if scene.has_choices && text::is_digit(&text) => self.literal(&text),
            (value, _) => Ok(value),
        }
    }

    /// The answer: lm-eval's `doc_to_target`. As a question; and a template that gives `[…]` gives a list if it can be read
    /// as one.
    pub(super) fn target(&self, scene: Scene<'_>) -> Result<Value, Wrong> {
        match self.value(scene)? {
            (Value::Str(text), true) if scene.has_choices && text::is_digit(&text) => self.literal(&text),
            (Value::Str(text), true) if text.len() >= 2 && text.starts_with('[') && text.ends_with(']') => {
                Ok(literal::parse(&text).unwrap_or(Value::Str(text)))
            }
            (value, _) => Ok(value),
        }
    }

    /// The choices: lm-eval's `doc_to_choice`. What a template gives is read as a literal; of a dictionary the values count.
    pub(super) fn choices(&self, scene: Scene<'_>) -> Result<Vec<Value>, Wrong> {
        match self.value(scene)? {
            (Value::Str(text), true) => match self.literal(&text)? {
                Value::List(list) => Ok(list),
                other => self.iterate(other),
            },
            (Value::Dict(dict), false) if matches!(self.how, How::Fixed(_)) => Ok(dict.into_values().collect()),
            (Value::List(list), _) => Ok(list),
            (other, _) => self.iterate(other),
        }
    }

    /// What Python's `for` would give where a list was meant.
    fn iterate(&self, value: Value) -> Result<Vec<Value>, Wrong> {
        match value {
            Value::Dict(dict) => Ok(dict.into_keys().map(Value::Str).collect()),
            Value::Str(text) => Ok(text.chars().map(|letter| Value::from(String::from(letter))).collect()),
            other => Err(self.wrong(format!("the choices are {}, but have to be a list", other.type_name()))),
        }
    }

    fn literal(&self, text: &str) -> Result<Value, Wrong> {
        literal::parse(text).map_err(|fault| self.wrong(format!("{}: {fault}", python::repr(&Value::from(text)))))
    }
}

/// A whole number as Python takes an index: truth values count, and negative ones count from the end.
pub(super) fn at_index<'list, T>(list: &'list [T], index: &Value) -> Option<&'list T> {
    let index = match index {
        Value::Bool(truth) => i64::from(*truth),
        other => other.as_int()?,
    };
    let size = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { list.len().checked_sub(size).and_then(|at| list.get(at)) } else { list.get(size) }
}

/// Whether Python's `isinstance(value, int)` holds.
pub(super) fn is_int(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Bool(_))
}
