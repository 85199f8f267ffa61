//! A small tokenizer of Python: as much as is needed to tell one source from another.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A text without replacement fields.
    Text,
    /// A text with replacement fields (`f"…"`).
    Template,
    /// An operator, a bracket or a delimiter.
    Operator,
    /// The end of a logical line.
    Line,
    /// The beginning of a block.
    Indent,
    /// The end of a block.
    Dedent,
}

/// One token: what it is and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Range<usize>,
}

/// Operators of more than one character, the longest first.
const OPERATORS: [&str; 25] = [
    "**=", "//=", ">>=", "<<=", "...", "!=", "==", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "@=", "**", "//", ">>", "<<", "<>",
];

/// The tokens of `text`, whose line endings are `\n`. Comments, blank lines and white space within a line are left out.
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let mut lexer = Lexer { text, place: 0, depth: 0, indents: vec![0], tokens: Vec::new(), fresh: true };
    while lexer.place < text.len() {
        if lexer.fresh && lexer.depth == 0 {
            lexer.indentation()?;
        } else {
            lexer.step()?;
        }
    }
    lexer.finish()
}

struct Lexer<'a> {
    text: &'a str,
    place: usize,
    depth: usize,
    indents: Vec<usize>,
    tokens: Vec<Token>,
    /// Whether a logical line begins here.
    fresh: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.place..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token { kind, place: self.place..self.place + length });
        self.place += length;
    }

    fn fault(&self, what: &str) -> String {
        format!("line {}: {what}", 1 + self.text[..self.place].matches('\n').count())
    }

    /// Reads the white space at the beginning of a logical line; lines that say nothing are skipped.
    fn indentation(&mut self) -> Result<(), String> {
        let mut width = 0;
        let blank = self.rest().find(|c| !matches!(c, ' ' | '\t' | '\u{c}')).unwrap_or(self.rest().len());
        for c in self.rest()[..blank].chars() {
            width = match c {
                ' ' => width + 1,
                '\t' => width / 8 * 8 + 8,
                _ => 0,
            };
        }
        self.place += blank;
        match self.rest().chars().next() {
            None => {}
            Some('#') => self.place += self.line_length(),
            Some('\n') => self.place += 1,
            Some(_) => {
                self.fresh = false;
                self.indent_to(width)?;
            }
        }
        Ok(())
    }

    fn indent_to(&mut self, width: usize) -> Result<(), String> {
        if self.indents.last().is_some_and(|&last| width > last) {
            self.indents.push(width);
            self.push(Kind::Indent, 0);
        }
        while self.indents.last().is_some_and(|&last| width < last) {
            self.indents.pop();
            self.push(Kind::Dedent, 0);
        }
        if self.indents.last() == Some(&width) { Ok(()) } else { Err(self.fault("the indentation fits no block")) }
    }

    fn line_length(&self) -> usize {
        self.rest().find('\n').unwrap_or(self.rest().len())
    }

    fn step(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(()) };
        match first {
            ' ' | '\t' | '\u{c}' => self.place += 1,
            '#' => self.place += self.line_length(),
            '\\' if rest.starts_with("\\\n") => self.place += 2,
            '\n' if self.depth > 0 => self.place += 1,
            '\n' => {
                self.push(Kind::Line, 1);
                self.fresh = true;
            }
            _ => return self.word(first),
        }
        Ok(())
    }

    fn word(&mut self, first: char) -> Result<(), String> {
        let rest = self.rest();
        let letters = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let prefix = rest[..letters].to_ascii_lowercase();
        let quoted = rest[letters..].starts_with(['"', '\'']);
        let is_prefix = matches!(prefix.as_str(), "" | "r" | "b" | "u" | "f" | "rb" | "br" | "rf" | "fr");
        if quoted && is_prefix {
            let length = letters + self.quoted_length(letters)?;
            let kind = if prefix.contains('f') { Kind::Template } else { Kind::Text };
            self.push(kind, length);
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            self.push(Kind::Number, number_length(rest));
        } else if letters > 0 {
            self.push(Kind::Name, letters);
        } else {
            self.operator(first)?;
        }
        Ok(())
    }

    /// How long the quoted text is that begins `skip` bytes from here.
    fn quoted_length(&self, skip: usize) -> Result<usize, String> {
        let body = &self.rest()[skip..];
        let quote = &body[..1];
        let triple = body.starts_with(&quote.repeat(3));
        let end = if triple { quote.repeat(3) } else { quote.to_owned() };
        let mut place = end.len();
        while let Some(c) = body[place..].chars().next() {
            match c {
                '\\' => place += 1 + body[place + 1..].chars().next().map_or(0, char::len_utf8),
                '\n' if !triple => return Err(self.fault("a text is not closed on its line")),
                _ if body[place..].starts_with(&end) => return Ok(place + end.len()),
                _ => place += c.len_utf8(),
            }
        }
        Err(self.fault("a text is not closed"))
    }

    fn operator(&mut self, first: char) -> Result<(), String> {
        match first {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' if self.depth == 0 => return Err(self.fault("a bracket is closed that was not opened")),
            ')' | ']' | '}' => self.depth -= 1,
            '!' if self.rest().starts_with("!=") => {}
            '+' | '-' | '*' | '/' | '%' | '@' | '&' | '|' | '^' | '~' | '<' | '>' | '=' | ',' | ':' | '.' | ';' => {}
            other => return Err(self.fault(&format!("{other:?} is not Python"))),
        }
        let long = OPERATORS.iter().find(|operator| self.rest().starts_with(**operator));
        self.push(Kind::Operator, long.map_or(1, |operator| operator.len()));
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Token>, String> {
        if self.depth > 0 {
            return Err(self.fault("a bracket is not closed"));
        }
        if !self.fresh {
            self.push(Kind::Line, 0);
        }
        for _ in 1..self.indents.len() {
            self.push(Kind::Dedent, 0);
        }
        Ok(self.tokens)
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// How long the number is at the beginning of `rest`: digits, letters and points, and a sign after an exponent.
fn number_length(rest: &str) -> usize {
    let mut length = 0;
    let hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
    let mut last = ' ';
    for c in rest.chars() {
        let signed = matches!(c, '+' | '-') && matches!(last, 'e' | 'E') && !hexadecimal;
        if !(is_name(c) || c == '.' || signed) {
            break;
        }
        length += c.len_utf8();
        last = c;
    }
    length
}

/// The names in the replacement fields of a template (`f"…{name}…"`), in order; too many rather than too few.
pub(super) fn template_names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut quote = None;
    let mut word = None;
    let mut last = ' ';
    for (place, c) in template.char_indices().chain([(template.len(), ' ')]) {
        if depth > 0 && quote.is_none() && is_name(c) {
            word = word.or(Some((place, last)));
        } else if let Some((start, _)) = word.take().filter(|(_, before)| *before != '.') {
            names.push(&template[start..place]);
        }
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '"' | '\'' if depth > 0 && quote == Some(c) => quote = None,
            '"' | '\'' if depth > 0 && quote.is_none() => quote = Some(c),
            _ => {}
        }
        if depth == 0 {
            quote = None;
        }
        last = c;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text).unwrap().iter().map(|token| format!("{:?} {}", token.kind, &text[token.place.clone()])).collect()
    }

    #[test]
    fn comments_and_layout_say_nothing() {
        let plain = "def f(a):\n    if a:\n        return [1, 2]\n    return None\n";
        let odd = "# top\n\ndef f( a ) :   # why\n\n  if a :\n      return [1,\n 2 ] # end\n  # odd place\n  return \\\n None";
        let names = |text| -> Vec<String> { words(text).into_iter().map(|word| word.trim().to_owned()).collect() };
        assert_eq!(names(plain), names(odd));
    }

    #[test]
    fn blocks_are_told_apart() {
        assert_ne!(words("if a:\n  b\n  c\n"), words("if a:\n  b\nc\n"));
        assert_eq!(words("x"), ["Name x", "Line "]);
    }

    #[test]
    fn texts_keep_what_is_in_them() {
        assert_eq!(words("x = r'a\\'' # b")[2], "Text r'a\\''");
        assert_eq!(words("f'''a\n'b'\n{c}'''")[0], "Template f'''a\n'b'\n{c}'''");
        assert_eq!(words("'# no comment'")[0], "Text '# no comment'");
        assert_eq!(
            words("1e-5 0x1e-5 .5 x.y"),
            [
                "Number 1e-5",
                "Number 0x1e",
                "Operator -",
                "Number 5",
                "Number .5",
                "Name x",
                "Operator .",
                "Name y",
                "Line ",
            ]
        );
    }

    #[test]
    fn odd_sources_are_refused_with_the_line() {
        for (text, says) in [
            ("a\nb = 'x\n", "line 2: a text is not closed on its line"),
            ("'''", "line 1: a text is not closed"),
            ("(\n", "line 2: a bracket is not closed"),
            ("x)", "line 1: a bracket is closed that was not opened"),
            ("a = ?", "line 1: '?' is not Python"),
            ("if a:\n    b\n  c\n", "line 3: the indentation fits no block"),
            ("'\\", "line 1: a text is not closed"),
        ] {
            assert_eq!(tokenize(text).unwrap_err(), says, "{text:?}");
        }
    }

    #[test]
    fn names_in_templates() {
        assert_eq!(template_names("f\"{LABELS[doc['a']]} {x.strip()} {{no}}\""), ["LABELS", "doc", "x", "no"]);
        assert!(template_names("f'plain").is_empty());
    }
}
