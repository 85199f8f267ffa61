//! Texts that hold what a model is later asked in a test.

use super::Language;
use super::hashing::{MixedMap, mix, rolling};

/// A test item that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which item, by the name it was given.
    pub item: String,
}

/// Finds test items in texts. The audit of a programme has methods of its own; this is where they plug in.
pub trait Contamination {
    /// The first test item that stands in a text, if any does.
    fn find(&self, text: &str) -> Option<Hit>;
    /// How it looks for them, for the manifest.
    fn method(&self) -> String;
}

/// Words in a row that count as a hit in texts that are not Korean.
const WORDS: usize = 13;
/// Letters and digits in a row, blanks and punctuation left out, that count as a hit in Korean text.
const SIGNS: usize = 30;

/// Overlaps of 13 words, or of 30 letters and digits for Korean items.
///
/// This is the room's own method and a plain one: it finds items that were copied, not those that were translated or
/// told in other words, and items shorter than a run are not looked for ([`Overlaps::too_short()`]).
///
/// Source: Brown et al., "Language Models are Few-Shot Learners", arXiv 2005.14165, appendix C (13 words, in small
/// letters, without punctuation). Korean words change with their particles, so Korean is compared by its syllables.
#[derive(Debug, Default)]
pub struct Overlaps {
    names: Vec<String>,
    by_words: MixedMap<u32>,
    by_signs: MixedMap<u32>,
    too_short: usize,
}

impl Overlaps {
    /// Nothing to look for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for an item from now on: its whole text, question and options.
    pub fn add(&mut self, name: &str, text: &str) {
        let place = self.names.len() as u32;
        let is_korean = Language::of(text) == Language::Korean;
        let (map, hashes) = if is_korean {
            (&mut self.by_signs, rolling(&signs(text), SIGNS).collect::<Vec<_>>())
        } else {
            (&mut self.by_words, rolling(&words(text), WORDS).collect())
        };
        if hashes.is_empty() {
            self.too_short += 1;
            return;
        }
        self.names.push(name.to_owned());
        for hash in hashes {
            map.entry(hash).or_insert(place);
        }
    }

    /// Items that are looked for.
    #[must_use]
    pub fn items(&self) -> usize {
        self.names.len()
    }

    /// Items that were too short to be looked for.
    #[must_use]
    pub fn too_short(&self) -> usize {
        self.too_short
    }
}

impl Contamination for Overlaps {
    fn find(&self, text: &str) -> Option<Hit> {
        let place =
            first(&self.by_signs, SIGNS, || signs(text)).or_else(|| first(&self.by_words, WORDS, || words(text)))?;
        self.names.get(place as usize).map(|item| Hit { item: item.clone() })
    }

    fn method(&self) -> String {
        let (items, short) = (self.items(), self.too_short);
        format!("{WORDS} words, or {SIGNS} letters and digits of Korean, of {items} items; {short} were too short")
    }
}

/// The item of the first run that is looked for; the text is not taken apart where nothing is.
fn first(map: &MixedMap<u32>, width: usize, parts: impl FnOnce() -> Vec<u32>) -> Option<u32> {
    (!map.is_empty()).then(|| rolling(&parts(), width).find_map(|hash| map.get(&hash).copied())).flatten()
}

fn signs(text: &str) -> Vec<u32> {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).map(u32::from).collect()
}

/// A number for each word.
fn words(text: &str) -> Vec<u32> {
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let number = |word: &str| {
        word.chars().flat_map(char::to_lowercase).fold(0_u64, |sum, sign| mix(sum.rotate_left(9) ^ u64::from(sign)))
    };
    words.map(|word| (number(word) >> 32) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KOREAN: &str =
        "다음 가운데 가람강이 흐르는 마을의 이름으로 옳은 것을 고르시오. 보쿠덴, 타루덴, 미라덴, 소지덴";
    const ENGLISH: &str = "Which of these towns lies on the river that the ferryman of the old song crossed at night?";

    fn overlaps() -> Overlaps {
        let mut overlaps = Overlaps::new();
        overlaps.add("ko-1", KOREAN);
        overlaps.add("en-1", ENGLISH);
        overlaps.add("en-2", "Too short to tell.");
        overlaps
    }

    #[test]
    fn copied_items_are_found_however_they_are_spaced_and_cased() {
        let overlaps = overlaps();
        assert_eq!((overlaps.items(), overlaps.too_short()), (2, 1));
        let found = |text: &str| overlaps.find(text).map(|hit| hit.item);
        let spaced = KOREAN.replace(' ', "\n").replace(',', " /");
        assert_eq!(found(&format!("어느 책에서 본 문제다. {spaced} 답은 모른다.")).as_deref(), Some("ko-1"));
        assert_eq!(found(&format!("I read: {} Who knows?", ENGLISH.to_uppercase())).as_deref(), Some("en-1"));
    }

    #[test]
    fn other_texts_and_short_overlaps_are_not() {
        let overlaps = overlaps();
        assert_eq!(overlaps.find("다음 가운데 옳은 것을 고르시오. 마을의 이름은 많고 강은 하나다."), None);
        assert_eq!(overlaps.find("Which of these towns lies on the river that the ferryman"), None);
        assert_eq!(overlaps.find("Too short to tell."), None);
        assert_eq!(overlaps.find(""), None);
    }
}
