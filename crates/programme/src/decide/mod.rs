//! The decision: what the rules make of the facts, and nothing else.
//!
//! Every rule has its file: [`sheets`] says whether the score sheets are in order, [`tree`] works out the points,
//! [`gates`] and [`cut`] say who goes out, [`ties`] separates equals at the line, [`eligibility`] is the other kind of
//! stage. What is missing is never filled in: it becomes a [`Gap`], and a stage with a gap is not decided.
#![deny(clippy::float_arithmetic)]

mod clause;
mod cut;
mod documents;
mod eligibility;
mod gates;
mod organisation;
mod sheets;
mod ties;
mod tree;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Rulebook, Stage, StageKind};

use self::sheets::Sheets;
pub use self::{clause::Clause, sheets::check_sheet};
use crate::{Decision, Facts, Gap, Outcome, Reason, Step, StepKind, Tally, TeamId, Undecided};

/// What the rules make of the facts of one stage.
///
/// The same rulebook and the same facts give the same decision, whatever order the facts came in: arithmetic is
/// exact, every comparison is a total order, and nothing is read but the arguments.
///
/// An *eligibility* stage keeps every team that meets every rule. A *scored* stage asks in this order, and a team is
/// told everything that it fails, not just the first:
///
/// 1. Is everything there? If not, [`Undecided`] lists every gap, sorted, each once.
/// 2. What are the points? See [`rulebook::Node`] and [`tally`].
/// 3. Which gates does each team pass? A gate on points that a team does not have is failed.
/// 4. Who falls to the cut? First `at_least`, then `majority_of` (half is no majority), then `keep`. `keep` counts
///    places among the teams that nothing has put out so far, or, with `among = "all"`, among all that have a total. A
///    condition on totals puts out a team that has none, because a missing score can neither rank nor count as zero.
/// 5. Where equal totals lie across the line of `keep`, the tie ladder separates them, and only them.
///
/// Gaps come in three layers, and a layer is looked at once the one before it is whole: what the rulebook leaves
/// unset; what the facts lack; what only shows in the outcome, namely a tie at the line that waits for the public seed
/// and a cut that keeps nobody where nobody is no valid outcome. An eligibility stage may keep nobody: it has no line.
///
/// A team that withdrew changes nothing for the others: its sheets, its measurements and its application are not read.
///
/// The rulebook is one that has passed its check. With one that has not, a rule that makes no sense is a
/// [`Gap::Unset`] or a gate that nobody passes; it is never a panic.
pub fn decide(rulebook: &Rulebook, facts: &Facts) -> Result<Decision, Undecided> {
    let decision = match rulebook.stage(&facts.stage) {
        None => Err(vec![Gap::NoSuchStage { stage: facts.stage.clone() }]),
        Some(stage) if stage.kind == StageKind::Eligibility => eligibility::decide(rulebook, stage, facts),
        Some(stage) => decide_scored(stage, facts),
    };
    decision.map_err(|gaps| Undecided { gaps: each_once(gaps) })
}

/// The score tree of a stage worked out for every candidate that did not withdraw, or every gap in the way of it.
///
/// It needs the panels, the sheets with their marks and votes, and the measurements to be in order. It needs no
/// findings, no seed and no cut, so it can be had while [`decide`] still waits for those.
pub fn tally(stage: &Stage, facts: &Facts) -> Result<Tally, Vec<Gap>> {
    let mut gaps = Vec::new();
    let sheets = Sheets::read(stage, facts, &mut gaps);
    let tally = tree::work_out(stage, facts, &sheets, &mut gaps);
    if gaps.is_empty() { Ok(tally) } else { Err(each_once(gaps)) }
}

fn decide_scored(stage: &Stage, facts: &Facts) -> Result<Decision, Vec<Gap>> {
    let unset: Vec<Gap> = stage.unset().into_iter().map(|unset| Gap::Unset { clause: unset.path }).collect();
    if !unset.is_empty() {
        return Err(unset);
    }
    let mut gaps = Vec::new();
    let sheets = Sheets::read(stage, facts, &mut gaps);
    let tally = tree::work_out(stage, facts, &sheets, &mut gaps);
    gates::missing_findings(stage, facts, &mut gaps);
    if !gaps.is_empty() {
        return Err(gaps);
    }
    let mut draft = Draft::new(stage, facts);
    draft.score(stage, tally);
    gates::apply(stage, facts, &sheets, &mut draft);
    cut::apply(stage, facts, &sheets, &mut draft)?;
    let nobody_is_valid = stage.cut.as_ref().is_some_and(|cut| cut.nobody);
    let decision = draft.finish();
    if decision.kept.is_empty() && !nobody_is_valid {
        return Err(vec![Gap::Nobody { clause: Clause::Cut(&stage.id, "nobody").to_string() }]);
    }
    Ok(decision)
}

/// The candidates that did not withdraw.
fn standing(facts: &Facts) -> impl Iterator<Item = &TeamId> {
    facts.candidates.difference(&facts.withdrawn)
}

/// The gaps in their order, each once.
fn each_once(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.sort();
    gaps.dedup();
    gaps
}

/// A decision in the making.
struct Draft {
    decision: Decision,
    tally: Tally,
}

impl Draft {
    /// Every candidate is in and nothing is held against anyone, but for those that withdrew.
    fn new(stage: &Stage, facts: &Facts) -> Self {
        let withdrawn: BTreeSet<TeamId> = facts.candidates.intersection(&facts.withdrawn).cloned().collect();
        let mut teams: BTreeMap<TeamId, Outcome> =
            facts.candidates.iter().map(|team| (team.clone(), Outcome::default())).collect();
        for team in &withdrawn {
            teams.insert(team.clone(), Outcome { reasons: vec![Reason::Withdrawn], ..Outcome::default() });
        }
        let mut decision = Decision {
            stage: facts.stage.clone(),
            window: facts.window.clone(),
            kept: BTreeSet::new(),
            teams,
            order: Vec::new(),
            ties: Vec::new(),
            steps: Vec::new(),
        };
        if !withdrawn.is_empty() {
            let clause = Clause::Stage(&stage.id).to_string();
            decision.steps.push(Step { clause, did: StepKind::LeftOut { teams: withdrawn } });
        }
        Self { decision, tally: Tally::default() }
    }

    /// Takes over the points, and with them the places.
    fn score(&mut self, stage: &Stage, tally: Tally) {
        self.tally = tally;
        let Some(root) = &stage.score else { return };
        for (team, tallied) in &self.tally.teams {
            if let Some(outcome) = self.decision.teams.get_mut(team) {
                outcome.points.clone_from(&tallied.points);
                outcome.total = tallied.points.get(&root.id).cloned();
            }
        }
        for (node, valued) in tree::valued(root, &self.tally) {
            let clause = Clause::Node(&stage.id, node).to_string();
            self.step(clause, StepKind::Scored { valued });
        }
        self.decision.order = cut::by_total(&self.decision.teams);
        cut::give_places(&mut self.decision);
    }

    fn step(&mut self, clause: String, did: StepKind) {
        self.decision.steps.push(Step { clause, did });
    }

    /// Holds `reason` against `team`.
    fn hold(&mut self, team: &TeamId, reason: Reason) {
        if let Some(outcome) = self.decision.teams.get_mut(team)
            && !outcome.reasons.contains(&reason)
        {
            outcome.reasons.push(reason);
        }
    }

    /// The teams against which nothing is held are kept.
    fn finish(self) -> Decision {
        let mut decision = self.decision;
        let kept = decision.teams.iter().filter(|(_, outcome)| outcome.reasons.is_empty());
        decision.kept = kept.map(|(team, _)| team.clone()).collect();
        decision
    }
}
