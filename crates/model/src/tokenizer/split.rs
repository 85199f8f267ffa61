//! Pre-tokenisation: where text is cut before any pair is merged.
//!
//! The pattern of Qwen2 (and of Llama 3, which differs only in how many digits stay together) is a splitter written by
//! hand, because the regular expression decides the speed of a tokenizer; a test holds it against the expression. Other
//! people's patterns run on a general engine.

use super::classes::{BREAK, Classes, LETTER, NUMBER, OTHER, SPACE};

/// The pattern of Qwen2, verbatim: single digits.
pub const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The pattern of Llama 3, verbatim: digits in threes.
pub const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The pattern of GPT-2, which `ByteLevel` applies where it is told to use its own.
pub const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// One step of cutting.
#[derive(Debug, Clone)]
pub(super) enum Splitter {
    /// The pattern of Qwen2 and Llama 3 with at most so many digits in a piece.
    Known {
        /// The most digits in one piece.
        digits: usize,
    },
    /// Any other pattern. Pieces are the matches and what lies between them.
    Pattern(Box<fancy_regex::Regex>),
}

impl Splitter {
    /// The splitter of a pattern.
    pub(super) fn of(pattern: &str) -> Result<Self, Box<fancy_regex::Error>> {
        match pattern {
            QWEN2 => Ok(Self::Known { digits: 1 }),
            LLAMA3 => Ok(Self::Known { digits: 3 }),
            // A limit on backtracking would cut long documents otherwise than short ones.
            other => fancy_regex::RegexBuilder::new(other)
                .backtrack_limit(usize::MAX)
                .build()
                .map(|regex| Self::Pattern(Box::new(regex)))
                .map_err(Box::new),
        }
    }

    /// Calls `piece` with the ends of each piece of `text[from..to]`, in order.
    fn cut(&self, text: &str, piece: &mut dyn FnMut(usize, usize)) {
        match self {
            Self::Known { digits } => {
                for (start, end) in Pieces::new(text, *digits) {
                    piece(start, end);
                }
            }
            Self::Pattern(regex) => cut_by(regex, text, piece),
        }
    }
}

fn cut_by(regex: &fancy_regex::Regex, text: &str, piece: &mut dyn FnMut(usize, usize)) {
    let mut done = 0;
    // A match that fails to end (the engine's own stack) ends the cutting: the rest is one piece, and no text is lost.
    for found in regex.find_iter(text).map_while(Result::ok) {
        if found.start() > done {
            piece(done, found.start());
        }
        if found.end() > found.start() {
            piece(found.start(), found.end());
        }
        done = found.end();
    }
    if done < text.len() {
        piece(done, text.len());
    }
}

/// Cuts `text` by each splitter in turn and calls `piece` with each piece.
pub(super) fn cut_all(splitters: &[Splitter], text: &str, piece: &mut dyn FnMut(&str)) {
    match splitters {
        [] if text.is_empty() => {}
        [] => piece(text),
        [first, rest @ ..] => first.cut(text, &mut |start, end| cut_all(rest, &text[start..end], piece)),
    }
}

/// The pieces of a text under the pattern of Qwen2 or Llama 3: start and end of each, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'a> {
    cutter: Cutter<'a>,
    at: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(text: &'a str, digits: usize) -> Self {
        Self { cutter: Cutter { text: text.as_bytes(), classes: Classes::get(), digits }, at: 0 }
    }
}

impl Iterator for Pieces<'_> {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        self.at = self.cutter.end_of_piece(start)?;
        Some((start, self.at))
    }
}

#[derive(Clone, Copy)]
struct Cutter<'a> {
    text: &'a [u8],
    classes: &'static Classes,
    digits: usize,
}

impl std::fmt::Debug for Cutter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutter").field("length", &self.text.len()).field("digits", &self.digits).finish()
    }
}

impl Cutter<'_> {
    /// The alternatives of the pattern in their order, told apart by the class of the first character.
    #[inline]
    fn end_of_piece(&self, start: usize) -> Option<usize> {
        let (class, length) = self.classes.at(self.text, start)?;
        let after = start + length;
        Some(match class {
            LETTER => self.run_of(LETTER, after),
            NUMBER => self.numbers(after),
            BREAK => self.white(start),
            SPACE => match self.classes.at(self.text, after) {
                Some((LETTER, length)) => self.run_of(LETTER, after + length),
                Some((OTHER, length)) if self.text[start] == b' ' => self.others(after + length),
                _ => self.white(start),
            },
            _ => {
                if let Some(end) = self.contraction(start) {
                    return Some(end);
                }
                match self.classes.at(self.text, after) {
                    Some((LETTER, length)) => self.run_of(LETTER, after + length),
                    _ => self.others(after),
                }
            }
        })
    }

    #[inline(always)]
    fn run_of(&self, class: u8, mut at: usize) -> usize {
        while let Some((found, length)) = self.classes.at(self.text, at)
            && found == class
        {
            at += length;
        }
        at
    }

    fn numbers(&self, mut at: usize) -> usize {
        for _ in 1..self.digits {
            match self.classes.at(self.text, at) {
                Some((NUMBER, length)) => at += length,
                _ => break,
            }
        }
        at
    }

    /// `[^\s\p{L}\p{N}]+[\r\n]*` after its first character.
    #[inline]
    fn others(&self, at: usize) -> usize {
        self.run_of(BREAK, self.run_of(OTHER, at))
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the white space if there is one; else all of it at the
    /// end of the text; else all but its last character, which the next piece may take.
    fn white(&self, start: usize) -> usize {
        let (mut at, mut last, mut after_break) = (start, start, None);
        while let Some((class @ (SPACE | BREAK), length)) = self.classes.at(self.text, at) {
            last = at;
            at += length;
            if class == BREAK {
                after_break = Some(at);
            }
        }
        match after_break {
            Some(end) => end,
            None if at == self.text.len() || last == start => at,
            None => last,
        }
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)`. Case folding makes U+017F, the long s, an s.
    #[inline]
    fn contraction(&self, start: usize) -> Option<usize> {
        if self.text[start] != b'\'' {
            return None;
        }
        let letter = |offset: usize| self.text.get(start + offset).map_or(0, u8::to_ascii_lowercase);
        match (letter(1), letter(2)) {
            (b's' | b't' | b'm' | b'd', _) => Some(start + 2),
            (b'r' | b'v', b'e') | (b'l', b'l') => Some(start + 3),
            (0xC5, 0xBF) => Some(start + 3),
            _ => None,
        }
    }
}
