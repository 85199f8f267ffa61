//! Who sees what, from when: a table.

use super::{
    page::{Page, padded, say},
    words,
};
use crate::{Item, ListOrder, Reader, Rulebook};

const ITEMS: [Item; 12] = [
    Item::Applicants,
    Item::Documents,
    Item::Kept,
    Item::Reasons,
    Item::Totals,
    Item::NodePoints,
    Item::NodeSummary,
    Item::CutLine,
    Item::Sheets,
    Item::Opinions,
    Item::Votes,
    Item::EvaluatorNames,
];

const READERS: [Reader; 6] =
    [Reader::Public, Reader::OwnTeam, Reader::OtherTeams, Reader::Evaluator, Reader::Officer, Reader::Auditor];

const FIRST_COLUMN: usize = 20;
const COLUMN: usize = 10;

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    page.heading(&say!(page, "누가 무엇을 언제 보나", "Who sees what, from when"));
    page.text(&say!(
        page,
        "표에 없는 것(-)은 보여 주지 않습니다. \"채점 후\"는 모든 채점표가 들어온 뒤, \"공표 후\"는 결정이 공표된 뒤, \
         \"확정 후\"는 이의신청이 모두 끝난 뒤입니다.",
        "What has no entry (-) is never shown. \"Revealed\" is when every sheet is in, \"published\" when the decision \
         is made public, \"final\" when no objection is open any more."
    ));
    page.gap();
    let readers = READERS.map(|reader| words::reader(page, reader));
    row(page, "", &readers);
    for item in ITEMS {
        let moments = READERS.map(|reader| words::moment(page, book.disclosure.moment(item, reader)));
        let name = words::item(page, item);
        row(page, &name, &moments);
    }
    page.gap();
    page.text(&match book.disclosure.order {
        ListOrder::ByName => say!(
            page,
            "공표하는 팀 명단은 순위가 아니라 가나다순입니다.",
            "Published lists stand in the order of names, not of rank."
        ),
        ListOrder::ByRank => {
            say!(page, "공표하는 팀 명단은 순위순입니다.", "Published lists stand in the order of rank.")
        }
    });
}

fn row(page: &mut Page, name: &str, cells: &[String]) {
    let mut line = padded(name, FIRST_COLUMN);
    for cell in cells {
        line.push_str(&padded(cell, COLUMN));
    }
    page.line(&line);
}
