//! Where the line is drawn, and what separates equals.

use super::page::{Page, say};
use crate::{Among, Cut, Id, Rung, Stage};

pub(super) fn write(page: &mut Page, stage: &Stage) {
    match &stage.cut {
        None => page.text(&say!(
            page,
            "몇 팀을 남길지 아직 정해지지 않았습니다.",
            "Where the line is drawn is not said yet."
        )),
        Some(cut) => the_line(page, stage, cut),
    }
    if !stage.ties.is_empty() {
        ladder(page, stage);
    }
}

fn the_line(page: &mut Page, stage: &Stage, cut: &Cut) {
    let mut conditions = Vec::new();
    if let Some(keep) = cut.keep {
        conditions.push(match keep {
            1 => say!(page, "가장 높은 총점", "the highest total"),
            _ => say!(page, "총점 순위 {keep}위 안", "one of the {keep} highest totals"),
        });
    }
    if let Some(least) = &cut.at_least {
        conditions.push(say!(page, "총점 {least}점 이상", "a total of {least} or more"));
    }
    if let Some(panel) = &cut.majority_of {
        let name = stage.panel(panel).map_or("", |panel| page.of(&panel.name));
        conditions.push(say!(page, "{name} 과반의 찬성", "the votes of more than half of the panel ({name})"));
    }
    match conditions.is_empty() {
        true => page.text(&say!(page, "위 조건을 통과한 팀은 모두 남습니다.", "Every team that passes is kept.")),
        false => page.text(&say!(page, "남으려면 다음이 필요합니다.", "To be kept, a team needs:")),
    }
    for condition in conditions {
        page.item(0, &condition);
    }
    empty_places(page, stage, cut);
}

fn empty_places(page: &mut Page, stage: &Stage, cut: &Cut) {
    if cut.keep.is_some() && !stage.gates.is_empty() {
        page.text(&match cut.among {
            Among::Passing => say!(
                page,
                "조건을 통과하지 못한 팀의 자리는 다음 순위 팀이 잇습니다.",
                "The place of a team that fails a condition goes to the next in rank."
            ),
            Among::All => say!(
                page,
                "조건을 통과하지 못한 팀의 자리는 비워 둡니다. 다음 순위 팀이 잇지 않습니다.",
                "The place of a team that fails a condition stays empty; the next in rank does not move up."
            ),
        });
    }
    page.text(&match cut.nobody {
        true => {
            say!(page, "기준에 맞는 팀이 없으면 아무도 남기지 않을 수 있습니다.", "Keeping nobody is a valid outcome.")
        }
        false => say!(
            page,
            "아무도 남지 않는 결과는 인정하지 않습니다. 그때는 결정하지 않은 것으로 봅니다.",
            "Keeping nobody is no valid outcome: the stage then stays undecided."
        ),
    });
}

fn ladder(page: &mut Page, stage: &Stage) {
    page.text(&say!(
        page,
        "선에서 동점이면 차례로 따집니다.",
        "Among teams that are equal at the line, in this order:"
    ));
    for rung in &stage.ties {
        let name = |id: &Id| {
            let node = stage.score.as_ref().and_then(|root| root.find(id));
            node.map_or_else(|| id.to_string(), |node| page.of(&node.name).to_owned())
        };
        let text = match rung {
            Rung::Higher(id) => {
                let name = name(id);
                say!(page, "{name} 점수가 높은 팀", "more points on: {name}")
            }
            Rung::MedianAt(id) => {
                let name = name(id);
                say!(
                    page,
                    "{name}에서 평가위원 값의 중앙값이 높은 팀",
                    "the higher median of the evaluators' values on: {name}"
                )
            }
            Rung::PreferredAt(id) => {
                let name = name(id);
                say!(
                    page,
                    "{name}에서 더 많은 평가위원이 상대보다 높게 준 팀",
                    "placed higher by more of the evaluators on: {name}"
                )
            }
            Rung::Seed => say!(page, "기록된 공개 난수가 정하는 순서", "the order that the recorded public seed gives"),
        };
        page.item(0, &text);
    }
}
