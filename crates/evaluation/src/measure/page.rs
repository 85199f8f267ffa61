//! What stands on the page of a run.

use serde::Serialize;

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
    let judging = judging(measured);
    if let Some(judging) = judging {
        cost_facts.push(("Tokens of judges".to_owned(), (judging.prompt + judging.completion).to_string()));
    }
    let Cost { model, judges, whole } = Cost::of(run, measured);
    cost_facts.extend(whole.map(|cost| ("Money".to_owned(), format!("{cost:.2}"))));
    let parts = [("Money for the model", model), ("Money for judges", judges)];
    let parts = parts.into_iter().filter(|_| judging.is_some());
    cost_facts.extend(parts.filter_map(|(name, cost)| Some((name.to_owned(), format!("{:.2}", cost?)))));
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
    let cut = measured.tasks.iter().filter(|task| task.cut.items > 0);
    facts.extend(cut.map(|task| (format!("Cut contexts of {}", task.result.task), task.cut.to_string())));
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

/// What the verdicts of judges took, where there are judges.
pub(super) fn judging(measured: &Measured) -> Option<Usage> {
    let taken = measured.tasks.iter().filter_map(|task| task.judges.as_ref()).flat_map(|judges| judges.usage.values());
    measured.judges.as_ref().map(|_| taken.copied().sum())
}

/// What the tokens cost, where prices are known.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Cost {
    /// The model's.
    pub(super) model: Option<f64>,
    /// The judges'; none where there are none.
    pub(super) judges: Option<f64>,
    /// All of them; none where a price is not known.
    pub(super) whole: Option<f64>,
}

impl Cost {
    pub(super) fn of(run: &RunInfo, measured: &Measured) -> Self {
        let cost = |[prompt, completion]: [f64; 2], usage: &Usage| Prices { prompt, completion }.cost(usage);
        let usage = measured.tasks.iter().map(|task| task.usage).sum::<Usage>();
        let model = run.prices.map(|prices| cost(prices, &usage));
        let judging = judging(measured);
        let judges = judging.zip(run.judge_prices).map(|(usage, prices)| cost(prices, &usage));
        let whole = if judging.is_none() { model } else { model.zip(judges).map(|(model, judges)| model + judges) };
        Self { model, judges, whole }
    }
}
