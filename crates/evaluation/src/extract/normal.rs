//! One way of writing for the many ways in which models mark up an answer.

use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::unwrap_used, reason = "a constant pattern, which the tests compile")]
static LATEX_TEXT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\(?:text|textbf|mathrm|mathbf|textit|operatorname)\s*\{([^{}]*)\}").unwrap());

/// The text with full-width signs made narrow, brackets made round, curly quotes made straight, and Markdown's and LaTeX's
/// marks of emphasis taken away.
pub(super) fn normal(text: &str) -> String {
    let plain: String = text.chars().filter_map(narrow).collect();
    if plain.contains('\\') { LATEX_TEXT.replace_all(&plain, "$1").into_owned() } else { plain }
}

fn narrow(c: char) -> Option<char> {
    Some(match c {
        '*' | '`' | '$' | '\u{200b}' | '\u{feff}' => return None,
        '\u{3000}' | '\u{a0}' | '\t' => ' ',
        '\u{3002}' => '.',
        '「' | '『' | '【' | '[' | '〔' | '《' | '〈' | '<' => '(',
        '」' | '』' | '】' | ']' | '〕' | '》' | '〉' | '>' => ')',
        '“' | '”' | '„' => '"',
        '‘' | '’' => '\'',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    })
}
