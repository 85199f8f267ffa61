//! What a character is to the pre-tokeniser: letter, number, space, line break or something else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::unicode::{LETTERS, NUMBERS};

/// Neither letter nor number nor white space: punctuation, signs, marks, controls.
pub(super) const OTHER: u8 = 0;
/// `\p{L}`.
pub(super) const LETTER: u8 = 1;
/// `\p{N}`.
pub(super) const NUMBER: u8 = 2;
/// `\s`, but neither carriage return nor line feed.
pub(super) const SPACE: u8 = 3;
/// Carriage return or line feed.
pub(super) const BREAK: u8 = 4;

/// The classes of ASCII.
const ASCII: [u8; 128] = {
    let mut classes = [OTHER; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => NUMBER,
            b'\r' | b'\n' => BREAK,
            b' ' | b'\t' | 0x0B | 0x0C => SPACE,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// Code points in one block of the table.
const BLOCK: usize = 128;
const CODE_POINTS: usize = 0x11_0000;

/// The classes of all code points in two stages: equal blocks are kept once.
pub(super) struct Classes {
    blocks: Vec<[u8; BLOCK]>,
    block_of: Vec<u16>,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::build);

impl Classes {
    /// The table, built at first use.
    pub(super) fn get() -> &'static Self {
        &CLASSES
    }

    fn build() -> Self {
        let mut flat = vec![OTHER; CODE_POINTS];
        for (runs, class) in [(LETTERS, LETTER), (NUMBERS, NUMBER)] {
            for run in runs.chunks_exact(2) {
                flat[run[0] as usize..=run[1] as usize].fill(class);
            }
        }
        for (code, class) in flat.iter_mut().enumerate().take(0x3001) {
            // White space has been the same 25 characters since Unicode 6.3.
            if char::from_u32(code as u32).is_some_and(char::is_whitespace) {
                *class = SPACE;
            }
        }
        let mut known = BTreeMap::new();
        let mut table = Self { blocks: Vec::new(), block_of: Vec::with_capacity(CODE_POINTS / BLOCK) };
        for block in flat.as_chunks::<BLOCK>().0 {
            let place = *known.entry(*block).or_insert_with(|| {
                table.blocks.push(*block);
                table.blocks.len() - 1
            });
            table.block_of.push(place as u16);
        }
        table
    }

    fn of(&self, code: u32) -> u8 {
        let code = code as usize;
        self.block_of.get(code / BLOCK).map_or(OTHER, |&block| self.blocks[usize::from(block)][code % BLOCK])
    }

    /// The class of the character that begins at byte `at`, and its length in bytes; `None` at the end of the text.
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8], at: usize) -> Option<(u8, usize)> {
        let first = *text.get(at)?;
        if first < 128 { Some((ASCII[usize::from(first)], 1)) } else { Some(self.beyond_ascii(text, at, first)) }
    }

    #[inline]
    fn beyond_ascii(&self, text: &[u8], at: usize, first: u8) -> (u8, usize) {
        let next = |offset: usize| text.get(at + offset).map_or(0, |byte| u32::from(byte & 0x3F));
        match first {
            0..=0xDF => (self.of(u32::from(first & 0x1F) << 6 | next(1)), 2),
            0xE0..=0xEF => {
                let code = u32::from(first & 0xF) << 12 | next(1) << 6 | next(2);
                // Hangul syllables, most of Korean text.
                if (0xAC00..=0xD7A3).contains(&code) { (LETTER, 3) } else { (self.of(code), 3) }
            }
            _ => (self.of(u32::from(first & 0x7) << 18 | next(1) << 12 | next(2) << 6 | next(3)), 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_point_has_the_class_the_regex_crate_gives_it() {
        let patterns = [(r"^\p{L}$", LETTER), (r"^\p{N}$", NUMBER), (r"^[\r\n]$", BREAK), (r"^\s$", SPACE)];
        let patterns = patterns.map(|(pattern, class)| (fancy_regex::Regex::new(pattern).unwrap(), class));
        let mut letters = 0;
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let expected = patterns.iter().find(|(regex, _)| regex.is_match(&text).unwrap()).map_or(OTHER, |p| p.1);
            let found = Classes::get().at(text.as_bytes(), 0);
            assert_eq!(found, Some((expected, text.len())), "U+{:04X}", character as u32);
            letters += usize::from(expected == LETTER);
        }
        assert_eq!(letters, 141_028, "Unicode 16.0 counts so many");
    }
}
