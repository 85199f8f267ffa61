//! Filters by pattern.

use super::{FilterFault, Held, INVALID, at};
use crate::hook::PortFault;
use crate::python::regex::{Flags, RegexFault};
use crate::score::text::strip;
use crate::{Dict, Value};

/// The pattern where a task file gives none.
const DEFAULT: &str = r"#### (\-?[0-9\.\,]+)";

/// A pattern in Python's syntax.
pub(crate) struct Pattern {
    regex: crate::python::regex::Regex,
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Result<Self, FilterFault> {
        let fault = |error: RegexFault| FilterFault::Pattern { pattern: pattern.into(), reason: error.to_string() };
        crate::python::regex::Regex::new(pattern, Flags::default()).map(|regex| Self { regex }).map_err(fault)
    }

    /// `re.findall(…)[select]`: the groups of one match, or the whole match where the pattern has no group.
    pub(crate) fn find<'text>(&self, text: &'text str, select: i64) -> Result<Option<Vec<&'text str>>, PortFault> {
        let found = self.regex.find_iter(text).map_err(|error| PortFault(error.to_string()))?;
        if found.is_empty() {
            return Ok(None);
        }
        let found = at(&found, select)?;
        Ok(Some(match found.group_count() {
            0 => vec![found.whole()],
            groups => (1..=groups).map(|group| found.group(group).unwrap_or_default()).collect(),
        }))
    }

    /// `re.sub(pattern, "", text)`.
    pub(crate) fn remove(&self, text: &str) -> Result<String, PortFault> {
        self.regex.sub("", text, 0).map_err(|error| PortFault(error.to_string()))
    }
}

/// A pattern of our own, in Rust's syntax.
pub(super) fn plain_regex(pattern: &str) -> Result<regex::Regex, FilterFault> {
    let fault = |error: regex::Error| FilterFault::Pattern { pattern: pattern.into(), reason: error.to_string() };
    regex::Regex::new(pattern).map_err(fault)
}

/// `regex`: one match of the pattern, or the fallback.
pub(super) struct Regex {
    pattern: Pattern,
    /// Which match; a negative one counts from the end.
    pub(super) select: i64,
    fallback: Value,
}

impl Regex {
    pub(super) fn new(kwargs: &Dict) -> Result<Self, FilterFault> {
        let pattern = match kwargs.get("regex_pattern") {
            None => DEFAULT,
            Some(Value::Str(pattern)) => pattern,
            Some(_) => {
                return Err(FilterFault::Argument { filter: "regex", argument: "regex_pattern", what: "a text" });
            }
        };
        Ok(Self {
            pattern: Pattern::new(pattern)?,
            select: kwargs.get("group_select").and_then(Value::as_int).unwrap_or(0),
            fallback: kwargs.get("fallback").cloned().unwrap_or_else(|| INVALID.into()),
        })
    }

    /// The chosen match without white space at its ends; of several groups the first that is not empty, and an empty
    /// text where all are. `None` where there is no match.
    pub(super) fn find(&self, text: &str) -> Result<Option<String>, PortFault> {
        let filled =
            |groups: Vec<&str>| groups.into_iter().find(|group| !group.is_empty()).map(strip).map(str::to_owned);
        Ok(self.pattern.find(text, self.select)?.map(|groups| filled(groups).unwrap_or_default()))
    }

    pub(super) fn missed(&self) -> Held {
        Held { value: self.fallback.clone(), missed: true }
    }

    pub(super) fn apply(&self, held: Held) -> Result<Held, PortFault> {
        let text = held.value.as_str().unwrap_or_default();
        let Some(groups) = self.pattern.find(text, self.select)? else {
            return Ok(self.missed());
        };
        match groups.iter().find(|group| !group.is_empty()) {
            Some(group) => Ok(Held::found(strip(group))),
            // One group that is empty is an empty answer; several that are all empty are none.
            None if groups.len() == 1 => Ok(Held::found("")),
            None => Ok(Held { value: strip_value(&self.fallback), missed: true }),
        }
    }
}

/// In this one case lm-eval strips the fallback too.
fn strip_value(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| strip(text).into())
}

/// `regex_pos`: the tags of `('word', 'TAG')` pairs, or the fallback.
pub(super) struct PosTags {
    pairs: regex::Regex,
    fallback: Value,
}

impl PosTags {
    pub(super) fn new(kwargs: &Dict) -> Result<Self, FilterFault> {
        let fallback = match kwargs.get("fallback") {
            None | Some(Value::None) => Value::List(vec!["invalid".into()]),
            Some(given) => given.clone(),
        };
        Ok(Self { pairs: plain_regex(r"\('([^']*)', '([^']*)'\)")?, fallback })
    }

    pub(super) fn apply(&self, held: &Held) -> Result<Held, PortFault> {
        let Some(text) = held.value.as_str() else {
            return Err(PortFault(format!("regex_pos: a text is needed, not {}", held.value.type_name())));
        };
        let tags: Vec<Value> = self.pairs.captures_iter(text).map(|found| found.extract::<2>().1[1].into()).collect();
        Ok(match tags.is_empty() {
            true => Held { value: self.fallback.clone(), missed: true },
            false => Held::found(Value::List(tags)),
        })
    }
}
