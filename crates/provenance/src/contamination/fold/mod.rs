//! Text made comparable: a stream of units that spelling, spacing and markup do not change.
//!
//! A unit is a word where words stand apart, and one character in the scripts that are written without spaces or with
//! spaces that writers set as they like (Hangul, Han, kana, Thai, Lao, Khmer, Burmese, Tibetan). Before that the text is
//! put through NFKC (Unicode Standard Annex 15), so that Hangul in jamo, full-width letters and ligatures are what they
//! stand for; characters without a shape (zero-width spaces, joiners, soft hyphens) are dropped; capitals are folded;
//! tags, entities, link targets and LaTeX commands are taken out; whatever is neither a letter nor a digit parts words.
//!
//! [`fold()`] does this in one pass over the bytes, [`plain::fold()`] in the plainest way that can be written down; a
//! test holds them to the same units.

mod kinds;
mod markup;
pub mod plain;

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

pub(super) use kinds::{can_glue, is_dropped, is_mark, is_unit};
use markup::{Markup, markup};

/// A word or a character, and where in the text it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// A hash of the folded spelling; its lowest three bits say what kind of unit it is.
    pub key: u64,
    /// The byte where it begins.
    pub start: u32,
    /// The byte after it.
    pub end: u32,
}

/// Set in the keys of single characters of scripts without spaces.
const CHARACTER: u64 = 1;
/// Set in the keys of units that tell nothing apart: numbers and single letters.
const THIN: u64 = 2;
/// Set in the keys of numbers.
const NUMBER: u64 = 4;

/// What a unit weighs in the length of a window: a word two, a character one.
#[must_use]
pub fn weight(key: u64) -> u32 {
    if key & CHARACTER == 0 { 2 } else { 1 }
}

/// Whether it is one character of a script without spaces.
pub(super) fn is_character(key: u64) -> bool {
    key & CHARACTER != 0
}

/// Whether it is a number or a single letter, which tell nothing apart.
pub(super) fn is_thin(key: u64) -> bool {
    key & THIN != 0
}

/// Whether it is a number.
pub(super) fn is_number(key: u64) -> bool {
    key & NUMBER != 0
}

/// Spreads the bits of a hash: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
pub(super) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

const WORD_START: u64 = 0xCBF2_9CE4_8422_2325;
const WORD_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(WORD_STEP)
}

fn character_key(code: u32) -> u64 {
    (mix(u64::from(code).wrapping_add(WORD_STEP)) & !7) | CHARACTER
}

fn word_key(hash: u64, letters: usize, is_number: bool) -> u64 {
    let kind = if is_number {
        NUMBER | THIN
    } else if letters == 1 {
        THIN
    } else {
        0
    };
    (mix(hash) & !7) | kind
}

/// A word that is still being read.
#[derive(Debug, Clone, Copy)]
struct Word {
    hash: u64,
    start: usize,
    end: usize,
    letters: usize,
    is_number: bool,
}

/// What takes the folded characters one by one and makes units of them.
struct Units<'a> {
    out: &'a mut Vec<Unit>,
    word: Option<Word>,
}

impl Units<'_> {
    #[inline(always)]
    fn push(&mut self, key: u64, start: usize, end: usize) {
        self.out.push(Unit { key, start: start as u32, end: end as u32 });
    }

    #[inline(always)]
    fn close(&mut self) {
        if let Some(word) = self.word.take() {
            self.push(word_key(word.hash, word.letters, word.is_number), word.start, word.end);
        }
    }

    /// A folded character, and the bytes it came from.
    fn put(&mut self, sign: char, start: usize, end: usize) {
        if is_unit(sign) {
            self.close();
            self.push(character_key(u32::from(sign)), start, end);
        } else if is_mark(sign) {
            if self.word.is_some() {
                self.letter(sign, start, end);
            }
        } else if sign.is_alphanumeric() {
            self.letter(sign, start, end);
        } else {
            self.close();
        }
    }

    fn letter(&mut self, sign: char, start: usize, end: usize) {
        let mut word = self.word.unwrap_or(Word { hash: WORD_START, start, end, letters: 0, is_number: true });
        let mut buffer = [0; 4];
        word.hash = sign.encode_utf8(&mut buffer).bytes().fold(word.hash, step);
        word.end = end;
        word.letters += 1;
        word.is_number &= sign.is_numeric();
        self.word = Some(word);
    }
}

/// Folds a piece of text that normalisation can look at alone: NFKC, capitals, NFKC again because folding capitals can
/// take letters apart.
pub(super) fn fold_piece(piece: &str) -> impl Iterator<Item = char> {
    piece
        .chars()
        .filter(|sign| !is_dropped(*sign))
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect::<Vec<char>>()
        .into_iter()
        .nfkc()
}

/// What to do at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A letter or digit of ASCII.
    Letter,
    /// What parts words.
    Gap,
    /// What may begin markup.
    Markup,
    /// The first byte of a character beyond ASCII.
    Wide,
}

const STEPS: [Step; 256] = {
    let mut steps = [Step::Gap; 256];
    let mut byte = 0;
    while byte < 256 {
        let sign = byte as u8;
        if sign.is_ascii_alphanumeric() {
            steps[byte] = Step::Letter;
        } else if byte >= 0x80 {
            steps[byte] = Step::Wide;
        } else if matches!(sign, b'<' | b'&' | b'\\' | b']') {
            steps[byte] = Step::Markup;
        }
        byte += 1;
    }
    steps
};

/// Letters and digits of ASCII in small letters; nought for all else.
const SMALL: [u8; 256] = {
    let mut small = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            small[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    small
};

/// First bytes of characters some of which can be glued to the one before.
const GLUES: [bool; 256] = {
    let mut glues = [false; 256];
    let mut byte = 0x80;
    while byte < 256 {
        glues[byte] = !matches!(byte, 0xC3..=0xCB | 0xCE..=0xD1 | 0xE4..=0xE9 | 0xEB..=0xED);
        byte += 1;
    }
    glues
};

/// What a character of two bytes folds to when nothing is glued to it: a letter, [`PARTS`], or nought where it needs
/// the long way.
static TWO_BYTES: LazyLock<Vec<u16>> = LazyLock::new(|| (0..0x800).map(two_bytes).collect());
const PARTS: u16 = 1;

fn two_bytes(code: u32) -> u16 {
    let Some(sign) = char::from_u32(code).filter(|_| code >= 0x80) else { return 0 };
    if can_glue(sign) {
        return 0;
    }
    let mut buffer = [0; 4];
    let mut folded = fold_piece(sign.encode_utf8(&mut buffer));
    match (folded.next(), folded.next()) {
        (Some(one), None) if is_unit(one) || is_mark(one) => 0,
        (Some(one), None) if one.is_alphanumeric() => u16::try_from(u32::from(one)).unwrap_or(0),
        (Some(_), None) => PARTS,
        _ => 0,
    }
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    two_bytes: &'a [u16],
    units: Units<'a>,
}

/// Folds a text into units. `out` is emptied first. Texts of 4 GiB and more are not for this: cut them.
pub fn fold(text: &str, out: &mut Vec<Unit>) {
    out.clear();
    let bytes = text.as_bytes();
    let mut scan = Scan { text, bytes, two_bytes: &TWO_BYTES, units: Units { out, word: None } };
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at = match STEPS[usize::from(*byte)] {
            Step::Letter => scan.letters(at),
            Step::Wide => scan.wide(at),
            Step::Gap => {
                scan.units.close();
                at + 1
            }
            Step::Markup => scan.markup(at),
        };
    }
    scan.units.close();
}

impl Scan<'_> {
    /// A run of letters and digits of ASCII.
    #[inline]
    fn letters(&mut self, start: usize) -> usize {
        let opened = self.units.word;
        let mut word = opened.unwrap_or(Word { hash: WORD_START, start, end: start, letters: 0, is_number: true });
        let (mut hash, mut before, mut at, mut highest) = (word.hash, word.hash, start, 0);
        let mut next = 0;
        for byte in &self.bytes[start..] {
            let small = SMALL[usize::from(*byte)];
            if small == 0 {
                next = *byte;
                break;
            }
            before = hash;
            hash = step(hash, small);
            highest = highest.max(small);
            at += 1;
        }
        let glued = next >= 0x80 && self.glue_at(at);
        if glued {
            // The last letter belongs to the mark that follows it.
            at -= 1;
            hash = before;
            highest = self.bytes[start..at].iter().map(|byte| SMALL[usize::from(*byte)]).max().unwrap_or(0);
        }
        let is_number = word.is_number && highest <= b'9';
        if opened.is_none() && STEPS[usize::from(next)] == Step::Gap {
            self.units.push(word_key(hash, at - start, is_number), start, at);
            return at;
        }
        if at > start {
            word = Word { hash, start: word.start, end: at, letters: word.letters + at - start, is_number };
            self.units.word = Some(word);
        }
        if glued { self.group(at) } else { at }
    }

    /// A character beyond ASCII.
    #[inline]
    fn wide(&mut self, at: usize) -> usize {
        match self.bytes[at..] {
            [lead @ 0xC2..=0xDF, low, ..] => self.wide_of_two(lead, low, at),
            [lead @ 0xE2..=0xEF, middle, low, ..] => {
                let code = (u32::from(lead & 15) << 12) | (u32::from(middle & 63) << 6) | u32::from(low & 63);
                let end = at + 3;
                if kinds::is_plain_unit(code) && !self.glue_at(end) {
                    self.units.close();
                    self.units.push(character_key(code), at, end);
                    end
                } else if kinds::is_plain_gap(code) {
                    self.units.close();
                    end
                } else {
                    self.group(at)
                }
            }
            _ => self.group(at),
        }
    }

    fn wide_of_two(&mut self, lead: u8, low: u8, at: usize) -> usize {
        let code = (usize::from(lead & 31) << 6) | usize::from(low & 63);
        match self.two_bytes[code] {
            PARTS => {
                self.units.close();
                at + 2
            }
            letter if letter != 0 && !self.glue_at(at + 2) => {
                if let Some(letter) = char::from_u32(u32::from(letter)) {
                    self.units.letter(letter, at, at + 2);
                }
                at + 2
            }
            _ => self.group(at),
        }
    }

    /// Whether a character is glued to the one before it: it composes with it, is a mark on it, or is dropped.
    #[inline(always)]
    fn glue_at(&self, at: usize) -> bool {
        let Some(lead) = self.bytes.get(at) else { return false };
        if GLUES[usize::from(*lead)] { self.glue_behind(at) } else { false }
    }

    /// The same where the first byte leaves it open.
    #[inline]
    fn glue_behind(&self, at: usize) -> bool {
        match self.bytes[at..] {
            // Hangul from 가 on, kana, punctuation that composes with nothing.
            [0xEA, 0xB0..=0xFF, ..] | [0xE3, 0x81 | 0x83 | 0x87..=0xBF, ..] | [0xE2, 0x82 | 0x84..=0xB2, ..] => false,
            _ => self.text[at..].chars().next().is_some_and(can_glue),
        }
    }

    /// A character with all that is glued to it, the long way.
    #[cold]
    fn group(&mut self, at: usize) -> usize {
        let length = self.text[at..].chars().next().map_or(1, char::len_utf8);
        let end = at + length + glued(&self.text[at + length..]).len();
        self.piece(&self.text[at..end], at, end);
        end
    }

    fn piece(&mut self, piece: &str, start: usize, end: usize) {
        for sign in fold_piece(piece) {
            self.units.put(sign, start, end);
        }
    }

    #[cold]
    fn markup(&mut self, at: usize) -> usize {
        let (found, length) = markup(&self.bytes[at..]);
        let end = at + length;
        match found {
            Markup::Gap => {
                self.units.close();
                end
            }
            Markup::Letter(sign) => {
                let glued = glued(&self.text[end..]);
                self.piece(&format!("{sign}{glued}"), at, end + glued.len());
                end + glued.len()
            }
            Markup::Word(sign) => {
                self.units.close();
                self.piece(&sign.to_string(), at, end);
                self.units.close();
                end
            }
        }
    }
}

/// What is glued to the character before a text.
fn glued(text: &str) -> &str {
    let end = text.char_indices().find(|(_, sign)| !can_glue(*sign)).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The key of a folded unit, spelled out.
pub(super) fn key_of(spelling: &str) -> u64 {
    let mut signs = spelling.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) if is_unit(sign) => character_key(u32::from(sign)),
        _ => {
            let is_number = spelling.chars().all(char::is_numeric);
            word_key(spelling.bytes().fold(WORD_START, step), spelling.chars().count(), is_number)
        }
    }
}
