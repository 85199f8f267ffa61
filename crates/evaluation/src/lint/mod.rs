//! What is wrong in task files, and how much of a tree runs.
//!
//! [`lint`] finds what a harness reads without a word and what makes its numbers mean something else than they say.
//! Whether the options that a model is to choose from stand in its prompt, only documents tell; where there are none, it
//! says of which tasks that is not known. [`coverage()`] tells which tasks of a tree run here and why the others do not.

mod coverage;
mod documents;
mod groups;
mod known;
mod options;
mod rules;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

pub use self::coverage::{Coverage, Reason, Refused, coverage};
pub use self::known::{HARNESS, Known};

use crate::dataset::Datasets;
use crate::hook::Hooks;
use crate::task::{At, Kind, Raw, ResolveFault, SelectFault, TaskConfig, TaskTree};
use crate::yaml::Warning;

/// A kind of defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// A file that cannot be read or understood.
    Unusable,
    /// A name that another file has already.
    NameTwice,
    /// A key that is given twice in one dictionary.
    DuplicateKey,
    /// A key that a task has not.
    UnknownKey,
    /// A value of a type that Python takes and nobody means.
    WrongType,
    /// A metric that is not known.
    UnknownMetric,
    /// An aggregation that is not known.
    UnknownAggregation,
    /// A filter that is not known.
    UnknownFilter,
    /// A metric that this type of output never computes.
    DeadMetric,
    /// An argument that no metric ever sees.
    DeadMetricArgument,
    /// `generation_kwargs` where nothing is generated.
    GenerationUnused,
    /// More stop texts than endpoints take.
    TooManyStops,
    /// A group with `metric_list` in place of `aggregate_metric_list`.
    GroupMetricList,
    /// A group that sums nothing up.
    GroupWithoutAggregate,
    /// A group that sums up what none of its tasks computes.
    GroupAggregatesNothing,
    /// Examples from the split that is evaluated.
    FewshotFromEvaluated,
    /// An answer that is scored only in one wording.
    NarrowExtraction,
    /// An index as target, with no choices to point into.
    IndexWithoutChoices,
    /// Choices that the prompt does not show.
    OptionsNotShown,
    /// A data set that is a Python script.
    DatasetScript,
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name is that of the JSON.
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        }
        formatter.pad(&name)
    }
}

/// One defect in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The kind.
    pub defect: Defect,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
    /// The tasks and groups that have it, sorted; more than one where the file is included.
    pub names: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = At { file: self.file.clone(), line: self.line };
        write!(formatter, "{at}: {}: {}; {}", self.defect, self.message, self.mend)?;
        match self.names.len() {
            0 | 1 => Ok(()),
            many => write!(formatter, " ({many} tasks)"),
        }
    }
}

/// Tasks whose prompts could not be looked at, though only prompts tell whether they show their options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Why.
    pub why: String,
    /// The tasks, sorted.
    pub names: Vec<String>,
}

impl fmt::Display for Unseen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TOLD: usize = 3;
        let some: Vec<&str> = self.names.iter().take(TOLD).map(String::as_str).collect();
        formatter.write_str(&some.join(", "))?;
        if let Some(more @ 1..) = self.names.len().checked_sub(TOLD) {
            write!(formatter, " and {more} more")?;
        }
        write!(formatter, ": {}", self.why)
    }
}

/// What a look at a tree finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// What is wrong, sorted by file and line.
    pub findings: Vec<Finding>,
    /// What could not be looked at, sorted by reason.
    pub unseen: Vec<Unseen>,
}

/// What is looked for.
#[derive(Clone, Copy)]
pub struct LintOptions<'a> {
    /// Which metrics, aggregations and filters there are.
    pub known: Known<'a>,
    /// Where documents are; none looks at task files alone.
    pub documents: Option<&'a Datasets>,
    /// Whether every group must sum something up.
    pub groups_must_aggregate: bool,
}

/// Looks at every task and group of `tree`.
pub fn lint(tree: &TaskTree, options: &LintOptions<'_>) -> Lint {
    let names: Vec<(&str, Kind)> = tree.entries().map(|(name, entry)| (name, entry.kind)).collect();
    let mut found = look(tree, &names, options);
    for unusable in tree.unusable() {
        found.add(&unusable.file, None, Defect::Unusable, (&unusable.why, "until then it is left out"), None);
    }
    for shadowed in tree.shadowed() {
        found.add(&shadowed.file, None, Defect::NameTwice, (&shadowed.why, "until then it is left out"), None);
    }
    found.finish()
}

/// Looks at what stands in `files`, which are files of `tree`, as [`lint`] does.
pub fn lint_files(tree: &TaskTree, files: &[PathBuf], options: &LintOptions<'_>) -> Lint {
    let files: BTreeSet<PathBuf> =
        files.iter().map(|file| file.canonicalize().unwrap_or_else(|_| file.clone())).collect();
    let of = |file: &Option<std::sync::Arc<Path>>| file.as_ref().is_some_and(|file| files.contains(&**file));
    let names: Vec<(&str, Kind)> =
        tree.entries().filter(|(_, entry)| of(&entry.file)).map(|(name, entry)| (name, entry.kind)).collect();
    let mut found = look(tree, &names, options);
    for unusable in tree.unusable().iter().filter(|unusable| files.contains(&unusable.file)) {
        found.add(&unusable.file, None, Defect::Unusable, (&unusable.why, "until then it is left out"), None);
    }
    found.finish()
}

fn look(tree: &TaskTree, names: &[(&str, Kind)], options: &LintOptions<'_>) -> Found {
    let hooks = Hooks::default();
    let one = |(name, kind): &(&str, Kind)| {
        let mut found = Found::default();
        let Some(file) = tree.get(name).and_then(|entry| entry.file.clone()) else { return found };
        let Ok(raw) = tree.raw(&file) else { return found };
        found.warnings(&raw.warnings, name);
        match kind {
            Kind::Task => match tree.task(name) {
                Some(Ok(config)) => {
                    task(&Checked { raw: &raw, config: &config, known: options.known }, (options, &hooks), &mut found);
                }
                Some(Err(fault)) => found.fault(&fault, name),
                None => {}
            },
            Kind::Group => match tree.select(&[(*name).to_owned()]) {
                Ok(selection) => groups::check(&raw, name, &selection, options, &mut found),
                Err(SelectFault::Resolve(fault)) => found.fault(&fault, name),
                Err(fault) => {
                    let message = fault.to_string();
                    found.add(&file, None, Defect::Unusable, (&message, "name other members"), Some(name));
                }
            },
            Kind::Class | Kind::Tag => {}
        }
        found
    };
    names.par_iter().map(one).reduce(Found::default, Found::and)
}

fn task(task: &Checked<'_>, given: (&LintOptions<'_>, &Hooks), found: &mut Found) {
    rules::check(task, found);
    // What the file alone tells needs no documents.
    if let Some(datasets) = given.0.documents.filter(|_| !found.has(Defect::OptionsNotShown))
        && let Err(why) = documents::check(task, (datasets, given.1), found)
    {
        found.unseen.entry(why).or_default().insert(task.config.task.clone());
    }
}

/// A task that is looked at.
pub(crate) struct Checked<'a> {
    pub(crate) raw: &'a Raw,
    pub(crate) config: &'a TaskConfig,
    pub(crate) known: Known<'a>,
}

impl Checked<'_> {
    /// Adds a finding where `key` stands.
    fn add(&self, found: &mut Found, key: &str, defect: Defect, says: (&str, &str)) {
        let (file, line) = match self.raw.places.get(key) {
            Some((file, line)) => (&**file, Some(*line)),
            None => (self.config.file.as_path(), None),
        };
        found.add(file, line, defect, says, Some(&self.config.task));
    }
}

/// What is found: each finding once, still without names, and all names that have it; each reason for which something was
/// not looked at, and all names that it is said of.
#[derive(Default)]
pub(crate) struct Found {
    findings: BTreeMap<Finding, BTreeSet<String>>,
    unseen: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// `says` is what is wrong and how to mend it.
    fn add(&mut self, file: &Path, line: Option<usize>, defect: Defect, says: (&str, &str), name: Option<&str>) {
        let key = Finding {
            file: file.to_owned(),
            line,
            defect,
            message: says.0.to_owned(),
            mend: says.1.to_owned(),
            names: Vec::new(),
        };
        self.findings.entry(key).or_default().extend(name.map(str::to_owned));
    }

    fn has(&self, defect: Defect) -> bool {
        self.findings.keys().any(|finding| finding.defect == defect)
    }

    fn warnings(&mut self, warnings: &[Warning], name: &str) {
        for warning in warnings {
            let (message, mend) = warning.message.rsplit_once(", so ").unwrap_or((&warning.message, "remove one"));
            self.add(&warning.place.file, Some(warning.place.line), Defect::DuplicateKey, (message, mend), Some(name));
        }
    }

    fn fault(&mut self, fault: &ResolveFault, name: &str) {
        let at = fault.at();
        let (defect, message, mend) = match fault {
            ResolveFault::Key { key, near, .. } => {
                let mend = near.as_ref().map_or_else(|| "take it out".to_owned(), |near| format!("write `{near}`"));
                (Defect::UnknownKey, format!("there is no key `{key}`, and lm-eval does not load the task"), mend)
            }
            other => {
                let message = other.to_string();
                let message = message.strip_prefix(&format!("{at}: ")).unwrap_or(&message).to_owned();
                (Defect::Unusable, message, "until then it does not run".to_owned())
            }
        };
        self.add(&at.file, at.line, defect, (&message, &mend), Some(name));
    }

    fn and(mut self, other: Self) -> Self {
        for (key, names) in other.findings {
            self.findings.entry(key).or_default().extend(names);
        }
        for (why, names) in other.unseen {
            self.unseen.entry(why).or_default().extend(names);
        }
        self
    }

    fn finish(self) -> Lint {
        let listed = |names: BTreeSet<String>| names.into_iter().collect();
        Lint {
            findings: self
                .findings
                .into_iter()
                .map(|(finding, names)| Finding { names: listed(names), ..finding })
                .collect(),
            unseen: self.unseen.into_iter().map(|(why, names)| Unseen { why, names: listed(names) }).collect(),
        }
    }
}
