//! Kinds of characters: which are dropped, which hang on the one before, which stand alone, which part words.

use std::iter::once;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Whether a character has no shape of its own: Default_Ignorable_Code_Point of the Unicode Character Database.
pub(crate) fn is_dropped(sign: char) -> bool {
    matches!(sign,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character can change how the one before it is normalised: it is dropped, is reordered, or composes.
pub(crate) fn can_glue(sign: char) -> bool {
    if sign.is_ascii() {
        return false;
    }
    let mut first = None;
    decompose_compatible(sign, |part| {
        first.get_or_insert(part);
    });
    let composes = |part| canonical_combining_class(part) != 0 || is_nfc_quick(once(part)) == IsNormalized::Maybe;
    is_dropped(sign) || first.is_some_and(composes)
}

/// Whether a character is a mark, which begins no word.
pub(crate) fn is_mark(sign: char) -> bool {
    is_combining_mark(sign)
}

/// Whether a character is a unit by itself.
pub(crate) fn is_unit(sign: char) -> bool {
    match u32::from(sign) {
        0..0xE01 => false,
        // Thai, Lao, Tibetan, Burmese, Khmer, without their digits and signs.
        0xE01..=0xE3A | 0xE40..=0xE4E | 0xE81..=0xECD | 0xEDC..=0xEDF => true,
        0xF40..=0xF84 | 0xF88..=0xFBC | 0x1000..=0x103F | 0x1050..=0x108F | 0x1780..=0x17D3 => true,
        // Hangul.
        0x1100..=0x11FF | 0xA960..=0xA97C | 0xAC00..=0xD7FB => true,
        // Kana and bopomofo.
        0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x312F | 0x31A0..=0x31BF | 0x31F0..=0x31FF => {
            true
        }
        // Han.
        0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF => true,
        _ => false,
    }
}

/// Whether a character of three bytes is a unit and folds to itself when nothing is glued to it.
pub(super) fn is_plain_unit(code: u32) -> bool {
    matches!(code, 0xAC00..=0xD7A3 | 0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x30FC)
}

/// Whether a character of three bytes parts words, whatever is glued to it: punctuation, arrows, rules.
pub(super) fn is_plain_gap(code: u32) -> bool {
    matches!(code,
        0x2000..=0x200A | 0x2010..=0x2029 | 0x202F..=0x205F | 0x20A9 | 0x20AC | 0x2190..=0x22FF | 0x2500..=0x25FF
        | 0x3000..=0x3003 | 0x3008..=0x3020 | 0xFF01..=0xFF0F | 0xFF1A..=0xFF20 | 0xFF3B..=0xFF40 | 0xFF5B..=0xFF65)
}
