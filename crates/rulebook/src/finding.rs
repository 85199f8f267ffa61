//! Findings: what is wrong in a rulebook, where, and what would be right.

use std::{error::Error, fmt, ops::Range};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The file is no rulebook.
    Error,
    /// The file is a rulebook, but somebody should look, or a stage cannot open yet.
    Warning,
}

/// Something in a rulebook that is wrong, or that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the file.
    pub span: Range<usize>,
    /// The place by its keys and ids, for example `stage.written.panel.experts.quorum`; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
    /// The line as it stands in the file.
    pub source: String,
}

/// All that was found in one file, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The file's name, as reports quote it.
    pub file: String,
    /// The findings.
    pub list: Vec<Finding>,
    /// How many more there were: a report that is too long helps nobody.
    pub left_out: usize,
}

impl Findings {
    /// The same findings under the name of the file that they are about.
    #[must_use]
    pub fn in_file(mut self, name: impl Into<String>) -> Self {
        self.file = name.into();
        self
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The errors among them.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The warnings among them.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter().filter(|finding| finding.severity == Severity::Warning)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl Finding {
    /// A finding about these bytes of `text`.
    pub(crate) fn at(text: &str, span: Range<usize>, severity: Severity) -> Self {
        let start = floor(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        Self {
            severity,
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            span: start..floor(text, span.end.max(start)),
            path: String::new(),
            wrong: String::new(),
            right: String::new(),
            source: text[line_start..line_end].trim_end_matches('\r').to_owned(),
        }
    }

    /// Writes the finding with its line, the caret line under it and what would be right.
    fn write(&self, f: &mut fmt::Formatter<'_>, file: &str) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{}: {}", self.severity, self.wrong)?;
        writeln!(f, "{gutter}--> {file}:{}:{}", self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.source.replace('\t', " "))?;
        writeln!(f, "{gutter} | {}", self.carets())?;
        if !self.path.is_empty() {
            writeln!(f, "{gutter} = at: {}", self.path)?;
        }
        writeln!(f, "{gutter} = right: {}", self.right)
    }

    /// Carets under the marked characters: a Korean syllable is two columns wide.
    fn carets(&self) -> String {
        let before: String = self.source.chars().take(self.column - 1).collect();
        let from = before.len();
        let to = self.source.len().min(from + self.span.len());
        let marked = self.source.get(from..to).unwrap_or_default();
        format!("{}{}", " ".repeat(width(&before)), "^".repeat(width(marked).max(1)))
    }
}

/// Columns on a terminal; a tab is printed as one space.
fn width(text: &str) -> usize {
    text.replace('\t', " ").width()
}

/// `offset`, moved back to the beginning of the character it lies in.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "rulebook")
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "rulebook" } else { &self.file };
        for finding in &self.list {
            finding.write(f, file)?;
            writeln!(f)?;
        }
        let (errors, warnings) = (self.errors().count(), self.warnings().count());
        write!(f, "{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))?;
        if self.left_out > 0 { write!(f, ", and {} more", self.left_out) } else { Ok(()) }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

impl Error for Findings {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_korean_words() {
        let text = "[programme]\nname = \"대표 계획\" # 끝\n";
        let at = text.find("계획").unwrap();
        let mut finding = Finding::at(text, at..at + "계획".len(), Severity::Error);
        finding.wrong = "too short".to_owned();
        finding.right = "write more".to_owned();
        insta::assert_snapshot!(finding.to_string(), @r#"
        error: too short
         --> rulebook:2:12
          |
        2 | name = "대표 계획" # 끝
          |              ^^^^
          = right: write more
        "#);
    }

    #[test]
    fn any_span_of_any_text_can_be_shown() {
        let text = "가\r\n\tb";
        for start in 0..text.len() + 3 {
            for end in 0..text.len() + 3 {
                assert!(!Finding::at(text, start..end, Severity::Warning).to_string().is_empty());
            }
        }
    }
}
