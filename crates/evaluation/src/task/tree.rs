//! The index of a tree: which names there are, and which file each of them stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::load::{Keys, LoadFault, Loader, Raw};
use super::read::tags;
use super::resolve::task_of;
use super::{Field, ResolveFault, TaskConfig};
use crate::Value;

/// Folders that hold no tasks.
const IGNORED: [&str; 2] = ["__pycache__", ".ipynb_checkpoints"];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A task.
    Task,
    /// A task that is a Python class (`class`); it has a name here and cannot run.
    Class,
    /// A group: tasks that are summed up together.
    Group,
    /// A tag: tasks that are chosen together.
    Tag,
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it stands for.
    pub kind: Kind,
    /// The file; none for a tag.
    pub file: Option<Arc<Path>>,
    /// The tasks of a tag.
    pub tasks: BTreeSet<String>,
}

/// A file that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub why: String,
}

/// Why a tree is not indexed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanFault {
    /// A folder cannot be read.
    #[error("{}: {problem}; give a folder of task files", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        problem: String,
    },
}

/// One or more folders of task files, indexed.
#[derive(Debug)]
pub struct TaskTree {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) loader: Loader,
    files: Vec<Arc<Path>>,
    unusable: Vec<Unusable>,
    shadowed: Vec<Unusable>,
}

/// What the index takes from a file.
struct Head {
    kind: Kind,
    name: String,
    tags: Vec<String>,
}

impl TaskTree {
    /// Indexes every `*.yaml` under the folders `roots`.
    ///
    /// In one folder the first file that gives a name, by path, has it. A later folder's names come before an earlier
    /// one's. Files that are no tasks are kept apart, see [`TaskTree::unusable`].
    ///
    /// # Errors
    ///
    /// [`ScanFault::Folder`] if a folder cannot be read.
    pub fn scan(roots: &[PathBuf]) -> Result<Self, ScanFault> {
        let mut tree = Self {
            entries: BTreeMap::new(),
            loader: Loader::full(),
            files: Vec::new(),
            unusable: Vec::new(),
            shadowed: Vec::new(),
        };
        for root in roots {
            let files = files(root)?;
            let loader = Loader::new(Keys::Head);
            let heads: Vec<_> =
                files.par_iter().map(|file| loader.load(file).map_err(Why::Load).and_then(head)).collect();
            let entries = tree.index(&files, heads);
            tree.files.extend(files);
            for (name, entry) in entries {
                if let Some(Entry { file: Some(file), .. }) = tree.entries.insert(name.clone(), entry) {
                    let why = format!("`{name}` is also in {}, which comes before this", root.display());
                    tree.shadowed.push(Unusable { file: file.to_path_buf(), why });
                }
            }
        }
        Ok(tree)
    }

    /// The names of one folder.
    fn index(&mut self, files: &[Arc<Path>], heads: Vec<Result<Head, Why>>) -> BTreeMap<String, Entry> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (file, head) in files.iter().zip(heads) {
            let head = match head {
                Ok(head) => head,
                Err(why) => {
                    self.unusable.push(Unusable { file: file.to_path_buf(), why: why.to_string() });
                    continue;
                }
            };
            if let Some(other) = entries.get(&head.name) {
                let first = other.file.as_ref().map_or_else(|| "a tag".to_owned(), |file| file.display().to_string());
                let why = format!("`{}` is already the name of {first}, which comes first; rename one", head.name);
                self.shadowed.push(Unusable { file: file.to_path_buf(), why });
                continue;
            }
            let entry = Entry { kind: head.kind, file: Some(Arc::clone(file)), tasks: BTreeSet::new() };
            entries.insert(head.name.clone(), entry);
            if head.kind == Kind::Group {
                continue;
            }
            for tag in head.tags {
                let tag =
                    entries.entry(tag).or_insert_with(|| Entry { kind: Kind::Tag, file: None, tasks: BTreeSet::new() });
                tag.tasks.insert(head.name.clone());
            }
        }
        entries
    }

    /// Every name with what it stands for, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The names of one kind, sorted.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.entries().filter(move |(_, entry)| entry.kind == kind).map(|(name, _)| name)
    }

    /// What is known of `name`.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Every file, by path.
    pub fn files(&self) -> &[Arc<Path>] {
        &self.files
    }

    /// The files that are no tasks, and why.
    pub fn unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// The files whose name another file has already, and which one.
    pub fn shadowed(&self) -> &[Unusable] {
        &self.shadowed
    }

    /// The one task of that name, as it stands in its file; none if the name is not a task.
    ///
    /// # Errors
    ///
    /// [`ResolveFault`] if its file cannot be understood.
    pub fn task(&self, name: &str) -> Option<Result<TaskConfig, ResolveFault>> {
        let file = self.entries.get(name).filter(|entry| entry.kind == Kind::Task)?.file.as_ref()?;
        let raw = self.loader.load(file).map_err(ResolveFault::from);
        Some(raw.and_then(|raw| task_of(raw, file, None)))
    }

    /// The file with its includes merged.
    pub(crate) fn raw(&self, file: &Path) -> Result<Raw, LoadFault> {
        self.loader.load(file)
    }
}

/// Every task file under `root`, by its path as a text; links to folders are not followed.
fn files(root: &Path) -> Result<Vec<Arc<Path>>, ScanFault> {
    let fault = |folder: &Path, error: std::io::Error| ScanFault::Folder {
        folder: folder.to_owned(),
        problem: error.to_string(),
    };
    let root = root.canonicalize().map_err(|error| fault(root, error))?;
    let mut found: Vec<(String, Arc<Path>)> = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| fault(&folder, error))? {
            let entry = entry.map_err(|error| fault(&folder, error))?;
            let kind = entry.file_type().map_err(|error| fault(&folder, error))?;
            let path = entry.path();
            let name = entry.file_name();
            if kind.is_dir() {
                if !IGNORED.iter().any(|ignored| name == *ignored) {
                    folders.push(path);
                }
            } else if name.to_str().is_some_and(|name| name.ends_with(".yaml")) {
                let key = path.to_string_lossy().into_owned();
                // What a linked file includes stands next to the real one.
                let real = if kind.is_symlink() { path.canonicalize().unwrap_or(path) } else { path };
                found.push((key, real.into()));
            }
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

/// Why a file is no task.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error(transparent)]
    Load(LoadFault),
    #[error("it has none of the keys `task`, `group` and `class`; give a base file another ending than .yaml")]
    Shape,
    #[error("`{key}` is a {found}; a name is a text")]
    Name { key: &'static str, found: &'static str },
    #[error("`class` without `task`; give it a name")]
    Nameless,
    #[error("`tag` is a {0}; write a text or a list of texts")]
    Tag(&'static str),
}

/// What a file is and how it is called: `class` before `group` before `task`.
fn head(raw: Raw) -> Result<Head, Why> {
    let (kind, key) = match &raw.map {
        map if map.contains_key("class") => (Kind::Class, "task"),
        map if map.contains_key("group") => (Kind::Group, "group"),
        map if map.contains_key("task") => (Kind::Task, "task"),
        _ => return Err(Why::Shape),
    };
    let name = match raw.map.get(key) {
        Some(Field::Value(Value::Str(name))) => name.to_string(),
        Some(other) => return Err(Why::Name { key, found: other.type_name() }),
        None => return Err(Why::Nameless),
    };
    let tags = tags(raw.map.get("tag")).map_err(Why::Tag)?;
    Ok(Head { kind, name, tags })
}
