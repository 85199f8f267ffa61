//! What was found, in words and in a few numbers.

use crate::lineage::Report;
use crate::lineage::explain::Summary;
use crate::page::{Said, count, element, escape, span};

pub(super) fn section(report: &Report, summary: &Summary) -> String {
    let name = &report.candidate.name;
    let mut out = element("h1", &Said::made(format!("Lineage of {name}"), format!("{name}의 계보")));
    out.push_str(&format!(
        "<p class=\"soft\">{}</p>\n",
        span(&Said::new(
            "Whether the weights of this model depend on those of models in a library. Graded evidence, not a verdict.",
            "이 모델의 가중치가 라이브러리에 있는 모델들의 가중치에 의존하는지 살핀 결과입니다. 등급을 매긴 근거이며 판정이 아닙니다.",
        ))
    ));
    let class = if summary.shared.is_empty() { "words" } else { "words found" };
    out.push_str(&format!("<div class=\"{class}\">\n"));
    summary.sentences(name).iter().for_each(|said| out.push_str(&element("p", said)));
    out.push_str("</div>\n");
    out.push_str(&tiles(report));
    out.push_str(&declared(report));
    out
}

fn tiles(report: &Report) -> String {
    let tile = |number: String, name: Said| format!("<div><b>{number}</b><small>{}</small></div>\n", span(&name));
    [
        "<div class=\"tiles\">\n".to_owned(),
        tile(count(report.candidate.parameters), Said::new("weights of the candidate", "후보의 가중치 수")),
        tile(count(report.library.len() as u64), Said::new("models in the library", "라이브러리의 모델 수")),
        tile(count(report.hypotheses), Said::new("hypotheses corrected for", "보정에 넣은 가설 수")),
        tile(
            format!("{}", report.level),
            Said::new("level: chance of one wrong finding", "유의수준: 한 번이라도 잘못 지목할 확률"),
        ),
        "</div>\n".to_owned(),
    ]
    .concat()
}

fn declared(report: &Report) -> String {
    let mut out = element("h3", &Said::new("Declared lineage", "신고한 계보"));
    if report.declared.is_empty() {
        out.push_str(&element(
            "p",
            &Said::new("The model card names no base.", "모델 카드에 기반 모델이 적혀 있지 않습니다."),
        ));
        return out;
    }
    out.push_str(&element(
        "p",
        &Said::new(
            "The model card names these as its base. Shown as declared; it is not a finding.",
            "모델 카드가 기반으로 밝힌 모델입니다. 신고한 그대로이며 검정 결과가 아닙니다.",
        ),
    ));
    out.push_str("<ul>\n");
    report.declared.iter().for_each(|name| out.push_str(&format!("<li>{}</li>\n", escape(name))));
    out.push_str("</ul>\n");
    out
}
