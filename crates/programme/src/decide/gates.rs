//! Gates: what bars a team whatever its points.
//!
//! A share is of the votes cast, and an abstention is no vote cast. Where nobody casts one, no share is exceeded: a bar
//! that fails above a share fails nobody and a bar that passes above a share passes nobody.

use std::collections::BTreeSet;

use rulebook::{Exact, Gate, GateTest, Id, Stage, VoteBar};

use super::{Draft, clause::Clause, sheets::Sheets, standing};
use crate::{Facts, Finding, Gap, GateOutcome, Reason, Sheet, StepKind, TeamId, Vote, VoteCount};

/// Adds to `gaps` every finding that is not in.
pub(super) fn missing_findings(stage: &Stage, facts: &Facts, gaps: &mut Vec<Gap>) {
    for gate in stage.gates.iter().filter(|gate| gate.test == Some(GateTest::Finding)) {
        let missing = standing(facts).filter(|team| finding(facts, team, &gate.id).is_none());
        gaps.extend(missing.map(|team| Gap::NoFinding { team: team.clone(), gate: gate.id.clone() }));
    }
}

/// Applies every gate to every team that stands.
pub(super) fn apply(stage: &Stage, facts: &Facts, sheets: &Sheets<'_>, draft: &mut Draft) {
    for gate in &stage.gates {
        let clause = Clause::Gate(&stage.id, &gate.id).to_string();
        let mut failed = BTreeSet::new();
        for (row, team) in sheets.teams.iter().enumerate() {
            let outcome = outcome(gate, facts, sheets, draft, (row, team));
            if !outcome.passed {
                failed.insert((*team).clone());
                draft.hold(team, Reason::GateFailed { clause: clause.clone(), gate: gate.id.clone() });
            }
            if let Some(team) = draft.decision.teams.get_mut(*team) {
                team.gates.insert(gate.id.clone(), outcome);
            }
        }
        draft.step(clause, StepKind::Gated { failed });
    }
}

fn outcome(
    gate: &Gate,
    facts: &Facts,
    sheets: &Sheets<'_>,
    draft: &Draft,
    (row, team): (usize, &TeamId),
) -> GateOutcome {
    match &gate.test {
        Some(GateTest::Votes { panel, bar }) => {
            let votes = count(sheets, panel, row, |sheet| sheet.votes.get(&gate.id).copied());
            GateOutcome { passed: passes(bar, votes), votes: Some(votes) }
        }
        Some(GateTest::AtLeast { node, points }) => {
            let tally = draft.tally.teams.get(team);
            let reached = tally.and_then(|tally| tally.points.get(node)).is_some_and(|value| value >= points);
            GateOutcome { passed: reached, votes: None }
        }
        Some(GateTest::Finding) => {
            GateOutcome { passed: finding(facts, team, &gate.id).is_some_and(|finding| finding.met), votes: None }
        }
        // A stage with a gate that has no test has not opened; nobody passes what nobody can test.
        None => GateOutcome { passed: false, votes: None },
    }
}

/// The votes of `panel` about the team at `row`.
pub(super) fn count(sheets: &Sheets<'_>, panel: &Id, row: usize, vote: impl Fn(&Sheet) -> Option<Vote>) -> VoteCount {
    let mut votes = VoteCount::default();
    for (_, sheet) in sheets.judges(panel, row) {
        match sheet.and_then(&vote) {
            Some(Vote::Met) => votes.met += 1,
            Some(Vote::NotMet) => votes.not_met += 1,
            Some(Vote::Abstain) => votes.abstained += 1,
            None => {}
        }
    }
    votes
}

fn passes(bar: &VoteBar, votes: VoteCount) -> bool {
    let cast = Exact::from(votes.met) + Exact::from(votes.not_met);
    let above = |count: u32, share: &Exact| Exact::from(count) > share * &cast;
    match bar {
        VoteBar::FailsAt(bar) => votes.not_met < *bar,
        VoteBar::FailsAbove(share) => !above(votes.not_met, share),
        VoteBar::PassesAt(bar) => votes.met >= *bar,
        VoteBar::PassesAbove(share) => above(votes.met, share),
    }
}

fn finding<'a>(facts: &'a Facts, team: &TeamId, gate: &Id) -> Option<&'a Finding> {
    facts.findings.get(team)?.get(gate)
}
