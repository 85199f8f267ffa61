//! A file with everything that it includes.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::{At, Field};
use crate::Value;
use crate::yaml::{self, Warning, YamlFault};

/// What decides what a file is and how it is called.
const HEAD: [&str; 4] = ["task", "group", "class", "tag"];

/// Why a task file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadFault {
    /// The file cannot be read.
    #[error("{}: {problem}; a task file is readable UTF-8 text", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// It is not YAML.
    #[error(transparent)]
    Yaml(#[from] YamlFault),
    /// It holds no dictionary.
    #[error("{}: holds a {found} where a task file is a dictionary; write `task: NAME` and so on", .file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// `include` is neither a path nor a list of paths.
    #[error("{}:{line}: `include` takes a path or a list of paths", .file.display())]
    Include {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// What is included cannot be read.
    #[error("{}:{line}: included here: {why}", .file.display())]
    Included {
        /// The file that includes.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with the other file.
        why: Box<LoadFault>,
    },
    /// A file includes itself.
    #[error("{} includes itself, by way of {}; take one `include` out", .file.display(), list(.by))]
    Cycle {
        /// The file.
        file: PathBuf,
        /// The files between, in order.
        by: Vec<PathBuf>,
    },
}

impl LoadFault {
    /// Where it is.
    pub fn at(&self) -> At {
        match self {
            Self::Yaml(fault) => At { file: fault.place().file.clone(), line: Some(fault.place().line) },
            Self::Read { file, .. } | Self::Shape { file, .. } | Self::Cycle { file, .. } => {
                At { file: file.clone(), line: None }
            }
            Self::Include { file, line } | Self::Included { file, line, .. } => {
                At { file: file.clone(), line: Some(*line) }
            }
        }
    }
}

fn list(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// A file, with its includes merged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    /// What it says.
    pub(crate) map: IndexMap<String, Field>,
    /// Where each key stands.
    pub(crate) places: IndexMap<String, (Arc<Path>, usize)>,
    /// What is hardly meant, in it and in what it includes.
    pub(crate) warnings: Vec<Warning>,
}

/// Which keys are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    All,
    Head,
}

/// Reads files; what is included often is read once.
pub(super) struct Loader {
    keys: Keys,
    included: Mutex<BTreeMap<PathBuf, Arc<Raw>>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Loader")
    }
}

impl Loader {
    pub(super) fn new(keys: Keys) -> Self {
        Self { keys, included: Mutex::default() }
    }

    /// A loader that keeps every key.
    pub(super) fn full() -> Self {
        Self::new(Keys::All)
    }

    /// Reads `file` with everything that it includes.
    pub(super) fn load(&self, file: &Path) -> Result<Raw, LoadFault> {
        self.read(&plain(file), &mut Vec::new())
    }

    /// `way` are the files that are being read, each included by the one before.
    fn read(&self, file: &Path, way: &mut Vec<PathBuf>) -> Result<Raw, LoadFault> {
        if let Some(at) = way.iter().position(|other| other == file) {
            return Err(LoadFault::Cycle { file: file.to_owned(), by: way[at + 1..].to_vec() });
        }
        let text = std::fs::read_to_string(file)
            .map_err(|error| LoadFault::Read { file: file.to_owned(), problem: error.to_string() })?;
        let parsed = yaml::parse(&text, file)?;
        let mut map = match parsed.field {
            Field::Dict(map) => map,
            Field::Value(Value::Dict(dict)) => {
                dict.into_iter().map(|(key, value)| (key.to_string(), Field::Value(value))).collect()
            }
            other => return Err(LoadFault::Shape { file: file.to_owned(), found: other.type_name() }),
        };
        let include = map.shift_remove("include");
        let name: Arc<Path> = file.into();
        let line = |key: &str| parsed.lines.get(key).copied().unwrap_or(1);
        let mut own = Raw { map: IndexMap::new(), places: IndexMap::new(), warnings: parsed.warnings };
        for (key, field) in map {
            if self.keys == Keys::All || HEAD.contains(&key.as_str()) {
                own.places.insert(key.clone(), (Arc::clone(&name), line(&key)));
                own.map.insert(key, field);
            }
        }
        let Some(include) = include else { return Ok(own) };
        way.push(file.to_owned());
        let merged = self.merge(file, line("include"), &include, way);
        way.pop();
        let mut merged = merged?;
        merged.map.extend(own.map);
        merged.places.extend(own.places);
        merged.warnings.extend(own.warnings);
        Ok(merged)
    }

    /// What `include` on `line` of `file` brings in; later files win.
    fn merge(&self, file: &Path, line: usize, include: &Field, way: &mut Vec<PathBuf>) -> Result<Raw, LoadFault> {
        let wrong = || LoadFault::Include { file: file.to_owned(), line };
        let paths: Vec<&str> = match include {
            Field::Value(Value::Str(path)) => vec![path],
            Field::Value(Value::List(paths)) => {
                paths.iter().map(|path| path.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?
            }
            _ => return Err(wrong()),
        };
        let mut merged = Raw::default();
        for path in paths {
            let path = plain(&file.parent().unwrap_or(Path::new("")).join(path));
            let included = self.included(&path, way).map_err(|why| match why {
                LoadFault::Cycle { .. } => why,
                why => LoadFault::Included { file: file.to_owned(), line, why: Box::new(why) },
            })?;
            let inherited = included.map.iter().filter(|(key, _)| *key != "task_list");
            merged.map.extend(inherited.map(|(key, field)| (key.clone(), field.clone())));
            merged.places.extend(included.places.iter().map(|(key, place)| (key.clone(), place.clone())));
            merged.warnings.extend(included.warnings.iter().cloned());
        }
        Ok(merged)
    }

    fn included(&self, file: &Path, way: &mut Vec<PathBuf>) -> Result<Arc<Raw>, LoadFault> {
        let known = self.included.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned();
        if let Some(raw) = known {
            return Ok(raw);
        }
        let raw = Arc::new(self.read(file, way)?);
        self.included.lock().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), Arc::clone(&raw));
        Ok(raw)
    }
}

/// A path without `.` and `..`, by its looks.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

impl Field {
    /// What Python calls the type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Value(value) => value.type_name(),
            Self::Function(_) => "function",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
        }
    }
}
