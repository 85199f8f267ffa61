//! A report as one page that opens from disk: a committee can read it, and nothing is fetched.

mod controls;
mod head;
mod map;
mod models;
mod overview;
mod parts;
#[cfg(test)]
pub(crate) mod tests;
mod texts;

use super::Report;
use super::explain::Summary;
use crate::page::{Said, page};

pub use crate::page::Language;

/// The page of a report. Both languages stand in it, with a switch; it opens in the one named.
#[must_use]
pub fn render(report: &Report, language: Language) -> String {
    let summary = Summary::of(report);
    let body = [
        head::section(report, &summary),
        overview::section(report, &summary),
        parts::section(report),
        models::section(report),
        controls::section(report),
        texts::section(report),
    ]
    .concat();
    let name = &report.candidate.name;
    page(&Said::made(format!("Lineage of {name}"), format!("{name}의 계보")), &body, language)
}

/// A logarithm of a p-value as it is printed.
fn power(log10: f64) -> String {
    let size = log10.abs();
    let text = match size {
        _ if size.is_infinite() => "∞".to_owned(),
        _ if size < 9.995 => format!("{size:.2}"),
        _ if size < 999.95 => format!("{size:.1}"),
        _ => crate::page::count(size.round() as u64),
    };
    if log10 < 0.0 && text != "0.00" { format!("−{text}") } else { text }
}

/// A logarithm of a p-value, or a dash where there is none.
fn power_or_none(log10: Option<f64>) -> String {
    log10.filter(|log10| !log10.is_nan()).map_or_else(|| "–".to_owned(), power)
}

/// An effect size as it is printed.
fn size(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let text = format!("{:.4}", value.abs());
    if value < 0.0 && text != "0.0000" { format!("−{text}") } else { text }
}
