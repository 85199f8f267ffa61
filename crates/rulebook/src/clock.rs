//! Clocks: how long something may take, in calendar or working days of the programme's own calendar.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day without a time of day, as the programme's calendar counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDate(pub Date);

/// A moment of the programme's own wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDateTime(pub DateTime);

/// A time of day of the programme's own wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(pub Time);

/// The programme's calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The time zone, by its IANA name.
    pub timezone: String,
    /// Days on which nobody works besides the weekend: public and substitute holidays.
    #[serde(default)]
    pub holidays: BTreeSet<LocalDate>,
    /// The days of the week that are no working days; Saturday and Sunday unless said.
    #[serde(default = "saturday_and_sunday")]
    pub weekend: BTreeSet<DayOfWeek>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

fn saturday_and_sunday() -> BTreeSet<DayOfWeek> {
    [DayOfWeek::Saturday, DayOfWeek::Sunday].into()
}

/// How long something may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// How many days.
    #[schemars(range(min = 0, max = 3650))]
    pub days: u32,
    /// Which days count.
    #[serde(default)]
    pub counts: Counts,
    /// Which day is the first.
    #[serde(default)]
    pub from: From,
    /// The time of day on the last day; its end unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<LocalTime>,
    /// What happens when the last day is no working day.
    #[serde(default)]
    pub roll: Roll,
}

/// Which days a clock counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Every day.
    #[default]
    CalendarDays,
    /// Days that are neither weekend nor holiday.
    WorkingDays,
}

/// Which day a clock counts as the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// The day after the event: Korean Civil Act, article 157.
    #[default]
    NextDay,
    /// The day of the event itself.
    SameDay,
}

/// What happens when the last day is no working day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Roll {
    /// The clock ends on the next working day: Korean Civil Act, article 161.
    #[default]
    NextWorkingDay,
    /// The clock ends all the same.
    Never,
}

/// Why a moment cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The calendar's time zone is not in the time zone database.
    #[error("there is no time zone `{0}`; write an IANA name such as `Asia/Seoul`")]
    NoSuchZone(String),
    /// The moment lies outside what can be counted, or no day of the week is a working day.
    #[error("the clock runs past the end of the calendar")]
    OutOfRange,
}

impl Calendar {
    /// The calendar's time zone.
    pub fn zone(&self) -> Result<TimeZone, ClockError> {
        TimeZone::get(&self.timezone).map_err(|_| ClockError::NoSuchZone(self.timezone.clone()))
    }

    /// The instant at which the wall clock shows `moment`.
    pub fn instant(&self, moment: LocalDateTime) -> Result<Timestamp, ClockError> {
        // A moment that a change of summer time skips or repeats is read as RFC 5545 does.
        self.zone()?.to_timestamp(moment.0).map_err(|_| ClockError::OutOfRange)
    }

    /// The wall clock's date at `instant`.
    pub fn date(&self, instant: Timestamp) -> Result<LocalDate, ClockError> {
        Ok(LocalDate(self.zone()?.to_datetime(instant).date()))
    }

    /// Whether people work on this day.
    pub fn is_working_day(&self, day: LocalDate) -> bool {
        let weekday = DayOfWeek::of(day.0.weekday());
        !self.weekend.contains(&weekday) && !self.holidays.contains(&day)
    }

    /// The last day of `clock` when it starts on `start`.
    ///
    /// Korean practice: the first day is the day after the event, and a last day that falls on a holiday moves to the
    /// next working day.
    pub fn last_day(&self, clock: &Clock, start: LocalDate) -> Result<LocalDate, ClockError> {
        if self.weekend.len() == 7 {
            return Err(ClockError::OutOfRange);
        }
        let mut day = match clock.from {
            From::NextDay => start.0,
            From::SameDay => start.0.yesterday().map_err(|_| ClockError::OutOfRange)?,
        };
        let mut left = clock.days;
        while left > 0 {
            day = day.tomorrow().map_err(|_| ClockError::OutOfRange)?;
            if clock.counts == Counts::CalendarDays || self.is_working_day(LocalDate(day)) {
                left -= 1;
            }
        }
        while clock.roll == Roll::NextWorkingDay && !self.is_working_day(LocalDate(day)) {
            day = day.tomorrow().map_err(|_| ClockError::OutOfRange)?;
        }
        Ok(LocalDate(day))
    }

    /// The instant from which `clock`, started at `start`, has run out. What happens *before* it is in time.
    pub fn deadline(&self, clock: &Clock, start: Timestamp) -> Result<Timestamp, ClockError> {
        let last = self.last_day(clock, self.date(start)?)?;
        let end = match clock.until {
            Some(time) => last.0.to_datetime(time.0),
            None => last.0.tomorrow().map_err(|_| ClockError::OutOfRange)?.to_datetime(Time::midnight()),
        };
        self.instant(LocalDateTime(end))
    }
}

impl DayOfWeek {
    fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

impl LocalDate {
    /// This day, `years` calendar years earlier.
    pub fn years_before(self, years: u32) -> Result<Self, ClockError> {
        let span = Span::new().try_years(years).map_err(|_| ClockError::OutOfRange)?;
        self.0.checked_sub(span).map(Self).map_err(|_| ClockError::OutOfRange)
    }
}

/// Serde and schema for a wrapper over a civil value: TOML's own dates and times on the way in, text on the way out.
macro_rules! civil {
    ($name:ident, $inner:ty, $format:literal, $example:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.to_string())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let written = toml::value::Datetime::deserialize(deserializer)?.to_string();
                let value = written.parse::<$inner>();
                value.map(Self).map_err(|_| de::Error::custom(concat!("write it without a zone, as ", $example)))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": concat!("Of the programme's own calendar, without a zone, as ", $example, "."),
                    "type": "string",
                    "format": $format,
                })
            }
        }
    };
}
civil!(LocalDate, Date, "date", "2025-07-21");
civil!(LocalDateTime, DateTime, "date-time-local", "2025-07-21T16:00:00");
civil!(LocalTime, Time, "time", "18:00:00");

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul(holidays: &[&str]) -> Calendar {
        Calendar {
            timezone: "Asia/Seoul".to_owned(),
            holidays: holidays.iter().map(|day| date(day)).collect(),
            weekend: saturday_and_sunday(),
        }
    }

    fn date(text: &str) -> LocalDate {
        LocalDate(text.parse().unwrap())
    }

    fn clock(days: u32) -> Clock {
        Clock { days, counts: Counts::CalendarDays, from: From::NextDay, until: None, roll: Roll::NextWorkingDay }
    }

    #[test]
    fn ten_days_are_counted_from_the_day_after_the_notice() {
        // Notice on Thursday 15 January 2026: day one is the 16th, day ten is Sunday the 25th, so Monday the 26th.
        assert_eq!(seoul(&[]).last_day(&clock(10), date("2026-01-15")).unwrap(), date("2026-01-26"));
        let hard = Clock { roll: Roll::Never, ..clock(10) };
        assert_eq!(seoul(&[]).last_day(&hard, date("2026-01-15")).unwrap(), date("2026-01-25"));
        let same = Clock { from: From::SameDay, ..hard };
        assert_eq!(seoul(&[]).last_day(&same, date("2026-01-15")).unwrap(), date("2026-01-24"));
    }

    #[test]
    fn working_days_pass_over_holidays() {
        // Chuseok 2025: 3 October to 9 October is one long holiday.
        let calendar = seoul(&["2025-10-03", "2025-10-06", "2025-10-07", "2025-10-08", "2025-10-09"]);
        let working = Clock { counts: Counts::WorkingDays, ..clock(2) };
        assert_eq!(calendar.last_day(&working, date("2025-10-02")).unwrap(), date("2025-10-13"));
    }

    #[test]
    fn a_deadline_is_the_first_instant_that_is_too_late() {
        let calendar = seoul(&[]);
        let start: Timestamp = "2026-01-15T05:00:00Z".parse().unwrap();
        assert_eq!(calendar.deadline(&clock(10), start).unwrap().to_string(), "2026-01-26T15:00:00Z");
        let until = Clock { until: Some(LocalTime("18:00:00".parse().unwrap())), ..clock(10) };
        assert_eq!(calendar.deadline(&until, start).unwrap().to_string(), "2026-01-26T09:00:00Z");
    }

    #[test]
    fn the_day_is_the_wall_clocks_day() {
        let start: Timestamp = "2026-01-15T15:30:00Z".parse().unwrap();
        assert_eq!(seoul(&[]).date(start).unwrap(), date("2026-01-16"));
    }

    #[test]
    fn years_are_calendar_years() {
        assert_eq!(date("2028-02-29").years_before(3).unwrap(), date("2025-02-28"));
    }

    #[test]
    fn a_week_without_work_has_no_deadline() {
        let mut calendar = seoul(&[]);
        calendar.weekend = DayOfWeek::all();
        assert_eq!(calendar.last_day(&clock(1), date("2026-01-15")), Err(ClockError::OutOfRange));
    }

    impl DayOfWeek {
        fn all() -> BTreeSet<Self> {
            use DayOfWeek::*;
            [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday].into()
        }
    }
}
