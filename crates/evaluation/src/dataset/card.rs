//! The card of a set: the YAML at the head of its `README.md`, which says what configurations it has.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::fault::DatasetFault;
use super::layout::{Patterns, patterns};
use super::tree::Tree;
use crate::{Dict, Value};

/// One configuration.
pub(super) struct Configuration {
    pub(super) name: String,
    pub(super) default: bool,
    pub(super) data_files: Option<Patterns>,
    pub(super) data_dir: Option<String>,
    pub(super) options: Dict,
}

/// The configurations that the card of `tree` declares.
pub(super) fn configurations(tree: &Tree) -> Result<Vec<Configuration>, DatasetFault> {
    let mut found = Vec::new();
    let head = tree.text("README.md")?.and_then(|text| front(&text).map(str::to_owned));
    for (file, text) in [("README.md", head), (".huggingface.yaml", tree.text(".huggingface.yaml")?)] {
        let Some(text) = text else { continue };
        let place = format!("{} {file}", tree.place);
        let value = load(&text).map_err(|reason| DatasetFault::file(&place, reason))?;
        let Some(configs) = value.get("configs") else { continue };
        let configs = configs.as_list().ok_or_else(|| DatasetFault::file(&place, "`configs` must be a list"))?;
        found = configs.iter().map(|one| configuration(one, &place)).collect::<Result<_, _>>()?;
    }
    Ok(found)
}

fn front(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('\u{feff}');
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let end = rest.find("\n---")?;
    rest.get(..=end)
}

fn configuration(value: &Value, place: &str) -> Result<Configuration, DatasetFault> {
    let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("config_name").ok_or_else(|| DatasetFault::file(place, "each of `configs` needs `config_name`"))?;
    let mut options = value.as_dict().cloned().unwrap_or_default();
    for key in ["config_name", "default", "data_files", "data_dir"] {
        options.shift_remove(key);
    }
    Ok(Configuration {
        name,
        default: value.get("default").is_some_and(Value::is_truthy),
        data_files: value.get("data_files").map(patterns).transpose()?,
        data_dir: text("data_dir"),
        options,
    })
}

/// The first document of a YAML text as a value; plain scalars become numbers and truth values, anchors are refused.
fn load(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|fault| fault.to_string())?;
        let done = match event {
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Dict(Dict::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::Alias(_) => return Err("an alias cannot be followed here".into()),
            Event::DocumentEnd => return Ok(Value::None),
            _ => None,
        };
        if open.len() > 50 {
            return Err("nested more than 50 deep".into());
        }
        let Some(value) = done else { continue };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Dict(dict, key)) => match key.take() {
                Some(key) => drop(dict.insert(key, value)),
                None => *key = Some(key_of(&value)),
            },
        }
    }
    Ok(Value::None)
}

enum Open {
    List(Vec<Value>),
    Dict(Dict, Option<std::sync::Arc<str>>),
}

impl Open {
    fn close(self) -> Value {
        match self {
            Self::List(list) => Value::List(list),
            Self::Dict(dict, _) => Value::Dict(dict),
        }
    }
}

fn key_of(value: &Value) -> std::sync::Arc<str> {
    match value {
        Value::Str(text) => text.clone(),
        Value::Int(number) => number.to_string().into(),
        other => other.type_name().into(),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::None,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "on" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "off" => Value::Bool(false),
        other => other.parse().map(Value::Int).unwrap_or_else(|_| Value::from(other)),
    }
}
