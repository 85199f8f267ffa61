//! What stands on the page of a run.

use super::score::{Measured, Scored};
use super::sink::RunInfo;
use crate::output::html::{Figure, Histogram, Page, Problem, TaskRow};
use crate::run::Prices;
use crate::score::{GroupResult, MetricResult, TaskResult};
use crate::{Class, Usage};

pub(super) fn page(run: &RunInfo, measured: &Measured) -> Page {
    let usage = measured.tasks.iter().map(|task| task.usage).sum::<Usage>();
    let mut cost_facts = vec![
        ("Tokens read".to_owned(), usage.prompt.to_string()),
        ("Tokens written".to_owned(), usage.completion.to_string()),
        ("Tokens of thoughts".to_owned(), usage.reasoning.to_string()),
        ("Seconds".to_owned(), format!("{:.1}", run.seconds)),
    ];
    cost_facts.extend(cost(run, usage).map(|cost| ("Money".to_owned(), format!("{cost:.2}"))));
    let mut tasks: Vec<TaskRow> =
        measured.groups.iter().filter(|group| !group.metrics.is_empty()).map(group_row).collect();
    tasks.extend(measured.tasks.iter().map(|task| task_row(&task.result)));
    Page {
        model: run.model.clone(),
        facts: facts(run, measured),
        tasks,
        lengths: lengths(&measured.tasks),
        cost: cost_facts,
        problems: measured.tasks.iter().flat_map(problems).collect(),
    }
}

fn facts(run: &RunInfo, measured: &Measured) -> Vec<(String, String)> {
    let mut facts = vec![
        ("Endpoint".to_owned(), run.endpoints.join(", ")),
        ("Began".to_owned(), run.started.clone()),
        ("Scored".to_owned(), run.finished.clone()),
        ("Program".to_owned(), format!("daepyo {}", env!("CARGO_PKG_VERSION"))),
    ];
    if measured.unasked > 0 {
        facts.push(("Not asked yet".to_owned(), measured.unasked.to_string()));
    }
    if let Some(judges) = &measured.judges {
        facts.push((
            "Judges".to_owned(),
            judges.judges.iter().map(|told| told.judge.name.as_str()).collect::<Vec<_>>().join(", "),
        ));
    }
    let judged = measured.tasks.iter().filter_map(|task| Some((task, task.judges.as_ref()?)));
    facts.extend(judged.map(|(task, judges)| (format!("Judges of {}", task.result.task), judges.told())));
    let options = run.options.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    facts.extend(
        options.map(|(flag, value)| {
            (format!("--{flag}"), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }),
    );
    facts
}

fn task_row(result: &TaskResult) -> TaskRow {
    let count = |class: Class| (class, result.classes.get(&class).copied().unwrap_or(0));
    TaskRow {
        name: result.alias.clone().unwrap_or_else(|| result.task.clone()),
        depth: 0,
        shots: Some(result.num_fewshot),
        figures: result.metrics.iter().filter_map(figure).collect(),
        classes: Class::ALL.map(count).to_vec(),
    }
}

fn figure(metric: &MetricResult) -> Option<Figure> {
    let value = metric.value?;
    let interval = metric.interval.as_ref().map(|interval| (interval.lower, interval.upper));
    let differs = metric.lm_eval.value.filter(|theirs| theirs.to_bits() != value.to_bits());
    let is_share = metric.bounds.is_some();
    let (filter, metric) = (metric.filter.to_string(), metric.metric.to_string());
    Some(Figure { metric, filter, value, interval, as_lm_eval: differs, is_share })
}

fn group_row(group: &GroupResult) -> TaskRow {
    let figures = group.metrics.iter().filter_map(|metric| {
        let value = metric.value?;
        let interval = metric.stderr.map(|stderr| (value - 1.96 * stderr, value + 1.96 * stderr));
        let differs = metric.lm_eval.value.filter(|theirs| theirs.to_bits() != value.to_bits());
        let is_share = (0.0..=1.0).contains(&value);
        Some(Figure {
            metric: metric.metric.to_string(),
            filter: metric.filter.to_string(),
            value,
            interval,
            as_lm_eval: differs,
            is_share,
        })
    });
    let name = group.alias.clone().unwrap_or_else(|| group.group.clone());
    TaskRow { name, depth: 0, shots: None, figures: figures.collect(), classes: Vec::new() }
}

fn lengths(tasks: &[Scored]) -> Histogram {
    let mut all = Histogram::doubling();
    for task in tasks.iter().filter(|task| !task.lengths.edges.is_empty()) {
        for (sum, count) in all.counts.iter_mut().zip(&task.lengths.counts) {
            *sum += count;
        }
    }
    all
}

fn problems(task: &Scored) -> Vec<Problem> {
    let told = task.problems.iter().map(|(doc_id, class, reason)| Problem {
        task: task.result.task.clone(),
        doc_id: *doc_id,
        class: *class,
        reason: reason.clone(),
    });
    told.collect()
}

/// What the tokens cost, where prices are known.
pub(super) fn cost(run: &RunInfo, usage: Usage) -> Option<f64> {
    run.prices.map(|[prompt, completion]| Prices { prompt, completion }.cost(&usage))
}
