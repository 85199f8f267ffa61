//! Names that mean nothing: syllables put together by chance, written in Hangul and in Latin letters.

use std::collections::BTreeSet;

use crate::corpus::{Chance, Language};

/// A word in both languages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// In Korean.
    pub korean: String,
    /// In English.
    pub english: String,
}

impl Name {
    pub(super) fn of((korean, english): (&str, &str)) -> Self {
        Self { korean: korean.to_owned(), english: english.to_owned() }
    }

    /// In a language; English where it is neither.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        if language == Language::Korean { &self.korean } else { &self.english }
    }
}

/// What is named; each has an ending of its own, so that a name tells what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Person,
    Town,
    Region,
}

impl Named {
    /// The syllable at the end; a person's is as free as the others.
    fn ending(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Person => None,
            Self::Town => Some(("덴", "den")),
            Self::Region => Some(("미아", "mia")),
        }
    }
}

/// Consonants: their number in the order of Unicode's Hangul syllables, and in Latin letters.
const ONSETS: [(u32, &str); 12] = [
    (0, "g"),
    (2, "n"),
    (3, "d"),
    (5, "r"),
    (6, "m"),
    (7, "b"),
    (9, "s"),
    (12, "j"),
    (15, "k"),
    (16, "t"),
    (17, "p"),
    (18, "h"),
];
const VOWELS: [(u32, &str); 5] = [(0, "a"), (5, "e"), (8, "o"), (13, "u"), (20, "i")];

/// `count` names, no two of which begin with the same two syllables, and none of which is among those `taken`.
pub(super) fn invent(count: usize, named: Named, taken: &mut BTreeSet<String>, chance: &mut Chance) -> Vec<Name> {
    let mut names = Vec::with_capacity(count);
    // As many as there are beginnings; more could never be found.
    let most = (ONSETS.len() * VOWELS.len()).pow(2) / 2;
    while names.len() < count.min(most) {
        let syllables = [syllable(chance), syllable(chance), syllable(chance)];
        let [first, second, third] = &syllables;
        let (korean_end, english_end) = named.ending().unwrap_or((&third.0, &third.1));
        let beginning = format!("{}{}", first.1, second.1);
        if first != second && taken.insert(beginning) {
            let english = format!("{}{}{english_end}", capital(&first.1), second.1);
            names.push(Name { korean: format!("{}{}{korean_end}", first.0, second.0), english });
        }
    }
    names
}

fn syllable(chance: &mut Chance) -> (String, String) {
    let (onset, consonant) = ONSETS[chance.below(ONSETS.len())];
    let (nucleus, vowel) = VOWELS[chance.below(VOWELS.len())];
    // The Unicode Standard, section 3.12: 28 finals, 21 vowels.
    let hangul = char::from_u32(0xAC00 + (onset * 21 + nucleus) * 28).unwrap_or('가');
    (hangul.to_string(), format!("{consonant}{vowel}"))
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + signs.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_are_the_same_word_in_both_scripts() {
        let mut taken = BTreeSet::new();
        let mut chance = Chance::new(1, "names");
        let people = invent(200, Named::Person, &mut taken, &mut chance);
        let towns = invent(20, Named::Town, &mut taken, &mut chance);
        let korean: BTreeSet<&str> = people.iter().chain(&towns).map(|name| name.korean.as_str()).collect();
        let english: BTreeSet<&str> = people.iter().chain(&towns).map(|name| name.english.as_str()).collect();
        assert_eq!((korean.len(), english.len()), (220, 220));
        assert!(towns.iter().all(|town| town.korean.ends_with('덴') && town.english.ends_with("den")));
        assert!(people.iter().all(|name| name.korean.chars().count() == 3 && name.english.len() == 6));
    }
}
