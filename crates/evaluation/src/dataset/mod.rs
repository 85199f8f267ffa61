//! Documents: data sets from folders and from a hub, as rows that are read when asked for.
//!
//! A task names its data as it does for lm-eval: a set (`org/name`), a folder, or a reader (`json`, `csv`, `parquet`,
//! `text`) with `data_files`. Which files make which split, and of what kind their values are, follows the `datasets`
//! library (5.2). The differences, each on purpose:
//!
//! - a file that two patterns of a split match is read once, not twice;
//! - without a card, a configuration is the folder of its name, or the files whose names begin with it;
//! - `datetime`, `date` and `Decimal` are their texts, bytes are base64;
//! - floats in CSV are rounded correctly, where pandas may be off in the last bit;
//! - floats in a JSON list keep their digits, where `datasets` rounds them to ten behind the point;
//! - kinds are found over a whole JSON file, not over its first 10 MB; with `field`, kinds that disagree stay apart, where
//!   `datasets` gives up, and a column named like a date stays text.
//!
//! Memory holds eight bytes a row (none for Parquet read in order). A set that is nowhere is an error that says where
//! to put it; nothing is fetched unless [`DatasetOptions::hub`] gives an endpoint and `offline` is false.

mod card;
mod csv;
mod fault;
pub mod hub;
pub(crate) mod json;
mod layout;
mod lines;
mod locate;
mod parquet;
mod patterns;
mod reader;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod unpack;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

pub use self::fault::DatasetFault;
pub use self::hub::{HubFault, HubOptions};
use self::locate::{Held, Plan};
use self::source::{Joined, Source};
use crate::task::DataConfig;
use crate::{Rows, Splits};

/// Where data sets are looked for.
#[derive(Clone, Debug, Default)]
pub struct DatasetOptions {
    /// Folders with sets by name: `DIR/org/name`, `DIR/org--name` or `DIR/name`; the first that has it wins.
    pub folders: Vec<PathBuf>,
    /// The cache that other clients of the hub fill too (`HF_HOME/hub`), in their layout
    /// `datasets--org--name/{blobs,refs,snapshots}`; what is in it is used as it is.
    pub hub_cache: Option<PathBuf>,
    /// The hub; none means that nothing is fetched.
    pub hub: Option<HubOptions>,
    /// A folder of our own: unpacked files, and Parquet rows that are read out of order.
    pub cache: PathBuf,
    /// Whether nothing may be fetched, though there is a hub.
    pub offline: bool,
}

/// Opens data sets.
#[derive(Clone, Debug)]
pub struct Datasets {
    options: DatasetOptions,
}

impl Datasets {
    /// Sets as `options` says; nothing is read yet.
    pub fn new(options: DatasetOptions) -> Self {
        Self { options }
    }

    /// The splits of the set that `config` names; `base` is the folder of the task file, from which relative paths
    /// are tried first.
    ///
    /// Every file is opened and its columns are found; of a Parquet set only the splits that `config` names.
    ///
    /// # Errors
    ///
    /// A set that is nowhere, files that cannot be read or do not fit together, and what the hub refuses.
    pub fn open(&self, config: &DataConfig, base: &Path) -> Result<Splits, DatasetFault> {
        let mut plan = locate::plan(&self.options, config, base)?;
        if plan.opener.is_typed() {
            only_named(&mut plan.splits, config);
        }
        self.splits(plan)
    }

    fn splits(&self, plan: Plan) -> Result<Splits, DatasetFault> {
        let mut splits = Splits::new();
        // The first file of all settles the columns, unless every file says them itself.
        let mut columns = None;
        for (split, files) in plan.splits {
            let mut opened: Vec<(PathBuf, Box<dyn Source>)> = Vec::new();
            for held in files {
                let path = held.file()?;
                let source = plan.opener.open(&path, &self.options.cache)?;
                opened.push((path, source));
            }
            if plan.opener.is_typed() {
                columns = None;
            }
            let first = opened.first().map(|(_, source)| Arc::new(source.columns().clone())).unwrap_or_default();
            let columns = columns.get_or_insert(first).clone();
            let rows: Arc<dyn Rows> = Arc::new(Joined::new(opened, columns)?);
            splits.insert(split, rows);
        }
        Ok(splits)
    }
}

fn only_named(splits: &mut IndexMap<String, Vec<Held>>, config: &DataConfig) {
    let named = [&config.training_split, &config.validation_split, &config.test_split, &config.fewshot_split];
    let is_named = |split: &String| named.iter().any(|name| name.as_ref() == Some(split));
    if splits.keys().any(is_named) {
        splits.retain(|split, _| is_named(split));
    }
}
