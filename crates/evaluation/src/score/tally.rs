//! From samples to the result of a task, with a few numbers an item in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::aggregate::{
    Aggregation, BOOTSTRAP_ITERATIONS, Clustered, Interval, Method, Point, Stderr, clustered_stderr, float,
    mean_interval, numbers, stderr,
};
use super::result::{Bounds, Items, LmEval, MetricResult, TaskResult};
use super::scorer::Scorer;
use crate::{Class, JUDGE, Sample};

/// How a tally is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyOptions {
    /// How often items are drawn anew for the standard errors that need it; 0 turns all standard errors off, as in
    /// lm-eval.
    pub bootstrap_iterations: usize,
    /// The column of the documents that says which items belong together (a shared passage, a template).
    pub cluster: Option<String>,
    /// How many items the split has, if more than were asked.
    pub original: Option<usize>,
}

impl Default for TallyOptions {
    fn default() -> Self {
        Self { bootstrap_iterations: BOOTSTRAP_ITERATIONS, cluster: None, original: None }
    }
}

/// Takes the samples of one task, in any order, and makes its result.
///
/// The result does not depend on the order. Of an item it keeps its number and, for each metric, what the aggregation
/// needs: a number, two numbers, or a few counts; only a ported aggregation gets whole values.
pub struct Tally {
    scorer: Arc<Scorer>,
    options: TallyOptions,
    columns: IndexMap<(Arc<str>, Arc<str>), Column>,
    classes: BTreeMap<Class, usize>,
    clusters: Clusters,
}

/// All values of one metric after one filter pipeline.
struct Column {
    aggregation: Aggregation,
    entries: Vec<Entry>,
    fault: Option<String>,
}

struct Entry {
    doc_id: usize,
    scored: bool,
    point: Point,
}

/// Which cluster an item belongs to, as a number.
#[derive(Default)]
struct Clusters {
    names: BTreeMap<String, u32>,
    of: BTreeMap<usize, u32>,
}

impl Tally {
    /// An empty tally.
    pub fn new(scorer: Arc<Scorer>, options: TallyOptions) -> Self {
        let classes = Class::ALL.into_iter().map(|class| (class, 0)).collect();
        Self { scorer, options, columns: IndexMap::new(), classes, clusters: Clusters::default() }
    }

    /// Takes one sample in.
    pub fn add(&mut self, sample: &Sample) {
        *self.classes.entry(sample.class).or_default() += 1;
        if let Some(column) = &self.options.cluster {
            let key = sample.doc.get(column.as_str()).map(crate::python::repr).unwrap_or_default();
            self.clusters.add(sample.doc_id, key);
        }
        for metric in &sample.metrics {
            let key = (Arc::clone(&metric.metric), Arc::clone(&metric.filter));
            let column = self.columns.entry(key).or_insert_with(|| Column {
                aggregation: self.scorer.aggregation(&metric.metric),
                entries: Vec::new(),
                fault: None,
            });
            match column.aggregation.point(&metric.value) {
                Ok(point) => {
                    let scored = sample.class.counts(&metric.metric);
                    column.entries.push(Entry { doc_id: sample.doc_id, scored, point });
                }
                Err(fault) => {
                    let fault = format!("document {}: {fault}", sample.doc_id);
                    column.fault.get_or_insert(fault);
                }
            }
        }
    }

    /// The result of everything that was taken in.
    pub fn finish(mut self) -> TaskResult {
        let asked: usize = self.classes.values().sum();
        let effective = self.columns.values().map(|column| column.entries.len()).max().unwrap_or(0);
        let mut columns = std::mem::take(&mut self.columns);
        columns.sort_by_cached_key(|(metric, filter), _| self.scorer.place(metric, filter));
        let facts = &self.scorer.facts;
        let metrics = columns.into_iter().map(|((metric, filter), column)| self.result(metric, filter, column));
        TaskResult {
            task: facts.task.clone(),
            alias: facts.alias.clone(),
            version: facts.version.clone(),
            num_fewshot: facts.num_fewshot,
            items: Items { original: self.options.original.unwrap_or(asked), effective, asked },
            metrics: metrics.collect(),
            classes: self.classes.clone(),
        }
    }

    fn result(&self, metric: Arc<str>, filter: Arc<str>, mut column: Column) -> MetricResult {
        column.entries.sort_by_key(|entry| entry.doc_id);
        let all: Vec<&Point> = column.entries.iter().map(|entry| &entry.point).collect();
        let scored: Vec<&Entry> = column.entries.iter().filter(|entry| entry.scored).collect();
        let points: Vec<&Point> = scored.iter().map(|entry| &entry.point).collect();
        let how = Stderr::of(&metric, &column.aggregation, self.options.bootstrap_iterations);
        let mut fault = column.fault;
        let score = |points: &[&Point], fault: &mut Option<String>| score(&column.aggregation, points, how, fault);
        let lm_eval = score(&all, &mut fault);
        let own = if points.len() == all.len() { lm_eval } else { score(&points, &mut fault) };
        let interval = interval(&column.aggregation, &points, own);
        MetricResult {
            aggregation: column.aggregation.name().to_owned(),
            higher_is_better: self.higher_is_better(&metric),
            n: own.n,
            value: own.value,
            stderr: own.stderr,
            interval,
            clustered: self.clustered(&column.aggregation, &scored),
            bounds: bounds(&column.aggregation, &points, self.missing(&metric, points.len())),
            lm_eval,
            fault,
            metric,
            filter,
        }
    }

    /// How many items might have earned something and did not. An item that the rules scored and that has no value of the
    /// metric is none of its items.
    fn missing(&self, metric: &str, valued: usize) -> usize {
        let asked: usize = self.classes.values().sum();
        if metric == JUDGE {
            return asked - valued;
        }
        let scored = self.classes.iter().filter(|(class, _)| class.counts(metric)).map(|(_, count)| count);
        asked - scored.sum::<usize>()
    }

    fn higher_is_better(&self, metric: &str) -> Option<bool> {
        if metric == JUDGE {
            return Some(true);
        }
        self.scorer.metric(metric).and_then(|metric| metric.higher_is_better)
    }

    fn clustered(&self, aggregation: &Aggregation, scored: &[&Entry]) -> Option<Clustered> {
        self.options.cluster.as_ref()?;
        let points: Vec<&Point> = scored.iter().map(|entry| &entry.point).collect();
        let keys: Option<Vec<u32>> = scored.iter().map(|entry| self.clusters.of.get(&entry.doc_id).copied()).collect();
        matches!(aggregation, Aggregation::Mean).then(|| clustered_stderr(&numbers(&points), &keys?)).flatten()
    }
}

impl Clusters {
    fn add(&mut self, doc_id: usize, name: String) {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = *self.names.entry(name).or_insert(next);
        self.of.insert(doc_id, number);
    }
}

fn score(aggregation: &Aggregation, points: &[&Point], how: Stderr, fault: &mut Option<String>) -> LmEval {
    let n = points.len();
    if fault.is_some() || n == 0 {
        return LmEval { n, value: None, stderr: None };
    }
    match aggregation.of(points) {
        Ok(value) => LmEval { n, value: Some(value), stderr: stderr(aggregation, points, how) },
        Err(reason) => {
            *fault = Some(reason.to_string());
            LmEval { n, value: None, stderr: None }
        }
    }
}

/// Wilson's interval for shares, else 1.96 standard errors to both sides.
fn interval(aggregation: &Aggregation, points: &[&Point], score: LmEval) -> Option<Interval> {
    let (value, stderr) = (score.value?, score.stderr);
    if matches!(aggregation, Aggregation::Mean) {
        return mean_interval(&numbers(points));
    }
    let half = super::aggregate::Z * stderr?;
    Some(Interval { lower: value - half, upper: value + half, method: Method::Normal })
}

/// What the mean would be if every missing item had earned 0, or 1.
fn bounds(aggregation: &Aggregation, points: &[&Point], missing: usize) -> Option<Bounds> {
    let values = numbers(points);
    let shares = matches!(aggregation, Aggregation::Mean) && values.iter().all(|value| (0.0..=1.0).contains(value));
    if !shares || values.len() != points.len() || values.len() + missing == 0 {
        return None;
    }
    // The sum of nothing is -0.
    let (sum, all) = (values.iter().sum::<f64>() + 0.0, float(values.len() + missing));
    Some(Bounds { lower: sum / all, upper: (sum + float(missing)) / all })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a million items take: 40 MB for each metric.
    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 40, "{}", size_of::<Entry>());
    }

    #[test]
    fn a_tally_may_go_to_another_thread() {
        fn shared<T: Send + Sync>() {}
        shared::<Scorer>();
        shared::<Tally>();
    }
}
