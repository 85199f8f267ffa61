//! Which files make which split: the rules of the `datasets` library for a folder or a set on a hub.

use indexmap::IndexMap;

use super::card;
use super::fault::DatasetFault;
use super::patterns::Patterns;
use super::reader::Format;
use super::tree::{Tree, has_magic};
use crate::Dict;

/// Split names and the words that stand for them in file names.
const KEYWORDS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "dev", "val"]),
    ("test", &["test", "testing", "eval", "evaluation"]),
];
/// What may stand beside such a word.
const BESIDE: &str = "[-._ 0-9]";

/// The files of a set by split, in the order of splits and of files, and how they are read.
pub(super) struct Layout {
    pub(super) splits: IndexMap<String, Vec<String>>,
    pub(super) format: Format,
    /// Options that the set's card gives its reader.
    pub(super) options: Dict,
}

/// What a task asks of a set.
pub(super) struct Wish<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) data_files: Option<Patterns>,
    pub(super) data_dir: Option<&'a str>,
}

/// Finds the files of `tree` that `wish` means.
pub(super) fn find(tree: &Tree, wish: Wish<'_>) -> Result<Layout, DatasetFault> {
    let cards = card::configurations(tree)?;
    let mut options = Dict::new();
    let mut base = wish.data_dir.unwrap_or_default().to_owned();
    let mut patterns = wish.data_files;
    if patterns.is_none() && wish.data_dir.is_none() {
        match choose(tree, &cards, wish.name)? {
            Some(chosen) => {
                options = chosen.options.clone();
                base = chosen.data_dir.clone().unwrap_or_default();
                patterns = chosen.data_files.clone();
            }
            None => return without_card(tree, wish.name),
        }
    }
    let splits = match patterns {
        Some(patterns) => by_patterns(tree, &base, &patterns)?,
        None => by_names(tree, &base)?,
    };
    let (splits, format) = one_format(tree, splits)?;
    Ok(Layout { splits, format, options })
}

/// The configuration of that name, or the one that stands for all.
fn choose<'a>(
    tree: &Tree,
    cards: &'a [card::Configuration],
    name: Option<&str>,
) -> Result<Option<&'a card::Configuration>, DatasetFault> {
    let wanted = |card: &&card::Configuration| match name {
        Some(name) => card.name == name,
        None => cards.len() == 1 || card.name == "default" || card.default,
    };
    match (cards.iter().find(wanted), name) {
        (Some(chosen), _) => Ok(Some(chosen)),
        (None, _) if cards.is_empty() => Ok(None),
        (None, name) => {
            let known = cards.iter().map(|card| card.name.as_str()).collect::<Vec<_>>().join(", ");
            let name = name.unwrap_or("that is the default; name one with `dataset_name`").into();
            Err(DatasetFault::Configuration { place: tree.place.clone(), name, known })
        }
    }
}

/// Without a card, a configuration is the folder of its name, or the files whose names begin with it; `default` and
/// `main` may be the set itself.
fn without_card(tree: &Tree, name: Option<&str>) -> Result<Layout, DatasetFault> {
    let layout = |splits| {
        let (splits, format) = one_format(tree, splits)?;
        Ok(Layout { splits, format, options: Dict::new() })
    };
    let Some(name) = name else { return layout(by_names(tree, "")?) };
    let tried = [name.to_owned(), format!("data/{name}")];
    if let Some(base) = tried.into_iter().find(|base| tree.paths.iter().any(|path| is_under(path, base))) {
        return layout(by_names(tree, &base)?);
    }
    let mut own = by_names(tree, "")?;
    let begins = |path: &String| {
        let last = path.rsplit('/').next().unwrap_or_default();
        last.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_', '.']))
    };
    own.values_mut().for_each(|files| files.retain(begins));
    own.retain(|_, files| !files.is_empty());
    if !own.is_empty() {
        return layout(own);
    }
    if name == "default" || name == "main" {
        return layout(by_names(tree, "")?);
    }
    Err(DatasetFault::Configuration { place: tree.place.clone(), name: name.into(), known: folders(tree) })
}

fn folders(tree: &Tree) -> String {
    let mut known: Vec<&str> = tree.paths.iter().filter_map(|path| path.split_once('/')).map(|(top, _)| top).collect();
    known.dedup();
    if known.is_empty() { "no folders and no card".into() } else { format!("the folders {}", known.join(", ")) }
}

fn is_under(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
}

fn by_patterns(tree: &Tree, base: &str, patterns: &Patterns) -> Result<IndexMap<String, Vec<String>>, DatasetFault> {
    let mut splits = IndexMap::new();
    for (split, patterns) in patterns {
        let mut files: Vec<String> = Vec::new();
        for pattern in patterns {
            let found = tree.matching(base, pattern)?;
            if found.is_empty() && !has_magic(pattern) {
                return Err(DatasetFault::NoFiles { place: tree.place.clone(), pattern: pattern.clone() });
            }
            // A file that two patterns match is one file; `datasets` would count its rows twice.
            files.extend(found.into_iter().filter(|path| Format::of(path).is_some()));
        }
        unique(&mut files);
        splits.insert(split.clone(), files);
    }
    no_empty(tree, splits, || patterns.values().flatten().cloned().collect::<Vec<_>>().join(", "))
}

fn no_empty(
    tree: &Tree,
    mut splits: IndexMap<String, Vec<String>>,
    patterns: impl FnOnce() -> String,
) -> Result<IndexMap<String, Vec<String>>, DatasetFault> {
    splits.retain(|_, files| !files.is_empty());
    if splits.is_empty() {
        return Err(DatasetFault::NoFiles { place: tree.place.clone(), pattern: patterns() });
    }
    Ok(splits)
}

fn unique(files: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
}

/// `data/SPLIT-00000-of-00001.*`, else folders named for splits, else files named for splits, else all is `train`.
fn by_names(tree: &Tree, base: &str) -> Result<IndexMap<String, Vec<String>>, DatasetFault> {
    let sharded = sharded(tree, base)?;
    if !sharded.is_empty() {
        return Ok(sharded);
    }
    let folders = ["**/{}/**", "**/{}[]/**", "**/*[]{}/**", "**/*[]{}[]*/**"];
    let folders = folders.map(|pattern| pattern.replacen("{}[]/", "{}[]*/", 1));
    let files = ["**/{}[]*".to_owned(), "**/*[]{}[]*".to_owned()];
    for patterns in [folders.as_slice(), files.as_slice()] {
        let mut splits = IndexMap::new();
        for (split, words) in KEYWORDS {
            let mut found = Vec::new();
            for word in words {
                for pattern in patterns {
                    found.extend(tree.matching(base, &pattern.replace("{}", word).replace("[]", BESIDE))?);
                }
            }
            unique(&mut found);
            found.retain(|path| Format::of(path).is_some());
            if !found.is_empty() {
                splits.insert(split.to_owned(), found);
            }
        }
        if !splits.is_empty() {
            return Ok(splits);
        }
    }
    let all = tree.matching(base, "**")?;
    no_empty(tree, IndexMap::from_iter([("train".to_owned(), all)]), || "**".into())
}

fn sharded(tree: &Tree, base: &str) -> Result<IndexMap<String, Vec<String>>, DatasetFault> {
    let digits = "[0-9]".repeat(5);
    let mut found: IndexMap<String, Vec<String>> = KEYWORDS.iter().map(|(name, _)| ((*name).into(), vec![])).collect();
    let mut others: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for path in tree.matching(base, &format!("data/*-{digits}-of-{digits}*.*"))? {
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(split) = name.rfind("-of-").and_then(|at| name.get(..at.checked_sub(6)?)) else { continue };
        match found.get_mut(split) {
            Some(files) => files.push(path),
            None => others.entry(split.into()).or_default().push(path),
        }
    }
    found.extend(others);
    found.retain(|_, files| !files.is_empty());
    Ok(found)
}

/// The format that most files of each split have; all splits must agree, files in other formats are left out.
fn one_format(
    tree: &Tree,
    mut splits: IndexMap<String, Vec<String>>,
) -> Result<(IndexMap<String, Vec<String>>, Format), DatasetFault> {
    let mut format = None;
    let refused = |files: &[String]| {
        let files = files.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        DatasetFault::Format { place: tree.place.clone(), files }
    };
    for (split, files) in &splits {
        let Some(most) = Format::most(files) else { return Err(refused(files)) };
        match format {
            Some(first) if first != most => {
                let reason =
                    format!("split {split} is {most:?}, others are {first:?}; name the files with `data_files`");
                return Err(DatasetFault::file(&tree.place, reason));
            }
            _ => format = Some(most),
        }
    }
    let Some(format) = format else { return Err(refused(&tree.paths)) };
    splits.values_mut().for_each(|files| files.retain(|path| Format::of(path).is_some_and(|own| own.agrees(format))));
    Ok((splits, format))
}
