//! The tie ladder: what separates equal teams at the line, rung by rung.
//!
//! A rung orders the teams that lie across the line; those of them that still do go on to the next rung, the rest are
//! done. A team that has nothing to compare on a rung comes after those that have.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rulebook::{Aggregator, Exact, Id, Rung, Stage};

use super::clause::Clause;
use crate::{EvaluatorId, Facts, Gap, Step, StepKind, Tally, TeamId, TieBreak, aggregate};

type Groups = Vec<BTreeSet<TeamId>>;

/// The ladder of a stage, and what it looks at.
pub(super) struct Ladder<'a> {
    pub(super) stage: &'a Stage,
    pub(super) facts: &'a Facts,
    pub(super) tally: &'a Tally,
}

impl Ladder<'_> {
    /// Orders `teams`, of which the first `slots` are kept, just so far that no group lies across the line.
    pub(super) fn separate(&self, teams: BTreeSet<TeamId>, slots: usize) -> Result<(Groups, Vec<TieBreak>), Vec<Gap>> {
        let (mut above, mut across, mut below) = (Groups::new(), teams, Groups::new());
        let (mut slots, mut breaks) = (slots, Vec::new());
        for (number, rung) in (1..).zip(&self.stage.ties) {
            let order = self.climb(rung, &across)?;
            let clause = Clause::Rung(&self.stage.id, number).to_string();
            breaks.push(TieBreak { clause, teams: across, order: order.clone() });
            let mut still_across = None;
            let mut lower = Groups::new();
            for group in order {
                if group.len() <= slots {
                    slots -= group.len();
                    above.push(group);
                } else if slots > 0 {
                    still_across = Some((group, std::mem::take(&mut slots)));
                } else {
                    lower.push(group);
                }
            }
            lower.append(&mut below);
            below = lower;
            let Some((group, left)) = still_across else {
                above.append(&mut below);
                return Ok((above, breaks));
            };
            (across, slots) = (group, left);
        }
        // A ladder ends with the seed, and the seed leaves nobody equal.
        Err(vec![Gap::Unset { clause: Clause::Ties(&self.stage.id).to_string() }])
    }

    /// The order that one rung gives.
    fn climb(&self, rung: &Rung, teams: &BTreeSet<TeamId>) -> Result<Groups, Vec<Gap>> {
        let keyed = |key: &dyn Fn(&TeamId) -> Option<Exact>| {
            let keys: Vec<_> = teams.iter().map(|team| (key(team), team)).collect();
            descending(keys)
        };
        Ok(match rung {
            Rung::Higher(node) => keyed(&|team| self.tally.teams.get(team)?.points.get(node).cloned()),
            Rung::MedianAt(node) => keyed(&|team| self.median(node, team)),
            Rung::PreferredAt(node) => descending(self.preferred(node, teams)),
            Rung::Seed => {
                let seed = self.facts.seed.as_ref().ok_or_else(|| vec![Gap::NoSeed { teams: teams.clone() }])?;
                let purpose = format!("tie/{}/{}", self.facts.window, self.stage.id);
                // The lowest key comes first.
                descending(teams.iter().map(|team| (Reverse(seed.key(&purpose, team.as_str())), team)))
            }
        })
    }

    fn median(&self, node: &Id, team: &TeamId) -> Option<Exact> {
        let values: Vec<Exact> = self.by_evaluator(node, team)?.values().cloned().collect();
        aggregate(&Aggregator::Median, &values, (&Exact::zero(), &Exact::zero()))
    }

    /// What share of its comparisons each team wins, a draw being half won. A comparison is of one evaluator's values
    /// for the team and for one rival; where an evaluator has no value for either there is none. A share, and not a
    /// sum, because a team with a recused evaluator has fewer comparisons to win.
    fn preferred<'t>(&self, node: &Id, teams: &'t BTreeSet<TeamId>) -> Vec<(Option<Exact>, &'t TeamId)> {
        let own = |team| self.by_evaluator(node, team).into_iter().flatten();
        let mut all: BTreeMap<&EvaluatorId, Vec<&Exact>> = BTreeMap::new();
        for (evaluator, value) in teams.iter().flat_map(own) {
            all.entry(evaluator).or_default().push(value);
        }
        all.values_mut().for_each(|values| values.sort());
        let share = |team| {
            let (mut half_wins, mut comparisons) = (0, 0);
            for (evaluator, value) in own(team) {
                let values = all.get(evaluator).map(Vec::as_slice).unwrap_or_default();
                let lower = values.partition_point(|other| *other < value);
                let equal = values.partition_point(|other| *other <= value) - lower;
                half_wins += 2 * lower + equal.saturating_sub(1);
                comparisons += values.len().saturating_sub(1);
            }
            exact(half_wins).checked_div(&exact(2 * comparisons))
        };
        teams.iter().map(|team| (share(team), team)).collect()
    }

    fn by_evaluator(&self, node: &Id, team: &TeamId) -> Option<&BTreeMap<EvaluatorId, Exact>> {
        self.tally.teams.get(team)?.by_evaluator.get(node)
    }
}

fn exact(count: usize) -> Exact {
    Exact::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The teams by key, the highest first, equal ones together.
pub(super) fn descending<'a, K: Ord>(keyed: impl IntoIterator<Item = (K, &'a TeamId)>) -> Groups {
    let mut keyed: Vec<(K, &TeamId)> = keyed.into_iter().collect();
    keyed.sort_by(|(one, _), (other, _)| other.cmp(one));
    keyed
        .chunk_by(|(one, _), (other, _)| one == other)
        .map(|group| group.iter().map(|(_, team)| (*team).clone()).collect())
        .collect()
}

/// The step that a broken tie is.
pub(super) fn step(tie: &TieBreak) -> Step {
    Step { clause: tie.clause.clone(), did: StepKind::Tie { teams: tie.teams.clone() } }
}
