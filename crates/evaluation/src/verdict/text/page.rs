//! Plain text in lines of 80 columns; a Korean syllable is two columns wide.

use unicode_width::UnicodeWidthStr;

use super::Language;

const COLUMNS: usize = 80;

/// A text that is being written.
pub(super) struct Page {
    pub(super) language: Language,
    pub(super) out: String,
}

/// The same in Korean or in English, whichever the page speaks.
macro_rules! say {
    ($page:expr, $ko:literal, $en:literal $(,)?) => {
        match $page.language {
            Language::Ko => format!($ko),
            Language::En => format!($en),
        }
    };
}
pub(super) use say;

impl Page {
    pub(super) fn title(&mut self, text: &str) {
        self.wrapped(text, "", "");
        self.out.extend(std::iter::repeat_n('=', text.width().min(COLUMNS)));
        self.out.push_str("\n\n");
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.out.push('\n');
        self.wrapped(text, "", "");
        self.out.extend(std::iter::repeat_n('-', text.width().min(COLUMNS)));
        self.out.push('\n');
    }

    pub(super) fn text(&mut self, text: &str) {
        self.wrapped(text, "", "");
    }

    pub(super) fn item(&mut self, text: &str) {
        self.wrapped(text, "- ", "  ");
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            if !is_empty && line.width() + 1 + word.width() > COLUMNS {
                self.push(&line);
                (line, is_empty) = (rest.to_owned(), true);
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.push(&line);
    }

    /// A line, cut where a single word is wider than the page.
    fn push(&mut self, line: &str) {
        let mut columns = 0;
        for letter in line.chars() {
            let wide = letter.to_string().width();
            if columns + wide > COLUMNS {
                self.out.push('\n');
                columns = 0;
            }
            self.out.push(letter);
            columns += wide;
        }
        self.out.push('\n');
    }
}
