//! What can be wrong with a data set.

use std::path::PathBuf;

/// Why a data set could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatasetFault {
    /// A task that names no data at all.
    #[error("the task names no data: give `dataset_path`, the name of a set or one of json, csv, parquet, text")]
    NoPath,
    /// A task whose documents are made by a Python function.
    #[error("documents are made by the Python function {0}, which is not run here; give them as files")]
    Custom(String),
    /// A set that is nowhere.
    #[error(
        "data set {name} is not here; looked in {looked}{hub}; put it into a folder as DIR/{name} and give that \
         folder with --datasets DIR"
    )]
    Missing {
        /// The name that the task gives.
        name: String,
        /// The places that were looked at.
        looked: String,
        /// Why it was not fetched.
        hub: String,
    },
    /// A configuration that the set does not have.
    #[error("{place} has no configuration {name}; it has {known}")]
    Configuration {
        /// The set.
        place: String,
        /// The name that the task gives.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// No file where there should be some.
    #[error("{place}: no data file matches {pattern}")]
    NoFiles {
        /// The set.
        place: String,
        /// The patterns that were tried.
        pattern: String,
    },
    /// Files in a format that is not read.
    #[error(
        "{place}: no format that is read here (json, jsonl, csv, tsv, parquet, txt, each plain or .gz .zst .bz2); the files are {files}"
    )]
    Format {
        /// The set.
        place: String,
        /// A few of the files.
        files: String,
    },
    /// An option of the reader that cannot be followed.
    #[error("dataset_kwargs: {name}: {reason}")]
    Option {
        /// The option.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is not what it says.
    #[error("{place}: {reason}")]
    File {
        /// The file, with a line or row where one is known.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A file with other columns than the first one.
    #[error("{file}: columns {columns} are not in the first file of the set; name the splits so that files agree")]
    Columns {
        /// The file.
        file: PathBuf,
        /// The columns that are too many.
        columns: String,
    },
    /// The disk says no.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The hub says no.
    #[error(transparent)]
    Hub(#[from] super::hub::HubFault),
}

impl DatasetFault {
    pub(super) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }

    pub(super) fn file(place: impl ToString, reason: impl ToString) -> Self {
        Self::File { place: place.to_string(), reason: reason.to_string() }
    }

    pub(super) fn option(name: &str, reason: impl ToString) -> Self {
        Self::Option { name: name.into(), reason: reason.to_string() }
    }
}
