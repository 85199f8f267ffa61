//! Every clock gives time.

use super::walk;
use crate::{Counts, From, Roll, Rulebook, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, clock) in walk::clocks(book) {
        if clock.days == 0 {
            problems.error(place.key("days"), "a clock of 0 days has run out at once", "write 1 or more");
        }
        let same_day = clock.from == From::SameDay && clock.days == 1;
        if same_day && clock.until.is_some() && clock.roll == Roll::Never {
            let right = "count from the next day, or leave `until` out";
            problems.warning(place.clone(), "an event after that time of day leaves no time at all", right);
        }
        if clock.counts == Counts::WorkingDays && clock.roll == Roll::Never {
            let right = "leave `roll` out: the last day is a working day anyway";
            problems.warning(place.key("roll"), "this changes nothing where working days are counted", right);
        }
    }
}
