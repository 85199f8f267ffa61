//! The promise in plain Korean or English, as a citizen would read it.

mod aftermath;
mod applying;
mod choices;
mod clocks;
mod conditions;
mod disclosure;
mod judging;
mod line;
mod model;
mod page;
mod particle;
mod points;
mod words;

use self::page::{Page, say};
use crate::{Language, Rulebook};

/// The whole promise of `book` in plain words, at most 80 columns wide.
///
/// It says nothing that the file does not say; the file is what counts.
pub fn explain(book: &Rulebook, language: Language) -> String {
    let mut page = Page::new(language);
    opening(&mut page, book);
    applying::write(&mut page, book);
    judging::write(&mut page, book);
    aftermath::write(&mut page, book);
    disclosure::write(&mut page, book);
    model::write(&mut page, book);
    choices::write(&mut page, book);
    page.finish()
}

fn opening(page: &mut Page, book: &Rulebook) {
    let programme = &book.programme;
    page.title(programme.name.in_language(page.language));
    let operator = programme.operator.in_language(page.language);
    page.text(&say!(page, "운영: {operator}", "Run by: {operator}"));
    let sources = programme.sources.len();
    if sources > 0 {
        page.text(&say!(
            page,
            "이 글은 규정 파일을 풀어 쓴 것입니다. 효력은 파일에 있으며, 출처 {sources}건도 파일에 적혀 있습니다.",
            "This puts the rulebook into plain words. What counts is the file, which also names its {sources} sources."
        ));
    } else {
        page.text(&say!(
            page,
            "이 글은 규정 파일을 풀어 쓴 것입니다. 효력은 파일에 있습니다.",
            "This puts the rulebook into plain words. What counts is the file."
        ));
    }
}
