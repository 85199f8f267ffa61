//! Each model of the library: in full where something was found, in a line where nothing was.

use super::map::{Map, Scale};
use super::parts::{effect_cell, found, tested};
use super::{power, power_or_none, size};
use crate::lineage::explain::{component, components, control, relation, test};
use crate::lineage::{Comparison, Control, Finding, Grid, Report, Tier, TokenizerFinding};
use crate::page::{Cell, Said, count, details, element, escape, span, table};

/// So many findings of a model stand on the page; the JSON report has all.
const MOST: usize = 400;

pub(super) fn section(report: &Report) -> String {
    let mut out = String::new();
    let is_found = |comparison: &&Comparison| comparison.findings.iter().any(crate::lineage::explain::counts);
    let found: Vec<&Comparison> = report.comparisons.iter().filter(is_found).collect();
    if !found.is_empty() {
        out.push_str(&element("h2", &Said::new("Models with dependence", "의존성이 발견된 모델")));
    }
    // What nothing looks like stands beside what something does.
    for comparison in &found {
        out.push_str(&in_full(report, comparison));
    }
    let rest: Vec<&Comparison> = report.comparisons.iter().filter(|one| !is_found(one)).collect();
    if rest.is_empty() {
        return out;
    }
    out.push_str(&element("h2", &Said::new("Models without dependence found", "의존성이 발견되지 않은 모델")));
    out.push_str(&in_lines(report, &rest));
    if let Some((model, grid)) = rest.iter().find_map(|one| Some((&one.model, one.grids.first()?))) {
        out.push_str(&element(
            "p",
            &Said::made(
                format!("What nothing looks like: pairs of layers with {model}."),
                format!("아무것도 없을 때의 모습: {model}과(와)의 층 쌍입니다."),
            ),
        ));
        out.push_str(&pair(report, grid));
    }
    out
}

fn in_full(report: &Report, comparison: &Comparison) -> String {
    let mut out = format!("<h3>{}</h3>\n", escape(&comparison.model));
    let mut parts: Vec<_> = comparison
        .findings
        .iter()
        .filter(|one| crate::lineage::explain::counts(one))
        .map(|one| one.component)
        .collect();
    parts.dedup();
    let parts = Said::list(&components(&parts));
    out.push_str(&element(
        "p",
        &Said::made(
            format!("Shares weights or initialisation in: {}.", parts.en),
            format!("가중치 또는 초기값을 공유하는 부위: {}.", parts.ko),
        ),
    ));
    if let Some(tokenizer) = &comparison.tokenizer {
        out.push_str(&element("p", &tokenizer_words(tokenizer)));
    }
    comparison.grids.iter().for_each(|grid| out.push_str(&pair(report, grid)));
    out.push_str(&details(
        &Said::made(
            format!("All {} findings, with their controls", comparison.findings.len()),
            format!("결과 {}건 모두와 대조", comparison.findings.len()),
        ),
        &findings(comparison),
    ));
    out
}

fn findings(comparison: &Comparison) -> String {
    let head = [
        Said::new("Component", "부위"),
        Said::new("Against", "상대 부위"),
        Said::new("Test (tier)", "검정 (등급)"),
        Said::new("Dependence", "의존성"),
        Said::new("Effects", "효과"),
        Said::new("Compared", "비교한 수"),
        Said::new("log10 p", "log10 p"),
        Said::new("adjusted", "조정값"),
        Said::new("Controls (log10 p)", "대조 (log10 p)"),
    ];
    let rows: Vec<Vec<Cell>> = comparison.findings.iter().take(MOST).map(finding_row).collect();
    let name = &comparison.model;
    let caption = Said::made(format!("Findings on {name}"), format!("{name}에 대한 결과"));
    let mut out = table(&caption, &head, &rows);
    if comparison.findings.len() > MOST {
        out.push_str(&element(
            "p",
            &Said::made(
                format!("The first {MOST} of {}; the JSON report has all.", comparison.findings.len()),
                format!("{}건 가운데 처음 {MOST}건입니다. JSON 보고서에 모두 있습니다.", comparison.findings.len()),
            ),
        ));
    }
    out
}

fn finding_row(finding: &Finding) -> Vec<Cell> {
    let effects: Vec<String> = finding.effects.iter().map(effect_cell).collect();
    vec![
        Cell::Head(span(&component(&finding.component))),
        Cell::Text(span(&component(&finding.against))),
        Cell::Text(tested(finding)),
        Cell::Text(found(finding)),
        Cell::Text(effects.join("<br>")),
        Cell::Number(count(finding.compared)),
        Cell::Number(power_or_none(finding.log10_p)),
        Cell::Number(power_or_none(finding.log10_adjusted)),
        Cell::Text(finding.controls.iter().map(control_cell).collect::<Vec<_>>().join("<br>")),
    ]
}

/// A control in a line: its name, its lowest p-value, whether it came out as it has to.
fn control_cell(one: &Control) -> String {
    let least = one.log10_p.iter().copied().filter(|log10| !log10.is_nan()).reduce(f64::min);
    let told = match (least, one.log10_p.len()) {
        (None, _) => "–".to_owned(),
        (Some(least), 1) => power(least),
        (Some(least), runs) => {
            let least = power(least);
            span(&Said::made(format!("lowest of {runs}: {least}"), format!("{runs}회 중 최솟값 {least}")))
        }
    };
    let mark = if one.passed {
        "<span class=\"ok\">✓</span>".to_owned()
    } else {
        format!("<span class=\"yes\">✗ {}</span>", span(&Said::new("failed", "어긋남")))
    };
    format!("{} {}: {told}", mark, span(&control(&one.name)))
}

/// Models in which nothing was found, a line each.
fn in_lines(report: &Report, rest: &[&Comparison]) -> String {
    let head = [
        Said::new("Model", "모델"),
        Said::new("Weights", "가중치 수"),
        Said::new("Strongest test", "가장 강한 검정"),
        Said::new("Effect", "효과"),
        Said::new("log10 p", "log10 p"),
        Said::new("adjusted", "조정값"),
        Said::new("Tokenizer", "토크나이저"),
    ];
    let rows: Vec<Vec<Cell>> = rest.iter().map(|comparison| line(report, comparison)).collect();
    table(&Said::new("The strongest finding of each", "모델마다 가장 강한 결과"), &head, &rows)
}

fn line(report: &Report, comparison: &Comparison) -> Vec<Cell> {
    let weights = report.library.iter().find(|model| model.name == comparison.model).map(|model| model.parameters);
    let least = |finding: &Finding| finding.log10_p.unwrap_or(0.0);
    let strongest = comparison.findings.iter().filter(|one| one.tier != Tier::Corroborating);
    let strongest = strongest.min_by(|one, other| least(one).total_cmp(&least(other)));
    let dash = || "–".to_owned();
    let where_found = strongest.map_or_else(dash, |finding| {
        format!("{} <small>{}</small>", tested(finding), span(&component(&finding.component)))
    });
    vec![
        Cell::Head(escape(&comparison.model)),
        Cell::Number(weights.map_or_else(dash, count)),
        Cell::Text(where_found),
        Cell::Text(strongest.and_then(|finding| finding.effects.first()).map_or_else(dash, effect_cell)),
        Cell::Number(strongest.map_or_else(dash, |finding| power_or_none(finding.log10_p))),
        Cell::Number(strongest.map_or_else(dash, |finding| power_or_none(finding.log10_adjusted))),
        Cell::Text(comparison.tokenizer.as_ref().map_or_else(dash, |one| span(&relation(one.relation)))),
    ]
}

fn tokenizer_words(one: &TokenizerFinding) -> Said {
    let word = relation(one.relation);
    let (own, other, shared, same) = (count(one.candidate), count(one.library), count(one.shared), count(one.same_id));
    let (merges, order) = (count(one.merges), size(one.order));
    Said::made(
        format!(
            "Tokenizer: {}. {own} tokens beside {other}; {shared} in common, {same} of them at the same id; {merges} merges in \
             common, {order} of their pairs in the same order. Not evidence about weights.",
            word.en
        ),
        format!(
            "토크나이저: {}. 토큰 {own}개와 {other}개, 공통 {shared}개, 그중 같은 번호 {same}개. 공통 병합 {merges}개, 순서가 같은 쌍 {order}. 가중치에 \
             대한 근거는 아닙니다.",
            word.ko
        ),
    )
}

/// The two heat maps of a grid, and the same as a table.
fn pair(report: &Report, grid: &Grid) -> String {
    let (rows, columns) = (grid.rows as usize, grid.columns as usize);
    // Bonferroni's line: the correction at its strictest, the same for every pair.
    let line = (report.level / report.hypotheses.max(1) as f64).log10();
    let values = |all: &[f32]| -> Vec<f64> { all.iter().map(|value| f64::from(*value)).collect() };
    let (sure, large) = (values(&grid.log10_p), values(&grid.effect));
    let name = &test(grid.test).name;
    let about = description(grid, line);
    let map = |title: (&str, &str), values, scale| Map {
        title: Said::made(format!("{}: {}", title.0, name.en), format!("{}: {}", title.1, name.ko)),
        description: about.clone(),
        rows,
        columns,
        values,
        scale,
    };
    let maps = [
        map(("How sure", "확실한 정도"), &sure[..], Scale::Sure(line)),
        map(("How large", "닮은 정도"), &large[..], Scale::Large),
    ];
    let mut out = "<div class=\"maps\">\n".to_owned();
    for map in maps {
        out.push_str(&format!("<figure><figcaption>{}</figcaption>\n", span(&map.title)));
        out.push_str(&map.blocks());
        out.push_str(&map.scale.key());
        out.push_str("</figure>\n");
    }
    out.push_str("</div>\n");
    out.push_str(&details(&Said::new("The same as a table", "같은 내용의 표"), &best_pairs(grid)));
    out
}

/// For each block of the candidate, the block of the other model that it fits best: column, log10 p, effect.
fn best(grid: &Grid) -> Vec<(usize, f32, f32)> {
    let columns = (grid.columns as usize).max(1);
    let rows = grid.log10_p.chunks(columns).zip(grid.effect.chunks(columns));
    let best = rows.filter_map(|(sure, large)| {
        let at = (0..sure.len().min(large.len())).min_by(|one, other| sure[*one].total_cmp(&sure[*other]))?;
        Some((at, sure[at], large[at]))
    });
    best.collect()
}

fn description(grid: &Grid, line: f64) -> Said {
    let best = best(grid);
    let found: Vec<(usize, usize)> =
        best.iter().enumerate().filter(|(_, one)| f64::from(one.1) <= line).map(|(row, one)| (row, one.0)).collect();
    let (all, some) = (best.len(), found.len());
    let on_line = found.iter().filter(|(row, column)| row == column).count();
    Said::made(
        format!(
            "{some} of {all} blocks of the candidate fit a block below the line; {on_line} of them the one of the same number."
        ),
        format!(
            "후보의 블록 {all}개 가운데 {some}개가 기준선 아래로 맞는 블록이 있고, 그중 {on_line}개는 번호가 같은 블록입니다."
        ),
    )
}

fn best_pairs(grid: &Grid) -> String {
    let head = [
        Said::new("Block of the candidate", "후보의 블록"),
        Said::new("Best fit", "가장 잘 맞는 블록"),
        Said::new("log10 p", "log10 p"),
        Said::new("Effect", "효과"),
    ];
    let rows: Vec<Vec<Cell>> = best(grid)
        .into_iter()
        .enumerate()
        .map(|(row, (column, sure, large))| {
            vec![
                Cell::Head(row.to_string()),
                Cell::Number(column.to_string()),
                Cell::Number(power(f64::from(sure))),
                Cell::Number(size(f64::from(large))),
            ]
        })
        .collect();
    table(&Said::new("The best fit of each block", "블록마다 가장 잘 맞는 상대"), &head, &rows)
}
