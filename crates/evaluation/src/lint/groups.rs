//! What is looked for in a group.

use std::path::Path;

use super::{Defect, Found, LintOptions};
use crate::Value;
use crate::task::{Field, OutputType, Raw, Selection, TaskConfig};

/// Looks at the group `name`, which `raw` says and `selection` holds first.
pub(super) fn check(raw: &Raw, name: &str, selection: &Selection, options: &LintOptions<'_>, found: &mut Found) {
    let mut add = |key: &str, defect: Defect, says: (&str, &str)| {
        let place = raw.places.get(key).or_else(|| raw.places.get("group"));
        let (file, line) = place.map_or((Path::new(""), None), |(file, line)| (&**file, Some(*line)));
        found.add(file, line, defect, says, Some(name));
    };
    if raw.map.contains_key("metric_list") {
        let message = "`metric_list` in a group: it has no score of its own, and the key is put over every member";
        add("metric_list", Defect::GroupMetricList, (message, "write `aggregate_metric_list`"));
    } else if options.groups_must_aggregate && !raw.map.contains_key("aggregate_metric_list") {
        let message = "the group has no `aggregate_metric_list`, so it has no score of its own";
        add("group", Defect::GroupWithoutAggregate, (message, "say which metrics are summed up, or make it a tag"));
    }
    for message in texts_for_truths(raw) {
        add("aggregate_metric_list", Defect::WrongType, (&message, "write true or false"));
    }
    for message in nothing(name, selection) {
        let mend = "name a metric and filter pipelines that the tasks have, or leave `filter_list` out";
        add("aggregate_metric_list", Defect::GroupAggregatesNothing, (&message, mend));
    }
}

/// Every `weight_by_size` that is a text, which Python takes for true.
fn texts_for_truths(raw: &Raw) -> Vec<String> {
    let Some(Field::Value(Value::List(list))) = raw.map.get("aggregate_metric_list") else { return Vec::new() };
    list.iter()
        .filter_map(|entry| entry.get("weight_by_size")?.as_str())
        .map(|text| format!("`weight_by_size` is the text `{text}`, which counts as true whatever it says"))
        .collect()
}

/// What the group sums up and none of its tasks computes.
fn nothing(name: &str, selection: &Selection) -> Vec<String> {
    let Some(group) = selection.groups.iter().find(|group| group.name == name) else { return Vec::new() };
    let leaves = selection.leaves(name);
    let tasks: Vec<&TaskConfig> = selection.tasks.iter().filter(|task| leaves.contains(&task.task.as_str())).collect();
    let mut messages = Vec::new();
    for aggregate in &group.aggregate_metrics {
        let metric = &aggregate.metric;
        let with: Vec<&&TaskConfig> =
            tasks.iter().filter(|task| metrics(task).iter().any(|own| own == metric)).collect();
        if with.is_empty() {
            messages.push(format!("it sums up `{metric}`, which none of its {} tasks computes", tasks.len()));
            continue;
        }
        for filter in aggregate.filters.iter().flatten() {
            if !with.iter().any(|task| pipelines(task).iter().any(|own| own == filter)) {
                messages.push(format!("it sums up `{metric},{filter}`, and no task with `{metric}` has that pipeline"));
            }
        }
    }
    messages
}

/// The names of a task's metrics.
fn metrics(task: &TaskConfig) -> Vec<&str> {
    if task.metrics.is_empty() {
        return match task.output_type {
            OutputType::GenerateUntil => vec!["exact_match"],
            OutputType::MultipleChoice => vec!["acc", "acc_norm"],
            OutputType::LogLikelihood => vec!["perplexity", "acc"],
            OutputType::Rolling => vec!["word_perplexity", "byte_perplexity", "bits_per_byte"],
        };
    }
    task.metrics.iter().filter_map(|metric| name(&metric.metric)).collect()
}

/// The name by which a metric goes.
fn name(metric: &Field) -> Option<&str> {
    match metric {
        Field::Function(function) => Some(&function.name),
        other => other.as_str(),
    }
}

/// The names of a task's filter pipelines.
fn pipelines(task: &TaskConfig) -> Vec<&str> {
    if task.filters.is_empty() {
        return vec!["none"];
    }
    task.filters.iter().map(|filter| filter.name.as_str()).collect()
}
