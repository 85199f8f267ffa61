//! The candidate against one measure: a model, or the mean of several.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures::{Data, Figures, PValues};
use super::linear::Benchmark;
use super::pair::{Fill, Filled, Pairing, Pairs, pair};
use super::reason::{Reason, Word};
use super::rule::{Chance, ClusterBy, Gate, Missing, Rule, RuleTask};
use super::scores::{Scores, TaskScores};
use crate::Class;

/// The name of the test over all benchmarks together.
pub(crate) const COMPOSITE: &str = "composite";

/// The candidate against one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Comparison {
    /// The models whose mean is the measure; one where a single model is.
    pub against: Vec<String>,
    /// What is shown.
    pub word: Word,
    /// The benchmarks, in the order of the rule.
    pub tasks: Vec<TaskComparison>,
    /// What was tested: every task, or all together.
    pub units: Vec<Unit>,
}

/// One benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TaskComparison {
    /// The task.
    pub task: String,
    /// How its items were put side by side.
    pub pairing: Pairing,
    /// What the scores say on other scales; they decide nothing.
    pub beside: Beside,
    /// The figures, on the scale that counts; none where there are too few items for any.
    pub figures: Option<Figures>,
}

/// Scores on scales that may not be the one that counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Beside {
    /// The candidate's score as it is.
    pub candidate: f64,
    /// The frontier's score as it is.
    pub frontier: f64,
    /// The ratio of the scores as they are.
    pub raw_ratio: Option<f64>,
    /// The ratio with what guessing earns taken off, where that is known.
    pub chance_corrected_ratio: Option<f64>,
    /// The candidate's errors over the frontier's.
    pub error_ratio: Option<f64>,
}

/// Something that was tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Unit {
    /// A task, or `composite`.
    pub name: String,
    /// What is shown.
    pub word: Word,
    /// Why neither "reached" nor "not reached" is.
    pub reasons: Vec<Reason>,
    /// The figures; none where nothing could be tested.
    pub figures: Option<Figures>,
    /// The same if every missing answer were the worst for the candidate, and if it were the best.
    pub bounds: Option<Bounds>,
}

/// What missing answers could change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bounds {
    /// All that is missing wrong for the candidate and right for the frontier.
    pub worst: Bound,
    /// The reverse.
    pub best: Bound,
}

/// One end of what missing answers could change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bound {
    /// The ratio.
    pub ratio: Option<f64>,
    /// As in the figures.
    pub p_reached: f64,
    /// As in the figures.
    pub p_not_reached: f64,
}

/// The items of all tasks against one measure.
struct Paired<'r> {
    rule: &'r Rule,
    tasks: Vec<(&'r RuleTask, f64, Pairs)>,
}

/// Compares; the words are set later, when all comparisons are known.
pub(crate) fn compare(rule: &Rule, candidate: &Scores, frontier: &[&Scores]) -> Comparison {
    let mut reasons = protocols(candidate, frontier);
    let (mut tasks, mut paired) = (Vec::new(), Paired { rule, tasks: Vec::new() });
    let mut by_task: BTreeMap<&str, Vec<Reason>> = BTreeMap::new();
    for (task, weight) in rule.tasks.iter().zip(rule.weights()) {
        let mut own = Vec::new();
        let (pairing, pairs) = side_by_side(task, candidate, frontier, &mut own);
        let filled = pairs.filled(Fill::Rule(rule.missing));
        refuse(rule, task, (&pairing, &filled), &mut own);
        let figures = paired.data(&[(task, 1.0, &pairs)], Fill::Rule(rule.missing));
        let figures = figures.map(|(data, sizes)| data.figures(rule.level(), sizes));
        tasks.push(TaskComparison { task: task.task.clone(), pairing, beside: Beside::of(task, &filled), figures });
        by_task.insert(&task.task, own);
        paired.tasks.push((task, weight, pairs));
    }
    let units = match rule.gate {
        Gate::Composite => {
            reasons.extend(by_task.into_values().flatten());
            let (name, all) = (paired.composite_name(), paired.all());
            let known = tasks.first().and_then(|task| task.figures.clone());
            vec![paired.unit((name, &all), &known, reasons)]
        }
        Gate::EveryTask => paired
            .tasks
            .iter()
            .zip(&tasks)
            .map(|((task, _, pairs), known)| {
                let own = by_task.get(task.task.as_str()).into_iter().flatten();
                let reasons = reasons.iter().chain(own).cloned().collect();
                paired.unit((task.task.clone(), &[(task, 1.0, pairs)]), &known.figures, reasons)
            })
            .collect(),
    };
    let against = frontier.iter().map(|scores| scores.model.clone()).collect();
    Comparison { against, word: Word::NotShown, tasks, units }
}

/// What forbids a comparison before any item is looked at.
fn protocols(candidate: &Scores, frontier: &[&Scores]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for scores in std::iter::once(&candidate).chain(frontier) {
        if scores.protocol.reasoning_effort.trim().is_empty() {
            reasons.push(Reason::EffortUnknown { model: scores.model.clone() });
        }
    }
    let budget = candidate.protocol.token_budget.trim();
    for scores in frontier {
        if budget.is_empty() || scores.protocol.token_budget.trim() != budget {
            reasons.push(Reason::BudgetsDiffer { model: scores.model.clone() });
        }
    }
    reasons
}

fn side_by_side(
    task: &RuleTask,
    candidate: &Scores,
    frontier: &[&Scores],
    reasons: &mut Vec<Reason>,
) -> (Pairing, Pairs) {
    let empty = TaskScores { metric: task.metric.clone(), filter: task.filter.clone(), items: Vec::new() };
    let mut of = |scores: &Scores| -> TaskScores {
        let (model, name) = (scores.model.clone(), task.task.clone());
        match scores.tasks.get(&task.task) {
            Some(found) if found.items.is_empty() => reasons.push(Reason::NoItems { task: name, model }),
            Some(found) if (&found.metric, &found.filter) != (&task.metric, &task.filter) => {
                let found = format!("{},{}", found.metric, found.filter);
                reasons.push(Reason::OtherMetric { task: name, model, found });
            }
            Some(found) => return found.clone(),
            None => reasons.push(Reason::NoItems { task: name, model }),
        }
        empty.clone()
    };
    let own = of(candidate);
    let others: Vec<TaskScores> = frontier.iter().map(|scores| of(scores)).collect();
    pair(task, &own, &others.iter().collect::<Vec<_>>(), reasons)
}

/// What forbids a verdict on the items of a task.
fn refuse(rule: &Rule, task: &RuleTask, (pairing, filled): (&Pairing, &Filled), reasons: &mut Vec<Reason>) {
    let name = || task.task.clone();
    let missing = pairing.items - pairing.complete;
    if rule.missing == Missing::NotShown && missing > 0 {
        reasons.push(Reason::MissingItems { task: name(), items: missing });
    }
    if filled.pairs() < task.least_items {
        reasons.push(Reason::TooFewItems { task: name(), pairs: filled.pairs(), least: task.least_items });
    }
    if task.cluster != ClusterBy::Item && filled.clusters() < 2 {
        reasons.push(Reason::TooFewClusters { task: name(), clusters: filled.clusters() });
    }
    let shares = |class| {
        let of = |classes| Pairing::share(classes, class);
        (of(&pairing.candidate_classes), of(&pairing.frontier_classes))
    };
    let (candidate, frontier) = shares(Class::Truncated);
    if (candidate - frontier).abs() > rule.truncation_tolerance {
        reasons.push(Reason::TruncationDiffers { task: name(), candidate, frontier });
    }
    let (candidate, frontier) = shares(Class::ExtractorFailed);
    if (candidate - frontier).abs() > rule.extraction_tolerance {
        reasons.push(Reason::ExtractionDiffers { task: name(), candidate, frontier });
    }
}

type Weighed<'p> = (&'p RuleTask, f64, &'p Pairs);

impl Paired<'_> {
    fn all(&self) -> Vec<Weighed<'_>> {
        self.tasks.iter().map(|(task, weight, pairs)| (*task, *weight, pairs)).collect()
    }

    fn composite_name(&self) -> String {
        match self.tasks.as_slice() {
            [(only, _, _)] => only.task.clone(),
            _ => COMPOSITE.to_owned(),
        }
    }

    /// What a test is done on, with the numbers of pairs and clusters; none where a task has too few of either.
    fn data(&self, tasks: &[Weighed<'_>], fill: Fill) -> Option<(Data, (u32, u32))> {
        let filled: Vec<Filled> = tasks.iter().map(|(_, _, pairs)| pairs.filled(fill)).collect();
        let sizes = filled.iter().fold((0, 0), |sum, one| (sum.0 + one.pairs(), sum.1 + one.clusters()));
        if filled.iter().any(|filled| filled.clusters() < 2) {
            return None;
        }
        if let ([(task, _, _)], [only]) = (tasks, filled.as_slice())
            && let Some(table) = only.table()
        {
            return Some((Data::Table(table, self.rule.line(task)), sizes));
        }
        let benchmarks = tasks.iter().zip(&filled).map(|((task, weight, _), filled)| {
            let chance = self.rule.taken_off(task);
            Benchmark { weight: *weight, range: (-chance / (1.0 - chance), 1.0), clusters: filled.sums(chance) }
        });
        Some((Data::Sums(benchmarks.collect(), self.rule.margin), sizes))
    }

    /// Tests; `known` are the figures of the task, where it is only one.
    fn unit(&self, (name, tasks): (String, &[Weighed<'_>]), known: &Option<Figures>, mut reasons: Vec<Reason>) -> Unit {
        let figures = match (tasks, known) {
            ([_], known) => known.clone(),
            _ => {
                let main = self.data(tasks, Fill::Rule(self.rule.missing));
                main.map(|(data, sizes)| data.figures(self.rule.level(), sizes))
            }
        };
        if figures.as_ref().is_some_and(|figures| figures.ratio.is_none()) {
            reasons.push(Reason::NoRatio { unit: name.clone() });
        }
        let bound = |fill| self.data(tasks, fill).map(|(data, _)| Bound::of(&data));
        let bounds = match (&figures, tasks.iter().all(|(_, _, pairs)| pairs.is_complete())) {
            (Some(figures), true) => Some((Bound::from(figures), Bound::from(figures))),
            _ => bound(Fill::Worst).zip(bound(Fill::Best)),
        };
        let bounds = bounds.map(|(worst, best)| Bounds { worst, best });
        Unit { name, word: Word::NotShown, reasons, figures, bounds }
    }
}

impl From<&Figures> for Bound {
    fn from(figures: &Figures) -> Self {
        let Figures { ratio, p_reached, p_not_reached, .. } = figures;
        Self { ratio: *ratio, p_reached: *p_reached, p_not_reached: *p_not_reached }
    }
}

impl Bound {
    fn of(data: &Data) -> Self {
        let (candidate, frontier) = data.means();
        let PValues { reached, not_reached } = data.p_values();
        let ratio = (frontier > 0.0).then(|| candidate / frontier);
        Self { ratio, p_reached: reached, p_not_reached: not_reached }
    }
}

impl Beside {
    fn of(task: &RuleTask, filled: &Filled) -> Self {
        let (candidate, frontier) = filled.means();
        let ratio = |above: f64, below: f64| (below > 0.0).then(|| above / below);
        let chance_corrected_ratio = match task.chance {
            Chance::Level(level) => ratio(candidate - level, frontier - level),
            Chance::Unknown => None,
        };
        Self {
            candidate,
            frontier,
            raw_ratio: ratio(candidate, frontier),
            chance_corrected_ratio,
            error_ratio: ratio(1.0 - candidate, 1.0 - frontier),
        }
    }
}
