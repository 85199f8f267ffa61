//! Text as it is written token by token: syllables that are not whole yet and possible beginnings of a stop string are
//! held back.

/// Text that grows by the bytes of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// Bytes that were let go.
    released: usize,
    stops: Vec<String>,
    /// Whether a stop string that was met stays in the text.
    keeps_stop: bool,
}

impl Text {
    /// An empty text that ends before the first of `stops` that is met, or behind it where it `keeps_stop`.
    pub(crate) fn new(stops: Vec<String>, keeps_stop: bool) -> Self {
        Self {
            bytes: Vec::new(),
            released: 0,
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            keeps_stop,
        }
    }

    /// Adds a token. Gives the stop string that it completed, the first in the text, and cuts the text there.
    pub(crate) fn push(&mut self, token: &[u8]) -> Option<String> {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(token);
        let found = self.stops.iter().filter_map(|stop| {
            let from = (before + 1).saturating_sub(stop.len()).max(self.released.min(before));
            let place = self.bytes[from..].windows(stop.len()).position(|window| window == stop.as_bytes());
            place.map(|place| (from + place, stop))
        });
        // The first in the text; of two that start there, the shorter one was complete first.
        let (place, stop) = found.min_by_key(|(place, stop)| (*place, stop.len()))?;
        let stop = stop.clone();
        self.bytes.truncate(if self.keeps_stop { place + stop.len() } else { place });
        Some(stop)
    }

    /// The text that is certain by now and was not let go before; all of it where it is the `end`.
    pub(crate) fn release(&mut self, end: bool) -> String {
        let rest = &self.bytes[self.released..];
        let held = if end { 0 } else { self.stops.iter().map(|stop| begun(rest, stop.as_bytes())).max().unwrap_or(0) };
        let certain = rest.len() - held;
        let certain = if end { certain } else { certain - open(&rest[..certain]) };
        let text = String::from_utf8_lossy(&rest[..certain]).into_owned();
        self.released += certain;
        text
    }
}

/// Length of the longest end of `text` that is a beginning of `stop`, and not all of it.
fn begun(text: &[u8], stop: &[u8]) -> usize {
    let longest = text.len().min(stop.len() - 1);
    (1..=longest).rev().find(|length| text.ends_with(&stop[..*length])).unwrap_or(0)
}

/// Bytes at the end that are no character yet and can become one.
fn open(bytes: &[u8]) -> usize {
    let longest = bytes.len().min(3);
    (1..=longest).find(|length| is_beginning(&bytes[bytes.len() - length..])).unwrap_or(0)
}

/// Whether bytes that are no character yet can become one.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|fault| fault.valid_up_to() == 0 && fault.error_len().is_none())
}

/// Counts characters while tokens go by, some of which hold only part of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offsets {
    /// Whole characters so far.
    characters: usize,
    /// Bytes of one that is not whole yet.
    open: Vec<u8>,
}

impl Offsets {
    /// Adds a token. Gives the place, in characters, of the one its first byte belongs to.
    pub(crate) fn push(&mut self, token: &[u8]) -> usize {
        let mut bytes = std::mem::take(&mut self.open);
        let before = bytes.len();
        bytes.extend_from_slice(token);
        let mut start = None;
        let mut at = 0;
        let mut step = |length: usize, characters: usize| {
            at += length;
            if at > before && start.is_none() {
                start = Some(characters);
            }
        };
        let whole = bytes.len() - open(&bytes);
        for chunk in bytes[..whole].utf8_chunks() {
            let replaced = Some(chunk.invalid().len()).filter(|length| *length > 0);
            for length in chunk.valid().chars().map(char::len_utf8).chain(replaced) {
                step(length, self.characters);
                self.characters += 1;
            }
        }
        self.open = bytes[whole..].to_vec();
        step(self.open.len(), self.characters);
        start.unwrap_or(self.characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &mut Text, tokens: &[&[u8]]) -> (Vec<String>, Option<String>) {
        let mut parts = Vec::new();
        for token in tokens {
            let stop = text.push(token);
            parts.push(text.release(stop.is_some()));
            if stop.is_some() {
                return (parts, stop);
            }
        }
        parts.push(text.release(true));
        (parts, None)
    }

    #[test]
    fn the_same_broken_byte_again_is_lost_neither_time() {
        let mut text = Text::new(Vec::new(), false);
        let mut told = String::new();
        for _ in 0..5 {
            text.push(&[0xE1]);
            told.push_str(&text.release(false));
            text.push(&[0xE1]);
        }
        told.push_str(&text.release(true));
        assert_eq!(told, "\u{fffd}".repeat(10));
    }

    #[test]
    fn a_syllable_is_held_until_it_is_whole() {
        let bytes = "가나".as_bytes();
        let mut text = Text::new(Vec::new(), false);
        let (parts, stop) = write(&mut text, &[&bytes[..1], &bytes[1..4], &bytes[4..], b"!"]);
        assert_eq!((parts, stop), (vec![String::new(), "가".into(), "나".into(), "!".into(), String::new()], None));
    }

    #[test]
    fn what_never_becomes_a_syllable_is_replaced() {
        let mut text = Text::new(Vec::new(), false);
        let (parts, _) = write(&mut text, &[b"a\xff", b"\xea\xb0", b"z\xea"]);
        assert_eq!(parts.concat(), "a\u{fffd}\u{fffd}z\u{fffd}");
        assert_eq!(parts[1], "", "a beginning of a syllable waits");
    }

    #[test]
    fn beginnings_that_repeat_are_replaced_and_counted_one_by_one() {
        let bytes: [(&[&[u8]], &[usize]); 2] =
            [(&[b"\xea\xea\xea", b"\xea"], &[0, 3]), (&[b"\xf0\x9f", b"\xf0\x9f", b"\xf0\x9f\x98\x80"], &[0, 1, 2])];
        for (tokens, places) in bytes {
            let whole = String::from_utf8_lossy(&tokens.concat()).into_owned();
            let (parts, _) = write(&mut Text::new(Vec::new(), false), tokens);
            assert_eq!(parts.concat(), whole);
            let mut offsets = Offsets::default();
            let found: Vec<usize> = tokens.iter().map(|token| offsets.push(token)).collect();
            assert_eq!(found, places);
        }
    }

    #[test]
    fn a_stop_string_across_tokens_ends_the_text() {
        let mut text = Text::new(vec!["\n\n".into(), "END".into()], false);
        let (parts, stop) = write(&mut text, &[b"one\n", b"two E", b"N", b"D three"]);
        assert_eq!(stop.as_deref(), Some("END"));
        assert_eq!(parts, ["one", "\ntwo ", "", ""], "what may be a stop string is held back");
    }

    #[test]
    fn the_first_stop_string_in_the_text_counts() {
        let mut text = Text::new(vec!["cd".into(), "b".into()], true);
        assert_eq!(text.push(b"abcd").as_deref(), Some("b"));
        assert_eq!(text.release(true), "ab", "it stays where the caller wants it");
    }

    #[test]
    fn a_beginning_that_comes_to_nothing_is_let_go() {
        let mut text = Text::new(vec!["aab".into()], false);
        let (parts, stop) = write(&mut text, &[b"a", b"a", b"a", b"c"]);
        assert_eq!((parts.concat().as_str(), stop), ("aaac", None));
        assert_eq!(parts[2], "a", "two may still begin it, the third may not");
    }

    #[test]
    fn an_empty_stop_string_stops_nothing() {
        let mut text = Text::new(vec![String::new()], false);
        assert_eq!(text.push(b"a"), None);
        assert_eq!(text.release(false), "a");
    }

    #[test]
    fn offsets_count_characters_and_not_bytes() {
        let bytes = "가나b".as_bytes();
        let mut offsets = Offsets::default();
        let tokens: [&[u8]; 5] = [&bytes[..2], &bytes[2..4], &bytes[4..6], &bytes[6..], b""];
        let found: Vec<usize> = tokens.iter().map(|token| offsets.push(token)).collect();
        assert_eq!(found, [0, 0, 1, 2, 3]);
    }

    #[test]
    fn offsets_count_replaced_bytes_as_the_text_does() {
        let mut offsets = Offsets::default();
        let tokens: [&[u8]; 4] = [b"\xea\xb0", b"z", b"\xff\xff", b"q"];
        let found: Vec<usize> = tokens.iter().map(|token| offsets.push(token)).collect();
        let whole = String::from_utf8_lossy(&tokens.concat()).into_owned();
        assert_eq!(found, [0, 1, 2, 4]);
        assert_eq!(whole.chars().nth(4), Some('q'));
    }
}
