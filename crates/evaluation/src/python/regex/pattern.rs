//! Python's pattern syntax, rewritten as `fancy-regex` reads it.
//!
//! What differs and is rewritten: `$` also stands before a last line end; `\w` is letters, numbers and `_` (no marks),
//! and `\b` follows it; `\s` knows four more separators; brackets and doubled signs in a class are plain; `{` that begins
//! no count is plain; white space of verbose patterns is taken out here, for in a class Python keeps it; octal numbers,
//! `\uXXXX`, `(?P=name)`, `\Z` and comments are spelt otherwise.

use std::sync::Arc;

use super::{Flags, Part};

const WORD: &str = r"\p{L}\p{N}_";

/// The pattern as `fancy-regex` reads it; or what is wrong with it.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<String, String> {
    let mut translator = Translator { rest: pattern, flags, out: String::new(), scopes: Vec::new(), outer: flags };
    translator.leading_flags()?;
    while let Some(letter) = translator.rest.chars().next() {
        translator.step(letter)?;
    }
    if translator.scopes.is_empty() {
        let flags = translator.outer;
        let mut head = String::new();
        for (set, name) in [(flags.ignore_case, 'i'), (flags.dot_all, 's')] {
            if set {
                head.push(name);
            }
        }
        Ok(if head.is_empty() { translator.out } else { format!("(?{head}:{})", translator.out) })
    } else {
        Err("a parenthesis is not closed".into())
    }
}

struct Translator<'text> {
    rest: &'text str,
    flags: Flags,
    out: String,
    scopes: Vec<Flags>,
    outer: Flags,
}

impl<'text> Translator<'text> {
    fn advance(&mut self, bytes: usize) -> &'text str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn take_until(&mut self, end: char) -> Result<&'text str, String> {
        let at = self.rest.find(end).ok_or_else(|| format!("`{end}` is missing"))?;
        let taken = self.advance(at);
        self.advance(end.len_utf8());
        Ok(taken)
    }

    /// `(?ims)` at the beginning, which hold for the whole pattern.
    fn leading_flags(&mut self) -> Result<(), String> {
        while let Some(rest) = self.rest.strip_prefix("(?") {
            let Some(end) = rest.find(|letter: char| !letter.is_ascii_alphabetic()) else { return Ok(()) };
            if end == 0 || !rest[end..].starts_with(')') || rest.starts_with('P') {
                return Ok(());
            }
            let names = &rest[..end];
            self.rest = &rest[end + 1..];
            self.flags = with_flags(self.flags, names, true)?;
            self.outer = self.flags;
        }
        Ok(())
    }

    fn step(&mut self, letter: char) -> Result<(), String> {
        if self.flags.verbose {
            if letter.is_ascii_whitespace() || letter == '\u{b}' {
                self.advance(1);
                return Ok(());
            }
            if letter == '#' {
                let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                self.advance(end);
                return Ok(());
            }
        }
        match letter {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.open(),
            ')' => {
                self.advance(1);
                self.flags = self.scopes.pop().ok_or("a parenthesis too many")?;
                self.out.push(')');
                Ok(())
            }
            '{' => {
                self.brace();
                Ok(())
            }
            _ => {
                self.advance(letter.len_utf8());
                match letter {
                    '$' if self.flags.multi_line => self.out.push_str("(?m:$)"),
                    '^' if self.flags.multi_line => self.out.push_str("(?m:^)"),
                    '$' => self.out.push_str(r"(?=\n?\z)"),
                    '^' => self.out.push_str(r"\A"),
                    '.' | '|' | '*' | '+' | '?' => self.out.push(letter),
                    other => push_plain(&mut self.out, other),
                }
                Ok(())
            }
        }
    }

    /// A count as `{2}`, `{2,}`, `{,3}` or `{2,3}`; any other brace is plain.
    fn brace(&mut self) {
        let inner = self.rest[1..].split_once('}').map(|(inner, _)| inner).filter(|inner| {
            let (low, high) = inner.split_once(',').unwrap_or((inner, "0"));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            digits(low) && digits(high) && !inner.is_empty() && *inner != "," && (!low.is_empty() || inner.len() > 1)
        });
        let Some(inner) = inner else {
            self.advance(1);
            self.out.push_str(r"\{");
            return;
        };
        self.advance(inner.len() + 2);
        self.out.push('{');
        if inner.starts_with(',') {
            self.out.push('0');
        }
        self.out.push_str(inner);
        self.out.push('}');
    }

    fn open(&mut self) -> Result<(), String> {
        self.advance(1);
        if !self.rest.starts_with('?') {
            self.scopes.push(self.flags);
            self.out.push('(');
            return Ok(());
        }
        self.advance(1);
        if self.rest.starts_with('#') {
            return self.take_until(')').map(|_| ());
        }
        let outer = self.flags;
        if self.rest.starts_with("P=") {
            self.advance(2);
            let name = self.take_until(')')?;
            self.out.push_str(&format!(r"\k<{name}>"));
            return Ok(());
        }
        if self.rest.starts_with("P<") {
            self.advance(2);
            let name = self.take_until('>')?;
            self.out.push_str(&format!("(?P<{name}>"));
        } else if self.rest.starts_with('(') {
            self.advance(1);
            let group = self.take_until(')')?;
            let number = group.bytes().all(|byte| byte.is_ascii_digit());
            self.out.push_str(&if number { format!("(?({group})") } else { format!("(?(<{group}>)") });
        } else if let Some(head) = [":", "=", "!", "<=", "<!", ">"].iter().find(|head| self.rest.starts_with(**head)) {
            self.advance(head.len());
            self.out.push_str("(?");
            self.out.push_str(head);
        } else {
            self.scoped_flags()?;
        }
        self.scopes.push(outer);
        Ok(())
    }

    /// `(?i-s:`, after its question mark.
    fn scoped_flags(&mut self) -> Result<(), String> {
        let names = self.take_until(':')?;
        let (on, off) = names.split_once('-').unwrap_or((names, ""));
        self.flags = with_flags(with_flags(self.flags, on, true)?, off, false)?;
        self.out.push_str("(?");
        for (sign, names) in [("", on), ("-", off)] {
            let kept: String = names.chars().filter(|name| "is".contains(*name)).collect();
            if !kept.is_empty() {
                self.out.push_str(sign);
                self.out.push_str(&kept);
            }
        }
        self.out.push(':');
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let letter = self.rest.chars().nth(1).ok_or("it ends with a backslash")?;
        if letter.is_ascii_digit() {
            return self.number();
        }
        if let Some(code) = self.code_escape(letter)? {
            push_plain(&mut self.out, code);
            return Ok(());
        }
        self.advance(1 + letter.len_utf8());
        let ascii = self.flags.ascii;
        match letter {
            'A' => self.out.push_str(r"\A"),
            'Z' => self.out.push_str(r"\z"),
            'b' if ascii => {
                self.out.push_str(r"(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))")
            }
            'b' => self.out.push_str(&format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")),
            'B' if ascii => {
                self.out.push_str(r"(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))")
            }
            'B' => self.out.push_str(&format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))")),
            _ => match set_of(letter, ascii) {
                Some((set, false)) => self.out.push_str(&format!("[{set}]")),
                Some((set, true)) => self.out.push_str(&format!("[^{set}]")),
                None => push_plain(&mut self.out, plain_escape(letter)?),
            },
        }
        Ok(())
    }

    /// A group by its number, or a letter by its octal number.
    fn number(&mut self) -> Result<(), String> {
        let digits = &self.rest[1..];
        let count = digits.bytes().take(3).take_while(u8::is_ascii_digit).count();
        let octal = digits.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        if digits.starts_with('0') || octal == 3 {
            let code = u32::from_str_radix(&digits[..octal], 8).ok().and_then(char::from_u32);
            self.advance(1 + octal);
            push_plain(&mut self.out, code.ok_or("an octal number that is no letter")?);
            return Ok(());
        }
        let group = &digits[..count.min(2)];
        self.advance(1 + group.len());
        // Wrapped, so that a digit that follows does not join it.
        self.out.push_str(&format!(r"(?:\{group})"));
        Ok(())
    }

    /// `\xhh`, `\uhhhh` and `\Uhhhhhhhh`.
    fn code_escape(&mut self, letter: char) -> Result<Option<char>, String> {
        let width = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Ok(None),
        };
        let digits = self.rest.get(2..2 + width).ok_or("an escape is cut short")?;
        let code =
            u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or("an escape that is no letter")?;
        self.advance(2 + width);
        Ok(Some(code))
    }

    fn class(&mut self) -> Result<(), String> {
        self.advance(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.advance(1);
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let letter = self.rest.chars().next().ok_or("a class is not closed")?;
            match letter {
                ']' if !first => {
                    self.advance(1);
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.class_escape()?,
                '-' => {
                    self.advance(1);
                    // A range has something on both sides that is one letter; a dash at an edge is plain.
                    let edge = first || self.rest.starts_with(']') || self.out.ends_with('}') || self.starts_with_set();
                    self.out.push_str(if edge { r"\-" } else { "-" });
                }
                letter => {
                    self.advance(letter.len_utf8());
                    push_class(&mut self.out, letter);
                }
            }
            first = false;
        }
    }

    fn starts_with_set(&self) -> bool {
        let mut letters = self.rest.chars();
        letters.next() == Some('\\') && letters.next().is_some_and(|letter| "wWdDsS".contains(letter))
    }

    fn class_escape(&mut self) -> Result<(), String> {
        let letter = self.rest.chars().nth(1).ok_or("it ends with a backslash")?;
        if letter.is_ascii_digit() {
            let octal = self.rest[1..].bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let code = u32::from_str_radix(&self.rest[1..=octal], 8).ok().and_then(char::from_u32);
            self.advance(1 + octal);
            push_class(&mut self.out, code.ok_or("a group in a class")?);
            return Ok(());
        }
        if let Some(code) = self.code_escape(letter)? {
            push_class(&mut self.out, code);
            return Ok(());
        }
        self.advance(1 + letter.len_utf8());
        match set_of(letter, self.flags.ascii) {
            Some((set, false)) => self.out.push_str(&format!("[{set}]")),
            Some((set, true)) => self.out.push_str(&format!("[^{set}]")),
            None if letter == 'b' => push_class(&mut self.out, '\u{8}'),
            None => push_class(&mut self.out, plain_escape(letter)?),
        }
        Ok(())
    }
}

/// What `\w`, `\d` and `\s` hold, and whether it is what they do not.
fn set_of(letter: char, ascii: bool) -> Option<(&'static str, bool)> {
    let set = match (letter.to_ascii_lowercase(), ascii) {
        ('w', false) => WORD,
        ('w', true) => "0-9A-Za-z_",
        ('d', false) => r"\p{Nd}",
        ('d', true) => "0-9",
        ('s', false) => r"\s\x1c-\x1f",
        ('s', true) => r"\x20\t\n\r\x0b\x0c",
        _ => return None,
    };
    Some((set, letter.is_ascii_uppercase()))
}

fn plain_escape(letter: char) -> Result<char, String> {
    Ok(match letter {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        letter if letter.is_ascii_alphabetic() => return Err(format!("`\\{letter}` is no escape")),
        letter => letter,
    })
}

fn push_plain(out: &mut String, letter: char) {
    if r"\.+*?()|[]{}^$#&-~".contains(letter) {
        out.push('\\');
    }
    out.push(letter);
}

fn push_class(out: &mut String, letter: char) {
    if r"\[]^-&~|{}#".contains(letter) {
        out.push('\\');
    }
    out.push(letter);
}

fn with_flags(mut flags: Flags, names: &str, on: bool) -> Result<Flags, String> {
    for name in names.chars() {
        match name {
            'i' => flags.ignore_case = on,
            'm' => flags.multi_line = on,
            's' => flags.dot_all = on,
            'x' => flags.verbose = on,
            'a' => flags.ascii = on,
            'u' => flags.ascii = false,
            other => return Err(format!("`{other}` is no flag that is known")),
        }
    }
    Ok(flags)
}

/// The pieces of a replacement: `\1`, `\g<1>`, `\g<name>`, the escapes of letters, and plain text.
pub(super) fn template(template: &str, names: &[Option<&str>]) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    let group = |parts: &mut Vec<Part>, text: &mut String, index: usize| {
        if index >= names.len() {
            return Err(format!("there is no group {index}"));
        }
        if !text.is_empty() {
            parts.push(Part::Text(Arc::from(std::mem::take(text))));
        }
        parts.push(Part::Group(index));
        Ok(())
    };
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let letter = rest.chars().next().ok_or("it ends with a backslash")?;
        if let Some(named) = rest.strip_prefix("g<") {
            let (name, after) = named.split_once('>').ok_or("`>` is missing")?;
            let index = name.parse().ok().or_else(|| names.iter().position(|known| *known == Some(name)));
            group(&mut parts, &mut text, index.ok_or_else(|| format!("there is no group {name}"))?)?;
            rest = after;
        } else if letter.is_ascii_digit() {
            let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
            let octal = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            if letter == '0' || octal == 3 {
                let octal = if letter == '0' { octal.min(3) } else { 3 };
                text.extend(u32::from_str_radix(&rest[..octal], 8).ok().and_then(char::from_u32));
                rest = &rest[octal..];
            } else {
                let width = digits.min(2);
                group(&mut parts, &mut text, rest[..width].parse().map_err(|_| "no group")?)?;
                rest = &rest[width..];
            }
        } else {
            match (letter, plain_escape(letter)) {
                ('b', _) => text.push('\u{8}'),
                ('\\', _) => text.push('\\'),
                (_, Ok(plain)) if letter.is_ascii_alphabetic() => text.push(plain),
                (_, Err(reason)) => return Err(reason),
                (other, Ok(_)) => text.extend(['\\', other]),
            }
            rest = &rest[letter.len_utf8()..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(Arc::from(text)));
    }
    Ok(parts)
}
