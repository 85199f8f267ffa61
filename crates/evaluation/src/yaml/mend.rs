//! Two habits that PyYAML takes and YAML 1.2 does not: inside quotes and inside brackets it looks at no indentation.
//!
//! Where the parser stops at one of them, the line is pushed to the right and the text is read again. Inside quotes the
//! blanks at the beginning of a line are folded away, and between the tokens in brackets they mean nothing, so the
//! reading stays the same; lines keep their numbers.

use std::borrow::Cow;
use std::path::Path;

use super::node::{self, Nodes, Stop, place};
use super::{Place, YamlFault};

/// A file with more such places than this is not mended but refused.
const MOST: usize = 1000;

/// Reads `text` into nodes, mended where it must be.
pub(super) fn compose(text: &str, path: &Path) -> Result<Nodes, YamlFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_characters(text, path)?;
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST {
        match node::compose(&text, path) {
            Ok(nodes) => return Ok(nodes),
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Scan(error)) => match mended(&text, error.info(), error.marker().index()) {
                Some(better) => text = Cow::Owned(better),
                None => return Err(syntax(path, &error)),
            },
        }
    }
    let place = Place { file: path.to_owned(), line: 1, column: 1 };
    Err(YamlFault::Endless { place, what: "too many lines begin left of where they belong" })
}

/// The text with one place pushed to the right; `index` counts characters.
fn mended(text: &str, info: &str, index: usize) -> Option<String> {
    let at = text.char_indices().nth(index)?.0;
    match info {
        "invalid indentation in quoted scalar" => quote(text, at),
        "invalid indentation" | "invalid indentation in flow construct" => bracket(text, at),
        info if info.starts_with("':' must be followed") => tab(text, at),
        _ => None,
    }
}

/// Pushes the further lines of the quoted text that begins at or next after `at` beyond where it begins.
fn quote(text: &str, at: usize) -> Option<String> {
    let start = at + text[at..].find(['"', '\''])?;
    let end = closing(text, start)?;
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let margin = " ".repeat(text[line..start].chars().count() + 1);
    let mut better = String::with_capacity(text.len() + 256);
    better.push_str(&text[..start]);
    for (place, line) in text[start..end].split('\n').enumerate() {
        if place == 0 {
            better.push_str(line);
            continue;
        }
        better.push('\n');
        if line.starts_with("---") || line.starts_with("...") {
            return None;
        }
        let rest = line.trim_start_matches([' ', '\t']);
        if !rest.trim().is_empty() {
            better.push_str(&margin);
        }
        better.push_str(rest);
    }
    better.push_str(&text[end..]);
    (better != text).then_some(better)
}

/// Where the quote that opens at `start` closes.
fn closing(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mark = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if mark == b'"' => at += 1,
            byte if byte == mark && mark == b'\'' && bytes.get(at + 1) == Some(&mark) => at += 1,
            byte if byte == mark => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Pushes the line of the token at `at`, which is its first, to the right.
fn bracket(text: &str, at: usize) -> Option<String> {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let first = text[line..at].chars().all(|character| character == ' ' || character == '\t');
    first.then(|| format!("{}        {}", &text[..line], &text[line..]))
}

/// Makes blanks of the tabs between a colon and the token at `at`.
fn tab(text: &str, at: usize) -> Option<String> {
    let before = text[..at].trim_end_matches('\t');
    let tabs = at - before.len();
    (tabs > 0 && before.ends_with(':')).then(|| format!("{before}{}{}", " ".repeat(tabs), &text[at..]))
}

/// YAML 1.1's printable characters, as PyYAML checks them.
fn check_characters(text: &str, path: &Path) -> Result<(), YamlFault> {
    let allowed = |character: char| match character {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' => character != '\u{feff}',
        character => character >= '\u{10000}',
    };
    let Some((at, character)) = text.char_indices().find(|(_, character)| !allowed(*character)) else {
        return Ok(());
    };
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    Err(YamlFault::Character { place: Place { file: path.to_owned(), line, column }, code: u32::from(character) })
}

/// The parser's fault, with a word on what to do.
fn syntax(path: &Path, error: &saphyr_parser::ScanError) -> YamlFault {
    let problem = error.info().to_owned();
    let mend = match problem.as_str() {
        text if text.contains("tab") => "use spaces",
        text if text.contains("quoted scalar") => "close the quote, and indent its lines",
        text if text.contains("flow") || text.contains(", or ") || text.contains("',' or") => {
            "close the bracket, or put a template that begins with `{` in quotes"
        }
        text if text.contains("mapping values") => "put a text that holds `: ` in quotes",
        text if text.contains("anchor") || text.contains("alias") => "put a text that begins with `*` or `&` in quotes",
        text if text.contains("start any token") => "put a text that begins with this character in quotes",
        text if text.contains("simple key") => "write `key: value`, with the keys of one level in one column",
        _ => "look at the indentation and the quotes here",
    };
    YamlFault::Syntax { place: place(path, error.marker()), problem, mend }
}
