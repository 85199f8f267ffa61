//! How much of a tree runs, and why the rest does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::Known;
use crate::hook::Hooks;
use crate::task::{Field, Function, Kind, TaskConfig, TaskTree};

/// Why a task does not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// A function of which there is no port.
    Function {
        /// Its file, from the folder that holds all tasks.
        file: String,
        /// Its name.
        name: String,
        /// How many files hold it, each with the same text; the first of them is named.
        files: usize,
    },
    /// The task is a Python class.
    Class,
    /// It asks for pictures or sound.
    Media,
    /// Its prompt stands in promptsource.
    Promptsource,
    /// A metric that is not known.
    Metric {
        /// The name.
        name: String,
    },
    /// An aggregation that is not known.
    Aggregation {
        /// The name.
        name: String,
    },
    /// A filter that is not known.
    Filter {
        /// The name.
        name: String,
    },
    /// Its file cannot be understood.
    File {
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { file, name, files: 1 } => write!(formatter, "needs a port of {name} in {file}"),
            Self::Function { file, name, files } => {
                write!(formatter, "needs a port of {name} in {file} and {} files like it", files - 1)
            }
            Self::Class => formatter.write_str("is a Python class"),
            Self::Media => formatter.write_str("asks for pictures or sound"),
            Self::Promptsource => formatter.write_str("takes its prompt from promptsource"),
            Self::Metric { name } => write!(formatter, "needs the metric {name}"),
            Self::Aggregation { name } => write!(formatter, "needs the aggregation {name}"),
            Self::Filter { name } => write!(formatter, "needs the filter {name}"),
            Self::File { why } => formatter.write_str(why),
        }
    }
}

/// A reason, and what it stands in the way of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The reason.
    #[serde(flatten)]
    pub reason: Reason,
    /// How many tasks would run if it were not for this alone.
    pub unlocks: usize,
    /// How many tasks have it.
    pub tasks: usize,
}

/// How much of a tree runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many tasks there are.
    pub tasks: usize,
    /// How many of them run.
    pub runs: usize,
    /// Why the others do not, those first that unlock the most tasks.
    pub refused: Vec<Refused>,
    /// Each task that does not run, with every reason.
    pub by_task: BTreeMap<String, Vec<Reason>>,
}

/// Looks at every task of `tree`.
pub fn coverage(tree: &TaskTree, hooks: &Hooks, known: &Known<'_>) -> Coverage {
    let tasks: Vec<(&str, Kind)> = tree
        .entries()
        .filter(|(_, entry)| matches!(entry.kind, Kind::Task | Kind::Class))
        .map(|(name, entry)| (name, entry.kind))
        .collect();
    let configs: Vec<_> = tasks
        .par_iter()
        .map(|(name, kind)| match kind {
            Kind::Class => Err(Reason::Class),
            _ => match tree.task(name) {
                Some(Ok(config)) => Ok(config),
                Some(Err(fault)) => Err(Reason::File { why: fault.to_string() }),
                None => Err(Reason::File { why: "is not in the tree".to_owned() }),
            },
        })
        .collect();
    // One function stands in many tasks; its source is looked at once.
    let functions: BTreeSet<&Function> = configs
        .iter()
        .flatten()
        .flat_map(|config| config.functions().into_iter().map(|(_, function)| function))
        .collect();
    let functions: Vec<&Function> = functions.into_iter().collect();
    let found: Vec<bool> = functions.par_iter().map(|function| hooks.find(function).is_ok()).collect();
    let missing: Vec<&Function> =
        functions.into_iter().zip(found).filter(|(_, found)| !found).map(|(function, _)| function).collect();
    let missing = told(&missing);
    let mut by_task: BTreeMap<String, Vec<Reason>> = BTreeMap::new();
    for ((name, _), config) in tasks.iter().zip(&configs) {
        let reasons = match config {
            Ok(config) => reasons(config, &missing, known),
            Err(reason) => vec![reason.clone()],
        };
        if !reasons.is_empty() {
            by_task.insert((*name).to_owned(), reasons);
        }
    }
    Coverage { tasks: tasks.len(), runs: tasks.len() - by_task.len(), refused: count(&by_task), by_task }
}

/// Every reason for which a task does not run, each once.
fn reasons(config: &TaskConfig, missing: &BTreeMap<&Function, Reason>, known: &Known<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    reasons.extend(config.media.map(|_| Reason::Media));
    reasons.extend(config.use_prompt.as_ref().map(|_| Reason::Promptsource));
    reasons.extend(config.functions().into_iter().filter_map(|(_, function)| missing.get(function).cloned()));
    for metric in &config.metrics {
        let name = metric.metric.as_str().filter(|_| config.process_results.is_none());
        if let Some(name) = name.filter(|name| !(known.metric)(name)) {
            reasons.push(Reason::Metric { name: name.to_owned() });
        }
        let name = metric.aggregation.as_ref().and_then(Field::as_str);
        if let Some(name) = name.filter(|name| !(known.aggregation)(name)) {
            reasons.push(Reason::Aggregation { name: name.to_owned() });
        }
    }
    for step in config.filters.iter().flat_map(|filter| &filter.steps) {
        if let Some(name) = step.function.as_str().filter(|name| !(known.filter)(name)) {
            reasons.push(Reason::Filter { name: name.to_owned() });
        }
    }
    reasons.sort();
    reasons.dedup();
    reasons
}

/// How many tasks each reason stands in the way of, alone and with others.
fn count(by_task: &BTreeMap<String, Vec<Reason>>) -> Vec<Refused> {
    let mut counts: BTreeMap<&Reason, (usize, usize)> = BTreeMap::new();
    for reasons in by_task.values() {
        for reason in reasons {
            let (unlocks, tasks) = counts.entry(reason).or_default();
            *tasks += 1;
            *unlocks += usize::from(reasons.len() == 1);
        }
    }
    let mut refused: Vec<Refused> = counts
        .into_iter()
        .map(|(reason, (unlocks, tasks))| Refused { reason: reason.clone(), unlocks, tasks })
        .collect();
    refused.sort_by(|a, b| (b.unlocks, b.tasks, &a.reason).cmp(&(a.unlocks, a.tasks, &b.reason)));
    refused
}

/// The reason that each function is. Functions of one name in files of one text are one, for one port serves them all.
fn told<'f>(functions: &[&'f Function]) -> BTreeMap<&'f Function, Reason> {
    let root = common(functions).unwrap_or_default();
    let mut texts: BTreeMap<&Path, Vec<u8>> = BTreeMap::new();
    for function in functions {
        // A file that cannot be read is like no other.
        texts.entry(&function.file).or_insert_with_key(|file| {
            std::fs::read(file).unwrap_or_else(|_| file.as_os_str().as_encoded_bytes().to_vec())
        });
    }
    let mut alike: BTreeMap<(&[u8], &str), Vec<&'f Function>> = BTreeMap::new();
    for function in functions {
        let text = texts.get(function.file.as_path()).map_or(&[][..], Vec::as_slice);
        alike.entry((text, function.name.as_str())).or_default().push(function);
    }
    let mut told = BTreeMap::new();
    for ((_, name), functions) in alike {
        let file = functions[0].file.strip_prefix(&root).unwrap_or(&functions[0].file).display().to_string();
        let reason = Reason::Function { file, name: name.to_owned(), files: functions.len() };
        told.extend(functions.into_iter().map(|function| (function, reason.clone())));
    }
    told
}

/// The deepest folder that holds the files of all functions.
fn common(functions: &[&Function]) -> Option<PathBuf> {
    let mut folder = functions.first()?.file.parent()?.to_owned();
    for function in functions {
        while !function.file.starts_with(&folder) && folder.pop() {}
    }
    Some(folder)
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "a count of tasks")]
        let share = if self.tasks == 0 { 0.0 } else { self.runs as f64 / self.tasks as f64 * 100.0 };
        writeln!(formatter, "{} of {} tasks run ({share:.1} %)", self.runs, self.tasks)?;
        if self.refused.is_empty() {
            return Ok(());
        }
        writeln!(formatter, "\n unlocks   stops  why")?;
        for refused in &self.refused {
            writeln!(formatter, "{:>8} {:>7}  {}", refused.unlocks, refused.tasks, refused.reason)?;
        }
        Ok(())
    }
}
