//! Nobody sees what others thought before thinking, and nobody sees a decision before it is made.

use crate::{Intake, Item, Moment, Reader, Rulebook, place::Place, problem::Problems, word};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let items = Place::root().key("disclosure").key("items");
    for (item, readers) in &book.disclosure.items {
        for (reader, moment) in readers {
            let at = items.key(word(item)).key(word(reader));
            cell(&at, *item, *reader, *moment, problems);
            before_the_close(&at, *item, *reader, *moment, &book.intake, problems);
        }
        let (own, public) = (readers.get(&Reader::OwnTeam), readers.get(&Reader::Public));
        if let Some(public) = public.filter(|public| **public < *own.unwrap_or(&Moment::Never) && own_matters(*item)) {
            let at = items.key(word(item)).key("public");
            let wrong = "everybody would see this before the team that it is about";
            problems.warning(at, wrong, format!("let `own-team` see it no later than `{}`", word(public)));
        }
    }
}

/// Whether the item is about a team, so that the team should know it first.
fn own_matters(item: Item) -> bool {
    matches!(item, Item::Kept | Item::Totals | Item::NodePoints | Item::Reasons)
}

fn cell(at: &Place, item: Item, reader: Reader, moment: Moment, problems: &mut Problems) {
    let inside = matches!(reader, Reader::Officer | Reader::Auditor);
    match item {
        Item::Sheets | Item::Opinions | Item::Votes | Item::Totals | Item::NodePoints | Item::NodeSummary
            if moment < Moment::Revealed =>
        {
            let wrong = "this would show marks before every sheet is in";
            let right = "write `revealed` or later: nobody reads others' marks before giving one's own";
            problems.error(at.clone(), wrong, right);
        }
        Item::Kept | Item::Reasons | Item::CutLine if moment < Moment::Decided => {
            problems.error(at.clone(), "nothing is decided yet at that moment", "write `decided` or later");
        }
        Item::EvaluatorNames if !inside && reader != Reader::Evaluator && moment < Moment::Revealed => {
            let wrong = "teams could approach evaluators before the sheets are in";
            problems.error(at.clone(), wrong, "write `revealed` or later");
        }
        _ => {}
    }
}

/// Who applies, and with what, is nobody's business while others still write. Who is invited stands in the file anyway.
fn before_the_close(at: &Place, item: Item, reader: Reader, moment: Moment, intake: &Intake, problems: &mut Problems) {
    let rival = matches!(reader, Reader::Public | Reader::OtherTeams);
    let early = match item {
        Item::Applicants => rival && !matches!(intake, Intake::Invited { .. }),
        Item::Documents => rival || reader == Reader::Evaluator,
        _ => false,
    };
    if early && moment < Moment::Closed {
        let wrong = "this would be seen while teams still write their applications";
        problems.error(at.clone(), wrong, "write `closed` or later");
    }
}
