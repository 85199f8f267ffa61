//! The results as a table for terminals.

use evaluation::Class;
use evaluation::measure::{Measured, Scored};
use evaluation::score::MetricResult;

use crate::text::{table, wrapped};

/// Every task and group with its scores, then what became of the items; `again` is how to ask what is missing.
pub(super) fn results(measured: &Measured, again: &str) -> String {
    let mut rows = Vec::new();
    for task in &measured.tasks {
        let result = &task.result;
        for (place, metric) in result.metrics.iter().enumerate() {
            let name =
                if place == 0 { result.alias.clone().unwrap_or_else(|| result.task.clone()) } else { String::new() };
            rows.push(row(name, &result.num_fewshot.to_string(), metric));
        }
    }
    for group in &measured.groups {
        for (place, metric) in group.metrics.iter().enumerate() {
            let name =
                if place == 0 { group.alias.clone().unwrap_or_else(|| group.group.clone()) } else { String::new() };
            let metric_name = named(&metric.metric, &metric.filter);
            rows.push(vec![name, String::new(), metric_name, number(metric.value), error(metric.stderr)]);
        }
    }
    let mut text = table(&["task", "shots", "metric", "score", "± stderr"], &[1, 3, 4], rows);
    text.push_str("\n\n");
    text.push_str(&classes(measured, again));
    text
}

/// Whether items were answered, but none was scored.
fn is_scoreless(task: &Scored) -> bool {
    let count = |class: &Class| task.result.classes.get(class).copied().unwrap_or(0);
    count(&Class::Scored) == 0 && Class::ALL.iter().map(count).sum::<usize>() > 0
}

fn row(name: String, shots: &str, metric: &MetricResult) -> Vec<String> {
    let value = metric.fault.as_ref().map_or_else(|| number(metric.value), |_| "—".to_owned());
    vec![name, shots.to_owned(), named(&metric.metric, &metric.filter), value, error(metric.stderr)]
}

fn named(metric: &str, filter: &str) -> String {
    if filter == "none" { metric.to_owned() } else { format!("{metric} ({filter})") }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| format!("{value:.4}"))
}

fn error(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

/// A line on items that were not scored, and one on metrics that have no value.
fn classes(measured: &Measured, again: &str) -> String {
    let count = |class: Class| -> usize {
        measured.tasks.iter().map(|task| task.result.classes.get(&class).copied().unwrap_or(0)).sum()
    };
    let all: usize = Class::ALL.map(count).iter().sum();
    let told = Class::ALL.map(|class| (class, count(class)));
    let told: Vec<String> =
        told.iter().filter(|(_, count)| *count > 0).map(|(class, count)| format!("{count} {class}")).collect();
    let told = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
    let mut text = wrapped("", &format!("{all} items: {told}"));
    if measured.unasked > 0 {
        text.push('\n');
        text.push_str(&wrapped("", &format!("{} items were not asked yet: {again} to go on", measured.unasked)));
    }
    for task in measured.tasks.iter().filter(|task| task.cut.items > 0) {
        text.push('\n');
        let told =
            format!("{}: {}; a larger --max_length keeps them, if the model takes it", task.result.task, task.cut);
        text.push_str(&wrapped("", &told));
    }
    for task in &measured.tasks {
        if let Some(judges) = &task.judges {
            text.push('\n');
            text.push_str(&wrapped("", &format!("judges of {}: {}", task.result.task, judges.told())));
        }
    }
    if measured.unjudged > 0 {
        text.push('\n');
        text.push_str(&wrapped("", &format!("{} answers were not judged yet: {again} to go on", measured.unjudged)));
    }
    for task in measured.tasks.iter().filter(|task| is_scoreless(task)) {
        text.push('\n');
        text.push_str(&wrapped(
            "",
            &format!("{} has no score, nor have its groups: no item was scored", task.result.task),
        ));
    }
    let faults = measured.tasks.iter().flat_map(|task| task.result.metrics.iter().map(move |metric| (task, metric)));
    for (task, metric) in faults {
        if let Some(fault) = &metric.fault {
            text.push('\n');
            text.push_str(&wrapped("", &format!("{} has no {}: {fault}", task.result.task, metric.metric)));
        }
    }
    text
}
