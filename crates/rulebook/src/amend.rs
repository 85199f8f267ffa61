//! Amendments: what differs between two rulebooks, so that a change reaches only stages that have not opened.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use crate::{Id, Rulebook, Stage};

/// One difference between two rulebooks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A section of the file that is no stage, by its name in the file, for example `objections`.
    Section(&'static str),
    /// A stage that only the new rulebook has.
    StageAdded(Id),
    /// A stage that only the old rulebook has.
    StageRemoved(Id),
    /// A stage that both have and that says something else.
    StageChanged(Id),
    /// A stage that both have and that stands after other stages than before.
    StageMoved(Id),
}

impl Change {
    /// The stage it reaches; a section reaches the programme as a whole.
    pub fn stage(&self) -> Option<&Id> {
        match self {
            Self::Section(_) => None,
            Self::StageAdded(id) | Self::StageRemoved(id) | Self::StageChanged(id) | Self::StageMoved(id) => Some(id),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(name) => write!(f, "`{name}` changed"),
            Self::StageAdded(id) => write!(f, "stage `{id}` was added"),
            Self::StageRemoved(id) => write!(f, "stage `{id}` was removed"),
            Self::StageChanged(id) => write!(f, "stage `{id}` changed"),
            Self::StageMoved(id) => write!(f, "stage `{id}` moved"),
        }
    }
}

/// What differs between `old` and `new`: sections in the order of the file, then stages.
///
/// Only meaning counts: comments, blanks and the order of keys may differ without a change.
pub fn changes(old: &Rulebook, new: &Rulebook) -> Vec<Change> {
    let mut found: Vec<_> = sections(old, new).into_iter().map(Change::Section).collect();
    for stage in &old.stages {
        match new.stage(&stage.id) {
            None => found.push(Change::StageRemoved(stage.id.clone())),
            Some(other) if other != stage => found.push(Change::StageChanged(stage.id.clone())),
            Some(_) => {}
        }
    }
    let added = new.stages.iter().filter(|stage| old.stage(&stage.id).is_none());
    found.extend(added.map(|stage| Change::StageAdded(stage.id.clone())));
    found.extend(moved(old, new).map(|stage| Change::StageMoved(stage.id.clone())));
    found
}

fn sections(old: &Rulebook, new: &Rulebook) -> Vec<&'static str> {
    let differ = [
        ("programme", old.programme != new.programme),
        ("choice", old.choices != new.choices),
        ("calendar", old.calendar != new.calendar),
        ("intake", old.intake != new.intake),
        ("application", old.application != new.application),
        ("eligibility", old.eligibility != new.eligibility),
        ("conflicts", old.conflicts != new.conflicts),
        ("objections", old.objections != new.objections),
        ("agreement", old.agreement != new.agreement),
        ("development", old.development != new.development),
        ("disclosure", old.disclosure != new.disclosure),
        ("lineage", old.lineage != new.lineage),
        ("openness", old.openness != new.openness),
        ("compute", old.compute != new.compute),
        ("frontier", old.frontier != new.frontier),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The stages of both that other stages of both precede than before.
fn moved<'b>(old: &'b Rulebook, new: &'b Rulebook) -> impl Iterator<Item = &'b Stage> {
    let before = |book: &'b Rulebook, id: &Id, other: &Rulebook| -> BTreeSet<&'b Id> {
        let shared = book.stages.iter().filter(|stage| other.stage(&stage.id).is_some());
        shared.take_while(|stage| stage.id != *id).map(|stage| &stage.id).collect()
    };
    let shared = new.stages.iter().filter(|stage| old.stage(&stage.id).is_some());
    shared.filter(move |stage| before(old, &stage.id, new) != before(new, &stage.id, old))
}
