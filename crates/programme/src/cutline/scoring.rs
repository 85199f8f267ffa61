//! The score tree once more, with the values at some aggregators free: what every report here is worked out with.
//!
//! Everything that does not hang on a free value is taken from the tally as it is. A node that is rescaled to the best
//! is rescaled to the new best.

use std::collections::BTreeMap;

use rulebook::{Aggregator, Exact, Id, Node, Transform};

use super::number::{Column, Number};
use crate::{EvaluatorId, Tally, TeamId, aggregate};

/// How the totals follow from the values at the free nodes.
pub(super) enum Plan<N> {
    /// Does not hang on a free value.
    Fixed(Column<N>),
    /// The free value of this number.
    Free(usize),
    /// The parts added.
    Sum(Vec<Plan<N>>),
    /// Times a factor, `above` / `below`.
    Times { of: Box<Plan<N>>, above: N, below: N },
    /// Over the best of the teams that have a value, times `above` / `below` points.
    ToBest { of: Box<Plan<N>>, valued: Vec<bool>, above: N, below: N },
}

impl<N: Number> Plan<N> {
    /// The plan of `node` with the values before the transform free at `free`, or none where a number does not fit.
    pub(super) fn of(node: &Node, free: &[&Id], tally: &Tally) -> Option<Self> {
        if node.walk().all(|below| !free.contains(&&below.id)) {
            let points =
                tally.teams.values().map(|team| team.points.get(&node.id).cloned().unwrap_or_else(Exact::zero));
            return Some(Self::Fixed(Column::of(&points.collect::<Vec<_>>())?));
        }
        let raw = match free.iter().position(|id| **id == node.id) {
            Some(number) => Self::Free(number),
            None => Self::Sum(node.parts.iter().map(|part| Self::of(part, free, tally)).collect::<Option<_>>()?),
        };
        match &node.transform {
            None => Some(raw),
            Some(Transform::RescaleToBest) => {
                let (above, below) = N::fraction(&node.points)?;
                let valued = tally.teams.values().map(|team| team.points.contains_key(&node.id)).collect();
                Some(Self::ToBest { of: Box::new(raw), valued, above, below })
            }
            // A ratio stands on measurements only, so its node is never free.
            Some(Transform::Ratio { .. }) => None,
            Some(Transform::Absolute { of }) => {
                let (above, below) = N::fraction(&node.points.checked_div(of)?)?;
                Some(Self::Times { of: Box::new(raw), above, below })
            }
        }
    }

    /// The node's points with these free values, or none where a number does not fit.
    pub(super) fn points(&self, free: &[Column<N>]) -> Option<Column<N>> {
        match self {
            Self::Fixed(column) => Some(column.clone()),
            Self::Free(number) => free.get(*number).cloned(),
            Self::Sum(parts) => {
                let mut parts = parts.iter();
                let first = parts.next()?.points(free)?;
                parts.try_fold(first, |sum, part| sum.plus(part.points(free)?))
            }
            Self::Times { of, above, below } => of.points(free)?.times(above, below),
            Self::ToBest { of, valued, above, below } => {
                let mut column = of.points(free)?;
                let values = column.above.iter().zip(valued).filter(|(_, valued)| **valued);
                let best = values.map(|(value, _)| value).max().filter(|best| **best > N::zero()).cloned();
                // The denominator cancels. Where the best is nothing, nobody has any points.
                match best {
                    Some(best) => {
                        column.below = best;
                        column.times(above, below)
                    }
                    None => column.times(&N::zero(), &N::whole(1)),
                }
            }
        }
    }
}

/// A node whose aggregator takes the values of a panel.
pub(super) struct Judged<'a> {
    pub(super) node: &'a Node,
    pub(super) aggregator: &'a Aggregator,
    pub(super) panel: &'a Id,
    /// The values, by team in the order of the tally; none for a team that has none here.
    pub(super) values: Vec<Option<&'a BTreeMap<EvaluatorId, Exact>>>,
}

impl<'a> Judged<'a> {
    /// Every such node of the tree for which there are values.
    pub(super) fn all(root: &'a Node, tally: &'a Tally) -> Vec<Self> {
        let judged = root.walk().filter_map(|node| {
            let (aggregator, panel) = (node.aggregate.as_ref()?, node.panel()?);
            let of = |team: &'a crate::TeamTally| team.by_evaluator.get(&node.id).filter(|values| !values.is_empty());
            let values: Vec<_> = tally.teams.values().map(of).collect();
            values.iter().any(Option::is_some).then_some(Self { node, aggregator, panel, values })
        });
        judged.collect()
    }

    /// The teams' values under `aggregator` with only those evaluators whom `counts` lets in; the team's name where
    /// too few are left for one that had a value.
    pub(super) fn aggregated(
        &self,
        tally: &Tally,
        aggregator: &Aggregator,
        counts: impl Fn(&EvaluatorId) -> bool,
    ) -> Result<Column<Exact>, TeamId> {
        let (low, high) = self.node.evaluator_range();
        let one = |(team, values): (&TeamId, &Option<&BTreeMap<EvaluatorId, Exact>>)| {
            let Some(values) = values else { return Ok(Exact::zero()) };
            let left = values.iter().filter(|(who, _)| counts(who)).map(|(_, value)| value.clone());
            aggregate(aggregator, &left.collect::<Vec<_>>(), (&low, &high)).ok_or_else(|| team.clone())
        };
        let above = tally.teams.keys().zip(&self.values).map(one).collect::<Result<_, _>>()?;
        Ok(Column { above, below: Exact::one() })
    }
}
