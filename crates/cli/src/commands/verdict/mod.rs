//! `daepyo verdict`: does a candidate reach the frontier, and do the data show it?

mod freeze;
mod given;
mod plan;
mod rule;
mod run;

use std::path::Path;

use anyhow::{Context as _, Result};

pub(crate) use self::freeze::freeze;
pub(crate) use self::given::{check, given};
pub(crate) use self::plan::plan;
pub(crate) use self::rule::of_frontier;
pub(crate) use self::run::read as scores;

/// A JSON file as one of the room's types.
fn json_file<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = crate::read::text(path)?;
    serde_json::from_str(&text).with_context(|| format!("`{}` does not read as what it should be", path.display()))
}
