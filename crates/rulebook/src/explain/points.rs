//! The score tree in words, with worked numbers.

use super::page::{Page, say};
use crate::{Aggregator, Exact, Measured, Node, Scored, Stage, Transform};

pub(super) fn tree(page: &mut Page, stage: &Stage, root: &Node) {
    node(page, stage, root, 0);
}

fn node(page: &mut Page, stage: &Stage, node: &Node, depth: usize) {
    let (name, points) = (page.of(&node.name), &node.points);
    page.item(depth, &say!(page, "{name}: {points}점", "{name}: {points} points"));
    if let Some(scored) = &node.scored {
        marks(page, stage, node, scored, depth);
    }
    if let Some(measured) = &node.measured {
        measurement(page, measured, depth);
    }
    if let Some(aggregator) = &node.aggregate {
        let text = aggregation(page, aggregator);
        page.under(depth, &text);
        page.under(depth, &aggregation_example(page, node, aggregator));
    }
    if let Some(transform) = &node.transform {
        page.under(depth, &transformation(page, node, transform));
    }
    for part in &node.parts {
        self::node(page, stage, part, depth + 1);
    }
}

fn marks(page: &mut Page, stage: &Stage, node: &Node, scored: &Scored, depth: usize) {
    let panel = stage.panel(&scored.panel).map_or("", |panel| page.of(&panel.name)).to_owned();
    let (min, max, step) = (&scored.min, node.max_mark(), &scored.step);
    page.under(
        depth,
        &say!(
            page,
            "채점: {panel}, {min}점부터 {max}점까지 {step}점 단위.",
            "Marked by: {panel}, from {min} to {max} in steps of {step}."
        ),
    );
    if let Some(rubric) = &scored.rubric {
        page.under(depth, page.of(rubric).to_owned().as_str());
    }
}

fn measurement(page: &mut Page, measured: &Measured, depth: usize) {
    let (by, max) = (page.of(&measured.by), &measured.max);
    let mut text = say!(page, "측정: {by}. 최고값 {max}.", "Measured by: {by}. Highest value: {max}.");
    let items = &measured.items;
    if !items.is_empty() {
        let (count, equal) = (items.len(), items.iter().all(|item| item.weight == items[0].weight));
        text.push_str(&match equal {
            true => say!(page, " 항목 {count}개를 같은 비중으로 평균합니다.", " {count} items of equal weight."),
            false => {
                let weights: Vec<_> = items.iter().map(|item| format!("{} {}", item.id, item.weight)).collect();
                let weights = weights.join(", ");
                say!(page, " 비중: {weights}.", " Weights: {weights}.")
            }
        });
    }
    page.under(depth, &text);
}

fn aggregation(page: &Page, aggregator: &Aggregator) -> String {
    match aggregator {
        Aggregator::Mean => say!(page, "평가위원 값의 평균을 씁니다.", "The mean of the evaluators' values counts."),
        Aggregator::TrimmedMean { drop: 1 } => say!(
            page,
            "평가위원 값 가운데 가장 높은 것과 가장 낮은 것을 하나씩 빼고 나머지를 평균합니다.",
            "Of the evaluators' values the highest and the lowest are dropped; the mean of the rest counts."
        ),
        Aggregator::TrimmedMean { drop } => say!(
            page,
            "평가위원 값을 높은 쪽과 낮은 쪽에서 {drop}개씩 빼고 나머지를 평균합니다.",
            "Of the evaluators' values the {drop} highest and the {drop} lowest are dropped; the mean of the rest counts."
        ),
        Aggregator::Median => say!(
            page,
            "평가위원 값을 순서대로 놓았을 때 가운데 값을 씁니다.",
            "The middle one of the evaluators' values counts."
        ),
        Aggregator::Majority => say!(
            page,
            "과반이 높은 쪽을 주면 높은 값, 아니면 낮은 값을 씁니다.",
            "The higher mark counts where more than half give it, else the lower."
        ),
    }
}

/// Sample marks: shares of what lies between the lowest and the highest mark.
const SAMPLE: [i64; 5] = [60, 70, 80, 85, 100];

/// Five values that evaluators could give on this node.
fn sample(node: &Node) -> Vec<Exact> {
    let leaf = node.walk().find_map(|leaf| leaf.scored.as_ref());
    let step = leaf.map_or_else(Exact::one, |scored| scored.step.clone());
    let least = node.scored.as_ref().map_or_else(Exact::zero, |scored| scored.min.clone());
    let most = most_per_evaluator(node);
    let value = |share: &i64| {
        let wanted = &least + &(&(&most - &least) * &Exact::ratio(*share, 100));
        let steps = (&wanted - &least).checked_div(&step).unwrap_or_else(Exact::zero);
        let (above, below) = steps.parts();
        let whole = (above / below).to_string().parse::<Exact>().unwrap_or_else(|_| Exact::zero());
        &least + &(&whole * &step)
    };
    SAMPLE.iter().map(value).collect()
}

fn aggregation_example(page: &Page, node: &Node, aggregator: &Aggregator) -> String {
    let sample = sample(node);
    let list: Vec<_> = sample.iter().map(|value| value.rounded_short()).collect();
    let list = list.join(", ");
    let mean = |values: &[Exact]| {
        let count = Exact::from(i64::try_from(values.len()).unwrap_or(1).max(1));
        values.iter().sum::<Exact>() / count
    };
    let value = match aggregator {
        Aggregator::Mean => mean(&sample),
        Aggregator::TrimmedMean { drop } => {
            let drop = usize::try_from(*drop).unwrap_or(usize::MAX).min(sample.len() / 2);
            mean(sample.get(drop..sample.len() - drop).unwrap_or_default())
        }
        Aggregator::Median => sample[2].clone(),
        Aggregator::Majority => {
            return say!(
                page,
                "예: 10명 중 6명이 높은 쪽이면 높은 값입니다.",
                "Example: six of ten are more than half."
            );
        }
    };
    let value = value.rounded_short();
    say!(page, "예: {list} → {value}", "Example: {list} give {value}.")
}

/// The most that one evaluator can give on this node.
fn most_per_evaluator(node: &Node) -> Exact {
    if node.is_leaf() { node.max_mark() } else { node.parts.iter().map(|part| &part.points).sum() }
}

fn transformation(page: &Page, node: &Node, transform: &Transform) -> String {
    let points = &node.points;
    match transform {
        Transform::Absolute { of } => {
            let value = of * &Exact::ratio(3, 5);
            let earned = (&value * points / of.clone()).rounded_short();
            let value = value.rounded_short();
            say!(
                page,
                "환산: 값 × {points} ÷ {of}. 예: {value} → {earned}점.",
                "Turned into points: value × {points} / {of}. Example: {value} earns {earned}."
            )
        }
        Transform::Ratio { cap } => {
            let earned = (points * &Exact::ratio(9, 10)).rounded_short();
            let cap = if *cap == Exact::one() { "1".to_owned() } else { cap.to_string() };
            say!(
                page,
                "환산: 항목마다 자기 결과 ÷ 목표 모델의 결과(최대 {cap})를 평균해 {points}을 곱합니다. \
                 예: 모든 항목이 목표 80에 72이면 {earned}점.",
                "Turned into points: each item over its target's result, {cap} at most, averaged, times {points}. \
                 Example: 72 against a target of 80 in every item earns {earned}."
            )
        }
        Transform::RescaleToBest => {
            let earned = (points * &Exact::ratio(4, 5)).rounded_short();
            say!(
                page,
                "환산: 가장 높은 팀이 {points}점을 모두 받고 나머지는 비례합니다. \
                 예: 최고가 4.5일 때 3.6은 {earned}점.",
                "Turned into points: the best team has all {points}, the others in proportion. \
                 Example: where the best has 4.5, a value of 3.6 earns {earned}."
            )
        }
    }
}

impl Exact {
    /// At most two decimals, without zeros at the end.
    fn rounded_short(&self) -> String {
        let text = self.rounded(2);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
