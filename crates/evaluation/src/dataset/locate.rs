//! From what a task says to files: folders, the hub and its cache, and readers with `data_files`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;

use super::DatasetOptions;
use super::fault::DatasetFault;
use super::hub::{self, Remote};
use super::layout::{self, Layout, Wish};
use super::patterns::{Patterns, patterns};
use super::reader::{Format, Opener};
use super::tree::{Tree, has_magic};
use crate::task::DataConfig;
use crate::{Dict, Value};

/// The files of every split, and how they are opened.
pub(super) struct Plan {
    pub(super) splits: IndexMap<String, Vec<Held>>,
    pub(super) opener: Opener,
}

/// A file, here or on the hub.
pub(super) enum Held {
    Disk(PathBuf),
    Tree(Rc<Tree>, String),
}

impl Held {
    pub(super) fn file(&self) -> Result<PathBuf, DatasetFault> {
        match self {
            Self::Disk(path) => Ok(path.clone()),
            Self::Tree(tree, path) => tree.file(path),
        }
    }
}

/// Finds the files that `config` means.
pub(super) fn plan(options: &DatasetOptions, config: &DataConfig, base: &Path) -> Result<Plan, DatasetFault> {
    if let Some(custom) = &config.custom {
        return Err(DatasetFault::Custom(custom.name.clone()));
    }
    let name = config.path.as_deref().filter(|name| !name.is_empty()).ok_or(DatasetFault::NoPath)?;
    let data_files = config.kwargs.get("data_files").filter(|value| !value.is_none()).map(patterns).transpose()?;
    let data_dir = config.kwargs.get("data_dir").and_then(Value::as_str);
    let finder = Finder { options, base, revision: config.kwargs.get("revision").and_then(Value::as_str) };
    if let Some(format) = Format::named(name) {
        let opener = Opener::new(format, &config.kwargs)?;
        let splits = match (data_files, data_dir) {
            (Some(patterns), data_dir) => finder.by_patterns(&patterns, data_dir)?,
            (None, Some(data_dir)) => finder.by_folder(data_dir, format)?,
            (None, None) => return Err(DatasetFault::option("data_files", format!("`{name}` needs it"))),
        };
        return Ok(Plan { splits, opener });
    }
    let tree = Rc::new(finder.set(name)?);
    let wish = Wish { name: config.name.as_deref(), data_files, data_dir };
    let Layout { splits, format, options } = layout::find(&tree, wish)?;
    let both: Dict = options.into_iter().chain(config.kwargs.clone()).collect();
    let held = |path| Held::Tree(tree.clone(), path);
    let splits = splits.into_iter().map(|(split, files)| (split, files.into_iter().map(held).collect())).collect();
    Ok(Plan { splits, opener: Opener::new(format, &both)? })
}

struct Finder<'a> {
    options: &'a DatasetOptions,
    base: &'a Path,
    revision: Option<&'a str>,
}

impl Finder<'_> {
    /// The set of that name, wherever it is.
    fn set(&self, name: &str) -> Result<Tree, DatasetFault> {
        let mut looked = Vec::new();
        if let Some(folder) = self.folder(name, &mut looked) {
            return Tree::folder(&folder);
        }
        let on_hub = name.split('/').count() <= 2 && !name.starts_with(['.', '/', '~']);
        let missing = |hub: &str| DatasetFault::Missing {
            name: name.into(),
            looked: looked.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", "),
            hub: hub.into(),
        };
        if !on_hub {
            return Err(missing(""));
        }
        let revision = self.revision.unwrap_or("main");
        match (&self.options.hub, &self.options.hub_cache) {
            (Some(hub), Some(cache)) if !self.options.offline => {
                Ok(Tree::hub(Remote::open(hub, cache, name, revision)?))
            }
            (Some(_), None) if !self.options.offline => Err(missing("; the hub needs a cache folder to fetch into")),
            (hub, cache) => {
                let kept = cache.as_ref().and_then(|cache| hub::cached(cache, name, revision));
                let why = if hub.is_some() {
                    "; not fetched, as this run is offline"
                } else {
                    "; not fetched, as no hub is given (--hub URL or HF_ENDPOINT)"
                };
                kept.map_or_else(|| Err(missing(why)), |folder| Tree::folder(&folder))
            }
        }
    }

    fn folder(&self, name: &str, looked: &mut Vec<PathBuf>) -> Option<PathBuf> {
        let here = [self.base.join(name), PathBuf::from(name)];
        if Path::new(name).is_absolute() || name.starts_with("./") || name.starts_with("../") {
            looked.extend(here);
        } else {
            for folder in &self.options.folders {
                looked.push(folder.join(name));
                looked.push(folder.join(name.replace('/', "--")));
                looked.extend(name.split_once('/').map(|(_, short)| folder.join(short)));
            }
            // A folder of a data set's name beside the task is one only if it holds data.
            looked.extend(here);
        }
        let has_data = |place: &&PathBuf| {
            place.is_dir()
                && Tree::folder(place).is_ok_and(|tree| tree.paths.iter().any(|path| Format::of(path).is_some()))
        };
        looked.iter().find(has_data).cloned()
    }

    fn by_folder(&self, data_dir: &str, format: Format) -> Result<IndexMap<String, Vec<Held>>, DatasetFault> {
        let root = self.places(data_dir).into_iter().find(|place| place.is_dir());
        let root = root.ok_or_else(|| DatasetFault::NoFiles { place: data_dir.into(), pattern: "**".into() })?;
        let tree = Rc::new(Tree::folder(&root)?);
        let layout = layout::find(&tree, Wish { name: None, data_files: None, data_dir: Some("") })?;
        if !layout.format.agrees(format) {
            let files = tree.paths.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            return Err(DatasetFault::Format { place: tree.place.clone(), files });
        }
        let held = |path| Held::Tree(tree.clone(), path);
        Ok(layout.splits.into_iter().map(|(split, files)| (split, files.into_iter().map(held).collect())).collect())
    }

    fn by_patterns(
        &self,
        patterns: &Patterns,
        data_dir: Option<&str>,
    ) -> Result<IndexMap<String, Vec<Held>>, DatasetFault> {
        let mut splits = IndexMap::new();
        for (split, patterns) in patterns {
            let mut files = Vec::new();
            for pattern in patterns {
                files.extend(self.pattern(pattern, data_dir)?);
            }
            splits.insert(split.clone(), files);
        }
        Ok(splits)
    }

    fn pattern(&self, pattern: &str, data_dir: Option<&str>) -> Result<Vec<Held>, DatasetFault> {
        if let Some(rest) = pattern.strip_prefix("hf://datasets/") {
            return self.on_hub(pattern, rest);
        }
        if let Some((_, rest)) = pattern.split_once("://") {
            return self.url(pattern, rest);
        }
        let whole = data_dir.map_or_else(|| pattern.to_owned(), |folder| format!("{folder}/{pattern}"));
        for place in self.places(&whole) {
            let found = local(&place)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Err(DatasetFault::NoFiles { place: self.base.display().to_string(), pattern: whole })
    }

    /// Where a path may be meant from: the task's folder, the folder that we are in, and those for data.
    fn places(&self, path: &str) -> Vec<PathBuf> {
        let folders = self.options.folders.iter().map(|folder| folder.join(path));
        [self.base.join(path), PathBuf::from(path)].into_iter().chain(folders).collect()
    }

    /// `org/name[@revision]/path` of a set that is found as any other.
    fn on_hub(&self, pattern: &str, rest: &str) -> Result<Vec<Held>, DatasetFault> {
        let wrong = || DatasetFault::option("data_files", format!("{pattern}: hf://datasets/ORG/NAME/PATH is meant"));
        let mut parts = rest.splitn(3, '/');
        let (Some(org), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let (name, revision) = name.split_once('@').map_or((name, None), |(name, revision)| (name, Some(revision)));
        let revision = revision.map(|name| name.replace("%2F", "/"));
        let finder = Finder { options: self.options, base: self.base, revision: revision.as_deref() };
        let tree = Rc::new(finder.set(&format!("{org}/{name}"))?);
        let found = tree.matching("", path)?;
        if found.is_empty() {
            return Err(DatasetFault::NoFiles { place: tree.place.clone(), pattern: path.into() });
        }
        Ok(found.into_iter().map(|path| Held::Tree(tree.clone(), path)).collect())
    }

    /// An address is not fetched; the file may lie in a folder for data, by its name or under its host.
    fn url(&self, url: &str, rest: &str) -> Result<Vec<Held>, DatasetFault> {
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let name = rest.rsplit('/').next().unwrap_or(rest);
        let safe = |path: &&str| !path.split('/').any(|part| part == "..") && !path.is_empty();
        let paths: Vec<&str> = [rest, name].into_iter().filter(safe).collect();
        let places: Vec<PathBuf> =
            self.options.folders.iter().flat_map(|dir| paths.iter().map(|path| dir.join(path))).collect();
        match places.iter().find(|place| place.is_file()) {
            Some(place) => Ok(vec![Held::Disk(place.clone())]),
            None => Err(DatasetFault::Missing {
                name: name.into(),
                looked: places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", "),
                hub: format!("; {url} is not fetched here"),
            }),
        }
    }
}

/// The files that a path with or without wildcards means.
fn local(path: &Path) -> Result<Vec<Held>, DatasetFault> {
    let text = path.to_string_lossy();
    if !has_magic(&text) {
        return Ok(if path.is_file() { vec![Held::Disk(path.into())] } else { Vec::new() });
    }
    let plain: PathBuf = path.iter().take_while(|part| !has_magic(&part.to_string_lossy())).collect();
    let rest: Vec<_> = path.iter().skip_while(|part| !has_magic(&part.to_string_lossy())).collect();
    let pattern = rest.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
    let root = if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain };
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let tree = Tree::folder(&root)?;
    Ok(tree.matching("", &pattern)?.into_iter().map(|path| Held::Disk(root.join(path))).collect())
}
