//! The files of a set, by their paths, wherever they are: a folder here or a set on a hub.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::fault::DatasetFault;
use super::hub::Remote;

/// Folders that nest deeper, or sets with more files, are not looked through.
const DEEPEST: usize = 12;
const MOST: usize = 200_000;
/// Files that are about the data and not data.
const NOT_DATA: [&str; 6] =
    ["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"];

/// A set: paths with `/`, sorted, and how a file is had.
pub(super) struct Tree {
    /// What to call the set.
    pub(super) place: String,
    pub(super) paths: Vec<String>,
    from: From,
}

enum From {
    Folder(PathBuf),
    Hub(Box<Remote>),
}

impl Tree {
    pub(super) fn folder(root: &Path) -> Result<Self, DatasetFault> {
        let mut paths = Vec::new();
        walk(root, "", DEEPEST, &mut paths)?;
        paths.sort();
        Ok(Self { place: root.display().to_string(), paths, from: From::Folder(root.into()) })
    }

    pub(super) fn hub(remote: Remote) -> Self {
        let mut paths = remote.paths();
        paths.sort();
        Self { place: remote.place(), paths, from: From::Hub(Box::new(remote)) }
    }

    /// The file as one on this disk, fetched if need be.
    pub(super) fn file(&self, path: &str) -> Result<PathBuf, DatasetFault> {
        match &self.from {
            From::Folder(root) => Ok(root.join(path)),
            From::Hub(remote) => Ok(remote.fetch(path)?),
        }
    }

    /// What a small text file of the set says, if it has it.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, DatasetFault> {
        if self.paths.binary_search_by(|have| have.as_str().cmp(path)).is_err() {
            return Ok(None);
        }
        let file = self.file(path)?;
        let bytes = std::fs::read(&file).map_err(DatasetFault::disk(&file))?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The data files under `base` that `pattern` matches, sorted.
    pub(super) fn matching(&self, base: &str, pattern: &str) -> Result<Vec<String>, DatasetFault> {
        let pattern = join(base, pattern);
        let name = pattern.rsplit('/').next().unwrap_or_default();
        let wanted = glob(&pattern)?;
        let seen = |path: &&String| {
            let last = path.rsplit('/').next().unwrap_or_default();
            let data = !NOT_DATA.contains(&last) || last == name;
            data && wanted.is_match(path) && hidden(path) == hidden(&pattern) && special(path) == special(&pattern)
        };
        Ok(self.paths.iter().filter(seen).cloned().collect())
    }
}

/// `base/path` with `.` and `..` resolved.
pub(super) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn walk(root: &Path, under: &str, left: usize, paths: &mut Vec<String>) -> Result<(), DatasetFault> {
    let folder = root.join(under);
    for entry in std::fs::read_dir(&folder).map_err(DatasetFault::disk(&folder))? {
        let entry = entry.map_err(DatasetFault::disk(&folder))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let path = if under.is_empty() { name } else { format!("{under}/{name}") };
        // Snapshots of a hub's cache are links, so links are followed.
        let Ok(state) = std::fs::metadata(entry.path()) else { continue };
        if state.is_dir() && left > 0 {
            walk(root, &path, left - 1, paths)?;
        } else if state.is_file() {
            paths.push(path);
        }
        if paths.len() > MOST {
            return Err(DatasetFault::file(root.display(), "more than 200,000 files; name a smaller folder"));
        }
    }
    Ok(())
}

/// How many parts begin with a dot; a pattern must have as many for hidden files to match.
fn hidden(path: &str) -> usize {
    path.split('/').filter(|part| part.starts_with('.') && !part.chars().all(|letter| letter == '.')).count()
}

/// How many folders begin with `__`.
fn special(path: &str) -> usize {
    path.rsplit_once('/').map_or(0, |(folders, _)| folders.split('/').filter(|part| part.starts_with("__")).count())
}

/// Whether a pattern has anything that is not meant as it stands.
pub(super) fn has_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Python's `glob`: `*` and `?` stay within a name, `**` as a whole part crosses folders.
pub(super) fn glob(pattern: &str) -> Result<Regex, DatasetFault> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let mut regex = String::from("^");
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        match (*part, last) {
            ("**", true) => regex.push_str(".+"),
            ("**", false) => regex.push_str("(?:[^/]+/)*"),
            (part, _) => {
                name(part, &mut regex);
                regex.push_str(if last { "" } else { "/" });
            }
        }
    }
    regex.push('$');
    Regex::new(&regex).map_err(|_| DatasetFault::option("data_files", format!("{pattern} is not a pattern")))
}

fn name(part: &str, regex: &mut String) {
    let mut rest = part;
    while let Some(letter) = rest.chars().next() {
        let taken = match (letter, rest.find(']')) {
            ('*', _) => {
                regex.push_str("[^/]*");
                1
            }
            ('?', _) => {
                regex.push_str("[^/]");
                1
            }
            ('[', Some(end)) if end > 1 => {
                let inner = &rest[1..end];
                let (not, inner) = inner.strip_prefix('!').map_or(("", inner), |inner| ("^", inner));
                let inner = inner.replace('\\', "\\\\").replace('[', "\\[").replace('&', "\\&").replace('~', "\\~");
                regex.push_str(&format!("[{not}{inner}]"));
                end + 1
            }
            _ => {
                regex.push_str(&regex::escape(&letter.to_string()));
                letter.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_python_globs() {
        let table = [
            ("**/train[-._ 0-9]*", "train.jsonl", true),
            ("**/train[-._ 0-9]*", "a/b/train-1.jsonl", true),
            ("**/train[-._ 0-9]*", "a/mytrain.jsonl", false),
            ("**/*[-._ 0-9]train[-._ 0-9]*", "my-train.csv", true),
            ("**/train/**", "train/a.csv", true),
            ("**/train/**", "x/train/y/a.csv", true),
            ("**/train/**", "train.csv", false),
            ("data/*.csv", "data/a.csv", true),
            ("data/*.csv", "data/x/a.csv", false),
            ("a?[!b].c+", "axc.c+", true),
            ("a?[!b].c+", "axb.c+", false),
            ("**", "a/b", true),
        ];
        for (pattern, path, matches) in table {
            assert_eq!(glob(pattern).unwrap().is_match(path), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn hidden_files_must_be_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for path in [".h/a.csv", "__p__/a.csv", "a.csv", "README.md", ".b.csv"] {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let tree = Tree::folder(folder.path()).unwrap();
        assert_eq!(tree.matching("", "**").unwrap(), ["a.csv"]);
        assert_eq!(tree.matching("", ".*/*").unwrap(), [".h/a.csv"]);
        assert_eq!(tree.matching("__p__", "*").unwrap(), ["__p__/a.csv"]);
        assert_eq!(tree.matching("", "README.md").unwrap(), ["README.md"]);
    }
}
