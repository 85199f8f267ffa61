//! What Python calls white space and words.

pub(crate) use crate::python::text::is_space;

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub(crate) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`, without a list.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `len(re.split(r"\s+", text))`: one more than there are runs of white space.
pub(crate) fn count_words(text: &str) -> usize {
    let mut runs = 0;
    let mut inside = false;
    for character in text.chars() {
        let space = is_space(character);
        runs += usize::from(space && !inside);
        inside = space;
    }
    runs + 1
}

/// Whether it is one of Python's `string.punctuation`.
pub(crate) fn is_ascii_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from CPython 3.11: `len(re.split(r"\s+", text))`.
    #[test]
    fn words_are_counted_as_the_split_counts_them() {
        for (text, count) in [("", 1), ("a b", 2), (" a  b ", 4), ("a\u{1c}b", 2), ("가 나\n다", 3), ("\u{a0}", 2)] {
            assert_eq!(count_words(text), count, "{text:?}");
        }
    }

    #[test]
    fn separators_of_ascii_are_space() {
        assert_eq!(strip("\u{1f} x\u{85}"), "x");
        assert_eq!(words("a\u{1d}b  c").collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
