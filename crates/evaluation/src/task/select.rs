//! What is asked for by name, pattern or path, ready to run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::build::Built;
use super::load::LoadFault;
use super::pattern::{is_pattern, matches, nearest};
use super::resolve::Overrides;
use super::tree::Kind;
use super::{GroupConfig, ResolveFault, TaskConfig, TaskTree};
use crate::yaml::Warning;
use crate::{Value, task::Field};

/// The tasks and groups that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The tasks, each once, in the order in which they were asked for.
    pub tasks: Vec<TaskConfig>,
    /// The groups, an outer one before those in it.
    pub groups: Vec<GroupConfig>,
    /// What is hardly meant.
    pub warnings: Vec<String>,
}

/// Why what is asked for is not had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectFault {
    /// Nothing is asked for.
    #[error("no task is named; name one, or a group, a tag, a pattern, or a task file")]
    Nothing,
    /// Names that there are none of.
    #[error("not found: {}", list(.0))]
    Unknown(Vec<Unknown>),
    /// A task or group cannot be understood.
    #[error(transparent)]
    Resolve(#[from] ResolveFault),
    /// Two different tasks have one name.
    #[error("`{task}` is asked for twice, in two forms: {first} and {second}; run them one after the other")]
    Twice {
        /// The task.
        task: String,
        /// By what it is asked for first.
        first: String,
        /// And then.
        second: String,
    },
}

/// A name that there is none of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// What may be meant, or why a file of that name is no task.
    pub hint: Option<String>,
}

fn list(unknown: &[Unknown]) -> String {
    let one = |unknown: &Unknown| match &unknown.hint {
        Some(hint) => format!("`{}` ({hint})", unknown.name),
        None => format!("`{}`", unknown.name),
    };
    unknown.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Name(String),
    File(PathBuf),
}

impl Asked {
    fn label(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::File(file) => file.display().to_string(),
        }
    }
}

impl TaskTree {
    /// Finds what `wanted` names: tasks, groups, tags, patterns of names (`kmmlu_*`), task files (`*.yaml`, patterns
    /// allowed) or one folder of them; each text may hold several with commas between.
    ///
    /// # Errors
    ///
    /// [`SelectFault`], which names everything that is not found at once.
    pub fn select(&self, wanted: &[String]) -> Result<Selection, SelectFault> {
        let wanted: Vec<&str> =
            wanted.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()).collect();
        let mut asked: Vec<Asked> = Vec::new();
        let mut unknown = Vec::new();
        for text in &wanted {
            let found = self.find(text);
            if found.is_empty() {
                unknown.push(Unknown { name: (*text).to_owned(), hint: self.hint(text) });
            }
            for one in found {
                if !asked.contains(&one) {
                    asked.push(one);
                }
            }
        }
        if !unknown.is_empty() {
            return Err(SelectFault::Unknown(unknown));
        }
        if asked.is_empty() {
            return Err(SelectFault::Nothing);
        }
        let mut gathered = Gathered::default();
        for one in &asked {
            for built in self.build_asked(one)? {
                gathered.top(built, &one.label())?;
            }
        }
        Ok(gathered.finish())
    }

    /// What one text names.
    fn find(&self, text: &str) -> Vec<Asked> {
        if self.entries.contains_key(text) {
            return vec![Asked::Name(text.to_owned())];
        }
        if text.ends_with(".yaml") {
            return paths(Path::new(text)).into_iter().map(Asked::File).collect();
        }
        if is_pattern(text) {
            let names = self.entries.keys().filter(|name| matches(text, name));
            return names.cloned().map(Asked::Name).collect();
        }
        if Path::new(text).is_dir() {
            return paths(&Path::new(text).join("*.yaml")).into_iter().map(Asked::File).collect();
        }
        Vec::new()
    }

    /// What may be meant by a name that there is none of.
    fn hint(&self, text: &str) -> Option<String> {
        if let Some(near) = nearest(text, self.entries.keys().map(String::as_str)) {
            return Some(format!("did you mean `{near}`?"));
        }
        let stem = |file: &Path| file.file_stem().is_some_and(|stem| stem == text);
        let unusable = self.unusable().iter().find(|unusable| stem(&unusable.file))?;
        Some(format!("its file is no task: {}", unusable.why))
    }

    fn build_asked(&self, asked: &Asked) -> Result<Vec<Built>, ResolveFault> {
        let none = Overrides::new();
        match asked {
            Asked::Name(name) => self.build(name, &none, None).unwrap_or_else(|| Ok(Vec::new())),
            Asked::File(file) => {
                let file = file
                    .canonicalize()
                    .map_err(|error| LoadFault::Read { file: file.clone(), problem: error.to_string() })?;
                let raw = self.loader.load(&file)?;
                let group = raw.map.get("group");
                let kind = match group {
                    Some(Field::Value(Value::Str(_))) if !raw.map.contains_key("class") => Kind::Group,
                    _ => Kind::Task,
                };
                self.build_file(&file, kind, &none, None).map(|built| vec![built])
            }
        }
    }
}

/// Puts together what is built.
#[derive(Default)]
struct Gathered {
    /// Each task with the name by which it came.
    tasks: IndexMap<String, (TaskConfig, String)>,
    groups: IndexMap<String, GroupConfig>,
    /// The tasks that came more than once in one form.
    twice: BTreeSet<String>,
    /// What is hardly meant in the files; one that many include says it once.
    hardly_meant: BTreeSet<Warning>,
    warnings: Vec<String>,
}

impl Gathered {
    /// Takes something that was asked for by `label`.
    fn top(&mut self, built: Built, label: &str) -> Result<(), SelectFault> {
        match built {
            Built::Task(task, warnings) => {
                self.hardly_meant.extend(warnings);
                self.task(*task, label)
            }
            Built::Group(group, children, warnings) => {
                self.hardly_meant.extend(warnings);
                self.groups.insert(group.name.clone(), group);
                children.into_iter().try_for_each(|child| self.top(child, label))
            }
        }
    }

    fn task(&mut self, task: TaskConfig, label: &str) -> Result<(), SelectFault> {
        let name = task.task.clone();
        let Some((other, first)) = self.tasks.get(&name) else {
            self.tasks.insert(name, (task, label.to_owned()));
            return Ok(());
        };
        if *other == task {
            if first != label {
                self.twice.insert(name);
            }
            return Ok(());
        }
        if first != label {
            return Err(SelectFault::Twice { task: name, first: first.clone(), second: label.to_owned() });
        }
        // Two members of one group give a task two forms; lm-eval runs the last.
        self.warnings.push(format!("`{label}` holds `{name}` in two forms; the last counts"));
        self.tasks.insert(name, (task, label.to_owned()));
        Ok(())
    }

    fn finish(mut self) -> Selection {
        if let Some(first) = self.twice.first() {
            let more = self.twice.len() - 1;
            let others = if more == 0 { String::new() } else { format!(" and {more} others") };
            self.warnings.push(format!("`{first}`{others}: asked for more than once; each runs once"));
        }
        self.warnings.extend(self.hardly_meant.iter().map(ToString::to_string));
        Selection {
            tasks: self.tasks.into_values().map(|(task, _)| task).collect(),
            groups: self.groups.into_values().collect(),
            warnings: self.warnings,
        }
    }
}

impl Selection {
    /// The names of all tasks in a group, those of the groups in it included, in the order in which lm-eval sums them
    /// up; one that two of its groups hold stands there twice.
    pub fn leaves(&self, group: &str) -> Vec<&str> {
        let Some(group) = self.groups.iter().find(|config| config.name == group) else { return Vec::new() };
        let mut leaves = Vec::new();
        for member in &group.members {
            match self.tasks.iter().find(|task| task.task == *member) {
                Some(task) => leaves.push(task.task.as_str()),
                None => leaves.extend(self.leaves(member)),
            }
        }
        leaves
    }
}

/// The files that a path with patterns in it names, sorted.
fn paths(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy();
        found = if is_pattern(&text) {
            found.iter().flat_map(|folder| children(folder, &text)).collect()
        } else {
            found.into_iter().map(|folder| folder.join(part)).collect()
        };
    }
    found.retain(|path| path.is_file());
    found
}

/// What `folder` holds that matches `pattern`, sorted; hidden files only where the pattern begins with a dot.
fn children(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(here) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| matches(pattern, name) && (pattern.starts_with('.') || !name.starts_with('.')))
        .collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}
