//! Python's `re` on top of `fancy-regex`: its patterns translated, its `findall`, `sub` and `split` followed.

mod pattern;

use std::sync::{Arc, OnceLock};

use crate::Value;

/// How many steps back a search may take before it is given up; Python has no limit and may never end.
const BACKTRACK_LIMIT: usize = 5_000_000;

/// The flags of a pattern, `re.IGNORECASE` and so on. A pattern may set more of them itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `re.I`: case does not count.
    pub ignore_case: bool,
    /// `re.M`: `^` and `$` also stand at line ends.
    pub multi_line: bool,
    /// `re.S`: `.` also takes a line end.
    pub dot_all: bool,
    /// `re.X`: white space and comments in the pattern do not count.
    pub verbose: bool,
    /// `re.A`: `\w`, `\d`, `\s` and `\b` know ASCII only.
    pub ascii: bool,
}

/// Why a pattern could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegexFault {
    /// It is no pattern that Python takes, or one that is not supported.
    #[error("pattern {pattern:?}: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A search took too many steps.
    #[error("pattern {pattern:?}: the search was given up: {reason}; write it so that it backtracks less")]
    Search {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A replacement names a group that is not there, or has an escape that Python refuses.
    #[error("replacement {template:?}: {reason}")]
    Template {
        /// The replacement.
        template: String,
        /// What is wrong.
        reason: String,
    },
}

/// A pattern of Python's `re`, made ready.
#[derive(Debug)]
pub struct Regex {
    source: String,
    translated: String,
    plain: fancy_regex::Regex,
    at_start: OnceLock<Option<fancy_regex::Regex>>,
    whole: OnceLock<Option<fancy_regex::Regex>>,
    moving: OnceLock<Option<fancy_regex::Regex>>,
}

/// One match: its place in bytes, and its groups, the whole match as group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'text> {
    text: &'text str,
    groups: Vec<Option<(usize, usize)>>,
}

impl<'text> Match<'text> {
    /// `match.group(index)`; none where there is no such group or it took no part.
    pub fn group(&self, index: usize) -> Option<&'text str> {
        let (start, end) = (*self.groups.get(index)?)?;
        self.text.get(start..end)
    }

    /// `match.group()`: the whole match.
    pub fn whole(&self) -> &'text str {
        self.group(0).unwrap_or("")
    }

    /// How many groups the pattern has, without the whole match.
    pub fn group_count(&self) -> usize {
        self.groups.len() - 1
    }

    /// Where the match begins, in bytes.
    pub fn start(&self) -> usize {
        self.groups.first().copied().flatten().map_or(0, |(start, _)| start)
    }

    /// Where the match ends, in bytes.
    pub fn end(&self) -> usize {
        self.groups.first().copied().flatten().map_or(0, |(_, end)| end)
    }
}

impl Regex {
    /// `re.compile(pattern, flags)`.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, RegexFault> {
        let refused = |reason: String| RegexFault::Pattern { pattern: pattern.into(), reason };
        let translated = pattern::translate(pattern, flags).map_err(refused)?;
        let plain = build(&translated).map_err(|fault| refused(fault.to_string()))?;
        Ok(Self {
            source: pattern.into(),
            translated,
            plain,
            at_start: OnceLock::new(),
            whole: OnceLock::new(),
            moving: OnceLock::new(),
        })
    }

    /// The pattern as it was given.
    pub fn pattern(&self) -> &str {
        &self.source
    }

    /// `re.search(pattern, text)`.
    pub fn search<'text>(&self, text: &'text str) -> Result<Option<Match<'text>>, RegexFault> {
        self.run(Some(&self.plain), text, 0)
    }

    /// `re.match(pattern, text)`: at the beginning only.
    pub fn match_start<'text>(&self, text: &'text str) -> Result<Option<Match<'text>>, RegexFault> {
        let regex = self.at_start.get_or_init(|| build(&format!(r"\A(?:{})", self.translated)).ok());
        self.run(regex.as_ref(), text, 0)
    }

    /// `re.fullmatch(pattern, text)`.
    pub fn full_match<'text>(&self, text: &'text str) -> Result<Option<Match<'text>>, RegexFault> {
        let regex = self.whole.get_or_init(|| build(&format!(r"\A(?:{})\z", self.translated)).ok());
        self.run(regex.as_ref(), text, 0)
    }

    fn run<'text>(
        &self,
        regex: Option<&fancy_regex::Regex>,
        text: &'text str,
        from: usize,
    ) -> Result<Option<Match<'text>>, RegexFault> {
        let gave_up = |reason: String| RegexFault::Search { pattern: self.source.clone(), reason };
        let regex = regex.ok_or_else(|| gave_up("it cannot be anchored".into()))?;
        let found = regex.captures_from_pos(text, from).map_err(|fault| gave_up(fault.to_string()))?;
        Ok(found.map(|found| Match {
            text,
            groups: found.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect(),
        }))
    }

    /// `re.finditer(pattern, text)`: every match, from left to right, none over another; an empty one may touch the one
    /// before it.
    pub fn find_iter<'text>(&self, text: &'text str) -> Result<Vec<Match<'text>>, RegexFault> {
        self.find_up_to(text, usize::MAX)
    }

    fn find_up_to<'text>(&self, text: &'text str, most: usize) -> Result<Vec<Match<'text>>, RegexFault> {
        let mut all = Vec::new();
        let (mut from, mut was_empty) = (0, false);
        while from <= text.len() && all.len() < most {
            // After an empty match the next has to end elsewhere: `\G` is where the search began.
            let regex = if was_empty {
                self.moving.get_or_init(|| build(&format!(r"(?:{})(?!\G)", self.translated)).ok()).as_ref()
            } else {
                Some(&self.plain)
            };
            let Some(found) = self.run(regex, text, from)? else { break };
            from = found.end();
            was_empty = found.start() == found.end();
            all.push(found);
        }
        Ok(all)
    }

    /// `re.findall(pattern, text)`: texts, or the first group where there is one, or lists of groups where there are more.
    /// A group that took no part is an empty text.
    pub fn find_all(&self, text: &str) -> Result<Vec<Value>, RegexFault> {
        let group = |found: &Match<'_>, index| Value::from(found.group(index).unwrap_or(""));
        let show = |found: Match<'_>| match found.group_count() {
            0 => group(&found, 0),
            1 => group(&found, 1),
            count => Value::List((1..=count).map(|index| group(&found, index)).collect()),
        };
        Ok(self.find_iter(text)?.into_iter().map(show).collect())
    }

    /// `re.sub(pattern, template, text, count)`; a `count` of 0 is everywhere.
    pub fn sub(&self, template: &str, text: &str, count: usize) -> Result<String, RegexFault> {
        let parts = self.template(template)?;
        self.sub_with(text, count, |found, out| {
            for part in &parts {
                match part {
                    Part::Text(text) => out.push_str(text),
                    Part::Group(index) => out.push_str(found.group(*index).unwrap_or("")),
                }
            }
        })
    }

    /// `re.sub(pattern, function, text, count)`: `write` puts at the end of its text what stands for a match.
    pub fn sub_with(
        &self,
        text: &str,
        count: usize,
        mut write: impl FnMut(&Match<'_>, &mut String),
    ) -> Result<String, RegexFault> {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for found in self.find_up_to(text, if count == 0 { usize::MAX } else { count })? {
            out.push_str(&text[done..found.start()]);
            write(&found, &mut out);
            done = found.end();
        }
        out.push_str(&text[done..]);
        Ok(out)
    }

    /// `re.split(pattern, text, most)`; a `most` of 0 is everywhere. Groups come between the parts, `None` where one took
    /// no part.
    pub fn split(&self, text: &str, most: usize) -> Result<Vec<Value>, RegexFault> {
        let mut parts = Vec::new();
        let mut done = 0;
        for found in self.find_up_to(text, if most == 0 { usize::MAX } else { most })? {
            parts.push(Value::from(&text[done..found.start()]));
            parts.extend((1..=found.group_count()).map(|index| found.group(index).map_or(Value::None, Value::from)));
            done = found.end();
        }
        parts.push(Value::from(&text[done..]));
        Ok(parts)
    }

    fn template(&self, template: &str) -> Result<Vec<Part>, RegexFault> {
        let names: Vec<Option<&str>> = self.plain.capture_names().collect();
        pattern::template(template, &names).map_err(|reason| RegexFault::Template { template: template.into(), reason })
    }
}

/// A piece of a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Arc<str>),
    Group(usize),
}

fn build(translated: &str) -> Result<fancy_regex::Regex, Box<fancy_regex::Error>> {
    fancy_regex::RegexBuilder::new(translated).backtrack_limit(BACKTRACK_LIMIT).build().map_err(Box::new)
}

/// `re.escape(text)`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if r"()[]{}?*+-|^$\.&~#".contains(letter) || " \t\n\r\x0b\x0c".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests;
