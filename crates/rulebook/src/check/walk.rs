//! The parts of a rulebook with their places.

use crate::{Clock, Gate, Node, Panel, Rulebook, Stage, place::Place};

/// Every stage.
pub(super) fn stages(book: &Rulebook) -> impl Iterator<Item = (Place, &Stage)> {
    let list = Place::root().key("stage");
    book.stages.iter().enumerate().map(move |(index, stage)| (list.index(index), stage))
}

/// Every node of a stage's score tree, parents first.
pub(super) fn nodes<'b>(at: &Place, stage: &'b Stage) -> Vec<(Place, &'b Node)> {
    let mut found = Vec::new();
    let mut waiting: Vec<_> = stage.score.iter().map(|root| (at.key("score"), root)).collect();
    while let Some((place, node)) = waiting.pop() {
        let parts = node.parts.iter().enumerate().rev();
        waiting.extend(parts.map(|(index, part)| (place.key("parts").index(index), part)));
        found.push((place, node));
    }
    found
}

/// Every node of every stage.
pub(super) fn all_nodes(book: &Rulebook) -> Vec<(Place, &Node)> {
    stages(book).flat_map(|(place, stage)| nodes(&place, stage)).collect()
}

/// Every panel of a stage.
pub(super) fn panels<'b>(at: &Place, stage: &'b Stage) -> impl Iterator<Item = (Place, &'b Panel)> {
    let list = at.key("panel");
    stage.panels.iter().enumerate().map(move |(index, panel)| (list.index(index), panel))
}

/// Every gate of a stage.
pub(super) fn gates<'b>(at: &Place, stage: &'b Stage) -> impl Iterator<Item = (Place, &'b Gate)> {
    let list = at.key("gate");
    stage.gates.iter().enumerate().map(move |(index, gate)| (list.index(index), gate))
}

/// Every clock.
pub(super) fn clocks(book: &Rulebook) -> Vec<(Place, &Clock)> {
    let root = Place::root();
    let supplement = book.application.supplement.as_ref();
    let mut found: Vec<_> =
        supplement.map(|clock| (root.key("application").key("supplement"), clock)).into_iter().collect();
    for (place, stage) in stages(book) {
        found.extend(stage.review.as_ref().map(|clock| (place.key("review"), clock)));
    }
    if let Some(objections) = &book.objections {
        let at = root.key("objections");
        found.extend([(at.key("file"), &objections.file), (at.key("decide"), &objections.decide)]);
    }
    found.extend(book.agreement.as_ref().map(|agreement| (root.key("agreement").key("sign"), &agreement.sign)));
    found
}
