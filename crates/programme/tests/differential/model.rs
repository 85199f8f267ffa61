//! The rules of a decision, read out slowly.
//!
//! Nothing here is fast and nothing is shared with the code it checks but the types, exact numbers and the public seed.
//! Every figure is worked out again wherever it is wanted, and order comes from comparing teams two by two.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use programme::{
    Decision, EvaluatorId, Facts, Gap, GateOutcome, Mark, Measurement, Outcome, Reason, Sheet, Step, StepKind, TeamId,
    TieBreak, Undecided, Vote, VoteCount,
};
use rulebook::{
    Aggregator, Among, Exact, Gate, GateTest, Id, Node, Panel, Rulebook, Rung, Stage, StageKind, Transform, VoteBar,
};

use crate::{eligibility, rules::Rules};

/// How often each clause was used, and with what result.
pub(crate) type Hits = BTreeMap<String, u64>;

/// The rules of one rulebook over the facts of one stage.
pub(crate) struct Model<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) facts: &'a Facts,
    pub(crate) rules: &'a dyn Rules,
    pub(crate) hits: RefCell<Hits>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(rulebook: &'a Rulebook, facts: &'a Facts, rules: &'a dyn Rules) -> Self {
        Self { rulebook, facts, rules, hits: RefCell::default() }
    }

    pub(crate) fn hit(&self, what: String) {
        *self.hits.borrow_mut().entry(what).or_default() += 1;
    }

    /// The decision, or every gap in its way.
    pub(crate) fn decide(&self) -> Result<Decision, Undecided> {
        let Some(stage) = self.rulebook.stages.iter().find(|stage| stage.id == self.facts.stage) else {
            return Err(undecided([Gap::NoSuchStage { stage: self.facts.stage.clone() }]));
        };
        if stage.kind == StageKind::Eligibility {
            return eligibility::decide(self, stage);
        }
        let scored = Scored { model: self, stage, facts: self.facts };
        let unset = scored.unset();
        if !unset.is_empty() {
            return Err(undecided(unset));
        }
        let lacking = scored.lacking();
        if !lacking.is_empty() {
            return Err(undecided(lacking));
        }
        scored.decide().map_err(|gap| undecided([gap]))
    }

    /// The candidates that have not withdrawn.
    pub(crate) fn standing(&self) -> Vec<&'a TeamId> {
        self.facts.candidates.iter().filter(|team| !self.facts.withdrawn.contains(*team)).collect()
    }

    /// Every candidate with nothing against it, but for those that withdrew; and the step that says so.
    pub(crate) fn everybody(&self, stage: &Stage) -> (BTreeMap<TeamId, Outcome>, Vec<Step>) {
        let mut teams = BTreeMap::new();
        let mut withdrawn = BTreeSet::new();
        for team in &self.facts.candidates {
            let mut outcome = Outcome::default();
            if self.facts.withdrawn.contains(team) {
                outcome.reasons.push(Reason::Withdrawn);
                withdrawn.insert(team.clone());
            }
            teams.insert(team.clone(), outcome);
        }
        let left_out =
            Step { clause: format!("stage.{}", stage.id), did: StepKind::LeftOut { teams: withdrawn.clone() } };
        (teams, if withdrawn.is_empty() { vec![] } else { vec![left_out] })
    }

    /// The finished decision: whoever has nothing against it is kept.
    pub(crate) fn finished(
        &self,
        teams: BTreeMap<TeamId, Outcome>,
        order: Vec<BTreeSet<TeamId>>,
        ties: Vec<TieBreak>,
        steps: Vec<Step>,
    ) -> Decision {
        let kept =
            teams.iter().filter(|(_, outcome)| outcome.reasons.is_empty()).map(|(team, _)| team.clone()).collect();
        let (stage, window) = (self.facts.stage.clone(), self.facts.window.clone());
        Decision { stage, window, kept, teams, order, ties, steps }
    }
}

pub(crate) fn undecided(gaps: impl IntoIterator<Item = Gap>) -> Undecided {
    Undecided { gaps: gaps.into_iter().collect::<BTreeSet<_>>().into_iter().collect() }
}

/// A scored stage.
struct Scored<'a> {
    model: &'a Model<'a>,
    stage: &'a Stage,
    facts: &'a Facts,
}

// ------------------------------------------------------------------ what is missing

impl<'a> Scored<'a> {
    /// What the rulebook leaves unset.
    fn unset(&self) -> Vec<Gap> {
        let stage = self.stage;
        let mut paths = Vec::new();
        for panel in stage.panels.iter().filter(|panel| panel.seats.is_none()) {
            paths.push(format!("panel.{}.seats", panel.id));
        }
        for gate in stage.gates.iter().filter(|gate| gate.test.is_none()) {
            paths.push(format!("gate.{}.test", gate.id));
        }
        match &stage.cut {
            None => paths.push("cut".to_owned()),
            Some(cut) => {
                if (cut.keep.is_some() || cut.at_least.is_some()) && stage.score.is_none() {
                    paths.push("score".to_owned());
                }
                if cut.keep.is_some() && stage.ties.last() != Some(&Rung::Seed) {
                    paths.push("ties".to_owned());
                }
            }
        }
        paths.into_iter().map(|path| Gap::Unset { clause: format!("stage.{}.{path}", stage.id) }).collect()
    }

    /// What the facts lack.
    fn lacking(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for panel in self.used_panels() {
            self.panel_gaps(panel, &mut gaps);
        }
        for sheet in &self.facts.sheets {
            if self.is_stray(sheet) {
                gaps.push(Gap::StraySheet { evaluator: sheet.evaluator.clone(), team: sheet.team.clone() });
            }
        }
        for team in self.model.standing() {
            for node in self.nodes().filter(|node| node.aggregate.is_some()) {
                self.aggregator_gaps(team, node, &mut gaps);
            }
            for leaf in self.nodes().filter(|node| node.measured.is_some()) {
                self.measurement_gaps(team, leaf, &mut gaps);
            }
            for leaf in self.facts.measurements.get(team).into_iter().flat_map(BTreeMap::keys) {
                if self.stage.score.is_some() && !self.nodes().any(|node| node.id == *leaf && node.measured.is_some()) {
                    gaps.push(Gap::BadMeasurement { team: team.clone(), leaf: leaf.clone(), item: leaf.clone() });
                }
            }
            for gate in self.stage.gates.iter().filter(|gate| gate.test == Some(GateTest::Finding)) {
                if self.found(team, gate).is_none() {
                    gaps.push(Gap::NoFinding { team: team.clone(), gate: gate.id.clone() });
                }
            }
        }
        gaps
    }

    /// A used panel is full, leaves a quorum for every team, and has the sheets it must have.
    fn panel_gaps(&self, panel: &'a Panel, gaps: &mut Vec<Gap>) {
        if !self.is_full(panel) {
            let (sitting, seats) = (self.sitting(&panel.id).len() as u32, panel.seats.unwrap());
            gaps.push(Gap::PanelNotFull { panel: panel.id.clone(), sitting, seats });
        }
        for team in self.model.standing() {
            let (judges, fewest) = (self.judges(panel, team), quorum(panel));
            if self.is_full(panel) && (judges.len() as u32) < fewest {
                let (team, at, sheets) = (team.clone(), panel.id.clone(), judges.len() as u32);
                gaps.push(Gap::TooFewSheets { team, at, sheets, fewest });
            }
            for evaluator in judges {
                let (evaluator, team) = (evaluator.clone(), team.clone());
                match (self.panels_of(&evaluator).len(), self.sheets(&evaluator, &team).as_slice()) {
                    (2.., _) => gaps.push(Gap::TwoPanels { evaluator }),
                    (_, []) => gaps.push(Gap::NoSheet { evaluator, team }),
                    (_, [sheet]) => self.sheet_gaps(panel, sheet, gaps),
                    (_, _) => gaps.push(Gap::TwoSheets { evaluator, team }),
                }
            }
        }
        for evaluator in self.sitting(&panel.id).iter().filter(|evaluator| self.panels_of(evaluator).len() > 1) {
            gaps.push(Gap::TwoPanels { evaluator: evaluator.clone() });
        }
    }

    /// A sheet has a mark on every criterion of its panel, a vote on every question of it, and nothing else.
    fn sheet_gaps(&self, panel: &Panel, sheet: &Sheet, gaps: &mut Vec<Gap>) {
        let names = || (sheet.evaluator.clone(), sheet.team.clone());
        let ours = |id: &Id| self.nodes().any(|leaf| leaf.id == *id && scored_by(leaf) == Some(&panel.id));
        for leaf in self.nodes().filter(|leaf| ours(&leaf.id)) {
            let ((evaluator, team), criterion) = (names(), leaf.id.clone());
            match sheet.marks.get(&leaf.id) {
                None => gaps.push(Gap::NoMark { evaluator, team, criterion }),
                Some(Mark::Given(mark)) if !is_on_scale(leaf, mark) => {
                    gaps.push(Gap::BadMark { evaluator, team, criterion });
                }
                Some(_) => {}
            }
        }
        for criterion in sheet.marks.keys().filter(|id| !ours(id)) {
            let ((evaluator, team), criterion) = (names(), criterion.clone());
            gaps.push(Gap::BadMark { evaluator, team, criterion });
        }
        let mut asked: BTreeSet<Id> = BTreeSet::new();
        for gate in &self.stage.gates {
            if matches!(&gate.test, Some(GateTest::Votes { panel: voter, .. }) if *voter == panel.id) {
                asked.insert(gate.id.clone());
            }
        }
        let keep_is_asked = self.stage.cut.as_ref().unwrap().majority_of.as_ref() == Some(&panel.id);
        let mut answered: BTreeSet<Id> = sheet.votes.keys().cloned().collect();
        if keep_is_asked {
            asked.insert("keep".into());
        }
        if sheet.keep.is_some() {
            answered.insert("keep".into());
        }
        for question in asked.difference(&answered).cloned() {
            let (evaluator, team) = names();
            gaps.push(Gap::NoVote { evaluator, team, question });
        }
        for question in answered.difference(&asked).cloned() {
            let (evaluator, team) = names();
            gaps.push(Gap::StrayVote { evaluator, team, question });
        }
    }

    /// A sheet for nobody who stands here, by nobody who sits, or by somebody who stepped aside. Sheets for teams that
    /// withdrew are nobody's concern, and what somebody on two panels wrote cannot be judged yet.
    fn is_stray(&self, sheet: &Sheet) -> bool {
        let stands = self.facts.candidates.contains(&sheet.team);
        if stands && self.facts.withdrawn.contains(&sheet.team) {
            return false;
        }
        match self.panels_of(&sheet.evaluator).len() {
            0 => true,
            1 => !stands || self.is_recused(&sheet.evaluator, &sheet.team),
            _ => !stands,
        }
    }

    /// Evaluators who say "not applicable" leave the aggregate; a quorum must be left, unless all of them say so.
    fn aggregator_gaps(&self, team: &TeamId, node: &Node, gaps: &mut Vec<Gap>) {
        let panel = self.panel_of(node);
        let judges = self.judges(panel, team);
        let out = judges.iter().filter(|evaluator| self.says_not_applicable(evaluator, team, node)).count();
        let all_say_so = !judges.is_empty() && out == judges.len();
        let in_question = !self.is_full(panel) || (judges.len() as u32) < quorum(panel);
        let needed = match node.aggregate.as_ref().unwrap() {
            Aggregator::TrimmedMean { drop } => 2 * drop + 1,
            _ => 1,
        };
        let (sheets, fewest) = ((judges.len() - out) as u32, needed.max(quorum(panel)));
        if !all_say_so && !in_question && sheets < fewest {
            gaps.push(Gap::TooFewSheets { team: team.clone(), at: node.id.clone(), sheets, fewest });
        }
    }

    fn measurement_gaps(&self, team: &TeamId, leaf: &Node, gaps: &mut Vec<Gap>) {
        let values = match self.measurement(team, leaf) {
            Some(Measurement::NotApplicable) => return,
            Some(Measurement::Values(values)) => values.clone(),
            None => BTreeMap::new(),
        };
        let known: BTreeSet<Id> = items(leaf).into_iter().map(|(id, _)| id).collect();
        for item in known.iter().chain(values.keys()) {
            let (team, leaf_id, item) = (team.clone(), leaf.id.clone(), item.clone());
            let Some(found) = values.get(&item) else {
                gaps.push(Gap::NoMeasurement { team, leaf: leaf_id, item });
                continue;
            };
            let in_range = found.value >= Exact::zero() && found.value <= leaf.measured.as_ref().unwrap().max;
            let is_ratio = matches!(leaf.transform, Some(Transform::Ratio { .. }));
            let target_is_fine = !is_ratio || found.target.as_ref().is_some_and(|target| *target > Exact::zero());
            if !known.contains(&item) || !in_range || !target_is_fine {
                gaps.push(Gap::BadMeasurement { team, leaf: leaf_id, item });
            }
        }
    }
}

// ------------------------------------------------------------------ who judges whom

impl<'a> Scored<'a> {
    /// Every node of the score tree.
    fn nodes(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        fn list<'a>(node: &'a Node, into: &mut Vec<&'a Node>) {
            node.parts.iter().for_each(|part| list(part, into));
            into.push(node);
        }
        let mut nodes = Vec::new();
        self.stage.score.iter().for_each(|root| list(root, &mut nodes));
        nodes.into_iter()
    }

    fn used_panels(&self) -> Vec<&'a Panel> {
        let used = |panel: &&Panel| {
            self.nodes().any(|leaf| scored_by(leaf) == Some(&panel.id))
                || self.stage.gates.iter().any(|gate| match &gate.test {
                    Some(GateTest::Votes { panel: voter, .. }) => *voter == panel.id,
                    _ => false,
                })
                || self.stage.cut.as_ref().is_some_and(|cut| cut.majority_of.as_ref() == Some(&panel.id))
        };
        self.stage.panels.iter().filter(used).collect()
    }

    fn panels_of(&self, evaluator: &EvaluatorId) -> Vec<&Id> {
        let sits = |panel: &&Panel| self.sitting(&panel.id).contains(evaluator);
        self.used_panels().into_iter().filter(sits).map(|panel| &panel.id).collect()
    }

    fn sitting(&self, panel: &Id) -> BTreeSet<EvaluatorId> {
        self.facts.panels.get(panel).cloned().unwrap_or_default()
    }

    fn is_full(&self, panel: &Panel) -> bool {
        self.sitting(&panel.id).len() as u32 == panel.seats.unwrap()
    }

    fn is_recused(&self, evaluator: &EvaluatorId, team: &TeamId) -> bool {
        self.facts.recusals.iter().any(|recusal| recusal.evaluator == *evaluator && recusal.team == *team)
    }

    fn judges(&self, panel: &Panel, team: &TeamId) -> Vec<EvaluatorId> {
        let sitting = self.sitting(&panel.id).into_iter();
        sitting.filter(|evaluator| !self.is_recused(evaluator, team)).collect()
    }

    fn sheets(&self, evaluator: &EvaluatorId, team: &TeamId) -> Vec<&'a Sheet> {
        self.facts.sheets.iter().filter(|sheet| sheet.evaluator == *evaluator && sheet.team == *team).collect()
    }

    fn panel_of(&self, node: &Node) -> &'a Panel {
        let leaf = node.walk().find_map(scored_by).unwrap();
        self.stage.panels.iter().find(|panel| panel.id == *leaf).unwrap()
    }

    fn says_not_applicable(&self, evaluator: &EvaluatorId, team: &TeamId, node: &Node) -> bool {
        let [sheet] = self.sheets(evaluator, team)[..] else { return false };
        let says_so = |leaf: &Node| sheet.marks.get(&leaf.id) == Some(&Mark::NotApplicable);
        self.panels_of(evaluator).len() == 1 && node.walk().filter(|leaf| leaf.scored.is_some()).any(says_so)
    }

    fn measurement(&self, team: &TeamId, leaf: &Node) -> Option<&'a Measurement> {
        self.facts.measurements.get(team)?.get(&leaf.id)
    }

    fn found(&self, team: &TeamId, gate: &Gate) -> Option<bool> {
        Some(self.facts.findings.get(team)?.get(&gate.id)?.met)
    }
}

fn quorum(panel: &Panel) -> u32 {
    panel.quorum.unwrap_or(panel.seats.unwrap())
}

fn scored_by(leaf: &Node) -> Option<&Id> {
    leaf.scored.as_ref().map(|scored| &scored.panel)
}

/// Whether a mark lies on the scale: from the lowest by whole steps, up to the highest.
fn is_on_scale(leaf: &Node, mark: &Exact) -> bool {
    let scored = leaf.scored.as_ref().unwrap();
    let highest = scored.max.clone().unwrap_or(leaf.points.clone());
    let mut on_scale = scored.min.clone();
    while on_scale <= highest {
        if on_scale == *mark {
            return true;
        }
        on_scale += &scored.step;
    }
    false
}

/// The items of a measured leaf with their weights.
fn items(leaf: &Node) -> Vec<(Id, Exact)> {
    let items = &leaf.measured.as_ref().unwrap().items;
    match items.as_slice() {
        [] => vec![(leaf.id.clone(), Exact::one())],
        items => items.iter().map(|item| (item.id.clone(), item.weight.clone())).collect(),
    }
}

// ------------------------------------------------------------------ points

impl Scored<'_> {
    /// A team's points on a node at or above an aggregator; nothing where something is not applicable.
    fn points(&self, team: &TeamId, node: &Node) -> Option<Exact> {
        let value = self.value(team, node)?;
        match &node.transform {
            None => Some(value),
            Some(Transform::Absolute { of }) => Some(value * node.points.clone() / of.clone()),
            Some(Transform::Ratio { .. }) => Some(value * node.points.clone()),
            Some(Transform::RescaleToBest) => {
                let all = self.model.standing().into_iter().filter_map(|team| self.value(team, node));
                let best = all.max().unwrap();
                if best.is_zero() { Some(Exact::zero()) } else { Some(value * node.points.clone() / best) }
            }
        }
    }

    fn value(&self, team: &TeamId, node: &Node) -> Option<Exact> {
        if node.measured.is_some() {
            return self.measured(team, node);
        }
        let Some(aggregator) = &node.aggregate else {
            return sum(node.parts.iter().map(|part| self.points(team, part)));
        };
        let values = self.by_evaluator(team, node)?.into_values().collect::<Vec<_>>();
        (!values.is_empty()).then(|| self.aggregated(aggregator, values, node))
    }

    /// The values of the evaluators who have one.
    fn by_evaluator(&self, team: &TeamId, node: &Node) -> Option<BTreeMap<EvaluatorId, Exact>> {
        node.aggregate.as_ref()?;
        let judges = self.judges(self.panel_of(node), team).into_iter();
        Some(
            judges.filter_map(|evaluator| Some((evaluator.clone(), self.own_value(&evaluator, team, node)?))).collect(),
        )
    }

    fn own_value(&self, evaluator: &EvaluatorId, team: &TeamId, node: &Node) -> Option<Exact> {
        if node.scored.is_some() {
            return match &self.sheets(evaluator, team)[0].marks[&node.id] {
                Mark::Given(mark) => Some(mark.clone()),
                Mark::NotApplicable => self.model.rules.mark_not_applicable(),
            };
        }
        sum(node.parts.iter().map(|part| {
            let value = self.own_value(evaluator, team, part)?;
            Some(per_evaluator_points(part, value))
        }))
    }

    fn aggregated(&self, aggregator: &Aggregator, mut values: Vec<Exact>, node: &Node) -> Exact {
        values.sort();
        match aggregator {
            Aggregator::Mean => mean(&values),
            Aggregator::TrimmedMean { drop } => mean(&self.model.rules.trimmed(values, *drop as usize)),
            Aggregator::Median => self.model.rules.median(&values),
            Aggregator::Majority => {
                let (lowest, highest) = extremes(node);
                let for_it = values.iter().filter(|value| **value == highest).count() as u32;
                let against = values.len() as u32 - for_it;
                if self.model.rules.is_majority_of_marks(for_it, against) { highest } else { lowest }
            }
        }
    }

    fn measured(&self, team: &TeamId, leaf: &Node) -> Option<Exact> {
        let values = match self.measurement(team, leaf)? {
            Measurement::NotApplicable => return self.model.rules.measurement_not_applicable(),
            Measurement::Values(values) => values,
        };
        let (mut sum, mut weights) = (Exact::zero(), Exact::zero());
        for (item, weight) in items(leaf) {
            let found = &values[&item];
            let share = match &leaf.transform {
                Some(Transform::Ratio { cap }) => {
                    self.model.rules.capped(found.value.clone() / found.target.clone().unwrap(), cap)
                }
                _ => found.value.clone(),
            };
            sum += &(share * weight.clone());
            weights += &weight;
        }
        Some(sum / weights)
    }

    /// The first node, parts before wholes, that has no value for the team.
    fn without_value(&self, team: &TeamId) -> Option<Id> {
        self.team_nodes().into_iter().find(|node| self.points(team, node).is_none()).map(|node| node.id.clone())
    }

    /// The nodes that have one value per team: those with no aggregator above them, parts before wholes.
    fn team_nodes(&self) -> Vec<&Node> {
        let below = |node: &Node| {
            self.nodes().any(|above| {
                above.aggregate.is_some() && above.id != node.id && above.walk().any(|lower| lower.id == node.id)
            })
        };
        self.nodes().filter(|node| !below(node)).collect()
    }
}

fn sum(parts: impl Iterator<Item = Option<Exact>>) -> Option<Exact> {
    let mut total = Exact::zero();
    for part in parts {
        total += &part?;
    }
    Some(total)
}

pub(crate) fn mean(values: &[Exact]) -> Exact {
    let mut total = Exact::zero();
    values.iter().for_each(|value| total += value);
    total / Exact::from(values.len() as i64)
}

fn per_evaluator_points(node: &Node, value: Exact) -> Exact {
    match &node.transform {
        Some(Transform::Absolute { of }) => value * node.points.clone() / of.clone(),
        _ => value,
    }
}

/// The lowest and the highest value an evaluator can have at a node.
fn extremes(node: &Node) -> (Exact, Exact) {
    match &node.scored {
        Some(scored) => (scored.min.clone(), scored.max.clone().unwrap_or(node.points.clone())),
        None => {
            let mut extremes_of_sum = (Exact::zero(), Exact::zero());
            for part in &node.parts {
                let (low, high) = extremes(part);
                extremes_of_sum.0 += &per_evaluator_points(part, low);
                extremes_of_sum.1 += &per_evaluator_points(part, high);
            }
            extremes_of_sum
        }
    }
}

// ------------------------------------------------------------------ gates and the cut

impl Scored<'_> {
    fn decide(&self) -> Result<Decision, Gap> {
        let (mut teams, mut steps) = self.model.everybody(self.stage);
        self.score(&mut teams, &mut steps);
        let mut order = self.by_total(&teams, |_| true);
        for gate in &self.stage.gates {
            self.gate(gate, &mut teams, &mut steps);
        }
        let cut = self.stage.cut.as_ref().unwrap();
        if let Some(at_least) = &cut.at_least {
            self.at_least(at_least, &mut teams, &mut steps);
        }
        if let Some(panel) = &cut.majority_of {
            self.majority(panel, &mut teams, &mut steps);
        }
        let mut ties = Vec::new();
        if let Some(keep) = cut.keep {
            self.keep(keep, &mut teams, &mut order, &mut ties, &mut steps)?;
        }
        let decision = self.model.finished(teams, order, ties, steps);
        if decision.kept.is_empty() && !cut.nobody {
            return Err(Gap::Nobody { clause: format!("stage.{}.cut.nobody", self.stage.id) });
        }
        Ok(decision)
    }

    /// Every team's points, total and place.
    fn score(&self, teams: &mut BTreeMap<TeamId, Outcome>, steps: &mut Vec<Step>) {
        let Some(root) = &self.stage.score else { return };
        let standing = self.model.standing();
        for node in self.team_nodes() {
            let mut valued = 0;
            for team in &standing {
                if let Some(points) = self.points(team, node) {
                    valued += 1;
                    teams.get_mut(*team).unwrap().points.insert(node.id.clone(), points);
                }
            }
            steps.push(Step { clause: self.clause(&format!("score.{}", node.id)), did: StepKind::Scored { valued } });
        }
        let totals: BTreeMap<&TeamId, Exact> =
            standing.iter().filter_map(|team| Some((*team, teams[*team].points.get(&root.id)?.clone()))).collect();
        let all: Vec<Exact> = totals.values().cloned().collect();
        for (team, total) in &totals {
            let outcome = teams.get_mut(*team).unwrap();
            outcome.total = Some(total.clone());
            outcome.place = Some(self.model.rules.place(total, &all));
        }
    }

    fn gate(&self, gate: &Gate, teams: &mut BTreeMap<TeamId, Outcome>, steps: &mut Vec<Step>) {
        let clause = self.clause(&format!("gate.{}", gate.id));
        let mut failed = BTreeSet::new();
        for team in self.model.standing() {
            let outcome = teams.get_mut(team).unwrap();
            let (passed, votes) = match gate.test.as_ref().unwrap() {
                GateTest::Finding => (self.found(team, gate).unwrap(), None),
                GateTest::AtLeast { node, points } => {
                    (outcome.points.get(node).is_some_and(|value| self.model.rules.reaches(value, points)), None)
                }
                GateTest::Votes { panel, bar } => {
                    let votes = self.votes(panel, team, |sheet| sheet.votes[&gate.id]);
                    (self.passes(bar, votes), Some(votes))
                }
            };
            outcome.gates.insert(gate.id.clone(), GateOutcome { passed, votes });
            if !passed {
                failed.insert(team.clone());
                outcome.reasons.push(Reason::GateFailed { clause: clause.clone(), gate: gate.id.clone() });
            }
        }
        steps.push(Step { clause, did: StepKind::Gated { failed } });
    }

    fn votes(&self, panel: &Id, team: &TeamId, vote: impl Fn(&Sheet) -> Vote) -> VoteCount {
        let mut votes = VoteCount::default();
        for evaluator in self.sitting(panel) {
            if self.is_recused(&evaluator, team) {
                continue;
            }
            match vote(self.sheets(&evaluator, team)[0]) {
                Vote::Met => votes.met += 1,
                Vote::NotMet => votes.not_met += 1,
                Vote::Abstain => votes.abstained += 1,
            }
        }
        votes
    }

    fn passes(&self, bar: &VoteBar, votes: VoteCount) -> bool {
        match bar {
            VoteBar::FailsAt(count) => votes.not_met < *count,
            VoteBar::PassesAt(count) => votes.met >= *count,
            VoteBar::FailsAbove(share) => !self.model.rules.exceeds(votes.not_met, share, votes),
            VoteBar::PassesAbove(share) => self.model.rules.exceeds(votes.met, share, votes),
        }
    }

    fn at_least(&self, at_least: &Exact, teams: &mut BTreeMap<TeamId, Outcome>, steps: &mut Vec<Step>) {
        let clause = self.clause("cut.at_least");
        let mut out = BTreeSet::new();
        for team in self.model.standing() {
            let outcome = teams.get_mut(team).unwrap();
            let reason = match outcome.total.clone() {
                None => self.no_total(team),
                Some(total) if self.model.rules.reaches(&total, at_least) => continue,
                Some(total) => Reason::BelowThreshold { clause: clause.clone(), total, at_least: at_least.clone() },
            };
            outcome.reasons.push(reason);
            out.insert(team.clone());
        }
        steps.push(Step { clause, did: StepKind::Cut { out } });
    }

    fn majority(&self, panel: &Id, teams: &mut BTreeMap<TeamId, Outcome>, steps: &mut Vec<Step>) {
        let clause = self.clause("cut.majority_of");
        let mut out = BTreeSet::new();
        for team in self.model.standing() {
            let votes = self.votes(panel, team, |sheet| sheet.keep.unwrap());
            if !self.model.rules.is_majority(votes.met, votes.not_met) {
                teams.get_mut(team).unwrap().reasons.push(Reason::NoMajority { clause: clause.clone(), votes });
                out.insert(team.clone());
            }
        }
        steps.push(Step { clause, did: StepKind::Cut { out } });
    }

    fn keep(
        &self,
        keep: u32,
        teams: &mut BTreeMap<TeamId, Outcome>,
        order: &mut Vec<BTreeSet<TeamId>>,
        ties: &mut Vec<TieBreak>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Gap> {
        let among = self.model.rules.among(self.stage.cut.as_ref().unwrap().among);
        let groups = self.by_total(teams, |outcome| among == Among::All || outcome.reasons.is_empty());
        let clause = self.clause("cut.keep");
        let mut out = BTreeSet::new();
        let mut before = 0;
        for group in groups {
            let size = group.len();
            let across = before < keep as usize && before + size > keep as usize;
            let line_up = if across {
                let line_up = self.separate(&group, keep as usize - before, 1, ties)?;
                replace(order, &group, &line_up);
                line_up
            } else {
                vec![group]
            };
            for group in line_up {
                if before >= keep as usize {
                    let reason = Reason::BelowLine { clause: clause.clone(), place: before as u32 + 1, keep };
                    group.iter().for_each(|team| teams.get_mut(team).unwrap().reasons.push(reason.clone()));
                    out.extend(group.iter().cloned());
                }
                before += group.len();
            }
        }
        for team in self.model.standing().into_iter().filter(|team| teams[*team].total.is_none()).collect::<Vec<_>>() {
            let reasons = &mut teams.get_mut(team).unwrap().reasons;
            if !reasons.iter().any(|reason| matches!(reason, Reason::NoTotal { .. })) {
                reasons.push(self.no_total(team));
            }
            out.insert(team.clone());
        }
        for tie in &*ties {
            steps.push(Step { clause: tie.clause.clone(), did: StepKind::Tie { teams: tie.teams.clone() } });
        }
        steps.push(Step { clause, did: StepKind::Cut { out } });
        Ok(())
    }

    fn no_total(&self, team: &TeamId) -> Reason {
        Reason::NoTotal { clause: self.clause(&format!("score.{}", self.without_value(team).unwrap())) }
    }

    fn by_total(&self, teams: &BTreeMap<TeamId, Outcome>, counted: impl Fn(&Outcome) -> bool) -> Vec<BTreeSet<TeamId>> {
        let ranked = teams.iter().filter(|(_, outcome)| outcome.total.is_some() && counted(outcome));
        let ranked: BTreeSet<TeamId> = ranked.map(|(team, _)| team.clone()).collect();
        line_up(&ranked, |one, other| teams[one].total > teams[other].total)
    }

    fn clause(&self, path: &str) -> String {
        format!("stage.{}.{path}", self.stage.id)
    }
}

/// Teams in groups: before a team stand those that are better than it, and equals stand together.
fn line_up(teams: &BTreeSet<TeamId>, better: impl Fn(&TeamId, &TeamId) -> bool) -> Vec<BTreeSet<TeamId>> {
    let mut by_number_of_better: BTreeMap<usize, BTreeSet<TeamId>> = BTreeMap::new();
    for team in teams {
        let number = teams.iter().filter(|other| better(other, team)).count();
        by_number_of_better.entry(number).or_default().insert(team.clone());
    }
    by_number_of_better.into_values().collect()
}

/// In the published order the separated teams take the place of their group, and those of it that do not count follow.
fn replace(order: &mut Vec<BTreeSet<TeamId>>, group: &BTreeSet<TeamId>, line_up: &[BTreeSet<TeamId>]) {
    let mut after = Vec::new();
    for equals in order.drain(..) {
        if equals.is_disjoint(group) {
            after.push(equals);
            continue;
        }
        after.extend(line_up.iter().cloned());
        let rest: BTreeSet<TeamId> = equals.difference(group).cloned().collect();
        if !rest.is_empty() {
            after.push(rest);
        }
    }
    *order = after;
}

// ------------------------------------------------------------------ the tie ladder

impl Scored<'_> {
    /// Separates equal teams, of which the first `slots` are kept, from rung `number` on.
    fn separate(
        &self,
        teams: &BTreeSet<TeamId>,
        slots: usize,
        number: usize,
        ties: &mut Vec<TieBreak>,
    ) -> Result<Vec<BTreeSet<TeamId>>, Gap> {
        let rung = &self.stage.ties[number - 1];
        if *rung == Rung::Seed && self.facts.seed.is_none() {
            return Err(Gap::NoSeed { teams: teams.clone() });
        }
        let order = line_up(teams, |one, other| self.is_preferred(rung, one, other, teams));
        ties.push(TieBreak {
            clause: self.clause(&format!("ties.{number}")),
            teams: teams.clone(),
            order: order.clone(),
        });
        let mut separated = Vec::new();
        let mut before = 0;
        for group in order {
            let size = group.len();
            if before < slots && before + size > slots {
                separated.extend(self.separate(&group, slots - before, number + 1, ties)?);
            } else {
                separated.push(group);
            }
            before += size;
        }
        Ok(separated)
    }

    /// Whether a rung prefers `one` to `other`. Who has nothing to compare comes last: in an `Option`, nothing is less
    /// than anything.
    fn is_preferred(&self, rung: &Rung, one: &TeamId, other: &TeamId, tied: &BTreeSet<TeamId>) -> bool {
        match rung {
            Rung::Higher(id) => {
                let node = self.nodes().find(|node| node.id == *id).unwrap();
                self.points(one, node) > self.points(other, node)
            }
            Rung::MedianAt(id) => self.median_at(id, one) > self.median_at(id, other),
            Rung::PreferredAt(id) => self.preference_at(id, one, tied) > self.preference_at(id, other, tied),
            Rung::Seed => {
                let purpose = format!("tie/{}/{}", self.facts.window, self.stage.id);
                let key = |team: &TeamId| self.facts.seed.as_ref().unwrap().key(&purpose, team.as_str());
                self.model.rules.seed_prefers(key(one), key(other))
            }
        }
    }

    fn values_at(&self, id: &Id, team: &TeamId) -> BTreeMap<EvaluatorId, Exact> {
        let node = self.nodes().find(|node| node.id == *id).unwrap();
        self.by_evaluator(team, node).unwrap_or_default()
    }

    fn median_at(&self, id: &Id, team: &TeamId) -> Option<Exact> {
        let mut values: Vec<Exact> = self.values_at(id, team).into_values().collect();
        values.sort();
        (!values.is_empty()).then(|| self.model.rules.median(&values))
    }

    /// The share of comparisons that a team wins, evaluator by evaluator and rival by rival.
    fn preference_at(&self, id: &Id, team: &TeamId, tied: &BTreeSet<TeamId>) -> Option<Exact> {
        let (mut won, mut comparisons) = (Exact::zero(), 0);
        let own = self.values_at(id, team);
        for rival in tied.iter().filter(|rival| *rival != team) {
            for (evaluator, theirs) in self.values_at(id, rival) {
                let Some(ours) = own.get(&evaluator) else { continue };
                comparisons += 1;
                if *ours > theirs {
                    won += &Exact::one();
                } else if *ours == theirs {
                    won += &Exact::ratio(1, 2);
                }
            }
        }
        (comparisons > 0).then(|| self.model.rules.preference(won, comparisons))
    }
}
