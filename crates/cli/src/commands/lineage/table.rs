//! A report as text for terminals.

use provenance::lineage::explain::{BLIND_SPOTS, Summary, effect, relation, test, tier};
use provenance::lineage::{Comparison, Finding, Report, Tier};
use provenance::{Language, Said};

use crate::text::{table, wrapped};

/// What was found in words, a line for each model, and what belongs to it.
pub(super) fn told(report: &Report, summary: &Summary, language: Language) -> String {
    let words = |en: &'static str, ko: &'static str| Said::new(en, ko).of(language).to_owned();
    let mut lines: Vec<String> =
        summary.sentences(&report.candidate.name).iter().map(|said| wrapped("", said.of(language))).collect();
    lines.push(String::new());
    let head = [
        words("model", "모델"),
        words("dependence", "의존성"),
        words("strongest test", "가장 강한 검정"),
        words("effect", "효과"),
        words("log10 p", "log10 p"),
        words("tokenizer", "토크나이저"),
    ];
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let rows = report.comparisons.iter().map(|one| row(one, summary, language)).collect();
    lines.push(table(&head, &[4], rows));
    lines.push(String::new());
    lines.push(wrapped("", counted(report, summary).of(language)));
    let declared = if report.declared.is_empty() { words("nothing", "없음") } else { report.declared.join(", ") };
    lines.push(wrapped(&words("declared: ", "신고: "), &declared));
    for omitted in &report.omitted {
        lines.push(wrapped(&words("left out: ", "하지 못함: "), omitted));
    }
    let blind: Vec<Said> = BLIND_SPOTS.iter().map(|entry| entry.name.clone()).collect();
    lines.push(wrapped(&words("cannot see: ", "볼 수 없음: "), Said::list(&blind).of(language)));
    lines.push(wrapped(
        "",
        &words("What each number shows: daepyo lineage explain", "수치의 뜻: daepyo lineage explain --lang ko"),
    ));
    lines.join("\n")
}

fn row(comparison: &Comparison, summary: &Summary, language: Language) -> Vec<String> {
    let shared = summary.shared.iter().find(|shared| shared.model == comparison.model);
    let dependence = match shared {
        Some(shared) => {
            let count = shared.components.len();
            let parts = if count == 1 { "component" } else { "components" };
            Said::made(format!("in {count} {parts}"), format!("{count}개 부위")).of(language).to_owned()
        }
        None => Said::new("not found", "미발견").of(language).to_owned(),
    };
    let tokenizer = comparison.tokenizer.as_ref().map(|one| relation(one.relation).of(language).to_owned());
    let tokenizer = tokenizer.unwrap_or_else(|| "–".to_owned());
    let Some(finding) = strongest(comparison) else {
        let dash = || "–".to_owned();
        return vec![comparison.model.clone(), dependence, dash(), dash(), dash(), tokenizer];
    };
    let (name, grade) = (&test(finding.test).name, &tier(finding.tier).name);
    let size = finding
        .effects
        .first()
        .map_or_else(|| "–".to_owned(), |one| format!("{:.3} {}", one.value, effect(&one.name).of(language)));
    vec![
        comparison.model.clone(),
        dependence,
        format!("{} ({})", name.of(language), grade.of(language)),
        size,
        finding.log10_adjusted.map_or_else(|| "–".to_owned(), |log10| format!("{:.1}", log10 + 0.0)),
        tokenizer,
    ]
}

/// The strongest finding of exact and calibrated tests.
fn strongest(comparison: &Comparison) -> Option<&Finding> {
    let key = |finding: &Finding| {
        let adjusted = finding.log10_adjusted.unwrap_or(0.0);
        if adjusted < 0.0 { adjusted } else { 1e-12 * finding.log10_p.unwrap_or(0.0) }
    };
    let all = comparison.findings.iter().filter(|finding| finding.tier != Tier::Corroborating);
    all.min_by(|one, other| key(one).total_cmp(&key(other)))
}

fn counted(report: &Report, summary: &Summary) -> Said {
    let (hypotheses, level, controls) = (report.hypotheses, report.level, summary.controls);
    let passed = controls - summary.failed_controls;
    Said::made(
        format!(
            "log10 p is adjusted for {hypotheses} hypotheses (Holm), level {level}; {passed} of {controls} controls came out as \
             they have to."
        ),
        format!(
            "log10 p는 가설 {hypotheses}개에 대한 홀름 조정값, 유의수준 {level}. 대조 {controls}건 중 {passed}건이 기대대로입니다."
        ),
    )
}
