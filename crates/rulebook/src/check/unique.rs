//! An id names one thing.

use std::collections::BTreeSet;

use super::walk;
use crate::{Id, Node, Rulebook, Stage, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let root = Place::root();
    once(&root.key("stage"), "stage", book.stages.iter().map(|stage| &stage.id), problems);
    once(
        &root.key("application").key("document"),
        "document",
        book.application.documents.iter().map(|document| &document.id),
        problems,
    );
    once(&root.key("eligibility"), "rule", book.eligibility.iter().map(|rule| &rule.id), problems);
    if let Some(objections) = &book.objections {
        let at = root.key("objections").key("ground");
        once(&at, "ground", objections.grounds.iter().map(|ground| &ground.id), problems);
    }
    if let Some(agreement) = &book.agreement {
        let at = root.key("agreement").key("duty");
        once(&at, "duty", agreement.duties.iter().map(|duty| &duty.id), problems);
    }
    if let Some(openness) = &book.openness {
        let at = root.key("openness").key("level");
        once(&at, "level", openness.levels.iter().map(|level| &level.id), problems);
    }
    if let Some(compute) = &book.compute {
        once(&root.key("compute").key("grant"), "grant", compute.grants.iter().map(|grant| &grant.id), problems);
    }
    for (place, stage) in walk::stages(book) {
        in_stage(&place, stage, problems);
    }
}

fn in_stage(place: &Place, stage: &Stage, problems: &mut Problems) {
    once(&place.key("panel"), "panel", stage.panels.iter().map(|panel| &panel.id), problems);
    once(&place.key("gate"), "gate", stage.gates.iter().map(|gate| &gate.id), problems);
    for (at, panel) in walk::panels(place, stage) {
        once(&at.key("field"), "field", panel.fields.iter().map(|field| &field.id), problems);
    }
    let nodes = walk::nodes(place, stage);
    apart("node of this score tree", nodes.iter().map(|(at, node)| (at.key("id"), &node.id)), problems);
    for (at, node) in nodes {
        items(&at, node, problems);
    }
}

fn items(at: &Place, node: &Node, problems: &mut Problems) {
    if let Some(measured) = &node.measured {
        let items = measured.items.iter().map(|item| &item.id);
        once(&at.key("measured").key("items"), "item", items, problems);
    }
}

/// The ids of the list at `list` differ.
fn once<'b>(list: &Place, what: &str, ids: impl Iterator<Item = &'b Id>, problems: &mut Problems) {
    apart(what, ids.enumerate().map(|(index, id)| (list.index(index).key("id"), id)), problems);
}

fn apart<'b>(what: &str, ids: impl Iterator<Item = (Place, &'b Id)>, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (place, id) in ids {
        if !seen.insert(id) {
            problems.error(place, format!("another {what} is called `{id}`"), "give each an id of its own");
        }
    }
}
