//! The page: what is on it, and how it is put together.

use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::chart;
pub use super::words::Words;
use crate::Class;

/// What is on the page.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// The model's name.
    pub model: String,
    /// What is worth knowing of the run, as pairs of a word and a text.
    pub facts: Vec<(String, String)>,
    /// The tasks, in the order of the table.
    pub tasks: Vec<TaskRow>,
    /// Tokens written, by answer.
    pub lengths: Histogram,
    /// What it took, as pairs of a word and a text.
    pub cost: Vec<(String, String)>,
    /// Items without a score.
    pub problems: Vec<Problem>,
}

/// One task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskRow {
    /// The name in tables.
    pub name: String,
    /// How far it stands below its group.
    pub depth: usize,
    /// How many examples it was given.
    pub shots: Option<usize>,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// What became of its items; empty for a group.
    pub classes: Vec<(Class, usize)>,
}

/// One figure of a task.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The metric.
    pub metric: String,
    /// The filter pipeline.
    pub filter: String,
    /// The score over scored items.
    pub value: f64,
    /// Its 95 % interval, where it has one.
    pub interval: Option<(f64, f64)>,
    /// The figure that lm-eval would give, where it differs.
    pub as_lm_eval: Option<f64>,
    /// Whether it is a share between 0 and 1.
    pub is_share: bool,
}

/// Counts by size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// The upper end of every bar.
    pub edges: Vec<u64>,
    /// How many fall into it.
    pub counts: Vec<usize>,
}

/// An item without a score.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The task.
    pub task: String,
    /// The document.
    pub doc_id: usize,
    /// What became of it.
    pub class: Class,
    /// Why.
    pub reason: String,
}

impl Histogram {
    /// Bars that double in size, from 1 to 65,536.
    pub fn doubling() -> Self {
        let edges: Vec<u64> = (0..=16).map(|power| 1 << power).collect();
        Self { counts: vec![0; edges.len()], edges }
    }

    /// Counts one.
    pub fn add(&mut self, size: u64) {
        let place = self.edges.partition_point(|edge| *edge < size).min(self.edges.len().saturating_sub(1));
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    /// Without the empty bars at both ends.
    fn trimmed(&self) -> Self {
        let first = self.counts.iter().position(|count| *count > 0).unwrap_or(0);
        let last = self.counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        let range = first.min(last)..last;
        Self { edges: self.edges[range.clone()].to_vec(), counts: self.counts[range].to_vec() }
    }
}

/// The page as HTML.
pub fn render(page: &Page, words: Words) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", include_str!("report.html.jinja"))?;
    let texts = words.texts();
    let (scores, classes, lengths) = charts(page, words);
    let (page, texts) = (minijinja::value::Serde(page), minijinja::value::Serde(&texts));
    let context = context! { page, texts, scores, classes, lengths, style => include_str!("report.css") };
    environment.get_template("report")?.render(context)
}

fn charts(page: &Page, words: Words) -> (Option<String>, Option<String>, Option<String>) {
    let shares = page.tasks.iter().flat_map(|task| task.figures.iter().map(move |figure| (task, figure)));
    let shares = shares.filter(|(_, figure)| figure.is_share);
    let labels: Vec<(String, &Figure)> =
        shares.map(|(task, figure)| (format!("{} · {}", task.name, figure.metric), figure)).collect();
    let rows: Vec<chart::Interval<'_>> = labels.iter().map(|(label, figure)| interval(label, figure)).collect();
    let classes: Vec<(&str, Vec<(Class, usize)>)> = page
        .tasks
        .iter()
        .filter(|task| !task.classes.is_empty())
        .map(|task| (task.name.as_str(), task.classes.clone()))
        .collect();
    let lengths = page.lengths.trimmed();
    let (scores_title, classes_title, lengths_title) = words.titles();
    (
        (!rows.is_empty()).then(|| chart::intervals(scores_title, &rows)),
        (!classes.is_empty()).then(|| chart::classes(classes_title, &classes)),
        (!lengths.edges.is_empty()).then(|| chart::histogram(lengths_title, &lengths.edges, &lengths.counts)),
    )
}

fn interval<'a>(label: &'a str, figure: &Figure) -> chart::Interval<'a> {
    let (low, high) = figure.interval.unwrap_or((figure.value, figure.value));
    chart::Interval { label, value: figure.value, low, high }
}
