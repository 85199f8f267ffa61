//! Plots as SVG. Every plot has a title and a description for those who do not see it; the figures stand in a table
//! beside it.

use std::fmt::Write as _;

use crate::Class;

/// Width of every plot, in pixels of the page.
const WIDTH: f64 = 720.0;
const ROW: f64 = 26.0;
const LABEL: f64 = 290.0;
const MARGIN: f64 = 16.0;

/// A score with its interval.
pub(super) struct Interval<'a> {
    pub(super) label: &'a str,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Scores with their intervals on a scale from 0 to 1.
pub(super) fn intervals(title: &str, rows: &[Interval<'_>]) -> String {
    let height = ROW * count(rows) + 2.0 * MARGIN + 18.0;
    let mut svg = open(title, height, rows.iter().map(|row| format!("{} {:.3}", row.label, row.value)));
    axis(&mut svg, height);
    for (place, row) in rows.iter().enumerate() {
        let y = MARGIN + ROW * (f64::from(u32::try_from(place).unwrap_or(u32::MAX)) + 0.5);
        label(&mut svg, y, row.label);
        let (low, high, value) = (across(row.low), across(row.high), across(row.value));
        let _ = write!(
            svg,
            "<line class=\"whisker\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <circle class=\"dot\" cx=\"{value:.1}\" cy=\"{y:.1}\" r=\"4.5\"><title>{:.4} [{:.4}, {:.4}]</title></circle>",
            row.value, row.low, row.high
        );
    }
    svg.push_str("</svg>");
    svg
}

/// What became of the items: one bar a task, divided by class.
pub(super) fn classes(title: &str, rows: &[(&str, Vec<(Class, usize)>)]) -> String {
    let height = ROW * count(rows) + 2.0 * MARGIN + 18.0;
    let told = rows.iter().map(|(task, classes)| {
        let parts = classes.iter().map(|(class, count)| format!("{class} {count}"));
        format!("{task}: {}", parts.collect::<Vec<_>>().join(", "))
    });
    let mut svg = open(title, height, told);
    axis(&mut svg, height);
    for (place, (task, classes)) in rows.iter().enumerate() {
        let y = MARGIN + ROW * f64::from(u32::try_from(place).unwrap_or(u32::MAX));
        label(&mut svg, y + ROW / 2.0, task);
        let total = share(classes.iter().map(|(_, count)| count).sum::<usize>(), 1).max(1.0);
        let mut from = 0.0;
        for (class, count) in classes.iter().filter(|(_, count)| *count > 0) {
            let part = share(*count, 1) / total;
            let (x, width) = (across(from), across(from + part) - across(from));
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"><title>{class}: {count}</title></rect>",
                y + 4.0,
                ROW - 8.0
            );
            from += part;
        }
    }
    svg.push_str("</svg>");
    svg
}

/// How many answers are how long: `edges` are the upper ends of the bars.
pub(super) fn histogram(title: &str, edges: &[u64], counts: &[usize]) -> String {
    let (height, floor) = (170.0, 140.0);
    let told = edges.iter().zip(counts).map(|(edge, count)| format!("≤ {edge}: {count}"));
    let mut svg = open(title, height, told);
    let most = share(counts.iter().copied().max().unwrap_or(1).max(1), 1);
    let wide = (WIDTH - 2.0 * MARGIN) / count(counts).max(1.0);
    for (place, (edge, count)) in edges.iter().zip(counts).enumerate() {
        let x = MARGIN + wide * f64::from(u32::try_from(place).unwrap_or(u32::MAX));
        let tall = (floor - MARGIN) * share(*count, 1) / most;
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"><title>≤ {edge}: {count}</title></rect>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{edge}</text>",
            x + 1.0,
            floor - tall,
            wide - 2.0,
            x + wide / 2.0,
            floor + 16.0
        );
    }
    svg.push_str("</svg>");
    svg
}

fn open(title: &str, height: f64, told: impl Iterator<Item = String>) -> String {
    let description = told.collect::<Vec<_>>().join("; ");
    format!(
        "<svg role=\"img\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" xmlns=\"http://www.w3.org/2000/svg\"><title>{}</title><desc>{}</desc>",
        escape(title),
        escape(&description)
    )
}

/// Lines at every fifth of the scale.
fn axis(svg: &mut String, height: f64) {
    let floor = height - 20.0;
    for tick in 0..=5_u8 {
        let value = f64::from(tick) / 5.0;
        let x = across(value);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{MARGIN:.1}\" y2=\"{floor:.1}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value:.1}</text>",
            floor + 14.0
        );
    }
}

fn label(svg: &mut String, y: f64, text: &str) {
    let short: String =
        if text.chars().count() > 38 { text.chars().take(37).chain(['…']).collect() } else { text.into() };
    let _ = write!(
        svg,
        "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        LABEL - 8.0,
        y + 4.0,
        escape(&short)
    );
}

/// The place of a value between 0 and 1.
fn across(value: f64) -> f64 {
    LABEL + (WIDTH - LABEL - MARGIN) * value.clamp(0.0, 1.0)
}

fn count<T>(rows: &[T]) -> f64 {
    share(rows.len(), 1)
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
