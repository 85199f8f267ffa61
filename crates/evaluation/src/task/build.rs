//! Names become tasks and groups: members, nested groups, tags, overrides.

use std::path::Path;

use indexmap::IndexMap;

use super::group::{self, GROUP_KEYS};
use super::load::Raw;
use super::read::{At, Reader, entries};
use super::resolve::{Overrides, task_of, text};
use super::tree::Kind;
use super::{Field, GroupConfig, ResolveFault, TaskConfig, TaskTree};
use crate::Value;
use crate::yaml::Warning;

/// A task, or a group with what is in it; and what is hardly meant in its file.
pub(super) enum Built {
    Task(Box<TaskConfig>, Vec<Warning>),
    Group(GroupConfig, Vec<Built>, Vec<Warning>),
}

impl Built {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Task(task, _) => &task.task,
            Self::Group(group, ..) => &group.name,
        }
    }
}

/// A group that is being built: where it is written, and the groups around it.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    file: &'a Path,
    name: &'a str,
    around: Option<&'a Site<'a>>,
}

impl Site<'_> {
    fn holds(&self, name: &str) -> bool {
        self.name == name || self.around.is_some_and(|site| site.holds(name))
    }

    fn at(&self) -> At {
        At { file: self.file.to_owned(), line: None }
    }
}

/// `base` with `over` put over it.
fn over(base: &Overrides, over: &Overrides) -> Overrides {
    let mut merged = base.clone();
    merged.extend(over.iter().map(|(key, field)| (key.clone(), field.clone())));
    merged
}

impl TaskTree {
    /// What a name of the index stands for; none if there is no such name.
    pub(super) fn build(
        &self,
        name: &str,
        overrides: &Overrides,
        around: Option<&Site<'_>>,
    ) -> Option<Result<Vec<Built>, ResolveFault>> {
        let entry = self.entries.get(name)?;
        let Some(file) = &entry.file else {
            let tasks = entry.tasks.iter().filter_map(|task| self.build(task, overrides, around));
            return Some(tasks.collect::<Result<Vec<_>, _>>().map(|tasks| tasks.into_iter().flatten().collect()));
        };
        Some(self.build_file(file, entry.kind, overrides, around).map(|built| vec![built]))
    }

    /// The task or group that a file holds.
    pub(super) fn build_file(
        &self,
        file: &Path,
        kind: Kind,
        overrides: &Overrides,
        around: Option<&Site<'_>>,
    ) -> Result<Built, ResolveFault> {
        let raw = self.loader.load(file)?;
        if kind != Kind::Group {
            let warnings = raw.warnings.clone();
            return task_of(raw, file, Some(overrides)).map(|task| Built::Task(Box::new(task), warnings));
        }
        let name = raw.map.get("group").and_then(text).unwrap_or_default().to_owned();
        let site = Site { file, name: &name, around };
        if around.is_some_and(|around| around.holds(&name)) {
            return Err(ResolveFault::Endless { at: site.at(), group: name });
        }
        self.build_group(&raw, overrides, &site)
    }

    /// A group from its keys: those of a group are its own, any other is put over every member.
    fn build_group(&self, raw: &Raw, overrides: &Overrides, site: &Site<'_>) -> Result<Built, ResolveFault> {
        let mut config = group::read(site.name, &Reader::new(raw, site.file, site.name))?;
        let mut own = raw.map.clone();
        own.retain(|key, _| !GROUP_KEYS.contains(&key.as_str()));
        let overrides = over(&own, overrides);
        let members = match raw.map.get("task") {
            Some(Field::List(members)) => members.clone(),
            Some(Field::Value(Value::List(members))) => members.iter().cloned().map(Field::Value).collect(),
            _ => Vec::new(),
        };
        let mut children: IndexMap<String, Built> = IndexMap::new();
        for (place, member) in members.iter().enumerate() {
            let built = self.build_member(member, &overrides, site).unwrap_or_else(|| {
                Err(ResolveFault::Member { at: site.at(), group: site.name.to_owned(), member: place + 1 })
            })?;
            // The last of one name stays, in the place of the first.
            children.extend(built.into_iter().map(|child| (child.name().to_owned(), child)));
        }
        config.members = children.keys().cloned().collect();
        Ok(Built::Group(config, children.into_values().collect(), raw.warnings.clone()))
    }

    /// A member of a group; none if it is written in no known way.
    fn build_member(
        &self,
        member: &Field,
        overrides: &Overrides,
        site: &Site<'_>,
    ) -> Option<Result<Vec<Built>, ResolveFault>> {
        if let Some(name) = text(member) {
            let known = self.build(name, overrides, Some(site));
            return Some(known.unwrap_or_else(|| self.inline_task(name, overrides, site)));
        }
        let item = entries(member)?;
        if let Some(group) = item.get("group") {
            return Some(self.inner_group(text(group)?, &item, overrides, site));
        }
        let name = text(item.get("task")?)?;
        let mut merged = over(overrides, &item);
        merged.shift_remove("task");
        let known = self.build(name, &merged, Some(site));
        Some(known.unwrap_or_else(|| self.inline_task(name, &merged, site)))
    }

    /// A group in a group: one that is known, with overrides, or one that is written here.
    fn inner_group(
        &self,
        name: &str,
        item: &Overrides,
        overrides: &Overrides,
        site: &Site<'_>,
    ) -> Result<Vec<Built>, ResolveFault> {
        let mut inner = item.clone();
        inner.shift_remove("group");
        if let Some(known) = self.build(name, &over(overrides, &inner), Some(site)) {
            return known;
        }
        let name = format!("{}::{name}", site.name);
        let raw = Raw { map: item.clone(), ..Raw::default() };
        let inner = Site { file: site.file, name: &name, around: Some(site) };
        self.build_group(&raw, overrides, &inner).map(|built| vec![built])
    }

    /// A task that is written in the list of a group's members.
    fn inline_task(&self, name: &str, given: &Overrides, site: &Site<'_>) -> Result<Vec<Built>, ResolveFault> {
        let mut map = given.clone();
        map.insert("task".to_owned(), Field::Value(format!("{}::{name}", site.name).into()));
        let raw = Raw { map, ..Raw::default() };
        if raw.map.len() == 1 {
            let problem = format!("lists `{name}`, which there is no task, group or tag of");
            return Err(Reader::new(&raw, site.file, site.name).fault("task", problem));
        }
        task_of(raw, site.file, None).map(|task| vec![Built::Task(Box::new(task), Vec::new())])
    }
}
