//! Stages follow each other, and an eligibility stage decides by the eligibility rules alone.

use super::walk;
use crate::{Rulebook, Stage, StageKind, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let list = Place::root().key("stage");
    if book.stages.is_empty() {
        problems.error(list, "there is no stage", "add `[[stage]]`");
    }
    for (index, (place, stage)) in walk::stages(book).enumerate() {
        match stage.kind {
            StageKind::Eligibility => eligibility(&place, index, stage, problems),
            StageKind::Scored => presentation(&place, stage, problems),
        }
    }
    let checks = book.stages.iter().any(|stage| stage.kind == StageKind::Eligibility);
    match (checks, book.eligibility.is_empty()) {
        (true, true) => {
            let right = "add `[[eligibility]]`, or leave the eligibility stage out";
            problems.warning(Place::root().key("stage"), "no rule says what a team must be", right);
        }
        (false, false) => {
            let right = "begin with `[[stage]]` of `kind = \"eligibility\"`";
            problems.error(Place::root().key("eligibility"), "no stage checks these rules", right);
        }
        _ => {}
    }
}

fn eligibility(place: &Place, index: usize, stage: &Stage, problems: &mut Problems) {
    if index > 0 {
        let wrong = format!("stage `{}` checks eligibility after a stage has judged", stage.id);
        problems.error(place.key("kind"), wrong, "put it first");
    }
    let idle = [
        ("panel", !stage.panels.is_empty()),
        ("score", stage.score.is_some()),
        ("gate", !stage.gates.is_empty()),
        ("cut", stage.cut.is_some()),
        ("ties", !stage.ties.is_empty()),
        ("presentation", stage.presentation.is_some()),
    ];
    for (key, _) in idle.into_iter().filter(|(_, stands)| *stands) {
        let wrong = format!("an eligibility stage has no `{key}`");
        problems.key_error(place.clone(), key, wrong, "leave it out, or write `kind = \"scored\"`");
    }
}

fn presentation(place: &Place, stage: &Stage, problems: &mut Problems) {
    if stage.presentation.is_some_and(|presentation| presentation.minutes == 0) {
        let at = place.key("presentation").key("minutes");
        problems.error(at, "0 minutes are no presentation", "write 1 or more, or leave it out");
    }
    if stage.presentation.is_some() && stage.panels.is_empty() {
        problems.warning(place.key("presentation"), "nobody listens to the presentation", "add `[[stage.panel]]`");
    }
}
