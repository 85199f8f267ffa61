//! Items of two models, put side by side by their keys. Nothing is dropped in silence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::linear::Cluster;
use super::matched::Matched;
use super::reason::Reason;
use super::rule::{ClusterBy, Missing, RuleTask};
use super::scores::{ItemScore, TaskScores};
use crate::Class;

/// How the items of a task were put side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pairing {
    /// Items that any of the models was asked.
    pub items: u32,
    /// Items that every model was scored on.
    pub complete: u32,
    /// Items that only the candidate was asked, by key.
    pub candidate_only: Vec<String>,
    /// Items that the candidate was never asked, by key.
    pub frontier_only: Vec<String>,
    /// Items that the models were given in different words, by key.
    pub prompts_differ: Vec<String>,
    /// How many of the candidate's items ended in each class.
    pub candidate_classes: BTreeMap<String, u32>,
    /// How many of the frontier's items ended in each class; of all its models together where their mean is the measure.
    pub frontier_classes: BTreeMap<String, u32>,
}

/// What counts for an item without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// What the rule says.
    Rule(Missing),
    /// The worst for the candidate: its own wrong, the frontier's right.
    Worst,
    /// The best for the candidate.
    Best,
}

/// The items of a task, side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    cluster: String,
    candidate: Option<f64>,
    /// One a model.
    frontier: Vec<Option<f64>>,
}

/// The items of one key: the candidate's, and one a model of the frontier.
#[derive(Default)]
struct Side<'s> {
    candidate: Option<&'s ItemScore>,
    frontier: Vec<Option<&'s ItemScore>>,
}

/// Puts the items of a task side by side; what forbids a verdict is added to `reasons`.
pub(crate) fn pair(
    task: &RuleTask,
    candidate: &TaskScores,
    frontier: &[&TaskScores],
    reasons: &mut Vec<Reason>,
) -> (Pairing, Pairs) {
    let mut sides: BTreeMap<&str, Side<'_>> = BTreeMap::new();
    let empty = || Side { candidate: None, frontier: vec![None; frontier.len()] };
    for item in &candidate.items {
        sides.entry(&item.key).or_insert_with(empty).candidate = Some(item);
    }
    for (model, scores) in frontier.iter().enumerate() {
        for item in &scores.items {
            let side = sides.entry(&item.key).or_insert_with(empty);
            if let Some(place) = side.frontier.get_mut(model) {
                *place = Some(item);
            }
        }
    }
    let (mut pairing, mut pairs, mut clusters) = (Pairing::default(), Pairs::default(), Clusters::default());
    for (key, side) in &sides {
        pairing.count(key, side);
        pairs.rows.push(side.row(clusters.of(key, side, &task.cluster)));
    }
    pairing.candidate_classes = classes(&[candidate]);
    pairing.frontier_classes = classes(frontier);
    clusters.tell(&task.task, reasons);
    if !pairing.prompts_differ.is_empty() {
        let items = count(pairing.prompts_differ.len());
        reasons.push(Reason::PromptsDiffer { task: task.task.clone(), items });
    }
    (pairing, pairs)
}

pub(crate) fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn classes(scores: &[&TaskScores]) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = Class::ALL.iter().map(|class| (class.name().to_owned(), 0)).collect();
    for item in scores.iter().flat_map(|scores| &scores.items) {
        *counts.entry(item.class.name().to_owned()).or_default() += 1;
    }
    counts
}

impl Pairing {
    fn count(&mut self, key: &str, side: &Side<'_>) {
        self.items += 1;
        let asked = side.frontier.iter().flatten().count();
        if side.candidate.is_none() {
            self.frontier_only.push(key.to_owned());
        } else if asked < side.frontier.len() {
            self.candidate_only.push(key.to_owned());
        }
        let mut prompts = side.all().map(|item| item.prompt_hash.as_str());
        let first = prompts.next().unwrap_or_default();
        // A prompt that nobody hashed is not known to be the same.
        if prompts.any(|other| other != first) || first.is_empty() {
            self.prompts_differ.push(key.to_owned());
        }
        let scored = side.all().filter(|item| item.score.is_some()).count();
        if scored == side.frontier.len() + 1 {
            self.complete += 1;
        }
    }

    /// The share of a side's items in a class; 0 of none.
    pub(crate) fn share(classes: &BTreeMap<String, u32>, class: Class) -> f64 {
        let all: u32 = classes.values().sum();
        let of = classes.get(class.name()).copied().unwrap_or_default();
        if all == 0 { 0.0 } else { f64::from(of) / f64::from(all) }
    }
}

impl<'s> Side<'s> {
    fn all(&self) -> impl Iterator<Item = &'s ItemScore> {
        self.candidate.into_iter().chain(self.frontier.iter().copied().flatten())
    }

    fn row(&self, cluster: String) -> Row {
        let score = |item: Option<&ItemScore>| item.and_then(|item| item.score).map(|score| score.value());
        let frontier = self.frontier.iter().map(|item| score(*item)).collect();
        Row { cluster, candidate: score(self.candidate), frontier }
    }
}

/// Which cluster an item is in, and on how many items that is not clear.
#[derive(Default)]
struct Clusters {
    unknown: u32,
    differ: u32,
}

impl Clusters {
    fn of(&mut self, key: &str, side: &Side<'_>, by: &ClusterBy) -> String {
        if *by == ClusterBy::Item {
            return key.to_owned();
        }
        let mut named = side.all().filter_map(|item| item.cluster.as_deref());
        let Some(first) = named.next() else {
            self.unknown += 1;
            return key.to_owned();
        };
        if named.any(|other| other != first) {
            self.differ += 1;
        }
        first.to_owned()
    }

    fn tell(&self, task: &str, reasons: &mut Vec<Reason>) {
        if self.unknown > 0 {
            reasons.push(Reason::ClusterUnknown { task: task.to_owned(), items: self.unknown });
        }
        if self.differ > 0 {
            reasons.push(Reason::ClustersDiffer { task: task.to_owned(), items: self.differ });
        }
    }
}

/// A task's items with a score on both sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    /// The candidate's and the frontier's score of each, and the cluster's number.
    rows: Vec<(f64, f64, usize)>,
    clusters: usize,
    /// Whether items stand alone.
    alone: bool,
}

impl Pairs {
    /// Whether no score is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.candidate.is_some() && row.frontier.iter().all(Option::is_some))
    }

    /// The items, with `fill` where a score is missing.
    pub(crate) fn filled(&self, fill: Fill) -> Filled {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let Some((candidate, frontier)) = row.scores(fill) else { continue };
            let next = names.len();
            rows.push((candidate, frontier, *names.entry(&row.cluster).or_insert(next)));
        }
        let alone = names.len() == rows.len();
        Filled { rows, clusters: names.len(), alone }
    }
}

impl Row {
    fn scores(&self, fill: Fill) -> Option<(f64, f64)> {
        let (own, others) = match fill {
            Fill::Rule(Missing::Wrong) => (Some(0.0), Some(0.0)),
            Fill::Rule(Missing::LeftOut | Missing::NotShown) => (None, None),
            Fill::Worst => (Some(0.0), Some(1.0)),
            Fill::Best => (Some(1.0), Some(0.0)),
        };
        let candidate = self.candidate.or(own)?;
        let (mut sum, mut models) = (0.0, 0.0);
        for score in &self.frontier {
            sum += score.or(others)?;
            models += 1.0;
        }
        (models > 0.0).then(|| (candidate, sum / models))
    }
}

impl Filled {
    pub(crate) fn pairs(&self) -> u32 {
        count(self.rows.len())
    }

    pub(crate) fn clusters(&self) -> u32 {
        count(self.clusters)
    }

    /// The table of right and wrong, where every item is one or the other and stands alone.
    pub(crate) fn table(&self) -> Option<Matched> {
        let mut table = Matched::default();
        for (candidate, frontier, _) in &self.rows {
            let cell = match (*candidate, *frontier) {
                (1.0, 1.0) => &mut table.both,
                (1.0, 0.0) => &mut table.candidate_only,
                (0.0, 1.0) => &mut table.frontier_only,
                (0.0, 0.0) => &mut table.neither,
                _ => return None,
            };
            *cell += 1;
        }
        self.alone.then_some(table)
    }

    /// The sums of the clusters, `chance` taken off every score and what is left stretched to end at 1.
    pub(crate) fn sums(&self, chance: f64) -> Vec<Cluster> {
        let mut sums = vec![Cluster::default(); self.clusters];
        let scaled = |score: f64| (score - chance) / (1.0 - chance);
        for (candidate, frontier, cluster) in &self.rows {
            if let Some(sum) = sums.get_mut(*cluster) {
                sum.items += 1.0;
                sum.candidate += scaled(*candidate);
                sum.frontier += scaled(*frontier);
            }
        }
        sums
    }

    /// The mean scores of both as they are.
    pub(crate) fn means(&self) -> (f64, f64) {
        let (mut candidate, mut frontier, mut items) = (0.0, 0.0, 0.0);
        for row in &self.rows {
            candidate += row.0;
            frontier += row.1;
            items += 1.0;
        }
        if items > 0.0 { (candidate / items, frontier / items) } else { (0.0, 0.0) }
    }
}
