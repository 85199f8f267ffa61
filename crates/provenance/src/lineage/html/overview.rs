//! All models and all components at a glance.

use super::map::{Map, Room, Scale, both};
use crate::anatomy::{Component, Spot};
use crate::lineage::explain::{Summary, component, components};
use crate::lineage::{Comparison, Report, Tier};
use crate::page::{Said, element, escape, span};

/// So many models are drawn.
const MOST: usize = 40;
const LEFT: f64 = 190.0;
const TOP: f64 = 92.0;
const ROW: f64 = 22.0;

pub(super) fn section(report: &Report, summary: &Summary) -> String {
    let columns = columns(report);
    if columns.is_empty() || report.comparisons.is_empty() {
        return String::new();
    }
    let mut out = element("h2", &Said::new("At a glance", "한눈에 보기"));
    let drawn = rows(report);
    let values: Vec<f64> =
        drawn.iter().flat_map(|comparison| columns.iter().map(|column| strongest(comparison, column))).collect();
    let map = Map {
        title: Said::new("Models of the library by components of the candidate", "라이브러리 모델과 후보의 부위"),
        description: description(summary),
        rows: drawn.len(),
        columns: columns.len(),
        values: &values,
        scale: Scale::Sure(report.level.log10()),
    };
    let caption = Said::new(
        "How sure: the smallest adjusted log10 p of exact and calibrated tests, for each model (rows) and each component of \
         the candidate (columns). Everything from the star on is below the level.",
        "확실한 정도: 모델(행)과 후보의 부위(열)마다 정확·보정 검정의 조정된 log10 p 가운데 가장 작은 값입니다. 별표부터 유의수준 아래입니다.",
    );
    out.push_str(&format!("<figure><figcaption>{}</figcaption>\n", span(&caption)));
    out.push_str("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"map · 지도\">");
    out.push_str(&picture(&map, &drawn, &columns));
    out.push_str("</div>\n");
    out.push_str(&map.scale.key());
    if drawn.len() < report.comparisons.len() {
        let (drawn, all) = (drawn.len(), report.comparisons.len());
        out.push_str(&element(
            "p",
            &Said::made(
                format!("The {drawn} models with the strongest findings of {all}; the tables have all."),
                format!("모델 {all}개 가운데 결과가 가장 강한 {drawn}개입니다. 표에는 모두 있습니다."),
            ),
        ));
    }
    out.push_str("</figure>\n");
    out
}

/// The components of the candidate, in order.
fn columns(report: &Report) -> Vec<Component> {
    let found = report.comparisons.iter().flat_map(|one| one.findings.iter().map(|finding| finding.component));
    let mut all: Vec<Component> = report.sensitivity.iter().map(|one| one.component).chain(found).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The models to draw, the strongest first; equal ones in their order.
fn rows(report: &Report) -> Vec<&Comparison> {
    let least = |comparison: &Comparison| {
        let each = comparison.findings.iter().filter(|finding| finding.tier != Tier::Corroborating);
        each.filter_map(|finding| finding.log10_adjusted).fold(0.0_f64, f64::min)
    };
    let mut all: Vec<&Comparison> = report.comparisons.iter().collect();
    all.sort_by(|one, other| least(one).total_cmp(&least(other)));
    all.truncate(MOST);
    all
}

fn strongest(comparison: &Comparison, at: &Component) -> f64 {
    let here = comparison.findings.iter().filter(|finding| finding.component == *at);
    let here = here.filter(|finding| finding.tier != Tier::Corroborating);
    here.filter_map(|finding| finding.log10_adjusted).fold(0.0_f64, f64::min)
}

fn description(summary: &Summary) -> Said {
    if summary.shared.is_empty() {
        return Said::new("No cell is below the level.", "유의수준 아래인 칸이 없습니다.");
    }
    let each = summary.shared.iter().map(|shared| {
        let parts = Said::list(&components(&shared.components));
        Said::made(format!("{}: {}", shared.model, parts.en), format!("{}: {}", shared.model, parts.ko))
    });
    let each = Said::list(&each.collect::<Vec<_>>());
    Said::made(format!("Below the level: {}.", each.en), format!("유의수준 아래: {}.", each.ko))
}

fn picture(map: &Map<'_>, drawn: &[&Comparison], columns: &[Component]) -> String {
    let wide = (640.0 / columns.len() as f64).clamp(3.0, 24.0);
    let room = Room { left: LEFT, top: TOP, cell: (wide, ROW) };
    let width = LEFT + wide * columns.len() as f64 + 60.0;
    let mut out = map.open(width.max(620.0), TOP + ROW * drawn.len() as f64 + 6.0, "over");
    out.push_str(&map.cells(room));
    for (place, comparison) in drawn.iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5) + 4.0;
        let name = short(&comparison.model, 26);
        out.push_str(&format!(
            "<text class=\"name\" x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{name}</text>",
            LEFT - 8.0
        ));
    }
    let mut free = 0.0;
    for (from, to) in groups(columns) {
        // A name over the middle of what it names; one that would run into another's is left to the table.
        let x = LEFT + wide * (from + to) as f64 / 2.0;
        if x < free {
            continue;
        }
        free = x + 13.0;
        let place = format!("x=\"{x:.1}\" y=\"{0:.1}\" transform=\"rotate(-40 {x:.1} {0:.1})\"", TOP - 6.0);
        let line = LEFT + wide * from as f64;
        out.push_str(&format!("<path class=\"axis\" d=\"M{line:.1} {TOP}v-5\"/>"));
        let name = components(&columns[from..to]).pop().unwrap_or_else(|| component(&columns[from]));
        out.push_str(&both(&name, &place));
    }
    out.push_str("</svg>\n");
    out
}

/// Runs of columns that have one name: a component, or the blocks of a network.
fn groups(columns: &[Component]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut from = 0;
    for run in columns.chunk_by(|one, other| {
        let are_blocks = matches!((one.spot, other.spot), (Spot::Block(_), Spot::Block(_)));
        are_blocks && one.tower == other.tower
    }) {
        groups.push((from, from + run.len()));
        from += run.len();
    }
    groups
}

/// A name cut to so many letters.
fn short(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return escape(name);
    }
    escape(&name.chars().take(most - 1).chain(['…']).collect::<String>())
}
