//! Resampled panels: had chance put other people like these on the panel, who would have been kept?
//!
//! Every panel of R that can be drawn with replacement from the R who sat is enumerated with its exact weight, so there
//! are no random numbers and no error of simulation. Gates, votes, measurements and the other panels' values are held
//! as they were.
//!
//! Two conventions. Where teams are exactly equal across the line, each has an equal share of the places left: half a
//! place each where two teams are equal for one. And a drawn panel that leaves a team with too few values for the
//! aggregator, because those who stepped aside for it were drawn too often, can rank nobody; it is left out, and what
//! is given are shares of the draws that are left.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Aggregator, Exact, Id, Node};
use serde::{Deserialize, Serialize};

use super::{
    contest::{Contest, Standing},
    multiset::{self, MOST_MULTISETS, multisets},
    number::{Column, Number},
    scoring::{Judged, Plan},
};
use crate::{EvaluatorId, Tally, TeamId};

/// What resampling one panel shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampled {
    /// The panel.
    pub panel: Id,
    /// The evaluators who sat and judged at least one team.
    pub evaluators: u32,
    /// The different panels that can be drawn from them: C(2R−1, R).
    pub multisets: Exact,
    /// What they show; none where they are too many to enumerate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ResampledOutcome>,
}

/// What the enumeration of all panels shows. Probabilities are exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResampledOutcome {
    /// The share of all draws that was left out, because a team had too few values.
    pub left_out: Exact,
    /// Every team with a total; empty where everything was left out.
    pub teams: BTreeMap<TeamId, ResampledTeam>,
    /// How the last team kept and the first team out stand to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<ResampledLine>,
}

/// How one team fares over all panels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResampledTeam {
    /// The probability that it is kept.
    pub kept: Exact,
    /// Its expected place among the teams that take one; equal teams share the mean of their places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Exact>,
}

/// How the two teams at the line stand to each other over all panels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResampledLine {
    /// The probability that the first team out has more points than the last team kept.
    pub swapped: Exact,
    /// The probability that they are exactly equal.
    pub equal: Exact,
}

/// Resamples every panel that has values in the score tree.
pub(super) fn resample(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Vec<Resampled> {
    let judged = Judged::all(root, tally);
    let panels: BTreeSet<&Id> = judged.iter().map(|judged| judged.panel).collect();
    let one = |panel: &Id| {
        let judged: Vec<&Judged<'_>> = judged.iter().filter(|judged| judged.panel == panel).collect();
        let sat: BTreeSet<&EvaluatorId> =
            judged.iter().flat_map(|judged| judged.values.iter().flatten()).flat_map(|values| values.keys()).collect();
        let sat: Vec<&EvaluatorId> = sat.into_iter().collect();
        Resampled {
            panel: panel.clone(),
            evaluators: crate::reliability::count(sat.len()),
            multisets: exact_multisets(sat.len()),
            outcome: enumerate(root, tally, contest, &judged, &sat),
        }
    };
    panels.into_iter().map(one).collect()
}

fn exact_multisets(size: usize) -> Exact {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let factor = |taken: i64| Exact::from(2 * size - 1 - taken) / Exact::from(taken + 1);
    (0..size).fold(Exact::one(), |count, taken| count * factor(taken))
}

fn enumerate(
    root: &Node,
    tally: &Tally,
    contest: &Contest<'_>,
    judged: &[&Judged<'_>],
    sat: &[&EvaluatorId],
) -> Option<ResampledOutcome> {
    let few = u32::try_from(sat.len()).ok().and_then(multisets).is_some_and(|number| number <= MOST_MULTISETS);
    if !few {
        return None;
    }
    // Machine integers hold any ordinary rulebook; the slow numbers take over where they do not.
    run::<i64>(root, tally, contest, judged, sat)
        .or_else(|| run::<i128>(root, tally, contest, judged, sat))
        .or_else(|| run::<Exact>(root, tally, contest, judged, sat))
}

fn run<N: Number>(
    root: &Node,
    tally: &Tally,
    contest: &Contest<'_>,
    judged: &[&Judged<'_>],
    sat: &[&EvaluatorId],
) -> Option<ResampledOutcome> {
    let free: Vec<&Id> = judged.iter().map(|judged| &judged.node.id).collect();
    let plan = Plan::<N>::of(root, &free, tally)?;
    let sheets: Vec<Sheets<N>> = judged.iter().map(|judged| Sheets::of(judged, sat)).collect::<Option<_>>()?;
    let mut sums = Sums::new(contest);
    multiset::for_each(sat.len(), &mut |counts, weight| {
        let mut columns = Vec::with_capacity(sheets.len());
        for sheets in &sheets {
            match sheets.aggregated(counts)? {
                Some(column) => columns.push(column),
                None => return sums.leave_out(weight),
            }
        }
        let totals = plan.points(&columns)?;
        sums.add(contest, &totals, &contest.standing(&totals)?, weight)
    })?;
    sums.finish(contest)
}

/// The values at one aggregator, ready to be aggregated many times.
struct Sheets<N> {
    /// For each team its values, ascending, with the number of the evaluator; none for a team without a value here.
    teams: Vec<Option<Vec<(usize, N)>>>,
    /// What a mean of the values is over, whatever their number.
    below: N,
    /// By the number of values that a mean is taken over, from 1: what their sum is multiplied by to be over
    /// [`Self::below`].
    shares: Vec<N>,
    aggregator: Aggregator,
    /// The ends between which a majority decides, in the same units as the values.
    range: (N, N),
}

impl<N: Number> Sheets<N> {
    fn of(judged: &Judged<'_>, sat: &[&EvaluatorId]) -> Option<Self> {
        let (low, high) = judged.node.evaluator_range();
        let values = judged.values.iter().flatten().flat_map(|values| values.values());
        let all: Vec<Exact> = [low, high].into_iter().chain(values.cloned()).collect();
        let Column { above, below } = Column::<N>::of(&all)?;
        let mut above = above.into_iter();
        let range = (above.next()?, above.next()?);
        let mut teams = Vec::with_capacity(judged.values.len());
        for values in &judged.values {
            let Some(values) = values else {
                teams.push(None);
                continue;
            };
            let number = |who| sat.iter().position(|sitting| *sitting == who);
            let mut row: Vec<(usize, N)> = values.keys().filter_map(number).zip(above.by_ref()).collect();
            row.sort_by(|one, other| one.1.cmp(&other.1));
            teams.push(Some(row));
        }
        let sizes: Vec<N> =
            (1..=sat.len()).map(|size| i64::try_from(size).ok().map(N::whole)).collect::<Option<_>>()?;
        let multiple = sizes.iter().try_fold(N::whole(1), |multiple, size| multiple.common_multiple(size))?;
        let shares = sizes.iter().map(|size| multiple.in_units_of(size)).collect::<Option<_>>()?;
        Some(Self { teams, below: below.times(&multiple)?, shares, aggregator: judged.aggregator.clone(), range })
    }

    /// The teams' values on the panel with these counts: outer none where a number does not fit, inner none where a
    /// team has too few values.
    fn aggregated(&self, counts: &[u32]) -> Option<Option<Column<N>>> {
        let mut above = Vec::with_capacity(self.teams.len());
        for row in &self.teams {
            let value = match row {
                None => N::zero(),
                Some(row) => match self.middle(row, counts) {
                    Some(middle) => self.mean(row, counts, middle)?,
                    None => return Some(None),
                },
            };
            above.push(value);
        }
        Some(Some(Column { above, below: self.below.clone() }))
    }

    /// Which places of the ascending values a mean is taken over: all, all but the ends, or the middle; none where
    /// there are too few.
    fn middle(&self, row: &[(usize, N)], counts: &[u32]) -> Option<(u32, u32)> {
        let values: u32 = row.iter().filter_map(|(who, _)| counts.get(*who)).sum();
        let drop = match &self.aggregator {
            Aggregator::Mean | Aggregator::Majority => 0,
            Aggregator::TrimmedMean { drop } => *drop,
            Aggregator::Median => values.checked_sub(1)? / 2,
        };
        let (from, to) = (drop, values.checked_sub(drop)?);
        (from < to).then_some((from, to))
    }

    /// The mean over the places `from` to `to`, over [`Self::below`].
    fn mean(&self, row: &[(usize, N)], counts: &[u32], (from, to): (u32, u32)) -> Option<N> {
        if self.aggregator == Aggregator::Majority {
            return self.majority(row, counts, to);
        }
        let (mut place, mut sum) = (0, N::zero());
        for (who, value) in row {
            let next = place + counts.get(*who)?;
            let taken = next.min(to).saturating_sub(place.max(from));
            if taken > 0 {
                sum = sum.plus(&value.times(&N::whole(taken.into()))?)?;
            }
            place = next;
        }
        self.shares.get(usize::try_from(to - from).ok()?.checked_sub(1)?)?.times(&sum)
    }

    fn majority(&self, row: &[(usize, N)], counts: &[u32], votes: u32) -> Option<N> {
        let (low, high) = &self.range;
        let for_it: u32 = row.iter().filter(|(_, value)| value == high).filter_map(|(who, _)| counts.get(*who)).sum();
        self.shares.first()?.times(if for_it * 2 > votes { high } else { low })
    }
}

/// Sums over the panels, in draws.
struct Sums {
    draws: u64,
    left_out: u64,
    /// For each team and each size of a group equal across the line, the draws times the places of the group; size 1
    /// stands for a place of its own. Kept apart by size so that the sums stay whole.
    kept: Vec<Vec<u64>>,
    /// For each team, twice the draws times its place.
    places: Vec<u64>,
    swapped: u64,
    equal: u64,
}

impl Sums {
    fn new(contest: &Contest<'_>) -> Self {
        let teams = contest.teams.len();
        Self {
            draws: 0,
            left_out: 0,
            kept: vec![vec![0; teams + 1]; teams],
            places: vec![0; teams],
            swapped: 0,
            equal: 0,
        }
    }

    fn leave_out(&mut self, weight: u64) -> Option<()> {
        self.left_out = self.left_out.checked_add(weight)?;
        Some(())
    }

    fn add<N: Number>(
        &mut self,
        contest: &Contest<'_>,
        totals: &Column<N>,
        standing: &Standing,
        weight: u64,
    ) -> Option<()> {
        self.draws = self.draws.checked_add(weight)?;
        for team in &standing.sure {
            *self.kept.get_mut(*team)?.get_mut(1)? += weight;
        }
        let share = weight.checked_mul(standing.places.try_into().ok()?)?;
        for team in &standing.tied {
            *self.kept.get_mut(*team)?.get_mut(standing.group)? += share;
        }
        let mut before = 0_u64;
        for equal in standing.order.chunk_by(|one, other| totals.above.get(*one) == totals.above.get(*other)) {
            // Equal teams share the mean of their places, of which this is twice.
            let size = u64::try_from(equal.len()).ok()?;
            let twice = weight.checked_mul(2 * before + size + 1)?;
            for team in equal {
                *self.places.get_mut(*team)? += twice;
            }
            before += size;
        }
        if let Some((last_in, first_out)) = contest.line {
            match totals.above.get(first_out)?.cmp(totals.above.get(last_in)?) {
                std::cmp::Ordering::Greater => self.swapped += weight,
                std::cmp::Ordering::Equal => self.equal += weight,
                std::cmp::Ordering::Less => {}
            }
        }
        Some(())
    }

    fn finish(&self, contest: &Contest<'_>) -> Option<ResampledOutcome> {
        let whole = |number: u64| i64::try_from(number).ok().map(Exact::from);
        let all = whole(self.draws.checked_add(self.left_out)?)?;
        let left_out = whole(self.left_out)?.checked_div(&all)?;
        if self.draws == 0 {
            return Some(ResampledOutcome { left_out, teams: BTreeMap::new(), line: None });
        }
        let draws = whole(self.draws)?;
        let mut teams = BTreeMap::new();
        let shown = (0..contest.teams.len()).filter(|team| contest.is_open(*team) || contest.ranked.contains(team));
        for team in shown {
            let sizes = self.kept.get(team)?.iter().zip(0_u32..).skip(1);
            let shares: Option<Vec<Exact>> =
                sizes.map(|(sum, size)| whole(*sum)?.checked_div(&Exact::from(size))).collect();
            let kept = shares?.iter().sum::<Exact>().checked_div(&draws)?;
            let twice = whole(*self.places.get(team)?)?.checked_div(&draws)?;
            let place = contest.ranked.contains(&team).then(|| twice / Exact::from(2));
            teams.insert((*contest.teams.get(team)?).clone(), ResampledTeam { kept, place });
        }
        let share = |number| whole(number)?.checked_div(&draws);
        let line =
            contest.line.map(|_| Some(ResampledLine { swapped: share(self.swapped)?, equal: share(self.equal)? }));
        Some(ResampledOutcome { left_out, teams, line: line.flatten() })
    }
}
