//! What went wrong with one try of a request.

use std::time::Duration;

use serde::Deserialize;

use crate::{Class, Failure};

/// What went wrong with one try of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The failure that the request ends with if there is no other try.
    pub failure: Failure,
    /// What to do about it.
    pub course: Course,
    /// How long the endpoint asks to be left alone (`Retry-After`).
    pub wait: Option<Duration>,
    /// Whether the model may have worked, and cost, all the same.
    pub may_have_cost: bool,
}

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Nothing: this request will never be taken.
    Permanent,
    /// Nothing: no request will be taken (the key, the model's name, the quota).
    Hopeless,
    /// Ask again.
    Again,
    /// Ask again, and less.
    SlowDown,
    /// The endpoint itself did not answer: ask again, elsewhere if there is an elsewhere.
    Unreachable,
}

impl Fault {
    /// A fault of the transport.
    pub(crate) fn transport(course: Course, reason: impl Into<String>) -> Self {
        let failure = Failure { class: Class::TransportError, reason: reason.into(), status: None };
        Self { failure, course, wait: None, may_have_cost: false }
    }

    /// An answer came with status 200, but it cannot be used.
    pub(crate) fn unusable(course: Course, reason: impl Into<String>) -> Self {
        let mut fault = Self::transport(course, reason);
        fault.failure.status = Some(200);
        fault.may_have_cost = true;
        fault
    }

    /// The request was sent, and what became of it is unknown.
    pub(crate) fn costly(mut self) -> Self {
        self.may_have_cost = true;
        self
    }

    /// A status other than 200.
    pub(crate) fn of_status(status: u16, wait: Option<Duration>, body: &[u8]) -> Self {
        let told = Told::read(body);
        let class = if status == 400 && told.is_filter() { Class::Refused } else { Class::TransportError };
        let course = match status {
            401 | 404 => Course::Hopeless,
            429 if told.is_quota() => Course::Hopeless,
            429 | 503 | 529 => Course::SlowDown,
            408 | 409 | 425 => Course::Again,
            501 | 505 => Course::Permanent,
            500.. => Course::Again,
            _ => Course::Permanent,
        };
        let reason = format!("the endpoint answered {status}: {}", told.message());
        Self { failure: Failure { class, reason, status: Some(status) }, course, wait, may_have_cost: false }
    }

    /// An answer of status 200 that holds an error.
    pub(crate) fn of_error(body: &[u8]) -> Self {
        let told = Told::read(body);
        let class = if told.is_filter() { Class::Refused } else { Class::TransportError };
        let reason = format!("the endpoint answered 200 with an error: {}", told.message());
        let course = if class == Class::Refused { Course::Permanent } else { Course::Again };
        Self { failure: Failure { class, reason, status: Some(200) }, course, wait: None, may_have_cost: false }
    }
}

/// What an error's body says.
struct Told {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Wrapped {
    error: Option<serde_json::Value>,
    message: Option<serde_json::Value>,
    detail: Option<serde_json::Value>,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        let raw = || String::from_utf8_lossy(body).into_owned();
        let Ok(wrapped) = serde_json::from_slice::<Wrapped>(body) else {
            return Self { code: String::new(), message: raw() };
        };
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let error = wrapped.error.unwrap_or_default();
        let code = ["code", "type"].iter().filter_map(|key| error.get(key)).map(text).collect::<Vec<_>>().join(" ");
        let nested = error.get("message").filter(|message| !message.is_null());
        let plain = Some(&error).filter(|error| error.is_string());
        let message = nested.or(plain).or(wrapped.message.as_ref()).or(wrapped.detail.as_ref()).map_or_else(raw, text);
        Self { code, message }
    }

    fn is_filter(&self) -> bool {
        self.code.contains("content_filter") || self.code.contains("content_policy")
    }

    fn is_quota(&self) -> bool {
        self.code.contains("insufficient_quota")
    }

    /// The message, one line of at most 300 characters.
    fn message(&self) -> String {
        let line = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(300) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None if line.is_empty() => "(an empty body)".into(),
            None => line,
        }
    }
}

/// Reads `Retry-After`: seconds, or a date, which is held against the answer's own `Date` (RFC 9110, 10.2.3). A date without
/// a date to hold it against says nothing.
pub(crate) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let instant = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let wait = instant(value)?.duration_since(instant(date?)?);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}
