//! The score tree, worked out node by node for all teams at once, because a rescaled node needs the best of them.
//!
//! A mark that is not applicable takes its evaluator out of that team's aggregate, at the aggregator above the
//! criterion. What is left must still be a quorum, and enough for the aggregator; else it is a
//! [`Gap::TooFewSheets`] there. Only where every evaluator of the team says not applicable does the node have no value
//! for the team, and then nothing above it has one either.

use rulebook::{Aggregator, Exact, Id, Node, Scored, Stage, Transform};

use super::{clause::Clause, sheets::Sheets};
use crate::{EvaluatorId, Facts, Gap, Mark, Sheet, Tally, TeamTally, aggregate, fewest_values};

mod measured;

/// What a node has for one team, or for one team and one evaluator.
#[derive(Clone, Debug)]
enum Cell {
    Value(Exact),
    NotApplicable,
    /// A gap says why.
    Missing,
}

/// What a node has for all teams, in the order of [`Sheets::teams`].
enum Column<'a> {
    /// One value for each team.
    ByTeam(Vec<Cell>),
    /// For each team one value for each evaluator who judges it.
    ByEvaluator(Vec<Row<'a>>),
}

/// One value for each evaluator who judges a team, in the order of the evaluators.
type Row<'a> = Vec<(&'a EvaluatorId, Cell)>;

/// Works out every node for every team and adds to `gaps` what stands in the way.
pub(super) fn work_out(stage: &Stage, facts: &Facts, sheets: &Sheets<'_>, gaps: &mut Vec<Gap>) -> Tally {
    let tallies = vec![TeamTally::default(); sheets.teams.len()];
    let mut work = Work { stage, facts, sheets, tallies, gaps };
    if let Some(root) = &stage.score {
        work.check_measurements(root);
        if let Column::ByEvaluator(_) = work.column(root) {
            work.unset(root, "aggregate");
        }
    }
    let teams = sheets.teams.iter().map(|team| (*team).clone());
    Tally { teams: teams.zip(work.tallies).collect() }
}

/// The nodes that have one value for each team, in the order in which they are worked out, and for how many teams they
/// have one.
pub(super) fn valued<'a>(root: &'a Node, tally: &Tally) -> Vec<(&'a Id, u32)> {
    let mut counts = Vec::new();
    count_valued(root, tally, &mut counts);
    counts
}

fn count_valued<'a>(node: &'a Node, tally: &Tally, counts: &mut Vec<(&'a Id, u32)>) {
    // Below an aggregator the values are the evaluators', not the team's.
    if node.aggregate.is_none() {
        for part in &node.parts {
            count_valued(part, tally, counts);
        }
    }
    let valued = tally.teams.values().filter(|team| team.points.contains_key(&node.id)).count();
    counts.push((&node.id, u32::try_from(valued).unwrap_or(u32::MAX)));
}

struct Work<'a, 'g> {
    stage: &'a Stage,
    facts: &'a Facts,
    sheets: &'a Sheets<'a>,
    tallies: Vec<TeamTally>,
    gaps: &'g mut Vec<Gap>,
}

impl<'a> Work<'a, '_> {
    /// The points of `node`: raw, aggregated, transformed.
    fn column(&mut self, node: &'a Node) -> Column<'a> {
        let raw = match (&node.scored, &node.measured) {
            (Some(scored), _) => self.marks(node, scored),
            (None, Some(measured)) => self.measurements(node, measured),
            (None, None) => self.sum_of_parts(node),
        };
        let value = match (&node.aggregate, raw) {
            (Some(aggregator), Column::ByEvaluator(rows)) => self.aggregated(node, aggregator, rows),
            (Some(_), Column::ByTeam(_)) => self.unset(node, "aggregate"),
            (None, raw) => raw,
        };
        let points = match &node.transform {
            Some(transform) => self.transformed(node, transform, value),
            None => value,
        };
        match &points {
            Column::ByTeam(cells) => self.note(node, cells),
            Column::ByEvaluator(rows) => self.note_evaluators(node, rows),
        }
        points
    }

    fn marks(&self, node: &Node, scored: &Scored) -> Column<'a> {
        let mark = |row| {
            let judges = self.sheets.judges(&scored.panel, row);
            let cell = |sheet: Option<&Sheet>| match sheet.and_then(|sheet| sheet.marks.get(&node.id)) {
                Some(Mark::Given(mark)) => Cell::Value(mark.clone()),
                Some(Mark::NotApplicable) => Cell::NotApplicable,
                None => Cell::Missing,
            };
            judges.map(|(evaluator, sheet)| (evaluator, cell(sheet))).collect()
        };
        Column::ByEvaluator((0..self.sheets.teams.len()).map(mark).collect())
    }

    fn sum_of_parts(&mut self, node: &'a Node) -> Column<'a> {
        let mut parts = node.parts.iter();
        let Some(first) = parts.next() else { return self.unset(node, "parts") };
        let mut sum = self.column(first);
        for part in parts {
            sum = match (sum, self.column(part)) {
                (Column::ByTeam(sum), Column::ByTeam(more)) => {
                    Column::ByTeam(sum.into_iter().zip(more).map(|(sum, more)| sum.plus(more)).collect())
                }
                (Column::ByEvaluator(sum), Column::ByEvaluator(more)) if first.panel() == part.panel() => {
                    Column::ByEvaluator(sum.into_iter().zip(more).map(|(sum, more)| add_rows(sum, more)).collect())
                }
                _ => return self.unset(node, "aggregate"),
            };
        }
        sum
    }

    fn aggregated(&mut self, node: &Node, aggregator: &Aggregator, rows: Vec<Row<'_>>) -> Column<'a> {
        let range = node.evaluator_range();
        self.note_evaluators(node, &rows);
        let cells = rows.into_iter().enumerate().map(|(row, of)| {
            let judges = of.len();
            let out = of.iter().filter(|(_, cell)| matches!(cell, Cell::NotApplicable)).count();
            let values: Vec<Exact> = of.iter().filter_map(|(_, cell)| cell.value()).cloned().collect();
            if judges > 0 && out == judges {
                return Cell::NotApplicable;
            }
            if !self.enough(node, aggregator, row, judges - out) || values.len() < judges - out {
                return Cell::Missing;
            }
            aggregate(aggregator, &values, (&range.0, &range.1)).map_or(Cell::Missing, Cell::Value)
        });
        Column::ByTeam(cells.collect())
    }

    /// Whether `left` evaluators are enough for the team at `row`; a gap where they are not.
    fn enough(&mut self, node: &Node, aggregator: &Aggregator, row: usize, left: usize) -> bool {
        let quorum = node.panel().and_then(|panel| self.sheets.fewest(panel, row));
        let (Some(quorum), Some(team)) = (quorum, self.sheets.teams.get(row)) else { return false };
        let fewest = quorum.max(fewest_values(aggregator));
        let sheets = u32::try_from(left).unwrap_or(u32::MAX);
        if sheets < fewest {
            let team = (*team).clone();
            self.gaps.push(Gap::TooFewSheets { team, at: node.id.clone(), sheets, fewest });
        }
        sheets >= fewest
    }

    fn transformed(&mut self, node: &Node, transform: &Transform, value: Column<'a>) -> Column<'a> {
        let factor = match (transform, &value) {
            (Transform::Absolute { of }, _) => node.points.checked_div(of),
            (Transform::Ratio { .. }, Column::ByTeam(_)) if node.measured.is_some() => Some(node.points.clone()),
            (Transform::RescaleToBest, Column::ByTeam(cells)) => Some(points_per_best(node, cells)),
            _ => None,
        };
        match factor {
            Some(factor) => value.times(&factor),
            None => self.unset(node, "transform"),
        }
    }

    /// Notes what the teams have at `node`.
    fn note(&mut self, node: &Node, cells: &[Cell]) {
        for (tally, cell) in self.tallies.iter_mut().zip(cells) {
            match cell {
                Cell::Value(points) => {
                    tally.points.insert(node.id.clone(), points.clone());
                }
                // Parts come before what is made of them, so the first is the lowest.
                Cell::NotApplicable if tally.not_applicable.is_none() => tally.not_applicable = Some(node.id.clone()),
                Cell::NotApplicable | Cell::Missing => {}
            }
        }
    }

    /// Notes what each evaluator has for the teams at `node`.
    fn note_evaluators(&mut self, node: &Node, rows: &[Row<'_>]) {
        for (tally, of) in self.tallies.iter_mut().zip(rows) {
            let values = of.iter().filter_map(|(who, cell)| Some(((*who).clone(), cell.value()?.clone())));
            tally.by_evaluator.insert(node.id.clone(), values.collect());
        }
    }

    /// Nobody has a value at `node`, because the rulebook does not say how to come to one.
    fn unset(&mut self, node: &Node, key: &'static str) -> Column<'a> {
        let clause = Clause::NodeKey(&self.stage.id, &node.id, key).to_string();
        self.gaps.push(Gap::Unset { clause });
        Column::ByTeam(vec![Cell::Missing; self.sheets.teams.len()])
    }
}

/// What one of the best value is worth in points: the best has all of them, and where the best is nothing, nobody has
/// any.
fn points_per_best(node: &Node, cells: &[Cell]) -> Exact {
    let best = cells.iter().filter_map(Cell::value).max().filter(|best| **best > Exact::zero());
    best.and_then(|best| node.points.checked_div(best)).unwrap_or_else(Exact::zero)
}

/// The same panel judges a team on every part, so the evaluators stand in the same order.
fn add_rows<'a>(sum: Row<'a>, more: Row<'a>) -> Row<'a> {
    sum.into_iter().zip(more).map(|((evaluator, sum), (_, more))| (evaluator, sum.plus(more))).collect()
}

impl Cell {
    fn value(&self) -> Option<&Exact> {
        match self {
            Self::Value(value) => Some(value),
            Self::NotApplicable | Self::Missing => None,
        }
    }

    /// What is known not to apply stays so, whatever else is still missing.
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => Self::Value(one + other),
            (Self::NotApplicable, _) | (_, Self::NotApplicable) => Self::NotApplicable,
            (Self::Missing, _) | (_, Self::Missing) => Self::Missing,
        }
    }

    fn times(self, factor: &Exact) -> Self {
        match self {
            Self::Value(value) => Self::Value(&value * factor),
            other => other,
        }
    }
}

impl<'a> Column<'a> {
    fn times(self, factor: &Exact) -> Self {
        match self {
            Self::ByTeam(cells) => Self::ByTeam(cells.into_iter().map(|cell| cell.times(factor)).collect()),
            Self::ByEvaluator(rows) => {
                let row = |of: Row<'a>| of.into_iter().map(|(who, cell)| (who, cell.times(factor))).collect();
                Self::ByEvaluator(rows.into_iter().map(row).collect())
            }
        }
    }
}
