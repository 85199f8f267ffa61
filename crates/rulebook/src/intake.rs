//! Intake: when teams may apply, and which.

use jiff::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Clock, Id, LocalDate, LocalDateTime, Text,
    clock::{Calendar, ClockError},
};

/// When teams may apply, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Intake {
    /// One window.
    Single {
        /// From when applications are taken.
        opens: LocalDateTime,
        /// When the window closes; an application at this moment is late.
        closes: LocalDateTime,
        /// The most teams that may apply.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_teams: Option<u32>,
    },
    /// Windows that follow each other; each is decided on its own.
    Rolling {
        /// When the first window opens; a window closes when the next one opens.
        first: LocalDateTime,
        /// The length of a window in months.
        every_months: u32,
        /// The day from which no window opens any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<LocalDate>,
    },
    /// Only the teams named here may apply, for example those that an earlier stage kept.
    Invited {
        /// The teams, by the ids they had; a team applies under its id.
        teams: Vec<Id>,
        /// From when applications are taken.
        opens: LocalDateTime,
        /// When the window closes.
        closes: LocalDateTime,
    },
}

/// One window in which applications are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The window: `call` for a single intake, `invited`, or the month of its opening, for example `2025-01`.
    pub id: Id,
    /// Its first instant.
    pub opens: Timestamp,
    /// The first instant after it.
    pub closes: Timestamp,
}

/// A document that an application holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentKind {
    /// The document.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// Whether an application is incomplete without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// Formats that are taken.
    pub formats: Vec<Format>,
    /// The most pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pages: Option<u32>,
}

fn yes() -> bool {
    true
}

/// A document's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// KS X 6101, the open form of Hangul documents.
    Hwpx,
    /// OpenDocument text.
    Odt,
    /// Comma-separated values.
    Csv,
    /// JSON or JSON lines.
    Json,
    /// Plain text.
    Text,
}

/// What an application holds and how its gaps may be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The documents.
    #[serde(default, rename = "document", skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentKind>,
    /// How long a team has to mend a formal gap once it is told; none may be mended where this is unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplement: Option<Clock>,
    /// Whether every member must consent before the lead can submit.
    #[serde(default = "yes")]
    pub members_consent: bool,
}

// A rulebook without `[application]` means what an empty `[application]` means.
impl Default for Application {
    fn default() -> Self {
        Self { documents: Vec::new(), supplement: None, members_consent: yes() }
    }
}

impl Intake {
    /// The window that is open at `now`, if one is.
    pub fn window_at(&self, calendar: &Calendar, now: Timestamp) -> Result<Option<Window>, ClockError> {
        let window = self.latest_window(calendar, now)?;
        Ok(window.filter(|window| now < window.closes))
    }

    /// The latest window that has opened by `now`, open or closed.
    pub fn latest_window(&self, calendar: &Calendar, now: Timestamp) -> Result<Option<Window>, ClockError> {
        let between = |id: &str, opens: &LocalDateTime, closes: &LocalDateTime| {
            let window =
                Window { id: Id::new(id), opens: calendar.instant(*opens)?, closes: calendar.instant(*closes)? };
            Ok((window.opens <= now).then_some(window))
        };
        match self {
            Self::Single { opens, closes, .. } => between("call", opens, closes),
            Self::Invited { opens, closes, .. } => between("invited", opens, closes),
            Self::Rolling { first, every_months, until } => {
                rolling_window(calendar, *first, *every_months, *until, now)
            }
        }
    }
}

/// The latest window of a rolling intake that has opened by `now`.
fn rolling_window(
    calendar: &Calendar,
    first: LocalDateTime,
    every_months: u32,
    until: Option<LocalDate>,
    now: Timestamp,
) -> Result<Option<Window>, ClockError> {
    // Months are added to the first opening, never to the last one: a window that opens on the 31st keeps doing so.
    let opening = |number: u32| {
        let span = Span::new().try_months(i64::from(number) * i64::from(every_months.max(1)));
        let moment = span.and_then(|span| first.0.checked_add(span)).map_err(|_| ClockError::OutOfRange)?;
        Ok::<_, ClockError>(LocalDateTime(moment))
    };
    let mut latest = None;
    for number in 0_u32.. {
        let opens = opening(number)?;
        let over = until.is_some_and(|until| opens.0.date() >= until.0);
        if over || calendar.instant(opens)? > now {
            break;
        }
        let id = Id::new(opens.0.strftime("%Y-%m").to_string());
        let closes = calendar.instant(opening(number + 1)?)?;
        latest = Some(Window { id, opens: calendar.instant(opens)?, closes });
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        toml::from_str("timezone = 'Asia/Kolkata'").unwrap()
    }

    fn intake(text: &str) -> Intake {
        #[derive(Deserialize)]
        struct File {
            intake: Intake,
        }
        toml::from_str::<File>(text).unwrap().intake
    }

    fn window(intake: &Intake, now: &str) -> Option<String> {
        let window = intake.window_at(&calendar(), now.parse().unwrap()).unwrap();
        window.map(|window| format!("{} until {}", window.id, window.closes))
    }

    #[test]
    fn a_single_window_closes_at_its_closing() {
        let intake = intake("[intake.single]\nopens = 2025-06-20T09:00:00\ncloses = 2025-07-21T16:00:00");
        assert_eq!(window(&intake, "2025-06-20T03:29:59Z"), None);
        assert_eq!(window(&intake, "2025-06-20T03:30:00Z").as_deref(), Some("call until 2025-07-21T10:30:00Z"));
        assert_eq!(window(&intake, "2025-07-21T10:30:00Z"), None);
    }

    #[test]
    fn rolling_windows_follow_each_other_until_the_end() {
        let intake = intake("[intake.rolling]\nfirst = 2025-01-31T00:00:00\nevery_months = 1\nuntil = 2025-04-01");
        assert_eq!(window(&intake, "2025-02-01T00:00:00Z").as_deref(), Some("2025-01 until 2025-02-27T18:30:00Z"));
        assert_eq!(window(&intake, "2025-03-01T00:00:00Z").as_deref(), Some("2025-02 until 2025-03-30T18:30:00Z"));
        assert_eq!(window(&intake, "2025-05-01T00:00:00Z"), None);
    }
}
