//! Score sheets: which there must be, and whether they are in order.
//!
//! A panel is *used* where a criterion, a gate or the cut asks it. On a used panel every seat is taken, no evaluator
//! sits on two of them, and every sitting evaluator has one sheet for every candidate that did not withdraw, except
//! where the evaluator is recused. On a sheet stand a mark for each criterion of the panel, a vote for each gate that
//! the panel votes on and, where the cut asks the panel, the vote to keep: nothing less and nothing else.
//!
//! The quorum is a number of evaluators, not of sheets that happen to be in: a sheet that is late is a
//! [`Gap::NoSheet`], never a smaller panel. It is looked at once the panel is full, since a short panel explains itself.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Exact, Gate, Id, Node, Panel, Scored, Stage};

use super::{clause::Clause, standing};
use crate::{EvaluatorId, Facts, Gap, Mark, Sheet, TeamId};

/// What the vote to keep a team is called among the questions.
const KEEP: &str = "keep";

/// The sheets of a stage, each at its place.
pub(super) struct Sheets<'a> {
    /// The candidates that did not withdraw, in their order.
    pub(super) teams: Vec<&'a TeamId>,
    panels: BTreeMap<&'a Id, Bench<'a>>,
}

/// One used panel: its evaluators and a cell for each of them and each team.
struct Bench<'a> {
    id: &'a Id,
    form: Form<'a>,
    sitting: Vec<&'a EvaluatorId>,
    /// The fewest evaluators that may judge a team; none while the panel is not full.
    fewest: Option<u32>,
    /// Row by row, a row for each team.
    cells: Vec<Cell<'a>>,
}

#[derive(Clone, Copy)]
enum Cell<'a> {
    /// The evaluator does not judge this team.
    Recused,
    /// Nothing has come in.
    Empty,
    /// It cannot be said what the evaluator's judgement is; a gap says why.
    Unreadable,
    In(&'a Sheet),
}

/// What a sheet of one panel holds.
struct Form<'a> {
    criteria: Vec<Criterion<'a>>,
    questions: Vec<&'a Id>,
    keep: bool,
}

struct Criterion<'a> {
    id: &'a Id,
    scored: &'a Scored,
    max: Exact,
    /// Marks that were found to be on the scale: a scale is short and sheets are many.
    taken: BTreeSet<&'a Exact>,
}

/// Where every evaluator sits: the panel and the place on it. More than one place is one too many.
type Seats<'a> = BTreeMap<&'a EvaluatorId, Vec<(&'a Id, usize)>>;

impl<'a> Sheets<'a> {
    /// Puts every sheet at its place and adds what is missing or wrong to `gaps`.
    pub(super) fn read(stage: &'a Stage, facts: &'a Facts, gaps: &mut Vec<Gap>) -> Self {
        let teams: Vec<&TeamId> = standing(facts).collect();
        let mut panels = BTreeMap::new();
        for id in stage.asked_panels() {
            panels.insert(id, Bench::set_up(stage, id, facts, teams.len(), gaps));
        }
        let mut sheets = Self { teams, panels };
        let seats = sheets.seats(gaps);
        for recusal in &facts.recusals {
            for seat in seats.get(&recusal.evaluator).into_iter().flatten() {
                if let Some(cell) = sheets.cell(*seat, &recusal.team) {
                    *cell = Cell::Recused;
                }
            }
        }
        for sheet in &facts.sheets {
            let stands = facts.candidates.contains(&sheet.team);
            let withdrawn = stands && facts.withdrawn.contains(&sheet.team);
            match seats.get(&sheet.evaluator).map(Vec::as_slice) {
                _ if withdrawn => {}
                Some([seat]) if stands => sheets.place(*seat, sheet, gaps),
                Some([_, _, ..]) if stands => {}
                _ => gaps.push(stray(sheet)),
            }
        }
        for bench in sheets.panels.values_mut() {
            bench.check(&sheets.teams, gaps);
        }
        sheets
    }

    /// The evaluators of `panel` who judge the team at `row`, each with the sheet, where it can be read.
    pub(super) fn judges(
        &self,
        panel: &Id,
        row: usize,
    ) -> impl Iterator<Item = (&'a EvaluatorId, Option<&'a Sheet>)> + use<'a, '_> {
        let bench = self.panels.get(panel);
        bench.into_iter().flat_map(move |bench| {
            bench.sitting.iter().zip(bench.row(row)).filter_map(|(evaluator, cell)| match cell {
                Cell::Recused => None,
                Cell::Empty | Cell::Unreadable => Some((*evaluator, None)),
                Cell::In(sheet) => Some((*evaluator, Some(*sheet))),
            })
        })
    }

    /// How few evaluators may judge the team at `row`; nothing where that is in question already.
    pub(super) fn fewest(&self, panel: &Id, row: usize) -> Option<u32> {
        let bench = self.panels.get(panel)?;
        bench.fewest.filter(|fewest| bench.judging(row) >= *fewest)
    }

    /// Where everybody sits. What an evaluator on two panels has to say is not read until that is mended.
    fn seats(&mut self, gaps: &mut Vec<Gap>) -> Seats<'a> {
        let mut seats = Seats::new();
        for (panel, bench) in &self.panels {
            for (number, evaluator) in bench.sitting.iter().enumerate() {
                seats.entry(*evaluator).or_default().push((*panel, number));
            }
        }
        for (evaluator, places) in seats.iter().filter(|(_, places)| places.len() > 1) {
            gaps.push(Gap::TwoPanels { evaluator: (*evaluator).clone() });
            for (panel, number) in places {
                if let Some(bench) = self.panels.get_mut(panel) {
                    bench.make_unreadable(*number);
                }
            }
        }
        seats
    }

    fn cell(&mut self, (panel, number): (&Id, usize), team: &TeamId) -> Option<&mut Cell<'a>> {
        let row = self.teams.binary_search(&team).ok()?;
        let bench = self.panels.get_mut(panel)?;
        bench.cells.get_mut(row * bench.sitting.len() + number)
    }

    fn place(&mut self, seat: (&Id, usize), sheet: &'a Sheet, gaps: &mut Vec<Gap>) {
        match self.cell(seat, &sheet.team) {
            Some(cell @ Cell::Empty) => *cell = Cell::In(sheet),
            // Which of two sheets holds is not for the order of their arrival to say.
            Some(cell @ (Cell::In(_) | Cell::Unreadable)) => {
                *cell = Cell::Unreadable;
                gaps.push(Gap::TwoSheets { evaluator: sheet.evaluator.clone(), team: sheet.team.clone() });
            }
            Some(Cell::Recused) | None => gaps.push(stray(sheet)),
        }
    }
}

fn stray(sheet: &Sheet) -> Gap {
    Gap::StraySheet { evaluator: sheet.evaluator.clone(), team: sheet.team.clone() }
}

impl<'a> Bench<'a> {
    fn set_up(stage: &'a Stage, id: &'a Id, facts: &'a Facts, teams: usize, gaps: &mut Vec<Gap>) -> Self {
        let sitting: Vec<&EvaluatorId> = facts.panels.get(id).into_iter().flatten().collect();
        let count = u32::try_from(sitting.len()).unwrap_or(u32::MAX);
        let panel = stage.panel(id);
        let seats = panel.and_then(|panel| panel.seats);
        match seats {
            None => gaps.push(Gap::Unset { clause: Clause::Panel(&stage.id, id, "seats").to_string() }),
            Some(seats) if seats != count => {
                gaps.push(Gap::PanelNotFull { panel: id.clone(), sitting: count, seats });
            }
            Some(_) => {}
        }
        let fewest = panel.filter(|_| seats == Some(count)).and_then(Panel::fewest_sheets);
        let cells = vec![Cell::Empty; teams * sitting.len()];
        Self { id, form: Form::of(stage, id), sitting, fewest, cells }
    }

    fn make_unreadable(&mut self, number: usize) {
        let width = self.sitting.len();
        for cell in self.cells.iter_mut().skip(number).step_by(width.max(1)) {
            *cell = Cell::Unreadable;
        }
    }

    fn row(&self, row: usize) -> &[Cell<'a>] {
        let width = self.sitting.len();
        self.cells.get(row * width..(row + 1) * width).unwrap_or_default()
    }

    fn judging(&self, row: usize) -> u32 {
        let judging = self.row(row).iter().filter(|cell| !matches!(cell, Cell::Recused)).count();
        u32::try_from(judging).unwrap_or(u32::MAX)
    }

    fn check(&mut self, teams: &[&TeamId], gaps: &mut Vec<Gap>) {
        for (row, team) in teams.iter().enumerate() {
            let (sheets, team) = (self.judging(row), *team);
            if let Some(fewest) = self.fewest.filter(|fewest| sheets < *fewest) {
                gaps.push(Gap::TooFewSheets { team: team.clone(), at: self.id.clone(), sheets, fewest });
            }
            for number in 0..self.sitting.len() {
                let cell = self.row(row).get(number).copied();
                match (cell, self.sitting.get(number)) {
                    (Some(Cell::Empty), Some(evaluator)) => {
                        gaps.push(Gap::NoSheet { evaluator: (*evaluator).clone(), team: team.clone() });
                    }
                    (Some(Cell::In(sheet)), _) => self.form.check(sheet, gaps),
                    _ => {}
                }
            }
        }
    }
}

impl<'a> Form<'a> {
    fn of(stage: &'a Stage, panel: &Id) -> Self {
        let leaves = stage.score.iter().flat_map(Node::walk);
        let criteria = leaves.filter_map(|leaf| {
            let scored = leaf.scored.as_ref().filter(|scored| scored.panel == *panel)?;
            Some(Criterion { id: &leaf.id, scored, max: leaf.max_mark(), taken: BTreeSet::new() })
        });
        let asked = |gate: &&Gate| gate.voting_panel() == Some(panel);
        Self {
            criteria: criteria.collect(),
            questions: stage.gates.iter().filter(asked).map(|gate| &gate.id).collect(),
            keep: stage.cut.as_ref().is_some_and(|cut| cut.majority_of.as_ref() == Some(panel)),
        }
    }

    fn check(&mut self, sheet: &'a Sheet, gaps: &mut Vec<Gap>) {
        self.check_marks(sheet, gaps);
        self.check_votes(sheet, gaps);
    }

    fn check_marks(&mut self, sheet: &'a Sheet, gaps: &mut Vec<Gap>) {
        let of = || (sheet.evaluator.clone(), sheet.team.clone());
        let bad = |criterion: &Id| {
            let (evaluator, team) = of();
            Gap::BadMark { evaluator, team, criterion: criterion.clone() }
        };
        for criterion in &mut self.criteria {
            match sheet.marks.get(criterion.id) {
                None => {
                    let (evaluator, team) = of();
                    gaps.push(Gap::NoMark { evaluator, team, criterion: criterion.id.clone() });
                }
                Some(Mark::Given(mark)) if !criterion.takes(mark) => gaps.push(bad(criterion.id)),
                Some(Mark::Given(_) | Mark::NotApplicable) => {}
            }
        }
        let unknown = sheet.marks.keys().filter(|id| self.criteria.iter().all(|criterion| criterion.id != *id));
        gaps.extend(unknown.map(bad));
    }

    fn check_votes(&self, sheet: &Sheet, gaps: &mut Vec<Gap>) {
        let keep = Id::new(KEEP);
        let of = |question: &Id| (sheet.evaluator.clone(), sheet.team.clone(), question.clone());
        let missing = |question: &Id| {
            let (evaluator, team, question) = of(question);
            Gap::NoVote { evaluator, team, question }
        };
        let stray = |question: &Id| {
            let (evaluator, team, question) = of(question);
            Gap::StrayVote { evaluator, team, question }
        };
        gaps.extend(self.questions.iter().filter(|id| !sheet.votes.contains_key(**id)).map(|id| missing(id)));
        gaps.extend(sheet.votes.keys().filter(|id| !self.questions.contains(id)).map(stray));
        match (self.keep, sheet.keep) {
            (true, None) => gaps.push(missing(&keep)),
            (false, Some(_)) => gaps.push(stray(&keep)),
            (true, Some(_)) | (false, None) => {}
        }
    }
}

impl<'a> Criterion<'a> {
    fn takes(&mut self, mark: &'a Exact) -> bool {
        let Scored { min, step, .. } = self.scored;
        if self.taken.contains(mark) {
            return true;
        }
        let is_on_scale = min <= mark && *mark <= self.max && mark.is_on_step(min, step);
        if is_on_scale {
            self.taken.insert(mark);
        }
        is_on_scale
    }
}

/// What is wrong with one sheet by an evaluator of `panel`: the marks and votes that it lacks, or should not have.
pub fn check_sheet(stage: &Stage, panel: &Id, sheet: &Sheet) -> Vec<Gap> {
    let mut gaps = Vec::new();
    Form::of(stage, panel).check(sheet, &mut gaps);
    gaps
}
