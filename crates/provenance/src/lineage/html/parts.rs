//! Each component of the candidate, with the strongest of what was found of it in the whole library.

use super::{power_or_none, size};
use crate::anatomy::Component;
use crate::lineage::explain::{component, effect, test, tier};
use crate::lineage::{Finding, Report, Tier};
use crate::page::{Cell, Said, element, escape, span, table};

pub(super) fn section(report: &Report) -> String {
    let mut parts: Vec<Component> = report.sensitivity.iter().map(|one| one.component).collect();
    parts.extend(report.comparisons.iter().flat_map(|one| one.findings.iter().map(|finding| finding.component)));
    parts.sort_unstable();
    parts.dedup();
    if parts.is_empty() {
        return String::new();
    }
    let head = [
        Said::new("Component", "부위"),
        Said::new("Dependence", "의존성"),
        Said::new("Strongest with", "가장 강한 상대"),
        Said::new("Test (tier)", "검정 (등급)"),
        Said::new("Effect", "효과"),
        Said::new("log10 p, adjusted", "log10 p (조정값)"),
        Said::new("Sensitivity", "민감도"),
    ];
    let rows: Vec<Vec<Cell>> = parts.iter().map(|part| row(report, part)).collect();
    let caption = Said::new(
        "The strongest finding of each component over the whole library",
        "라이브러리 전체에서 부위마다 가장 강한 결과",
    );
    element("h2", &Said::new("Components of the candidate", "후보의 부위")) + &table(&caption, &head, &rows)
}

fn row(report: &Report, part: &Component) -> Vec<Cell> {
    let all = report
        .comparisons
        .iter()
        .flat_map(|comparison| comparison.findings.iter().map(move |finding| (comparison.model.as_str(), finding)));
    let own = all.filter(|(_, finding)| finding.component == *part && finding.tier != Tier::Corroborating);
    let strongest = own.min_by(|(_, one), (_, other)| key(one).total_cmp(&key(other)));
    let cosine = report.sensitivity.iter().find(|one| one.component == *part).map(|one| one.cosine);
    let sensitivity = cosine.map_or_else(|| "–".to_owned(), size);
    let name = Cell::Head(span(&component(part)));
    match strongest {
        None => {
            let none = span(&Said::new("not tested", "검정하지 않음"));
            let dash = || "–".to_owned();
            vec![
                name,
                Cell::Text(none),
                Cell::Text(dash()),
                Cell::Text(dash()),
                Cell::Text(dash()),
                Cell::Number(dash()),
                Cell::Number(sensitivity),
            ]
        }
        Some((model, finding)) => vec![
            name,
            Cell::Text(found(finding)),
            Cell::Text(escape(model)),
            Cell::Text(tested(finding)),
            Cell::Text(finding.effects.first().map_or_else(|| "–".to_owned(), effect_cell)),
            Cell::Number(power_or_none(finding.log10_adjusted)),
            Cell::Number(sensitivity),
        ],
    }
}

fn key(finding: &Finding) -> f64 {
    finding.log10_adjusted.or(finding.log10_p).unwrap_or(0.0)
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
