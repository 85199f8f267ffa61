//! How to read the page, what it cannot see, what was left out, and how it was made.

use std::collections::BTreeSet;

use crate::lineage::explain::{BLIND_SPOTS, Entry, NUMBERS, TIERS, test};
use crate::lineage::{Report, Test};
use crate::page::{Cell, Said, details, element, escape, span, table};

pub(super) fn section(report: &Report) -> String {
    let mut out = element("h2", &Said::new("How to read it", "읽는 법"));
    out.push_str(&element("h3", &Said::new("Tiers", "등급")));
    out.push_str(&list(TIERS.iter()));
    let used: BTreeSet<Test> =
        report.comparisons.iter().flat_map(|one| one.findings.iter().map(|finding| finding.test)).collect();
    out.push_str(&details(&Said::new("The tests", "검정"), &list(used.into_iter().map(test))));
    out.push_str(&details(&Said::new("The numbers", "수치"), &list(NUMBERS.iter())));
    out.push_str(&element("h2", &Said::new("What this cannot see", "이 검사가 볼 수 없는 것")));
    out.push_str(&list(BLIND_SPOTS.iter()));
    out.push_str(&omitted(report));
    out.push_str(&made(report));
    out
}

fn list<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut out = "<dl>\n".to_owned();
    for entry in entries {
        let (name, shows, limits) = (span(&entry.name), span(&entry.shows), span(&entry.limits));
        out.push_str(&format!("<dt>{name}</dt><dd>{shows}</dd><dd>{limits}</dd>\n"));
    }
    out.push_str("</dl>\n");
    out
}

fn omitted(report: &Report) -> String {
    let mut out = element("h2", &Said::new("What was left out", "하지 못한 것"));
    if report.omitted.is_empty() {
        out.push_str(&element("p", &Said::new("Nothing.", "없습니다.")));
        return out;
    }
    out.push_str("<ul>\n");
    report.omitted.iter().for_each(|one| out.push_str(&format!("<li lang=\"en\">{}</li>\n", escape(one))));
    out.push_str("</ul>\n");
    out
}

fn made(report: &Report) -> String {
    let head = [
        Said::new("Model", "모델"),
        Said::new("Family", "계열"),
        Said::new("Digest of its weights (SHA-256)", "가중치 다이제스트 (SHA-256)"),
    ];
    let models = std::iter::once(&report.candidate).chain(&report.library);
    let rows: Vec<Vec<Cell>> = models
        .map(|model| {
            vec![
                Cell::Head(escape(&model.name)),
                Cell::Text(model.family.as_deref().map_or_else(|| "–".to_owned(), escape)),
                Cell::Text(format!("<code>{}</code>", escape(&model.digest))),
            ]
        })
        .collect();
    let (program, seed, level) = (&report.program, report.seed, report.level);
    let mut out = element("h2", &Said::new("How it was made", "만든 방법"));
    out.push_str(&element(
        "p",
        &Said::made(
            format!("By daepyo {program}, seed {seed}, level {level}. The same models and seed give the same report."),
            format!("daepyo {program}, 시드 {seed}, 유의수준 {level}. 같은 모델과 시드로는 같은 보고서가 나옵니다."),
        ),
    ));
    out.push_str(&details(
        &Said::new("The models, by digest", "모델과 다이제스트"),
        &table(&Said::new("The candidate first", "첫 줄이 후보"), &head, &rows),
    ));
    out
}
