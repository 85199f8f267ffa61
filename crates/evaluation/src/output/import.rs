//! Runs of other tools, as a verdict can use them: items with scores, by task.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::Class;

/// One task of one model, as another tool ran it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTask {
    /// The model's name.
    pub model: String,
    /// The task.
    pub task: String,
    /// Its items, one a repeat.
    pub items: Vec<ImportedItem>,
}

/// One item, asked once.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedItem {
    /// What names the item in every model's run: the hash of its document, or the tool's own identifier.
    pub key: String,
    /// Which repeat, from 0.
    pub repeat: usize,
    /// The SHA-256 of the prompt.
    pub prompt_hash: String,
    /// The SHA-256 of the target.
    pub target_hash: String,
    /// What it earned, by `metric,filter` or by the name of a scorer.
    pub scores: BTreeMap<String, f64>,
    /// What became of it.
    pub class: Class,
    /// Why, where it was not scored.
    pub reason: Option<String>,
    /// The document, for the keys of clusters.
    pub doc: Json,
}
