//! A page of plain text: headings, paragraphs and lists, wrapped at 80 columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{Language, Text};

/// The widest line; a Korean syllable is two columns wide.
pub(super) const COLUMNS: usize = 80;

/// A page that is being written.
pub(super) struct Page {
    pub(super) language: Language,
    out: String,
}

/// The same in Korean or in English, whichever the page speaks.
macro_rules! say {
    ($page:expr, $ko:literal, $en:literal $(,)?) => {
        match $page.language {
            $crate::Language::Ko => format!($ko),
            $crate::Language::En => format!($en),
        }
    };
}
pub(super) use say;

impl Page {
    pub(super) fn new(language: Language) -> Self {
        Self { language, out: String::new() }
    }

    /// The words in the page's language.
    pub(super) fn of<'t>(&self, text: &'t Text) -> &'t str {
        text.in_language(self.language)
    }

    pub(super) fn title(&mut self, text: &str) {
        self.wrapped(text, "", "");
        self.rule('=', text);
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.out.push('\n');
        self.wrapped(text, "", "");
        self.rule('-', text);
    }

    fn rule(&mut self, mark: char, under: &str) {
        let columns = under.width().min(COLUMNS);
        self.out.extend(std::iter::repeat_n(mark, columns));
        self.out.push_str("\n\n");
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.wrapped(text, "", "");
    }

    /// An item of a list, `depth` levels in.
    pub(super) fn item(&mut self, depth: usize, text: &str) {
        let indent = "  ".repeat(depth);
        self.wrapped(text, &format!("{indent}- "), &format!("{indent}  "));
    }

    /// What belongs to the item above it.
    pub(super) fn under(&mut self, depth: usize, text: &str) {
        let indent = "  ".repeat(depth + 1);
        self.wrapped(text, &indent, &indent);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        let mut line = first.to_owned();
        let mut fresh = true;
        for word in text.split_whitespace() {
            for piece in pieces(word, COLUMNS - rest.width()) {
                let space = usize::from(!fresh);
                if !fresh && line.width() + space + piece.width() > COLUMNS {
                    self.line(&line);
                    rest.clone_into(&mut line);
                    fresh = true;
                }
                if !fresh {
                    line.push(' ');
                }
                line.push_str(piece);
                fresh = false;
            }
        }
        self.line(&line);
    }
}

/// A word cut into pieces of at most `columns`: only what is longer than a line is cut.
fn pieces(word: &str, columns: usize) -> Vec<&str> {
    let (mut found, mut start, mut width) = (Vec::new(), 0, 0);
    for (at, char) in word.char_indices() {
        let wide = char.width().unwrap_or(0);
        if width + wide > columns {
            found.push(&word[start..at]);
            (start, width) = (at, 0);
        }
        width += wide;
    }
    found.push(&word[start..]);
    found
}

/// `text`, filled with spaces to `columns`; what is longer stays as it is.
pub(super) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_page() {
        let mut page = Page::new(Language::Ko);
        page.title(&"대표".repeat(60));
        page.text(&"가나다 라마바사 ".repeat(30));
        page.item(2, &"a".repeat(300));
        let text = page.finish();
        assert!(text.lines().all(|line| line.width() <= COLUMNS), "{text}");
        assert!(text.lines().any(|line| line.width() >= COLUMNS - 8));
    }

    #[test]
    fn an_item_hangs_under_its_dash() {
        let mut page = Page::new(Language::En);
        page.item(1, &"word ".repeat(20));
        let text = page.finish();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"), "{text}");
    }
}
