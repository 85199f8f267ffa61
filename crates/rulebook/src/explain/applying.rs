//! Who may apply, when and with what.

use super::{
    clocks, conditions,
    page::{Page, say},
    words,
};
use crate::{DocumentKind, Intake, LocalDateTime, Rulebook};

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    page.heading(&say!(page, "누가 언제 신청하나", "Who may apply, and when"));
    window(page, book);
    eligibility(page, book);
    documents(page, book);
}

fn window(page: &mut Page, book: &Rulebook) {
    let zone = clocks::zone(page, &book.calendar);
    match &book.intake {
        Intake::Single { opens, closes, max_teams } => {
            between(page, *opens, *closes, &zone);
            if let Some(most) = max_teams {
                page.text(&say!(page, "최대 {most}팀까지 받습니다.", "At most {most} teams may apply."));
            }
        }
        Intake::Rolling { first, every_months, until } => {
            let opens = clocks::moment(page, *first);
            let months_en = if *every_months == 1 { "month".to_owned() } else { format!("{every_months} months") };
            page.text(&say!(
                page,
                "접수는 {opens}부터 {every_months}개월마다 새로 열리고, 기간마다 따로 결정합니다({zone}).",
                "From {opens} a new window opens every {months_en}; each is decided on its own ({zone})."
            ));
            if let Some(until) = until {
                let until = clocks::day(page, *until);
                page.text(&say!(page, "{until}부터는 새로 열리지 않습니다.", "None opens on or after {until}."));
            }
        }
        Intake::Invited { teams, opens, closes } => {
            let names: Vec<_> = teams.iter().map(crate::Id::as_str).collect();
            let (count, names) = (teams.len(), names.join(", "));
            page.text(&say!(
                page,
                "정해진 {count}팀만 참여합니다: {names}.",
                "Only these {count} teams take part: {names}."
            ));
            between(page, *opens, *closes, &zone);
        }
    }
}

fn between(page: &mut Page, opens: LocalDateTime, closes: LocalDateTime, zone: &str) {
    let (opens, closes) = (clocks::moment(page, opens), clocks::moment(page, closes));
    page.text(&say!(
        page,
        "{opens}부터 {closes} 전까지 받습니다({zone}). 마감 시각에 도착한 것은 늦은 것입니다.",
        "From {opens} until before {closes} ({zone}). What comes in at the closing moment is late."
    ));
}

fn eligibility(page: &mut Page, book: &Rulebook) {
    if book.eligibility.is_empty() {
        return;
    }
    page.gap();
    page.text(&say!(page, "다음을 모두 갖춰야 합니다.", "A team must meet all of these:"));
    for rule in &book.eligibility {
        page.item(0, page.of(&rule.text).to_owned().as_str());
        let condition = conditions::team(page, &rule.require);
        page.under(0, &say!(page, "판정: {condition}", "Checked: {condition}"));
    }
}

fn documents(page: &mut Page, book: &Rulebook) {
    let application = &book.application;
    if !application.documents.is_empty() {
        page.gap();
        page.text(&say!(page, "신청서에는 다음 서류를 담습니다.", "An application holds these documents:"));
        for document in &application.documents {
            page.item(0, &one_document(page, document));
        }
    }
    page.gap();
    if application.members_consent {
        page.text(&say!(
            page,
            "참여기관이 모두 동의해야 주관기관이 제출할 수 있습니다.",
            "The lead can submit once every member has consented."
        ));
    }
    match &application.supplement {
        None => page.text(&say!(
            page,
            "마감 뒤에는 빠진 서류를 보완할 수 없습니다.",
            "Formal gaps cannot be mended after the close."
        )),
        Some(clock) => {
            let length = clocks::length(page, clock);
            page.text(&say!(
                page,
                "서류가 빠진 팀에게는 알리고 보완할 시간을 줍니다: {length}.",
                "A team whose papers have a gap is told, and has {length} to mend it."
            ));
        }
    }
}

fn one_document(page: &Page, document: &DocumentKind) -> String {
    let name = page.of(&document.name);
    let formats: Vec<_> = document.formats.iter().map(|format| words::format(page, *format)).collect();
    let formats = formats.join(", ");
    let mut text = format!("{name} ({formats}");
    if let Some(pages) = document.max_pages {
        text.push_str(&say!(page, ", {pages}쪽까지", ", {pages} pages at most"));
    }
    if !document.required {
        text.push_str(&say!(page, ", 선택", ", if there is one"));
    }
    text.push(')');
    text
}
