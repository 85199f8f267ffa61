//! Why a word was not said, in words.

use super::super::reason::Reason;
use super::Language;
use super::page::{Page, say};
use super::percent;

pub(super) fn say_reason(page: &Page, reason: &Reason) -> String {
    window(page, reason).or_else(|| asking(page, reason)).unwrap_or_else(|| data(page, reason))
}

/// Reasons that lie in the window and the looks.
fn window(page: &Page, reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::EmptyWindow => say!(page, "기간 안에 나온 모델이 없습니다", "no model was released in the window"),
        Reason::NamedOutside { model } => say!(
            page,
            "기준으로 정한 {model} 모델이 기간 안에 없습니다",
            "{model}, which is the measure, was not released in the window"
        ),
        Reason::NotRun { model } => say!(
            page,
            "기간 안의 {model} 모델은 문항별 결과가 없어 견주지 못했습니다",
            "{model} is in the window, but has no results by item"
        ),
        Reason::TooManyLooks { look, planned } => say!(
            page,
            "{look}번째 판정인데 규칙은 {planned}번까지만 허용합니다",
            "this is look {look}, and the rule plans for {planned}"
        ),
        _ => return None,
    })
}

/// Reasons that lie in how the models were asked.
fn asking(page: &Page, reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::NoItems { task, model } => {
            say!(page, "{model} 모델에는 {task} 결과가 없습니다", "{model} has no items of {task}")
        }
        Reason::OtherMetric { task, model, found } => say!(
            page,
            "{model} 모델의 {task} 점수는 {found} 기준이라 규칙과 다릅니다",
            "{task} of {model} was scored by {found}, which is not what the rule says"
        ),
        Reason::PromptsDiffer { task, items } => say!(
            page,
            "{task} 문항 {items}개를 두 모델에 다르게 물었습니다",
            "{items} items of {task} were given to the models in different words"
        ),
        Reason::BudgetsDiffer { model } => say!(
            page,
            "{model} 모델과 토큰 한도가 다르거나 적혀 있지 않습니다",
            "{model} had another budget of tokens, or one is not stated"
        ),
        Reason::EffortUnknown { model } => say!(
            page,
            "{model} 모델의 추론 강도가 적혀 있지 않습니다",
            "how hard {model} was told to think is not stated"
        ),
        Reason::TruncationDiffers { task, candidate, frontier } => {
            let (own, other) = (percent(*candidate), percent(*frontier));
            say!(
                page,
                "{task}에서 잘린 답이 {own}% 대 {other}%로 너무 다릅니다",
                "answers to {task} were cut off in {own} % against {other} %"
            )
        }
        Reason::ExtractionDiffers { task, candidate, frontier } => {
            let (own, other) = (percent(*candidate), percent(*frontier));
            say!(
                page,
                "{task}에서 읽어 내지 못한 답이 {own}% 대 {other}%로 너무 다릅니다",
                "answers to {task} could not be read in {own} % against {other} %"
            )
        }
        _ => return None,
    })
}

/// Reasons that lie in the data.
fn data(page: &Page, reason: &Reason) -> String {
    match reason {
        Reason::Undecided { unit, more_items: Some(more) } => say!(
            page,
            "{unit}: 자료가 모자랍니다. 지금 비율이 참이라면 {more}문항이 더 있어야 열에 여덟은 판가름 납니다",
            "{unit}: the data allow both; were the ratio what it seems, {more} more items would settle it four times in five"
        ),
        Reason::Undecided { unit, more_items: None } => say!(
            page,
            "{unit}: 비율이 기준선 위에 있어 문항을 늘려도 판가름 나지 않습니다",
            "{unit}: the ratio lies on the line, and no number of items would settle it"
        ),
        Reason::TurnsWithinBounds { unit } => say!(
            page,
            "{unit}: 빠진 답에 따라 판정이 뒤집힐 수 있습니다",
            "{unit}: the answers that are missing could turn it"
        ),
        Reason::MissingItems { task, items } => {
            say!(page, "{task}: 답이 없는 문항 {items}개", "{task}: {items} items have no answer")
        }
        Reason::TooFewItems { task, pairs, least } => say!(
            page,
            "{task}: {pairs}쌍뿐이고, 규칙은 {least}쌍을 요구합니다",
            "{task}: {pairs} pairs, and the rule asks for {least}"
        ),
        Reason::ClusterUnknown { task, items } => say!(
            page,
            "{task}: 어느 묶음인지 모르는 문항 {items}개",
            "{task}: nobody says which cluster {items} items are in"
        ),
        Reason::ClustersDiffer { task, items } => say!(
            page,
            "{task}: 두 모델의 자료가 묶음을 다르게 적은 문항 {items}개",
            "{task}: the files put {items} items into different clusters"
        ),
        Reason::TooFewClusters { task, clusters } => {
            say!(page, "{task}: 묶음이 {clusters}개뿐입니다", "{task}: only {clusters} cluster(s)")
        }
        Reason::NoRatio { unit } => say!(
            page,
            "{unit}: 최신 모델의 점수가 찍은 것보다 낫지 않아 비율이 없습니다",
            "{unit}: the frontier scores no better than guessing, so there is no ratio"
        ),
        _ => String::new(),
    }
}
