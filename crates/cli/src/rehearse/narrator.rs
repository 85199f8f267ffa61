//! The narrator: what is told while the play goes on.

use std::io::{self, IsTerminal as _};

use crate::{say, text::wrapped};

/// One thing that happened.
pub(crate) struct Line {
    pub(crate) when: String,
    pub(crate) text: String,
}

/// Tells the play to somebody.
pub(crate) trait Narrator {
    /// A part of the play begins.
    fn heading(&mut self, text: &str);
    /// Something happened.
    fn line(&mut self, line: &Line);
    /// A table or paragraph.
    fn block(&mut self, text: &str);
}

/// Tells everything as it happens.
pub(crate) struct Aloud;

impl Narrator for Aloud {
    fn heading(&mut self, text: &str) {
        say(&format!("\n{text}\n{}\n", "─".repeat(unicode_width::UnicodeWidthStr::width(text))));
    }

    fn line(&mut self, line: &Line) {
        let margin = format!("{}  ", line.when);
        say(&format!("{}\n", wrapped(&margin, &line.text)));
    }

    fn block(&mut self, text: &str) {
        say(&format!("\n{text}\n"));
    }
}

/// Tells a terminal how far it is and keeps standard output for the answer.
#[derive(Default)]
pub(crate) struct Quietly(Option<indicatif::ProgressBar>);

impl Narrator for Quietly {
    fn heading(&mut self, text: &str) {
        if io::stderr().is_terminal() {
            self.0.get_or_insert_with(indicatif::ProgressBar::new_spinner).set_prefix(text.to_owned());
        }
    }

    fn line(&mut self, line: &Line) {
        if let Some(spinner) = &self.0 {
            spinner.set_message(line.text.clone());
            spinner.tick();
        }
    }

    fn block(&mut self, _: &str) {}
}

/// Says it on standard output. A reader that went away has heard enough; the play goes on.
fn say(text: &str) {
    let _ = say::out(text);
}
