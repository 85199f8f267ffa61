//! How each evaluator differs from the rest, and what that does where values are missing.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::Exact;
use serde::{Deserialize, Serialize};

use super::{Figure, ScoreTable};
use crate::{EvaluatorId, TeamId};

/// How one evaluator differs from the rest of the panel. It is shown to officers and alters no score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluatorDiagnostics {
    /// The evaluator.
    pub evaluator: EvaluatorId,
    /// The teams that they have a value for.
    pub teams: u32,
    /// The mean, over those teams, of their value less the team's mean: above zero is lenient, below zero severe.
    pub severity: Exact,
    /// The population standard deviation of their values: near zero tells no team from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Figure>,
    /// Pearson's correlation of their values with the means of the others'; none where either does not vary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_the_rest: Option<Figure>,
    /// Those who gave the same values to all the teams, at least two, that both have a value for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub same_as: BTreeSet<EvaluatorId>,
}

/// How each evaluator of `table` differs from the rest.
pub fn diagnose(table: &ScoreTable) -> Vec<EvaluatorDiagnostics> {
    let means: Vec<Exact> = table.cells.iter().map(|row| mean(row.iter().flatten())).collect();
    let one = |(column, evaluator): (usize, &EvaluatorId)| {
        let own: Vec<(usize, &Exact)> = table.column(column).collect();
        let deviations: Vec<Exact> = own.iter().filter_map(|(team, value)| Some(*value - means.get(*team)?)).collect();
        EvaluatorDiagnostics {
            evaluator: evaluator.clone(),
            teams: super::count(own.len()),
            severity: mean(deviations.iter()),
            spread: Figure::new(spread(own.iter().map(|(_, value)| *value))),
            with_the_rest: with_the_rest(table, column).and_then(Figure::new),
            same_as: same_as(table, column),
        }
    };
    table.evaluators.iter().enumerate().map(one).collect()
}

/// The population standard deviation.
pub(crate) fn spread<'a>(values: impl Iterator<Item = &'a Exact> + Clone) -> f64 {
    // The variance is exact; the root is the one rounding.
    covariance(&values.map(|value| (value, value)).collect::<Vec<_>>()).to_f64().sqrt()
}

/// The exact population covariance of pairs.
pub(crate) fn covariance(pairs: &[(&Exact, &Exact)]) -> Exact {
    let one = mean(pairs.iter().map(|(one, _)| *one));
    let other = mean(pairs.iter().map(|(_, other)| *other));
    let products: Vec<Exact> = pairs.iter().map(|(x, y)| (*x - &one) * (*y - &other)).collect();
    mean(products.iter())
}

/// The mean; zero of nothing.
fn mean<'a>(values: impl Iterator<Item = &'a Exact>) -> Exact {
    let (mut sum, mut count) = (Exact::zero(), 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    sum.checked_div(&Exact::from(count)).unwrap_or_else(Exact::zero)
}

fn with_the_rest(table: &ScoreTable, column: usize) -> Option<f64> {
    let pairs = table.column(column).filter_map(|(team, value)| {
        let row = table.cells.get(team)?.iter().enumerate();
        let others: Vec<&Exact> =
            row.filter(|(other, _)| *other != column).filter_map(|(_, cell)| cell.as_ref()).collect();
        (!others.is_empty()).then(|| (value.clone(), mean(others.into_iter())))
    });
    let pairs: Vec<(Exact, Exact)> = pairs.collect();
    let of = |left: fn(&(Exact, Exact)) -> &Exact, right: fn(&(Exact, Exact)) -> &Exact| {
        covariance(&pairs.iter().map(|pair| (left(pair), right(pair))).collect::<Vec<_>>()).to_f64()
    };
    let both = (of(|pair| &pair.0, |pair| &pair.0) * of(|pair| &pair.1, |pair| &pair.1)).sqrt();
    (both > 0.0).then(|| of(|pair| &pair.0, |pair| &pair.1) / both)
}

fn same_as(table: &ScoreTable, column: usize) -> BTreeSet<EvaluatorId> {
    let same = |other: usize| {
        let both = table.cells.iter().filter_map(|row| row.get(column)?.as_ref().zip(row.get(other)?.as_ref()));
        let both: Vec<(&Exact, &Exact)> = both.collect();
        both.len() > 1 && both.iter().all(|(one, other)| one == other)
    };
    let others = table.evaluators.iter().enumerate().filter(|(other, _)| *other != column && same(*other));
    others.map(|(_, evaluator)| evaluator.clone()).collect()
}

/// What the teams would have if every evaluator were equally severe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum Additive {
    /// The least-squares estimate beside the raw mean.
    Estimated {
        /// Every team of the table.
        teams: BTreeMap<TeamId, AdditiveEstimate>,
    },
    /// The values fall into groups of teams that no evaluator joins, so nothing says whether one group is better or
    /// its evaluators more lenient, and no estimate is given.
    Disconnected {
        /// The groups.
        groups: Vec<BTreeSet<TeamId>>,
    },
}

/// A team's mean, raw and with severity taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdditiveEstimate {
    /// The mean of the values that it has.
    pub raw: Exact,
    /// The mean that the additive model expects from the whole panel.
    pub adjusted: Exact,
}

/// The additive model value = team + evaluator, fitted by least squares with the evaluators' effects adding to zero.
///
/// The arithmetic is exact. A disconnected table is refused.
pub fn additive(table: &ScoreTable) -> Additive {
    let groups = connected(table);
    let effects = if groups.len() > 1 { None } else { effects(table) };
    let Some(effects) = effects else { return Additive::Disconnected { groups } };
    let estimate = |row: &Vec<Option<Exact>>| {
        let present = || row.iter().zip(&effects).filter_map(|(cell, effect)| Some((cell.as_ref()?, effect)));
        let freed: Vec<Exact> = present().map(|(value, effect)| value - effect).collect();
        AdditiveEstimate { raw: mean(present().map(|(value, _)| value)), adjusted: mean(freed.iter()) }
    };
    let teams = table.teams.iter().zip(&table.cells).map(|(team, row)| (team.clone(), estimate(row)));
    Additive::Estimated { teams: teams.collect() }
}

/// The groups of teams that are joined by evaluators.
fn connected(table: &ScoreTable) -> Vec<BTreeSet<TeamId>> {
    let mut groups: Vec<(BTreeSet<usize>, BTreeSet<TeamId>)> = Vec::new();
    for (team, row) in table.teams.iter().zip(&table.cells) {
        let present = row.iter().enumerate().filter_map(|(column, cell)| cell.as_ref().map(|_| column));
        let mut joined = (present.collect::<BTreeSet<usize>>(), BTreeSet::from([team.clone()]));
        let (touching, apart) = groups.into_iter().partition(|(evaluators, _)| !evaluators.is_disjoint(&joined.0));
        groups = apart;
        let touching: Vec<(BTreeSet<usize>, BTreeSet<TeamId>)> = touching;
        for (evaluators, teams) in touching {
            joined.0.extend(evaluators);
            joined.1.extend(teams);
        }
        groups.push(joined);
    }
    let mut groups: Vec<BTreeSet<TeamId>> = groups.into_iter().map(|(_, teams)| teams).collect();
    groups.sort();
    groups
}

/// The evaluators' effects: the normal equations with the teams eliminated, and the sum of all effects held at zero.
fn effects(table: &ScoreTable) -> Option<Vec<Exact>> {
    let width = table.evaluators.len();
    // Row j says: Σ over j's teams of (value − j's effect − mean over the team's values of (value − effect)) = 0.
    let mut rows = vec![vec![Exact::zero(); width + 1]; width];
    for cells in &table.cells {
        let present: Vec<(usize, &Exact)> =
            cells.iter().enumerate().filter_map(|(column, cell)| Some((column, cell.as_ref()?))).collect();
        let share = Exact::one().checked_div(&Exact::from(super::count(present.len())))?;
        let mean = mean(present.iter().map(|(_, value)| *value));
        for (column, value) in &present {
            let row = rows.get_mut(*column)?;
            for (other, _) in &present {
                let cell = row.get_mut(*other)?;
                *cell = &*cell - &share;
            }
            *row.get_mut(*column)? += &Exact::one();
            *row.get_mut(width)? += &(*value - &mean);
        }
    }
    // The rows add to zero; the condition that the effects do takes the place of the last.
    let mut condition = vec![Exact::one(); width];
    condition.push(Exact::zero());
    *rows.last_mut()? = condition;
    solve(rows)
}

/// Solves a square system with its right-hand side as last column; none where it has no single solution.
fn solve(mut rows: Vec<Vec<Exact>>) -> Option<Vec<Exact>> {
    for pivot in 0..rows.len() {
        let at = (pivot..rows.len())
            .find(|at| rows.get(*at).and_then(|row| row.get(pivot)).is_some_and(|cell| !cell.is_zero()))?;
        rows.swap(pivot, at);
        let head = rows.get(pivot)?.get(pivot)?.clone();
        let scaled: Vec<Exact> = rows.get(pivot)?.iter().map(|cell| cell.checked_div(&head)).collect::<Option<_>>()?;
        for (at, row) in rows.iter_mut().enumerate() {
            let factor = row.get(pivot)?.clone();
            if at != pivot && !factor.is_zero() {
                row.iter_mut().zip(&scaled).for_each(|(cell, above)| *cell = &*cell - &(&factor * above));
            }
        }
        *rows.get_mut(pivot)? = scaled;
    }
    rows.into_iter().map(|mut row| row.pop()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&[Option<i64>]]) -> ScoreTable {
        let width = cells[0].len();
        ScoreTable {
            at: "sheet".into(),
            panel: "panel".into(),
            teams: (0..cells.len()).map(|team| TeamId::new(format!("t{team}"))).collect(),
            evaluators: (0..width).map(|who| EvaluatorId::new(format!("e{who}"))).collect(),
            cells: cells.iter().map(|row| row.iter().map(|cell| cell.map(Exact::from)).collect()).collect(),
        }
    }

    #[test]
    fn a_lenient_evaluators_recusal_is_made_good() {
        // Team quality 10, 20, 30; severity 0, +3, −3; the lenient one steps aside for the last team.
        let table =
            table(&[&[Some(10), Some(13), Some(7)], &[Some(20), Some(23), Some(17)], &[Some(30), None, Some(27)]]);
        let Additive::Estimated { teams } = additive(&table) else { panic!("connected") };
        assert_eq!(teams["t2"], AdditiveEstimate { raw: Exact::ratio(57, 2), adjusted: Exact::from(30) });
        assert_eq!(teams["t0"].adjusted, Exact::from(10));
    }

    #[test]
    fn a_full_table_needs_no_adjustment() {
        let Additive::Estimated { teams } = additive(&table(&[&[Some(3), Some(8)], &[Some(5), Some(1)]])) else {
            panic!("connected")
        };
        assert!(teams.values().all(|team| team.raw == team.adjusted));
    }

    #[test]
    fn a_split_pool_is_refused() {
        let split = table(&[&[Some(1), Some(2), None, None], &[None, None, Some(3), Some(4)]]);
        let Additive::Disconnected { groups } = additive(&split) else { panic!("split") };
        assert_eq!(groups, [BTreeSet::from(["t0".into()]), BTreeSet::from(["t1".into()])]);
    }

    #[test]
    fn diagnostics() {
        let table = table(&[&[Some(1), Some(1), Some(9)], &[Some(2), Some(2), Some(9)], &[Some(3), Some(3), Some(9)]]);
        let found = diagnose(&table);
        assert_eq!(found[0].same_as, BTreeSet::from(["e1".into()]));
        assert_eq!(found[0].with_the_rest.as_ref().unwrap().as_str(), "1.000000");
        assert_eq!(found[2].with_the_rest, None);
        assert_eq!(found[2].spread.as_ref().unwrap().as_str(), "0.000000");
        assert_eq!(found[2].severity, Exact::ratio(14, 3));
        assert_eq!(found.iter().map(|one| &one.severity).sum::<Exact>(), Exact::zero());
    }
}
