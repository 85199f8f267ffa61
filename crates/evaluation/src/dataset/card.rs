//! The card of a set: the YAML at the head of its `README.md`, which says what configurations it has.

use std::path::Path;

use super::fault::DatasetFault;
use super::patterns::{Patterns, patterns};
use super::tree::Tree;
use crate::task::Field;
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

/// A YAML text as a value.
fn load(text: &str) -> Result<Value, String> {
    match crate::yaml::load(text, Path::new("README.md")) {
        Ok((Field::Value(value), _)) => Ok(value),
        Ok(_) => Err("a card names no functions".into()),
        Err(fault) => Err(fault.to_string()),
    }
}
