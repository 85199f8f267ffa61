//! Who competes at the line, and who is kept when the totals change.
//!
//! What a team is out for whatever its total (eligibility, a gate, a vote, no total) is held as it was decided; the
//! conditions on the total itself are applied again.

use std::{cmp::Ordering, collections::BTreeSet};

use rulebook::{Among, Exact, Stage};
use serde::{Deserialize, Serialize};

use super::number::{Column, Number};
use crate::{Decision, Reason, Tally, TeamId};

/// The cut, with everything held fixed that does not hang on totals.
pub(super) struct Contest<'a> {
    pub(super) teams: Vec<&'a TeamId>,
    pub(super) decision: &'a Decision,
    /// The teams that take a place: their numbers.
    pub(super) ranked: Vec<usize>,
    /// Which teams are kept if their total is high enough.
    open: Vec<bool>,
    /// The last team kept and the first team out, of the open ones.
    pub(super) line: Option<(usize, usize)>,
    keep: Option<usize>,
    at_least: Option<Exact>,
    among: Among,
}

/// What the cut makes of totals: numbers of teams.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// All that take a place, the highest total first.
    pub(super) order: Vec<usize>,
    /// Kept whatever the tie ladder says.
    pub(super) sure: Vec<usize>,
    /// Equal across the line, the open ones: the ladder would choose.
    pub(super) tied: Vec<usize>,
    /// How many are equal across the line, the open ones and those that only take a place.
    pub(super) group: usize,
    /// How many places the group has.
    pub(super) places: usize,
}

/// What a change does to the list of kept teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListChange {
    /// The teams that would be kept and are not.
    pub enter: BTreeSet<TeamId>,
    /// The kept teams that would go out.
    pub leave: BTreeSet<TeamId>,
    /// Teams that would be exactly equal across the line, so that the tie ladder would choose among them; they are in
    /// neither set.
    pub tied: BTreeSet<TeamId>,
    /// By how many points the last team in would lead the first team out, 0 where they are equal; none where all or
    /// none are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Exact>,
}

impl<'a> Contest<'a> {
    pub(super) fn new(stage: &Stage, tally: &'a Tally, decision: &'a Decision) -> Option<Self> {
        let (root, cut) = (stage.score.as_ref()?, stage.cut.as_ref()?);
        let valued: Vec<bool> = tally.teams.values().map(|team| team.points.contains_key(&root.id)).collect();
        let open = |(team, valued): (&TeamId, &bool)| *valued && on_total_alone(decision, team);
        let open: Vec<bool> = tally.teams.keys().zip(&valued).map(open).collect();
        let takes_a_place = match cut.among {
            Among::Passing => &open,
            Among::All => &valued,
        };
        let ranked = (0..open.len()).filter(|team| takes_a_place.get(*team) == Some(&true)).collect();
        let mut contest = Self {
            teams: tally.teams.keys().collect(),
            decision,
            ranked,
            open,
            line: None,
            keep: cut.keep.and_then(|keep| usize::try_from(keep).ok()),
            at_least: cut.at_least.clone(),
            among: cut.among,
        };
        contest.line = contest.find_line();
        Some(contest)
    }

    pub(super) fn is_open(&self, team: usize) -> bool {
        self.open.get(team) == Some(&true)
    }

    /// What the cut makes of `totals`; none where a number does not fit.
    pub(super) fn standing<N: Number>(&self, totals: &Column<N>) -> Option<Standing> {
        let mut order = self.ranked.clone();
        let total = |team: &usize| totals.above.get(*team);
        order.sort_by(|one, other| total(other).cmp(&total(one)));
        let bar = self.bar(totals)?;
        let reaches = |team: &usize| bar.as_ref().is_none_or(|bar| bar.get(*team) == Some(&true));
        let mut ranked: Vec<usize> = match self.among {
            // A team below the threshold is out before places are counted.
            Among::Passing => order.iter().copied().filter(reaches).collect(),
            Among::All => order.clone(),
        };
        let keep = self.keep.unwrap_or(ranked.len()).min(ranked.len());
        let stays = |team: &usize| self.is_open(*team) && reaches(team);
        let mut standing = Standing { order, ..Standing::default() };
        let line = keep.checked_sub(1).and_then(|last| ranked.get(last)).map(total);
        if ranked.get(keep).map(total) == line && line.is_some() {
            let equal: Vec<usize> = ranked.iter().copied().filter(|team| Some(total(team)) == line).collect();
            let above = ranked.iter().take_while(|team| Some(total(team)) != line).count();
            standing.group = equal.len();
            standing.places = keep - above;
            standing.tied = equal.into_iter().filter(stays).collect();
            ranked.truncate(above);
        } else {
            ranked.truncate(keep);
        }
        standing.sure = ranked.into_iter().filter(stays).collect();
        Some(standing)
    }

    /// Which teams reach the threshold, where there is one; outer none where a number does not fit.
    fn bar<N: Number>(&self, totals: &Column<N>) -> Option<Option<Vec<bool>>> {
        let Some(at_least) = &self.at_least else { return Some(None) };
        let (above, below) = N::fraction(at_least)?;
        let bar = above.times(&totals.below)?;
        let reaches = totals.above.iter().map(|total| Some(total.times(&below)? >= bar));
        Some(Some(reaches.collect::<Option<_>>()?))
    }

    /// What `totals` change in the list of kept teams.
    pub(super) fn change(&self, totals: &Column<Exact>) -> Option<ListChange> {
        let standing = self.standing(totals)?;
        let (sure, tied) = (self.names(&standing.sure), self.names(&standing.tied));
        let kept = &self.decision.kept;
        Some(ListChange {
            enter: sure.difference(kept).cloned().collect(),
            leave: kept.iter().filter(|team| !sure.contains(*team) && !tied.contains(*team)).cloned().collect(),
            tied,
            margin: self.margin(&standing, totals),
        })
    }

    fn margin(&self, standing: &Standing, totals: &Column<Exact>) -> Option<Exact> {
        if !standing.tied.is_empty() {
            return Some(Exact::zero());
        }
        let of = |team: &usize| totals.above.get(*team)?.checked_div(&totals.below);
        let last_in = standing.sure.iter().filter_map(of).min()?;
        let out = (0..self.open.len()).filter(|team| self.is_open(*team) && !standing.sure.contains(team));
        let first_out = out.filter_map(|team| of(&team)).max()?;
        Some(last_in - first_out)
    }

    pub(super) fn names(&self, teams: &[usize]) -> BTreeSet<TeamId> {
        teams.iter().filter_map(|team| self.teams.get(*team)).map(|team| (*team).clone()).collect()
    }

    fn find_line(&self) -> Option<(usize, usize)> {
        let (mut kept, mut out): (Vec<usize>, Vec<usize>) =
            (0..self.teams.len()).filter(|team| self.is_open(*team)).partition(|team| self.was_kept(*team));
        kept.sort_by(|one, other| self.before(*one, *other));
        out.sort_by(|one, other| self.before(*one, *other));
        Some((*kept.last()?, *out.first()?))
    }

    pub(super) fn was_kept(&self, team: usize) -> bool {
        self.teams.get(team).is_some_and(|team| self.decision.kept.contains(*team))
    }

    /// Who comes first: the higher total, then whoever the tie ladder put first, then the name, which decides nothing.
    fn before(&self, one: usize, other: usize) -> Ordering {
        let (Some(one), Some(other)) = (self.teams.get(one), self.teams.get(other)) else { return Ordering::Equal };
        let total = |team: &TeamId| self.decision.teams.get(team).and_then(|outcome| outcome.total.clone());
        let ladder = || {
            let place = |order: &[BTreeSet<TeamId>], team: &TeamId| order.iter().position(|group| group.contains(team));
            let rungs = self.decision.ties.iter().map(|rung| (place(&rung.order, one), place(&rung.order, other)));
            let split =
                rungs.map(|(one, other)| one.zip(other).map_or(Ordering::Equal, |(one, other)| one.cmp(&other)));
            split.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        total(other).cmp(&total(one)).then_with(ladder).then_with(|| one.cmp(other))
    }
}

/// Whether nothing but its total can put the team out.
fn on_total_alone(decision: &Decision, team: &TeamId) -> bool {
    decision.teams.get(team).is_some_and(|outcome| {
        let on_total = |reason: &Reason| matches!(reason, Reason::BelowLine { .. } | Reason::BelowThreshold { .. });
        outcome.reasons.iter().all(on_total)
    })
}
