//! The model: lineage, openness, compute, the frontier.

use super::{
    page::{Page, say},
    particle::{Particle, with},
    words,
};
use crate::{
    Compute, Exact, Frontier, FrontierCluster, FrontierGate, FrontierOf, FrontierTask, FrontierVerdict, LineagePolicy,
    Openness, Origin, Rulebook, ScoreScale,
};

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    if let Some(policy) = &book.lineage {
        lineage(page, policy);
    }
    if let Some(levels) = &book.openness {
        openness(page, levels);
    }
    if let Some(grants) = &book.compute {
        compute(page, grants);
    }
    if let Some(goal) = &book.frontier {
        frontier(page, goal);
    }
}

fn lineage(page: &mut Page, policy: &LineagePolicy) {
    page.heading(&say!(page, "모델의 출신", "Where the model may come from"));
    page.text(&say!(
        page,
        "무작위로 시작해 스스로 학습한 가중치는 언제나 됩니다. 다른 데서 가져온 것은 이렇습니다.",
        "Weights that begin random are always allowed. What is taken over from elsewhere:"
    ));
    let name = match policy.components.is_empty() {
        true => say!(page, "모든 구성요소", "every component"),
        false => say!(page, "따로 적지 않은 구성요소", "components that are not named"),
    };
    origin(page, &name, policy.default);
    for (component, rule) in &policy.components {
        let name = words::component(page, *component);
        origin(page, &name, *rule);
    }
}

fn origin(page: &mut Page, name: &str, origin: Origin) {
    let (outside, own) = (words::permission(page, origin.outside), words::permission(page, origin.own));
    page.item(
        0,
        &say!(
            page,
            "{name}: 남의 모델에서 온 것은 {outside}고, 팀의 이전 모델에서 온 것은 {own}습니다.",
            "{name}: from somebody else's model, {outside}; from the team's own earlier models, {own}."
        ),
    );
}

fn openness(page: &mut Page, openness: &Openness) {
    page.heading(&say!(page, "공개 수준", "How open"));
    page.text(&say!(page, "덜 열린 것부터 적습니다.", "Levels, the least open first:"));
    for level in &openness.levels {
        let name = page.of(&level.name);
        let released: Vec<_> = level.releases.iter().map(|released| words::released(page, *released)).collect();
        let (released, licence) = (released.join(", "), words::licence(page, level.licence));
        page.item(0, &say!(page, "{name}: {released} ({licence})", "{name}: {released} ({licence})"));
    }
    let minimum = openness.minimum.as_ref();
    let least = minimum.and_then(|minimum| openness.levels.iter().find(|level| level.id == *minimum));
    page.text(&match least {
        Some(level) => {
            let name = page.of(&level.name);
            say!(page, "최소 수준: {name}.", "The least that a team may promise: {name}.")
        }
        None => say!(page, "팀이 어느 수준이든 약속할 수 있습니다.", "A team may promise any of them."),
    });
}

fn compute(page: &mut Page, compute: &Compute) {
    page.heading(&say!(page, "연산 자원", "Compute"));
    let unit = &compute.unit;
    page.text(&say!(page, "단위: {unit}.", "Counted in: {unit}."));
    for (kind, worth) in &compute.equivalence {
        page.item(0, &say!(page, "{kind} 하나는 {unit} {worth}만큼으로 칩니다.", "one {kind} is worth {worth} {unit}"));
    }
    for grant in &compute.grants {
        let ways: Vec<_> = grant.choices.iter().map(amounts).collect();
        let ways = ways.join(&say!(page, ", 또는 ", ", or "));
        let text = page.of(&grant.text);
        page.item(0, &format!("{text} {ways}."));
    }
}

fn amounts(choice: &std::collections::BTreeMap<String, Exact>) -> String {
    let amounts: Vec<_> = choice.iter().map(|(kind, amount)| format!("{kind} × {amount}")).collect();
    amounts.join(" + ")
}

fn frontier(page: &mut Page, frontier: &Frontier) {
    page.heading(&say!(page, "목표로 삼는 최신 모델", "The frontier"));
    let months = frontier.window_months;
    let percent = (&frontier.margin * &Exact::from(100)).to_string();
    let of = match &frontier.of {
        FrontierOf::Maximum => say!(page, "가장 좋은 모델", "the best of them"),
        FrontierOf::Mean => say!(page, "평균", "their mean"),
        FrontierOf::Model(name) => name.clone(),
    };
    page.text(&say!(
        page,
        "측정 시점 이전 {months}개월 안에 나온 모델 가운데 {of}의 {percent}% 이상이 목표입니다.",
        "Of the models released in the {months} months before the snapshot: {percent} % of {of} is the goal."
    ));
    if frontier.scale == ScoreScale::ChanceCorrected {
        page.text(&say!(page, "찍어서 얻는 점수는 빼고 비교합니다.", "What guessing earns is taken off first."));
    }
    let alpha = (&frontier.alpha * &Exact::from(100)).to_string();
    let alpha_ko = with(&format!("{alpha}%"), Particle::Object);
    let missing = words::missing(page, frontier.missing);
    page.text(&say!(
        page,
        "달성하지 못했는데 달성했다고 말할 가능성은 {alpha_ko} 넘지 않게 합니다. {missing}",
        "The chance of saying \"reached\" wrongly is kept to {alpha} %. {missing}"
    ));
    page.text(&match frontier.pass_line {
        true => say!(page, "이 목표는 통과 기준입니다.", "The decision hangs on it."),
        false => say!(
            page,
            "이 목표는 통과 기준이 아닙니다. 결과만 알립니다.",
            "It is no pass line: the result is reported, no more."
        ),
    });
    match &frontier.verdict {
        Some(verdict) => computed(page, frontier, verdict),
        None => page.text(&say!(
            page,
            "이 규칙만으로는 달성 여부를 소프트웨어가 판정하지 않습니다. 어떤 평가 문항으로 견줄지 정해져 있지 않기 때문입니다.",
            "No verdict is computed by this rule: it does not say which benchmarks count."
        )),
    }
}

fn computed(page: &mut Page, frontier: &Frontier, verdict: &FrontierVerdict) {
    page.text(&match verdict.gate {
        FrontierGate::Composite => say!(
            page,
            "아래 평가의 점수를 가중 평균해 한 점수로 견줍니다.",
            "The benchmarks below count together, as one weighted mean:"
        ),
        FrontierGate::EveryTask => say!(
            page,
            "아래 평가를 하나하나 견주고, 모두 달성해야 합니다.",
            "Each of the benchmarks below must be reached:"
        ),
    });
    for task in &frontier.tasks {
        let words = benchmark(page, task);
        page.item(0, &words);
    }
    let looks = verdict.looks;
    page.text(&match looks {
        1 => say!(page, "판정은 한 번만 합니다.", "The question is asked once."),
        _ => say!(
            page,
            "판정은 {looks}번까지 할 수 있고, 틀릴 가능성을 그만큼 나눠 씁니다.",
            "The question may be asked {looks} times; the chance of error is shared out among them."
        ),
    });
    let percent = |share: &Exact| (share * &Exact::from(100)).to_string();
    let (cut, unread) = (percent(&verdict.truncation_tolerance), percent(&verdict.extraction_tolerance));
    page.text(&say!(
        page,
        "중간에 잘린 답의 비율이 {cut}%포인트, 읽어 내지 못한 답의 비율이 {unread}%포인트 넘게 차이 나면 \"확인되지 않음\"으로 둡니다.",
        "Where the shares of answers that were cut off differ by more than {cut} points of a hundred, or those of \
         answers that could not be read by more than {unread}, the verdict is \"not shown\"."
    ));
}

fn benchmark(page: &Page, task: &FrontierTask) -> String {
    let FrontierTask { task: name, metric, filter, weight, least_items, .. } = task;
    let mut words = say!(
        page,
        "{name}: {metric}({filter}), 가중치 {weight}, 최소 {least_items}문항",
        "{name}: {metric} ({filter}), weight {weight}, {least_items} items at least"
    );
    if let Some(chance) = &task.chance {
        let percent = (chance * &Exact::from(100)).to_string();
        words += &say!(page, ", 찍어서 얻는 점수 {percent}%", ", guessing earns {percent} %");
    }
    if let FrontierCluster::Column(column) = &task.cluster {
        words += &say!(page, ", {column} 값이 같은 문항은 한 묶음", ", items with the same {column} belong together");
    }
    words
}
