//! The calendar can be counted by.

use crate::{Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let at = Place::root().key("calendar");
    if book.calendar.zone().is_err() {
        let wrong = format!("there is no time zone `{}`", book.calendar.timezone);
        problems.error(at.key("timezone"), wrong, "write an IANA name, as `Asia/Seoul`");
    }
    if book.calendar.weekend.len() == 7 {
        problems.error(at.key("weekend"), "no day of the week is a working day", "leave at least one day out");
    }
}
