//! Dates and times: of the programme's own calendar, without a zone.

use serde_json::Value;
use toml::value::Datetime;

use crate::{place::Place, problem::Problems};

/// Checks that a date has no time, a time no date, and neither a zone.
pub(super) fn check(place: &Place, found: &Datetime, schema: &Value, problems: &mut Problems) {
    let (date, time, example) = match schema.get("format").and_then(Value::as_str) {
        Some("date") => (true, false, "2025-07-21"),
        Some("time") => (false, true, "18:00:00"),
        _ => (true, true, "2025-07-21T16:00:00"),
    };
    if found.offset.is_some() {
        let right = format!("leave the zone out, as {example}: the calendar's `timezone` is meant");
        problems.error(place.clone(), format!("`{found}` names a zone"), right);
    } else if found.date.is_some() != date || found.time.is_some() != time {
        problems.error(place.clone(), format!("`{found}` cannot stand here"), format!("write it as {example}"));
    }
}
