//! Clocks and moments in words, with an example on the programme's own calendar.

use super::page::{Page, say};
use crate::{Calendar, Clock, Counts, From, LocalDate, LocalDateTime, Roll, Rulebook};

/// How long a clock runs.
pub(super) fn length(page: &Page, clock: &Clock) -> String {
    let days = clock.days;
    let counted = match clock.counts {
        Counts::CalendarDays => say!(page, "{days}일", "{days} days"),
        Counts::WorkingDays => say!(page, "근무일 {days}일", "{days} working days"),
    };
    match &clock.until {
        None => counted,
        Some(time) => {
            let time = time.0.strftime("%H:%M");
            say!(page, "{counted}(마지막 날 {time}까지)", "{counted} (until {time} on the last)")
        }
    }
}

/// From which day it counts, and what happens to a last day on a holiday.
pub(super) fn counting(page: &Page, clock: &Clock) -> String {
    let from = match clock.from {
        From::NextDay => say!(page, "다음 날부터 셉니다", "Counting begins on the day after"),
        From::SameDay => say!(page, "당일부터 셉니다", "Counting begins on the same day"),
    };
    match clock.roll {
        Roll::NextWorkingDay => say!(
            page,
            "{from}. 마지막 날이 쉬는 날이면 다음 근무일까지입니다.",
            "{from}; a last day that is no working day moves to the next working day."
        ),
        Roll::Never => {
            say!(page, "{from}. 마지막 날이 쉬는 날이어도 그날까지입니다.", "{from}; holidays move nothing.")
        }
    }
}

/// The last day for a notice on some day of the programme, on the programme's own calendar.
pub(super) fn example(page: &Page, book: &Rulebook, clock: &Clock) -> Option<String> {
    let start = example_day(book);
    let last = book.calendar.last_day(clock, start).ok()?;
    let (start, last) = (day(page, start), day(page, last));
    Some(say!(
        page,
        "예: {start}에 통지받으면 {last}까지입니다.",
        "Example: with notice on {start}, the last day is {last}."
    ))
}

/// A day of the programme that an example can begin on: the close of the window.
fn example_day(book: &Rulebook) -> LocalDate {
    use crate::Intake;
    LocalDate(match &book.intake {
        Intake::Single { closes, .. } | Intake::Invited { closes, .. } => closes.0.date(),
        Intake::Rolling { first, .. } => first.0.date(),
    })
}

/// A day, with the day of the week.
pub(super) fn day(page: &Page, day: LocalDate) -> String {
    let weekday = day.0.weekday().to_monday_zero_offset();
    let weekday = ["월", "화", "수", "목", "금", "토", "일"][usize::from(weekday.unsigned_abs())];
    match page.language {
        crate::Language::Ko => format!("{}({weekday})", day.0.strftime("%Y년 %-m월 %-d일")),
        crate::Language::En => day.0.strftime("%a %-d %b %Y").to_string(),
    }
}

/// A moment of the wall clock. Midnight is said as the day that begins.
pub(super) fn moment(page: &Page, moment: LocalDateTime) -> String {
    let date = day(page, LocalDate(moment.0.date()));
    let time = moment.0.strftime("%H:%M");
    format!("{date} {time}")
}

/// Whose wall clock it is.
pub(super) fn zone(page: &Page, calendar: &Calendar) -> String {
    let zone = &calendar.timezone;
    say!(page, "{zone} 시각", "{zone} time")
}
