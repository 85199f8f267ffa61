//! A table of values, team by evaluator.

use std::collections::BTreeSet;

use rulebook::{Exact, Id, Node, Transform};

use crate::{EvaluatorId, Tally, TeamId};

/// The evaluators' values at one aggregator before it aggregates them: a row for each team, a column for each
/// evaluator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreTable {
    /// The node of the score tree with the aggregator; the root where several are taken together.
    pub at: Id,
    /// The panel.
    pub panel: Id,
    /// The rows: every team that has a value here.
    pub teams: Vec<TeamId>,
    /// The columns: every evaluator who has a value here.
    pub evaluators: Vec<EvaluatorId>,
    /// The values, row by row; none where the evaluator has none for the team.
    pub cells: Vec<Vec<Option<Exact>>>,
}

impl ScoreTable {
    /// The table at `node`, where an aggregator stands on a panel's values; none elsewhere or where nobody has a value.
    pub fn at(node: &Node, tally: &Tally) -> Option<Self> {
        node.aggregate.as_ref()?;
        let panel = node.panel()?.clone();
        let rows = tally.teams.iter().filter_map(|(team, tally)| {
            let values = tally.by_evaluator.get(&node.id)?;
            (!values.is_empty()).then_some((team, values))
        });
        let rows: Vec<_> = rows.collect();
        let evaluators: BTreeSet<&EvaluatorId> = rows.iter().flat_map(|(_, values)| values.keys()).collect();
        let cells = rows.iter().map(|(_, values)| evaluators.iter().map(|who| values.get(*who).cloned()).collect());
        (!rows.is_empty()).then(|| Self {
            at: node.id.clone(),
            panel,
            teams: rows.iter().map(|(team, _)| (*team).clone()).collect(),
            evaluators: evaluators.iter().map(|who| (*who).clone()).collect(),
            cells: cells.collect(),
        })
    }

    /// Each evaluator's points from a whole panel, where its values are aggregated at more than one node: what each
    /// value is worth in the total, added. None where there is only one such node, or where one is rescaled to the
    /// best, so that no value is worth anything by itself.
    pub fn of_panel(root: &Node, panel: &Id, tally: &Tally) -> Option<Self> {
        let mut worths = Vec::new();
        worth_in_total(root, panel, Exact::one(), &mut worths)?;
        let tables: Vec<(Self, Exact)> =
            worths.into_iter().filter_map(|(node, worth)| Some((Self::at(node, tally)?, worth))).collect();
        let (first, _) = tables.get(1).and(tables.first())?;
        let sum = |team: &TeamId, evaluator: &EvaluatorId| {
            let values = tables.iter().map(|(table, worth)| Some(table.value(team, evaluator)? * worth));
            values.collect::<Option<Vec<Exact>>>().map(|values| values.iter().sum())
        };
        let (teams, evaluators) = (first.teams.clone(), first.evaluators.clone());
        let cells =
            teams.iter().map(|team| evaluators.iter().map(|evaluator| sum(team, evaluator)).collect()).collect();
        Some(Self { at: root.id.clone(), panel: panel.clone(), teams, evaluators, cells })
    }

    fn value(&self, team: &TeamId, evaluator: &EvaluatorId) -> Option<&Exact> {
        let row = self.teams.iter().position(|row| row == team)?;
        let column = self.evaluators.iter().position(|column| column == evaluator)?;
        self.cells.get(row)?.get(column)?.as_ref()
    }

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        self.cells.iter().flatten().filter(|cell| cell.is_none()).count()
    }

    /// The values as floats, for statistics.
    pub(super) fn to_f64(&self) -> Vec<Vec<Option<f64>>> {
        let row = |row: &Vec<Option<Exact>>| row.iter().map(|cell| cell.as_ref().map(Exact::to_f64)).collect();
        self.cells.iter().map(row).collect()
    }

    /// The values as floats where none is missing.
    pub(super) fn complete_rows(&self) -> Option<Vec<Vec<f64>>> {
        self.to_f64().into_iter().map(|row| row.into_iter().collect()).collect()
    }

    /// The values of one evaluator, with the number of the row.
    pub(super) fn column(&self, evaluator: usize) -> impl Iterator<Item = (usize, &Exact)> {
        let rows = self.cells.iter().enumerate();
        rows.filter_map(move |(team, row)| Some((team, row.get(evaluator)?.as_ref()?)))
    }
}

/// The panel's aggregators and what one of their value is worth in the total; none where one is rescaled to the best.
fn worth_in_total<'a>(node: &'a Node, panel: &Id, worth: Exact, into: &mut Vec<(&'a Node, Exact)>) -> Option<()> {
    let before = into.len();
    let factor = match &node.transform {
        Some(Transform::Absolute { of }) => node.points.checked_div(of)?,
        Some(Transform::Ratio { .. } | Transform::RescaleToBest) | None => Exact::one(),
    };
    let worth = &worth * &factor;
    if node.aggregate.is_some() {
        into.extend((node.panel() == Some(panel)).then_some((node, worth)));
    } else {
        for part in &node.parts {
            worth_in_total(part, panel, worth.clone(), into)?;
        }
    }
    let rescaled = node.transform == Some(Transform::RescaleToBest) && into.len() > before;
    (!rescaled).then_some(())
}
