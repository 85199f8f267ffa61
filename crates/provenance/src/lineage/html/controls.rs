//! What the tests say where the answer is known.

use std::collections::BTreeMap;

use super::power;
use crate::lineage::explain::{control, test};
use crate::lineage::{Control, Report, Test};
use crate::page::{Cell, Said, count, element, escape, span, table};

/// So many p-values make a line worth drawing.
const FEWEST: usize = 20;
const SIDE: f64 = 300.0;

/// Runs of one control of one test, over the whole report.
struct Runs<'a> {
    test: Test,
    name: &'a str,
    is_positive: bool,
    log10_p: Vec<f64>,
    passed: usize,
    all: usize,
}

pub(super) fn section(report: &Report) -> String {
    let runs = runs(report);
    let mut out = element("h2", &Said::new("Controls", "대조"));
    if runs.is_empty() {
        out.push_str(&element("p", &Said::new("No control was run.", "대조를 돌리지 않았습니다.")));
        return out;
    }
    out.push_str(&element(
        "p",
        &Said::new(
            "The same tests where the answer is known. Negative controls must find nothing; their p-values must lie on or above \
             the line of chance. Positive ones must be found.",
            "답이 알려진 곳에 같은 검정을 돌린 결과입니다. 음성 대조에서는 나오지 않아야 하고 p값이 우연의 선 위나 그 위쪽에 놓여야 합니다. 양성 대조에서는 나와야 합니다.",
        ),
    ));
    let head = [
        Said::new("Test", "검정"),
        Said::new("Control", "대조"),
        Said::new("Kind", "종류"),
        Said::new("p-values", "p값 수"),
        Said::new("lowest log10 p", "가장 작은 log10 p"),
        Said::new("middle log10 p", "가운데 log10 p"),
        Said::new("as it has to be", "기대대로"),
    ];
    let rows: Vec<Vec<Cell>> = runs.iter().map(row).collect();
    out.push_str(&table(&Said::new("Controls by test", "검정별 대조"), &head, &rows));
    let drawn: Vec<&Runs<'_>> = runs.iter().filter(|one| !one.is_positive && one.log10_p.len() >= FEWEST).collect();
    if !drawn.is_empty() {
        out.push_str("<div class=\"maps\">\n");
        drawn.iter().for_each(|one| out.push_str(&quantiles(one)));
        out.push_str("</div>\n");
    }
    out
}

fn runs(report: &Report) -> Vec<Runs<'_>> {
    let findings = report.comparisons.iter().flat_map(|comparison| &comparison.findings);
    let each = findings.flat_map(|finding| finding.controls.iter().map(move |control| (finding.test, control)));
    let mut by_name: BTreeMap<(Test, bool, &str), Vec<&Control>> = BTreeMap::new();
    for (test, control) in each {
        by_name.entry((test, control.positive, control.name.as_str())).or_default().push(control);
    }
    let runs = by_name.into_iter().map(|((test, is_positive, name), controls)| {
        let all = controls.iter().flat_map(|control| control.log10_p.iter().copied());
        let mut log10_p: Vec<f64> = all.filter(|log10| !log10.is_nan()).collect();
        log10_p.sort_by(f64::total_cmp);
        let passed = controls.iter().filter(|control| control.passed).count();
        Runs { test, name, is_positive, log10_p, passed, all: controls.len() }
    });
    runs.collect()
}

fn row(runs: &Runs<'_>) -> Vec<Cell> {
    let kind = if runs.is_positive { Said::new("positive", "양성") } else { Said::new("negative", "음성") };
    let at = |place: usize| runs.log10_p.get(place).map_or_else(|| "–".to_owned(), |log10| power(*log10));
    let class = if runs.passed == runs.all { "ok" } else { "yes" };
    vec![
        Cell::Head(span(&test(runs.test).name)),
        Cell::Text(span(&control(runs.name))),
        Cell::Text(span(&kind)),
        Cell::Number(count(runs.log10_p.len() as u64)),
        Cell::Number(at(0)),
        Cell::Number(at(runs.log10_p.len() / 2)),
        Cell::Number(format!("<span class=\"{class}\">{} / {}</span>", runs.passed, runs.all)),
    ]
}

/// The p-values in order beside those of chance (a quantile-quantile plot), both as -log10.
fn quantiles(runs: &Runs<'_>) -> String {
    let name = &test(runs.test).name;
    let of = control(runs.name);
    let title = Said::made(format!("{}: {}", name.en, of.en), format!("{}: {}", name.ko, of.ko));
    let all = runs.log10_p.len();
    let expected = |place: usize| -((place as f64 + 0.5) / all as f64).log10();
    let most = expected(0).max(-runs.log10_p[0]).max(1.0);
    let most = if most.is_finite() { most * 1.05 } else { expected(0) * 2.0 };
    let at = |value: f64| (value / most).clamp(0.0, 1.0) * SIDE;
    let told = format!(
        "{} · {}: {all}, log10 p ≥ {}",
        title.en,
        title.ko,
        power(runs.log10_p.first().copied().unwrap_or_default())
    );
    let mut out = format!(
        "<figure><figcaption>{}</figcaption>\n<svg role=\"img\" viewBox=\"0 0 400 360\" \
         xmlns=\"http://www.w3.org/2000/svg\"><title>{}</title><rect class=\"frame\" x=\"44\" y=\"8\" width=\"{SIDE}\" \
         height=\"{SIDE}\"/><path class=\"even\" d=\"M44 308L344 8\"/>",
        span(&title),
        escape(&told)
    );
    for (place, log10) in runs.log10_p.iter().enumerate().filter(|(place, _)| is_drawn(*place, all)) {
        let (x, y) = (44.0 + at(expected(place)), 308.0 - at(-log10));
        out.push_str(&format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"));
    }
    let across = Said::new("−log10 p of chance", "우연일 때의 −log10 p");
    let up = Said::new("−log10 p of the controls", "대조의 −log10 p");
    out.push_str(&super::map::both(&across, "x=\"344\" y=\"342\" text-anchor=\"end\""));
    out.push_str(&super::map::both(&up, "x=\"14\" y=\"158\" text-anchor=\"middle\" transform=\"rotate(-90 14 158)\""));
    for (share, value) in [(0.0, 0.0), (0.5, most / 2.0), (1.0, most)] {
        let (x, y) = (44.0 + share * SIDE, 308.0 - share * SIDE + 4.0);
        out.push_str(&format!("<text x=\"{x:.0}\" y=\"324\" text-anchor=\"middle\">{value:.1}</text>"));
        out.push_str(&format!("<text x=\"38\" y=\"{y:.0}\" text-anchor=\"end\">{value:.1}</text>"));
    }
    out.push_str("</svg></figure>\n");
    out
}

/// The smallest all, of the others a few hundred.
fn is_drawn(place: usize, all: usize) -> bool {
    place < 100 || place.is_multiple_of((all / 300).max(1))
}
