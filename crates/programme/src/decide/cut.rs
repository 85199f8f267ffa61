//! The cut: where the line is drawn, and in what order teams stand before it.

use std::collections::BTreeSet;

use rulebook::{Among, Cut, Exact, Id, Stage};

use super::{
    Draft,
    clause::Clause,
    gates,
    sheets::Sheets,
    ties::{self, Ladder},
};
use crate::{Decision, Facts, Gap, Outcome, Reason, StepKind, TeamId};

/// Applies the conditions of the cut, one after the other.
pub(super) fn apply(stage: &Stage, facts: &Facts, sheets: &Sheets<'_>, draft: &mut Draft) -> Result<(), Vec<Gap>> {
    let Some(cut) = &stage.cut else { return Ok(()) };
    if let Some(threshold) = &cut.at_least {
        at_least(stage, threshold, sheets, draft);
    }
    if let Some(panel) = &cut.majority_of {
        majority(stage, panel, sheets, draft);
    }
    match cut.keep {
        Some(keep) => keep_highest(stage, cut, keep, (facts, sheets), draft),
        None => Ok(()),
    }
}

fn at_least(stage: &Stage, threshold: &Exact, sheets: &Sheets<'_>, draft: &mut Draft) {
    let clause = Clause::Cut(&stage.id, "at_least").to_string();
    let mut out = BTreeSet::new();
    for team in &sheets.teams {
        let reason = match draft.total(team) {
            None => no_total(stage, draft, team),
            Some(total) if total < threshold => {
                Reason::BelowThreshold { clause: clause.clone(), total: total.clone(), at_least: threshold.clone() }
            }
            Some(_) => continue,
        };
        out.insert((*team).clone());
        draft.hold(team, reason);
    }
    draft.step(clause, StepKind::Cut { out });
}

/// Half of the votes cast is no majority, and neither is none of none.
fn majority(stage: &Stage, panel: &Id, sheets: &Sheets<'_>, draft: &mut Draft) {
    let clause = Clause::Cut(&stage.id, "majority_of").to_string();
    let mut out = BTreeSet::new();
    for (row, team) in sheets.teams.iter().enumerate() {
        let votes = gates::count(sheets, panel, row, |sheet| sheet.keep);
        if votes.met <= votes.not_met {
            out.insert((*team).clone());
            draft.hold(team, Reason::NoMajority { clause: clause.clone(), votes });
        }
    }
    draft.step(clause, StepKind::Cut { out });
}

fn keep_highest(
    stage: &Stage,
    cut: &Cut,
    keep: u32,
    (facts, sheets): (&Facts, &Sheets<'_>),
    draft: &mut Draft,
) -> Result<(), Vec<Gap>> {
    let clause = Clause::Cut(&stage.id, "keep").to_string();
    let counted = |outcome: &Outcome| cut.among == Among::All || outcome.reasons.is_empty();
    let counted = draft.decision.teams.iter().filter(|(_, outcome)| counted(outcome));
    let groups = by_total(counted);
    let slots = usize::try_from(keep).unwrap_or(usize::MAX);
    let order = break_tie_at_line(stage, facts, groups, slots, draft)?;

    let mut out = BTreeSet::new();
    let mut before = 0;
    for group in order {
        if before >= slots {
            let place = u32::try_from(before + 1).unwrap_or(u32::MAX);
            for team in &group {
                draft.hold(team, Reason::BelowLine { clause: clause.clone(), place, keep });
            }
            out.extend(group.iter().cloned());
        }
        before += group.len();
    }
    for team in &sheets.teams {
        if draft.total(team).is_none() {
            draft.hold(team, no_total(stage, draft, team));
            out.insert((*team).clone());
        }
    }
    draft.step(clause, StepKind::Cut { out });
    Ok(())
}

/// The groups with the one across the line broken up, so that none lies across it any more.
fn break_tie_at_line(
    stage: &Stage,
    facts: &Facts,
    groups: Vec<BTreeSet<TeamId>>,
    slots: usize,
    draft: &mut Draft,
) -> Result<Vec<BTreeSet<TeamId>>, Vec<Gap>> {
    let mut order = Vec::with_capacity(groups.len());
    let mut before = 0;
    for group in groups {
        let size = group.len();
        if before < slots && slots < before + size {
            let ladder = Ladder { stage, facts, tally: &draft.tally };
            let (broken, breaks) = ladder.separate(group, slots - before)?;
            for tie in &breaks {
                draft.decision.steps.push(ties::step(tie));
            }
            draft.decision.ties.extend(breaks);
            show_broken(&mut draft.decision.order, &broken);
            order.extend(broken);
        } else {
            order.push(group);
        }
        before += size;
    }
    Ok(order)
}

/// Puts the broken order in the place of the group it comes from. Teams that are equal to it but that the cut does not
/// count follow as a group of their own: nothing hung on their order.
fn show_broken(order: &mut Vec<BTreeSet<TeamId>>, broken: &[BTreeSet<TeamId>]) {
    let among: BTreeSet<&TeamId> = broken.iter().flatten().collect();
    let Some(at) = order.iter().position(|group| group.iter().any(|team| among.contains(team))) else { return };
    let rest: BTreeSet<TeamId> = order.remove(at).into_iter().filter(|team| !among.contains(team)).collect();
    let rest = (!rest.is_empty()).then_some(rest);
    order.splice(at..at, broken.iter().cloned().chain(rest));
}

/// The teams that have a total, the highest first, equal ones together.
pub(super) fn by_total<'a>(teams: impl IntoIterator<Item = (&'a TeamId, &'a Outcome)>) -> Vec<BTreeSet<TeamId>> {
    let totals = teams.into_iter().filter_map(|(team, outcome)| Some((outcome.total.as_ref()?, team)));
    ties::descending(totals)
}

/// A place is one more than the number of candidates with a higher total.
pub(super) fn give_places(decision: &mut Decision) {
    let mut before = 0;
    for group in &decision.order {
        for team in group {
            if let Some(outcome) = decision.teams.get_mut(team) {
                outcome.place = u32::try_from(before + 1).ok();
            }
        }
        before += group.len();
    }
}

fn no_total(stage: &Stage, draft: &Draft, team: &TeamId) -> Reason {
    let node = draft.tally.teams.get(team).and_then(|tally| tally.not_applicable.as_ref());
    let node = node.or(stage.score.as_ref().map(|root| &root.id));
    let clause = match node {
        Some(node) => Clause::Node(&stage.id, node),
        None => Clause::Stage(&stage.id),
    };
    Reason::NoTotal { clause: clause.to_string() }
}

impl Draft {
    fn total(&self, team: &TeamId) -> Option<&Exact> {
        self.decision.teams.get(team)?.total.as_ref()
    }
}
