//! The verdict in plain words, Korean or English.

mod page;
mod reasons;

use self::page::{Page, say};
use super::compare::{Comparison, TaskComparison, Unit};
use super::figures::{Figures, Interval, Method};
use super::file::Verdict;
use super::reason::Word;
use super::rule::{Gate, Missing, Of, Rule, Scale};
use super::snapshot::OutsideBecause;

/// A language that verdicts are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl Verdict {
    /// The verdict for people: what is shown, by which figures, and what is not shown by it. Lines of 80 columns.
    pub fn text(&self, language: Language) -> String {
        let mut page = Page { language, out: String::new() };
        let (candidate, word) = (&self.inputs.candidate, word(&page, self.word));
        page.title(&format!("{candidate}: {word}"));
        meaning(&mut page, self);
        for reason in &self.reasons {
            let words = reasons::say_reason(&page, reason);
            page.item(&words);
        }
        rule(&mut page, &self.rule);
        window(&mut page, self);
        for comparison in &self.comparisons {
            compared(&mut page, comparison);
        }
        context(&mut page, self);
        limits(&mut page, self);
        page.out
    }
}

fn word(page: &Page, word: Word) -> String {
    match word {
        Word::Reached => say!(page, "달성", "reached"),
        Word::NotReached => say!(page, "미달", "not reached"),
        Word::NotShown => say!(page, "확인되지 않음", "not shown"),
    }
}

/// A number with `places` decimals.
fn digits(number: f64, places: usize) -> String {
    format!("{number:.places$}")
}

fn percent(share: f64) -> String {
    let text = digits(share * 100.0, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn ratio(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| digits(number, 4))
}

fn p_value(number: f64) -> String {
    if number < 0.0001 { "< 0.0001".to_owned() } else { format!("= {}", digits(number, 4)) }
}

fn meaning(page: &mut Page, verdict: &Verdict) {
    let share = percent(verdict.rule.margin);
    page.text(&match verdict.word {
        Word::Reached => say!(
            page,
            "최신 모델 점수의 {share}% 이상이라는 것이 자료로 확인됩니다.",
            "The data show that it reaches {share} % of the frontier's score."
        ),
        Word::NotReached => say!(
            page,
            "최신 모델 점수의 {share}%에 못 미친다는 것이 자료로 확인됩니다.",
            "The data show that it lies below {share} % of the frontier's score."
        ),
        Word::NotShown => say!(
            page,
            "최신 모델 점수의 {share}% 이상인지 아닌지 이 자료로는 알 수 없습니다. 달성했다는 뜻도, 못 했다는 뜻도 아닙니다.",
            "The data show neither that it reaches {share} % of the frontier's score nor that it lies below. This is not \
             the same as \"not reached\"."
        ),
    });
}

fn rule(page: &mut Page, rule: &Rule) {
    page.heading(&say!(page, "규칙", "The rule"));
    let (source, months, alpha) = (&rule.source, rule.window_months, percent(rule.alpha));
    let of = match &rule.of {
        Of::Maximum => say!(page, "그 가운데 가장 좋은 모델", "the best of them"),
        Of::Mean => say!(page, "그 평균", "their mean"),
        Of::Model(name) => name.clone(),
    };
    page.item(&say!(page, "출처: {source}", "From: {source}"));
    page.item(&say!(
        page,
        "기준: 동결일 이전 {months}개월 안에 나온 모델, {of}",
        "Measure: models released in the {months} months before the snapshot, {of}"
    ));
    let scale = match rule.scale {
        Scale::Raw => say!(page, "점수 그대로", "scores as they are"),
        Scale::ChanceCorrected => say!(page, "찍어서 얻는 점수를 뺌", "what guessing earns is taken off"),
    };
    let gate = match rule.gate {
        Gate::Composite => say!(page, "평가를 합친 한 점수로", "benchmarks together"),
        Gate::EveryTask => say!(page, "평가마다 모두", "every benchmark for itself"),
    };
    page.item(&say!(page, "견주는 방법: {scale}, {gate}", "Compared: {scale}, {gate}"));
    let missing = match rule.missing {
        Missing::Wrong => say!(page, "틀린 것으로", "as wrong"),
        Missing::LeftOut => say!(page, "양쪽에서 뺌", "left out on both sides"),
        Missing::NotShown => say!(page, "있으면 확인되지 않음", "if there is any, not shown"),
    };
    page.item(&say!(page, "답이 없는 문항: {missing}", "Items without an answer: {missing}"));
    let looks = rule.looks;
    page.item(&say!(
        page,
        "잘못 말할 가능성: 판정 {looks}번을 통틀어 {alpha}% 이하",
        "Chance of a wrong word: {alpha} % at most, over {looks} planned look(s)"
    ));
}

fn window(page: &mut Page, verdict: &Verdict) {
    let window = &verdict.window;
    let (from, to, name) = (window.from, window.to, &verdict.inputs.snapshot);
    page.heading(&say!(page, "최신 모델: {name}", "The frontier: {name}"));
    page.text(&say!(page, "{from}부터 {to}까지 공개된 모델:", "Released from {from} to {to}:"));
    for model in &window.inside {
        page.item(model);
    }
    for model in &window.outside {
        let (name, day) = (&model.model, model.released_on);
        let because = match model.because {
            OutsideBecause::BeforeTheWindow => say!(page, "기간보다 먼저 공개됨", "before the window"),
            OutsideBecause::AfterTheSnapshot => say!(page, "동결일 뒤에 공개됨", "after the snapshot"),
        };
        page.item(&say!(page, "제외: {name} ({day}, {because})", "Not counted: {name} ({day}, {because})"));
    }
}

fn compared(page: &mut Page, comparison: &Comparison) {
    let (against, word) = (comparison.against.join(" + "), word(page, comparison.word));
    page.heading(&say!(page, "{against}: {word}", "Against {against}: {word}"));
    for unit in &comparison.units {
        tested(page, unit);
    }
    for task in &comparison.tasks {
        beside(page, task);
    }
}

fn tested(page: &mut Page, unit: &Unit) {
    let (name, word) = (&unit.name, word(page, unit.word));
    page.text(&format!("{name}: {word}"));
    if let Some(figures) = &unit.figures {
        numbers(page, figures);
    }
    if let Some(bounds) = &unit.bounds {
        let (worst, best) = (ratio(bounds.worst.ratio), ratio(bounds.best.ratio));
        page.item(&say!(
            page,
            "빠진 답이 모두 가장 불리했다면 비율 {worst}, 가장 유리했다면 {best}",
            "were all missing answers the worst for it, the ratio were {worst}; the best, {best}"
        ));
    }
    for reason in &unit.reasons {
        let words = reasons::say_reason(page, reason);
        page.item(&words);
    }
}

fn numbers(page: &mut Page, figures: &Figures) {
    let (own, other) = (digits(figures.candidate, 4), digits(figures.frontier, 4));
    let (seen, wide) = (ratio(figures.ratio), interval(&figures.interval_95));
    page.item(&say!(
        page,
        "점수 {own} 대 {other}, 비율 {seen}, 95% 구간 {wide}",
        "scores {own} against {other}, ratio {seen}, 95 % interval {wide}"
    ));
    let (confidence, narrow) = (percent(figures.interval.confidence), interval(&figures.interval));
    let (yes, no) = (p_value(figures.p_reached), p_value(figures.p_not_reached));
    page.item(&say!(
        page,
        "판정에 쓰는 {confidence}% 구간 {narrow}. 달성 p {yes}, 미달 p {no}",
        "the interval of the test, {confidence} %: {narrow}; reached p {yes}, not reached p {no}"
    ));
    let (pairs, clusters) = (figures.pairs, figures.clusters);
    let method = match figures.method {
        Method::ExactScore => say!(page, "짝지은 점수 검정(정확 계산)", "score test for matched pairs, summed exactly"),
        Method::Score => say!(page, "짝지은 점수 검정(정규 근사)", "score test for matched pairs"),
        Method::ClusteredT => say!(page, "묶음 t 검정(CR2)", "t-test over clusters (CR2)"),
    };
    page.item(&say!(page, "{pairs}쌍, {clusters}묶음, {method}", "{pairs} pairs in {clusters} clusters, {method}"));
    if let Some(table) = figures.table {
        let (both, own, other, none) = (table.both, table.candidate_only, table.frontier_only, table.neither);
        page.item(&say!(
            page,
            "둘 다 맞음 {both}, 후보만 {own}, 최신 모델만 {other}, 둘 다 틀림 {none}",
            "both right {both}, only the candidate {own}, only the frontier {other}, neither {none}"
        ));
    }
    let (equal, seen) = (percent(figures.power_if_equal), percent(figures.power_at_estimate));
    page.item(&say!(
        page,
        "검정력: 두 모델이 같다면 {equal}%, 지금 비율이 참이라면 {seen}%",
        "power: {equal} % were both equally good, {seen} % were the ratio what it seems"
    ));
}

fn interval(interval: &Interval) -> String {
    let limit = |limit: Option<f64>, none: &str| limit.map_or_else(|| none.to_owned(), |limit| digits(limit, 4));
    format!("{}..{}", limit(interval.low, "-"), limit(interval.high, "∞"))
}

fn beside(page: &mut Page, task: &TaskComparison) {
    let (name, beside, pairing) = (&task.task, &task.beside, &task.pairing);
    let (raw, corrected) = (ratio(beside.raw_ratio), ratio(beside.chance_corrected_ratio));
    let (errors, complete, items) = (ratio(beside.error_ratio), pairing.complete, pairing.items);
    page.item(&say!(
        page,
        "{name}: 그대로의 비율 {raw}, 찍기를 뺀 비율 {corrected}, 오답 비율 {errors}. {items}문항 가운데 {complete}문항이 양쪽 모두 채점됨",
        "{name}: raw ratio {raw}, with guessing taken off {corrected}, errors {errors} times the frontier's; {complete} \
         of {items} items scored on both sides"
    ));
    let (own, other) = (pairing.candidate_only.len(), pairing.frontier_only.len());
    if own + other > 0 {
        let first = pairing.candidate_only.iter().chain(&pairing.frontier_only).take(3);
        let first = first.map(String::as_str).collect::<Vec<_>>().join(", ");
        page.item(&say!(
            page,
            "{name}: 후보에게만 물은 {own}문항, 최신 모델에게만 물은 {other}문항 (처음: {first})",
            "{name}: {own} items asked of the candidate alone, {other} of the frontier alone (first: {first})"
        ));
    }
}

fn context(page: &mut Page, verdict: &Verdict) {
    if verdict.published.is_empty() {
        return;
    }
    page.heading(&say!(page, "남이 발표한 수치 (판정에 쓰지 않음)", "Published by others (part of no figure here)"));
    for total in &verdict.published {
        let (model, total) = (&total.model, &total.total);
        page.item(&format!("{model}: {} {} ({})", total.measure, total.value, total.source));
    }
}

fn limits(page: &mut Page, verdict: &Verdict) {
    page.heading(&say!(page, "이 판정이 말하지 않는 것", "What this does not show"));
    page.item(&say!(
        page,
        "여기 적힌 평가 밖의 능력은 말하지 않습니다.",
        "Nothing about anything that these benchmarks do not measure."
    ));
    page.item(&say!(
        page,
        "문항이 학습 자료에 섞여 들어갔는지는 말하지 않습니다.",
        "Nothing about items that either model may have been trained on."
    ));
    page.item(&say!(
        page,
        "동결일 뒤에 나온 모델은 견주지 않았습니다.",
        "Nothing about models that came after the snapshot."
    ));
    let Some(short) = verdict.inputs.snapshot_sha256.get(..12) else { return };
    let own = verdict.inputs.candidate_sha256.get(..12).unwrap_or_default();
    page.text(&say!(page, "자료: 후보 {own}…, 최신 모델 {short}…", "Inputs: candidate {own}…, snapshot {short}…"));
}
