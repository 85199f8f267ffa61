//! After a decision: objections, the agreement, development.

use super::{
    clocks,
    page::{Page, say},
    words,
};
use crate::{LateTeams, Objections, Rulebook};

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    page.heading(&say!(page, "이의신청", "Objections"));
    match &book.objections {
        None => page.text(&say!(page, "이의신청은 받지 않습니다.", "None can be filed.")),
        Some(objections) => contest(page, book, objections),
    }
    agreement(page, book);
    development(page, book);
}

fn contest(page: &mut Page, book: &Rulebook, objections: &Objections) {
    let (file, decide) = (clocks::length(page, &objections.file), clocks::length(page, &objections.decide));
    let (times, reviewers) = (objections.per_decision, objections.reviewers);
    let times_en = words::times(times);
    let reviewers_en = if reviewers == 1 { "1 reviewer who".to_owned() } else { format!("{reviewers} reviewers who") };
    page.text(&say!(
        page,
        "결과를 통지받은 팀은 {file} 안에 이의를 신청할 수 있습니다. 한 결정에 {times}번까지입니다.",
        "A team may object within {file} of its notice, {times_en} against one decision."
    ));
    page.text(&clocks::counting(page, &objections.file));
    if let Some(example) = clocks::example(page, book, &objections.file) {
        page.text(&example);
    }
    page.text(&say!(
        page,
        "평가에 참여하지 않은 {reviewers}명이 심의하고, 신청 뒤 {decide} 안에 결정합니다.",
        "It is decided within {decide} of the filing, by {reviewers_en} did not sit on the panel."
    ));
    if book.stages.len() > 1 {
        next_stage(page, objections);
    }
    page.gap();
    page.text(&say!(page, "이의신청 사유:", "Grounds:"));
    for ground in &objections.grounds {
        page.item(0, page.of(&ground.text).to_owned().as_str());
    }
    if !objections.not_open.is_empty() {
        page.text(&say!(page, "이의를 제기할 수 없는 것:", "Not open to objection:"));
        for matter in &objections.not_open {
            page.item(0, page.of(matter).to_owned().as_str());
        }
    }
}

/// Whether the next stage waits for objections.
fn next_stage(page: &mut Page, objections: &Objections) {
    page.text(&match objections.next_stage_waits {
        true => say!(
            page,
            "이의신청 기간이 끝나야 다음 단계가 시작됩니다.",
            "The next stage waits until no objection can be filed."
        ),
        false => say!(
            page,
            "다음 단계는 이의신청 기간이 끝나기를 기다리지 않습니다. 다음 단계가 시작된 뒤에 받아들여진 이의는 결정을 되돌리지 못합니다.",
            "The next stage does not wait for that time to end, and an objection that is upheld once it has begun no \
             longer undoes the decision."
        ),
    });
}

fn agreement(page: &mut Page, book: &Rulebook) {
    let Some(agreement) = &book.agreement else { return };
    page.heading(&say!(page, "협약", "The agreement"));
    let stage = book.stage(&agreement.after).map_or("", |stage| page.of(&stage.name)).to_owned();
    let length = clocks::length(page, &agreement.sign);
    page.text(&say!(
        page,
        "{stage}에서 선정된 팀은 통지 뒤 {length} 안에 협약을 맺습니다.",
        "A team that is kept after \"{stage}\" signs within {length} of the notice."
    ));
    if let Some(example) = clocks::example(page, book, &agreement.sign) {
        page.text(&example);
    }
    for duty in &agreement.duties {
        page.item(0, page.of(&duty.text).to_owned().as_str());
    }
}

fn development(page: &mut Page, book: &Rulebook) {
    let Some(development) = book.development else { return };
    page.heading(&say!(page, "개발 기간", "Time to develop"));
    let months = development.months;
    page.text(&match development.late_teams {
        LateTeams::EqualLength => say!(
            page,
            "팀마다 {months}개월입니다. 늦게 합류한 팀도 같은 길이를 받으므로 그만큼 늦게 끝납니다.",
            "{months} months for every team. A team that joins late has as many, so its time ends later."
        ),
        LateTeams::SameEnd => say!(
            page,
            "{months}개월입니다. 늦게 합류한 팀도 다른 팀과 같은 날 끝납니다.",
            "{months} months. A team that joins late ends with the others."
        ),
    });
}
