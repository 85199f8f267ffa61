//! Where texts are from and what may be done with them: the `sources.toml` beside them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A source, as an entry of `sources.toml` tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its licence, by its SPDX identifier where it has one; `unknown` where nobody said.
    pub licence: String,
    /// Where it was got.
    #[serde(default)]
    pub from: String,
    /// Files and folders, from the folder of the `sources.toml` on; all of it if none is named.
    #[serde(default, skip_serializing)]
    pub files: Vec<String>,
}

/// Why a `sources.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourcesFault {
    /// It cannot be read.
    #[error("{path}: {fault}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// It is not of the form.
    #[error(
        "{path}: {fault}; write `[NAME]`, `licence = \"…\"`, `from = \"…\"` and, for a part of the folder, `files = [\"…\"]`"
    )]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong in it.
        fault: Box<toml::de::Error>,
    },
}

/// The name of the file.
const FILE: &str = "sources.toml";

/// The sources of a folder.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// Reads the `sources.toml` of a folder, if it has one.
    pub(super) fn read(folder: &Path) -> Result<Self, SourcesFault> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).map_err(|fault| SourcesFault::File { path: path.clone(), fault })?;
        let entries = toml::from_str(&text).map_err(|fault| SourcesFault::Form { path, fault: Box::new(fault) })?;
        Ok(Self(entries))
    }

    /// Name and entry of the source of a file, given by its path within the folder. A file that is named counts more
    /// than a folder, a longer path more than a shorter.
    pub(super) fn of(&self, file: &Path) -> Option<(&str, &Source)> {
        let reach = |source: &Source| {
            let named = source.files.iter().filter(|named| file.starts_with(named.as_str())).map(String::len).max();
            if source.files.is_empty() { Some(0) } else { named }
        };
        let found = self.0.iter().filter_map(|(name, source)| Some((reach(source)?, name, source)));
        found.max_by_key(|(reach, ..)| *reach).map(|(_, name, source)| (name.as_str(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_source_that_names_it_most_closely() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[rest]\nlicence = \"MIT\"\n[laws]\nlicence = \"LicenseRef-public\"\nfrom = \"there\"\nfiles = [\"kr\"]\n\
                    [one]\nlicence = \"CC0-1.0\"\nfiles = [\"kr/one.md\"]\n";
        fs::write(folder.path().join(FILE), text).expect("writes");
        let sources = Sources::read(folder.path()).expect("reads");
        let name = |file: &str| sources.of(Path::new(file)).map(|(name, _)| name);
        assert_eq!([name("kr/two.md"), name("kr/one.md"), name("a.txt")], [Some("laws"), Some("one"), Some("rest")]);
        assert_eq!(name("krx/two.md"), Some("rest"));
    }

    #[test]
    fn a_folder_without_the_file_has_no_sources_and_a_broken_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Sources::read(folder.path()).expect("reads").of(Path::new("a.txt")).is_none());
        fs::write(folder.path().join(FILE), "[a]\nlicense = \"MIT\"\n").expect("writes");
        let told = Sources::read(folder.path()).expect_err("the field is spelt otherwise").to_string();
        assert!(told.contains("sources.toml") && told.contains("licence"), "{told}");
    }
}
