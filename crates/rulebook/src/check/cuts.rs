//! The line can be drawn.

use super::{panels, walk};
use crate::{Among, Cut, Exact, Rulebook, Stage, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        if let Some(cut) = &stage.cut {
            places(&place.key("cut"), cut, stage, problems);
            total(&place.key("cut"), cut, stage, problems);
            majority(&place.key("cut"), cut, stage, problems);
        }
    }
}

fn places(at: &Place, cut: &Cut, stage: &Stage, problems: &mut Problems) {
    if cut.keep == Some(0) {
        let right = "write 1 or more; `nobody = true` allows that none is kept";
        problems.error(at.key("keep"), "0 places keep nobody whatever the points", right);
    }
    if cut.keep.is_none() && cut.among == Among::All {
        problems.error(at.key("among"), "there are no places to count", "add `keep`, or leave `among` out");
    }
    let any = cut.keep.is_some() || cut.at_least.is_some() || cut.majority_of.is_some();
    if !any && stage.gates.is_empty() {
        let right = "add `keep`, `at_least`, `majority_of` or a gate";
        problems.warning(at.clone(), format!("stage `{}` keeps every team", stage.id), right);
    }
    if cut.keep.is_some() && cut.at_least.is_none() && cut.majority_of.is_none() && cut.nobody && stage.gates.is_empty()
    {
        let right = "leave `nobody` out, or add a condition that every team can miss";
        problems.warning(at.key("nobody"), "nothing here can lead to nobody being kept", right);
    }
}

fn total(at: &Place, cut: &Cut, stage: &Stage, problems: &mut Problems) {
    let (Some(least), Some(root)) = (&cut.at_least, &stage.score) else { return };
    if *least > root.points || *least <= Exact::zero() {
        let wrong = format!("a total of {least} is no bar: totals go from 0 to {}", root.points);
        problems.error(at.key("at_least"), wrong, format!("write more than 0 and at most {}", root.points));
    }
}

fn majority(at: &Place, cut: &Cut, stage: &Stage, problems: &mut Problems) {
    if let Some(panel) = cut.majority_of.as_ref().filter(|panel| stage.panel(panel).is_none()) {
        panels::unknown(at.key("majority_of"), panel, stage, problems);
    }
}
