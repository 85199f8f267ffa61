//! Pages that need no other file: Korean and English in one, light and dark, no script, nothing fetched.

mod said;

pub use self::said::{Language, Said};

/// The page around a body. Both languages stand in it; `language` is the one it opens in.
pub(crate) fn page(title: &Said, body: &str, language: Language) -> String {
    let (tag, style) = (language.tag(), include_str!("page.css"));
    let checked = |own: Language| if own == language { " checked" } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{style}</style>\n</head>\n<body>\n\
         <input class=\"pick\" type=\"radio\" name=\"language\" id=\"ko\"{}>\n\
         <input class=\"pick\" type=\"radio\" name=\"language\" id=\"en\"{}>\n\
         <div class=\"switch\"><label for=\"ko\" lang=\"ko\">한국어</label><label for=\"en\" lang=\"en\">English</label></div>\n\
         <main>\n{body}</main>\n</body>\n</html>\n",
        escape(title.of(language)),
        checked(Language::Ko),
        checked(Language::En),
    )
}

/// Text as HTML shows it as it stands, in elements and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What no font shows could hide a name, or turn a line round.
            letter if letter.is_control() || is_hidden(letter) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out
}

/// Marks of direction and letters without width.
fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Both languages, of which the page shows one.
pub(crate) fn span(said: &Said) -> String {
    if said.en == said.ko {
        return escape(&said.en);
    }
    let (en, ko) = (escape(&said.en), escape(&said.ko));
    format!("<span class=\"en\" lang=\"en\">{en}</span><span class=\"ko\" lang=\"ko\">{ko}</span>")
}

/// An element with text.
pub(crate) fn element(name: &str, said: &Said) -> String {
    format!("<{name}>{}</{name}>\n", span(said))
}

/// A cell of a table.
pub(crate) enum Cell {
    /// Text, to the left.
    Text(String),
    /// A number, to the right.
    Number(String),
    /// What names its row.
    Head(String),
}

/// A table with a head; the letters of cells are HTML already. Columns of numbers are those whose first cell is one.
pub(crate) fn table(caption: &Said, head: &[Said], rows: &[Vec<Cell>]) -> String {
    let is_number = |column: usize| {
        rows.first().and_then(|row| row.get(column)).is_some_and(|cell| matches!(cell, Cell::Number(_)))
    };
    let mut out = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption>{1}</caption>\n<thead><tr>",
        escape(&format!("{} · {}", caption.en, caption.ko)),
        span(caption)
    );
    for (column, name) in head.iter().enumerate() {
        let class = if is_number(column) { " class=\"n\"" } else { "" };
        out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", span(name)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            out.push_str(&match cell {
                Cell::Text(text) => format!("<td>{text}</td>"),
                Cell::Number(text) => format!("<td class=\"n\">{text}</td>"),
                Cell::Head(text) => format!("<th scope=\"row\">{text}</th>"),
            });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// Something that opens when it is asked for.
pub(crate) fn details(summary: &Said, inner: &str) -> String {
    format!("<details><summary>{}</summary>\n{inner}</details>\n", span(summary))
}

/// A count with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_told_becomes_markup() {
        assert_eq!(
            escape("<b a=\"1\" c='2'>&\u{202e}\n"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\\u{202e}\\u{a}"
        );
        assert_eq!(escape("하늘 7B"), "하늘 7B");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
