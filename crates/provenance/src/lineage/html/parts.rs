//! Each component of the candidate, with the strongest of what was found of it in the whole library.

use super::{power_or_none, size};
use crate::anatomy::{Component, Spot};
use crate::lineage::explain::{components, effect, test, tier};
use crate::lineage::{Finding, Report, Tier};
use crate::page::{Cell, Said, details, element, escape, span, table};

/// A component with the strongest finding on it and the model it was found with.
struct Row<'a> {
    part: Component,
    strongest: Option<(&'a str, &'a Finding)>,
    sensitivity: Option<f64>,
}

pub(super) fn section(report: &Report) -> String {
    let rows = rows(report);
    if rows.is_empty() {
        return String::new();
    }
    let short: Vec<Vec<Cell>> = rows.chunk_by(Row::goes_with).map(cells).collect();
    let caption = Said::new(
        "The strongest finding of each component over the whole library; blocks that say the same are put together",
        "라이브러리 전체에서 부위마다 가장 강한 결과. 같은 말을 하는 블록은 묶었습니다",
    );
    let mut out = element("h2", &Said::new("Components of the candidate", "후보의 부위"));
    out.push_str(&table(&caption, &head(), &short));
    if short.len() < rows.len() {
        let full: Vec<Vec<Cell>> = rows.iter().map(|row| cells(std::slice::from_ref(row))).collect();
        let caption = Said::new("Each component by itself", "부위마다 따로");
        out.push_str(&details(&caption, &table(&caption, &head(), &full)));
    }
    out
}

fn head() -> [Said; 7] {
    [
        Said::new("Component", "부위"),
        Said::new("Dependence", "의존성"),
        Said::new("Strongest with", "가장 강한 상대"),
        Said::new("Test (tier)", "검정 (등급)"),
        Said::new("Effect", "효과"),
        Said::new("log10 p, adjusted", "log10 p (조정값)"),
        Said::new("Sensitivity", "민감도"),
    ]
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let found = report.comparisons.iter().flat_map(|one| one.findings.iter().map(|finding| finding.component));
    let mut parts: Vec<Component> = report.sensitivity.iter().map(|one| one.component).chain(found).collect();
    parts.sort_unstable();
    parts.dedup();
    parts.into_iter().map(|part| row(report, part)).collect()
}

fn row(report: &Report, part: Component) -> Row<'_> {
    let all = report
        .comparisons
        .iter()
        .flat_map(|comparison| comparison.findings.iter().map(move |finding| (comparison.model.as_str(), finding)));
    let own = all.filter(|(_, finding)| finding.component == part && finding.tier != Tier::Corroborating);
    let strongest = own.min_by(|(_, one), (_, other)| key(one).total_cmp(&key(other)));
    let sensitivity = report.sensitivity.iter().find(|one| one.component == part).map(|one| one.cosine);
    Row { part, strongest, sensitivity }
}

/// The order of strength: by adjusted value, then by the value itself.
fn key(finding: &Finding) -> f64 {
    let adjusted = finding.log10_adjusted.unwrap_or(0.0);
    if adjusted < 0.0 { adjusted } else { finding.log10_p.unwrap_or(0.0) * 1e-12 }
}

impl Row<'_> {
    /// Whether two rows are blocks of one network that say the same.
    fn goes_with(&self, other: &Self) -> bool {
        let are_blocks = matches!((self.part.spot, other.part.spot), (Spot::Block(_), Spot::Block(_)));
        let says = |row: &Self| {
            row.strongest.map(|(model, finding)| finding.dependent.then(|| (model.to_owned(), finding.test)))
        };
        are_blocks && self.part.tower == other.part.tower && says(self) == says(other)
    }
}

/// The cells of rows that say the same; numbers as ranges.
fn cells(rows: &[Row<'_>]) -> Vec<Cell> {
    let parts: Vec<Component> = rows.iter().map(|row| row.part).collect();
    let name = Cell::Head(span(&Said::list(&components(&parts))));
    let sensitivity = rows.iter().filter_map(|row| row.sensitivity).reduce(f64::max);
    let sensitivity = Cell::Number(sensitivity.map_or_else(dash, size));
    let strongest =
        rows.iter().filter_map(|row| row.strongest).min_by(|one, other| key(one.1).total_cmp(&key(other.1)));
    let Some((model, finding)) = strongest else {
        let none = span(&Said::new("not tested", "검정하지 않음"));
        return vec![
            name,
            Cell::Text(none),
            Cell::Text(dash()),
            Cell::Text(dash()),
            Cell::Text(dash()),
            Cell::Number(dash()),
            sensitivity,
        ];
    };
    vec![
        name,
        Cell::Text(found(finding)),
        Cell::Text(escape(model)),
        Cell::Text(tested(finding)),
        Cell::Text(effects(rows, finding)),
        Cell::Number(powers(rows)),
        sensitivity,
    ]
}

fn dash() -> String {
    "–".to_owned()
}

/// The effects of rows from least to most, with the name that `finding` gives its first.
fn effects(rows: &[Row<'_>], finding: &Finding) -> String {
    let Some(first) = finding.effects.first() else { return dash() };
    let each = rows.iter().filter_map(|row| row.strongest?.1.effects.first());
    let values: Vec<f64> = each.filter(|effect| effect.name == first.name).map(|effect| effect.value).collect();
    let least = values.iter().copied().reduce(f64::min).map_or_else(dash, size);
    let most = values.iter().copied().reduce(f64::max).map_or_else(dash, size);
    let told = if least == most { most } else { format!("{least} … {most}") };
    format!("{told} <small>{}</small>", span(&effect(&first.name)))
}

fn powers(rows: &[Row<'_>]) -> String {
    let each = || rows.iter().filter_map(|row| row.strongest?.1.log10_adjusted);
    let (least, most) = (power_or_none(each().reduce(f64::min)), power_or_none(each().reduce(f64::max)));
    if least == most { most } else { format!("{least} … {most}") }
}

/// Whether dependence was found, in words.
pub(super) fn found(finding: &Finding) -> String {
    if finding.dependent {
        format!("<span class=\"yes\">{}</span>", span(&Said::new("found", "발견")))
    } else {
        format!("<span class=\"no\">{}</span>", span(&Said::new("not found", "미발견")))
    }
}

/// The test and its tier.
pub(super) fn tested(finding: &Finding) -> String {
    let (test, tier) = (&test(finding.test).name, &tier(finding.tier).name);
    span(&Said::made(format!("{} ({})", test.en, tier.en), format!("{} ({})", test.ko, tier.ko)))
}

/// An effect with its name.
pub(super) fn effect_cell(one: &crate::lineage::Effect) -> String {
    format!("{} <small>{}</small>", size(one.value), span(&effect(&one.name)))
}
