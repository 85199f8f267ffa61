//! What was chosen because nobody published it, and what is still unset.

use super::page::{Page, say};
use crate::Rulebook;

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    if !book.choices.is_empty() {
        page.heading(&say!(
            page,
            "공개된 적이 없어 이 파일이 정한 것",
            "Chosen for this file, because nobody published it"
        ));
        for choice in &book.choices {
            let (about, because) = (&choice.about, page.of(&choice.because));
            page.item(0, about);
            page.under(0, because.to_owned().as_str());
        }
    }
    let unset: Vec<_> = book.stages.iter().flat_map(crate::Stage::unset).collect();
    page.heading(&say!(page, "아직 정해지지 않은 것", "Not said yet"));
    if unset.is_empty() {
        page.text(&say!(page, "없습니다. 모든 단계를 열 수 있습니다.", "Nothing: every stage can open."));
        return;
    }
    page.text(&say!(
        page,
        "다음이 정해지기 전에는 해당 단계를 열 수 없습니다.",
        "The stage in question cannot open before these are said:"
    ));
    for unset in unset {
        page.item(0, &unset.path);
    }
}
