//! From the results of tasks to the result of a group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::aggregate::{float, pooled_stderr, unweighted_stderr};
use super::result::{LmEval, TaskResult};
use crate::Value;

/// What a group says of itself: lm-eval's group file, with subgroups already put in.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// The name.
    pub group: String,
    /// What it is called in tables.
    pub alias: Option<String>,
    /// `metadata.version`, where it has one.
    pub version: Value,
    /// The tasks in it, those of its subgroups among them, each once, in order.
    pub tasks: Vec<String>,
    /// How the tasks' scores become the group's; empty is not at all.
    pub metrics: Vec<GroupMetricSpec>,
}

/// How one metric of the tasks becomes one of the group: the mean of the tasks' scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetricSpec {
    /// The metric.
    pub metric: String,
    /// After which filter pipelines; none is every one that a task has.
    pub filters: Option<Vec<String>>,
    /// Whether a task counts by its number of items, rather than as one.
    pub weight_by_size: bool,
}

/// What a group came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    /// The group.
    pub group: String,
    /// What it is called in tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Its version, if it has one.
    pub version: Value,
    /// Its tasks.
    pub tasks: Vec<String>,
    /// The items of all its tasks that results are given for; lm-eval's `sample_len`.
    pub items: usize,
    /// Its scores.
    pub metrics: Vec<GroupMetric>,
}

/// The score of a group by one metric after one filter pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupMetric {
    /// The metric.
    pub metric: Arc<str>,
    /// The filter pipeline.
    pub filter: Arc<str>,
    /// Whether a task counts by its number of items.
    pub weight_by_size: bool,
    /// How many scored items the tasks had together.
    pub n: usize,
    /// The mean of the tasks' scores over scored items.
    pub value: Option<f64>,
    /// Its standard error, for tasks that are independent: pooled if weighted by size, else of the plain mean.
    pub stderr: Option<f64>,
    /// The score as lm-eval computes it.
    pub lm_eval: LmEval,
    /// The pooled standard error in either case, as some versions of lm-eval print it. Where tasks count alike it is
    /// wrong as soon as their sizes differ, and mostly far too small.
    pub pooled_stderr: Option<f64>,
    /// The tasks without this metric; they do not count.
    pub without: Vec<String>,
}

/// The result of a group from the results of its tasks, by name.
pub fn aggregate_group(group: &GroupSpec, results: &BTreeMap<String, TaskResult>) -> GroupResult {
    let found: Vec<&TaskResult> = group.tasks.iter().filter_map(|task| results.get(task)).collect();
    let mut metrics = Vec::new();
    for spec in &group.metrics {
        let filters = spec.filters.clone().unwrap_or_else(|| filters(&spec.metric, &found));
        metrics.extend(filters.iter().filter_map(|filter| aggregate(group, spec, filter, results)));
    }
    let items = if group.metrics.is_empty() { 0 } else { found.iter().map(|result| result.items.effective).sum() };
    GroupResult {
        group: group.group.clone(),
        alias: group.alias.clone(),
        version: group.version.clone(),
        tasks: group.tasks.clone(),
        items,
        metrics,
    }
}

/// Every pipeline after which some task has the metric, by name.
fn filters(metric: &str, results: &[&TaskResult]) -> Vec<String> {
    let metrics = results.iter().flat_map(|result| &result.metrics).filter(|result| &*result.metric == metric);
    metrics.map(|result| result.filter.as_ref().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// One task's part in a group's score.
#[derive(Clone, Copy)]
struct Part {
    value: Option<f64>,
    stderr: Option<f64>,
    n: usize,
}

fn aggregate(
    group: &GroupSpec,
    spec: &GroupMetricSpec,
    filter: &str,
    results: &BTreeMap<String, TaskResult>,
) -> Option<GroupMetric> {
    let (mut own, mut theirs, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for task in &group.tasks {
        let result = results.get(task);
        match result.and_then(|result| Some((result, result.metric(&spec.metric, filter)?))) {
            Some((result, metric)) => {
                own.push(Part { value: metric.value, stderr: metric.stderr, n: metric.n });
                let lm_eval = metric.lm_eval;
                theirs.push(Part { value: lm_eval.value, stderr: lm_eval.stderr, n: result.items.effective });
            }
            None => without.push(task.clone()),
        }
    }
    if own.is_empty() {
        return None;
    }
    let (value, stderr, n) = combine(&own, spec.weight_by_size);
    let (lm_value, lm_stderr, lm_n) = combine(&theirs, spec.weight_by_size);
    Some(GroupMetric {
        metric: spec.metric.as_str().into(),
        filter: filter.into(),
        weight_by_size: spec.weight_by_size,
        n,
        value,
        stderr,
        lm_eval: LmEval { n: lm_n, value: lm_value, stderr: lm_stderr },
        pooled_stderr: pooled(&own),
        without,
    })
}

/// The mean of the parts, its standard error, and how many items they had; a part without a value leaves the whole
/// without one.
fn combine(parts: &[Part], weight_by_size: bool) -> (Option<f64>, Option<f64>, usize) {
    let n = parts.iter().map(|part| part.n).sum();
    let weight = |part: &Part| if weight_by_size { float(part.n) } else { 1.0 };
    let weights: f64 = parts.iter().map(weight).sum();
    let terms: Option<Vec<f64>> = parts.iter().map(|part| Some(part.value? * weight(part))).collect();
    let value = terms.filter(|_| weights > 0.0).map(|terms| terms.iter().sum::<f64>() / weights);
    let stderrs: Option<Vec<f64>> = parts.iter().map(|part| part.stderr).collect();
    let stderr = if weight_by_size { pooled(parts) } else { stderrs.map(|stderrs| unweighted_stderr(&stderrs)) };
    (value, stderr, n)
}

fn pooled(parts: &[Part]) -> Option<f64> {
    let stderrs: Vec<f64> = parts.iter().map(|part| part.stderr).collect::<Option<_>>()?;
    Some(pooled_stderr(&stderrs, &parts.iter().map(|part| part.n).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Items, MetricResult};

    fn task(name: &str, n: usize, value: f64, stderr: f64) -> (String, TaskResult) {
        let lm_eval = LmEval { n, value: Some(value), stderr: Some(stderr) };
        let metric = MetricResult {
            metric: "acc".into(),
            filter: "none".into(),
            aggregation: "mean".into(),
            higher_is_better: Some(true),
            n,
            value: Some(value),
            stderr: Some(stderr),
            interval: None,
            clustered: None,
            bounds: None,
            lm_eval,
            fault: None,
        };
        let items = Items { original: n, effective: n, asked: n };
        let result = TaskResult {
            task: name.into(),
            alias: None,
            version: Value::Int(1),
            num_fewshot: 0,
            items,
            classes: BTreeMap::new(),
            metrics: vec![metric],
        };
        (name.into(), result)
    }

    fn group(weight_by_size: bool) -> GroupResult {
        let spec = GroupMetricSpec { metric: "acc".into(), filters: None, weight_by_size };
        let tasks = vec!["small".into(), "large".into(), "absent".into()];
        let spec = GroupSpec { group: "g".into(), alias: None, version: Value::None, tasks, metrics: vec![spec] };
        aggregate_group(&spec, &BTreeMap::from([task("small", 100, 0.5, 0.05), task("large", 10_000, 0.8, 0.005)]))
    }

    /// `pooled_sample_stderr([0.05, 0.005], [100, 10000])` and `unweighted_mean_stderr([0.05, 0.005])` of lm-eval 0.4.13.
    #[test]
    fn a_macro_mean_has_its_own_standard_error() {
        let (weighted, plain) = (group(true), group(false));
        let (weighted, plain) = (&weighted.metrics[0], &plain.metrics[0]);
        let near = |value: Option<f64>, wanted: f64| assert!((value.unwrap() - wanted).abs() < 1e-15, "{value:?}");
        near(weighted.value, (0.5 * 100.0 + 0.8 * 10_000.0) / 10_100.0);
        near(plain.value, 0.65);
        near(weighted.stderr, POOLED);
        near(plain.pooled_stderr, POOLED);
        near(plain.stderr, UNWEIGHTED);
        assert_eq!(plain.without, ["absent"]);
    }

    const POOLED: f64 = 0.004_975_185_951_049_945;
    const UNWEIGHTED: f64 = 0.025_124_689_052_802_227;

    #[test]
    fn a_group_without_aggregation_has_no_score() {
        let spec = GroupSpec {
            group: "g".into(),
            alias: None,
            version: Value::None,
            tasks: vec!["small".into()],
            metrics: Vec::new(),
        };
        let result = aggregate_group(&spec, &BTreeMap::from([task("small", 10, 0.5, 0.1)]));
        assert_eq!((result.items, result.metrics.len()), (0, 0));
    }
}
