//! A panel can be seated, and every panel has something to do.

use super::walk;
use crate::{Panel, Rulebook, Stage, place::Place, problem::Problems, suggest};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        for (at, panel) in walk::panels(&place, stage) {
            seats(&at, panel, problems);
            fields(&at, panel, problems);
            idle(&at, panel, stage, problems);
        }
        marking_panels(&place, stage, problems);
    }
}

fn seats(at: &Place, panel: &Panel, problems: &mut Problems) {
    let id = &panel.id;
    if panel.seats == Some(0) {
        problems.error(at.key("seats"), format!("nobody sits on `{id}`"), "write 1 or more");
    }
    if panel.quorum == Some(0) {
        problems.error(at.key("quorum"), "no sheet at all would count", "write 1 or more");
    }
    if let (Some(seats), Some(quorum)) = (panel.seats, panel.quorum)
        && quorum > seats
    {
        let wrong = format!("`{id}` has {seats} seats, so {quorum} sheets can never come in");
        problems.error(at.key("quorum"), wrong, format!("write {seats} or less"));
    }
    for (key, limit) in [("pool_per_seat", panel.pool_per_seat), ("per_organisation", panel.per_organisation)] {
        if limit == Some(0) {
            problems.error(at.key(key), "with 0 nobody can be seated", "write 1 or more, or leave it out");
        }
    }
}

fn fields(at: &Place, panel: &Panel, problems: &mut Problems) {
    let kept: u64 = panel.fields.iter().map(|field| u64::from(field.seats)).sum();
    if let Some(seats) = panel.seats
        && kept > u64::from(seats)
    {
        let wrong = format!("{kept} seats are kept for fields, but `{}` has {seats}", panel.id);
        problems.error(at.key("field"), wrong, format!("keep {seats} seats or fewer, or write `seats = {kept}`"));
    }
    for (index, field) in panel.fields.iter().enumerate().filter(|(_, field)| field.seats == 0) {
        let place = at.key("field").index(index).key("seats");
        problems.error(place, format!("no seat is kept for `{}`", field.id), "write 1 or more, or leave it out");
    }
}

/// A panel that neither marks nor votes is a slip: a misspelt name elsewhere, most likely.
fn idle(at: &Place, panel: &Panel, stage: &Stage, problems: &mut Problems) {
    if !stage.asked_panels().contains(&panel.id) {
        let right = "name it in a `scored` leaf, a gate or the cut, or leave it out";
        problems.warning(at.clone(), format!("panel `{}` neither marks nor votes", panel.id), right);
    }
}

fn marking_panels(place: &Place, stage: &Stage, problems: &mut Problems) {
    for (at, node) in walk::nodes(place, stage) {
        let Some(scored) = node.scored.as_ref().filter(|scored| stage.panel(&scored.panel).is_none()) else { continue };
        unknown(at.key("scored").key("panel"), &scored.panel, stage, problems);
    }
}

/// Reports a panel that the stage does not have.
pub(super) fn unknown(place: Place, panel: &crate::Id, stage: &Stage, problems: &mut Problems) {
    let wrong = format!("stage `{}` has no panel `{panel}`", stage.id);
    let right = match stage.panels.is_empty() {
        true => "add `[[stage.panel]]`".to_owned(),
        false => suggest::instead(panel.as_str(), stage.panels.iter().map(|panel| panel.id.as_str())),
    };
    problems.error(place, wrong, right);
}
