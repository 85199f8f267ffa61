//! "Did you mean": what would be right, from a list of what is possible.

/// What to write instead of `word`, when one of `possible` is meant.
pub(crate) fn instead<'p>(word: &str, possible: impl IntoIterator<Item = &'p str>) -> String {
    let possible: Vec<&str> = possible.into_iter().collect();
    match (nearest(word, &possible), possible.as_slice()) {
        (Some(near), [_]) => format!("did you mean `{near}`?"),
        (Some(near), _) => format!("did you mean `{near}`? possible: {}", list(&possible)),
        (None, []) => "leave it out".to_owned(),
        (None, [only]) => format!("write `{only}`"),
        (None, _) => format!("write one of {}", list(&possible)),
    }
}

/// `words` in backticks with commas; a long list is cut short.
pub(crate) fn list(words: &[&str]) -> String {
    const SHOWN: usize = 24;
    let quoted: Vec<_> = words.iter().take(SHOWN).map(|word| format!("`{word}`")).collect();
    let more = if words.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", quoted.join(", "))
}

/// The word of `possible` that differs from `word` by a slip of the fingers.
fn nearest<'p>(word: &str, possible: &[&'p str]) -> Option<&'p str> {
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let slips = |other: &str| strsim::damerau_levenshtein(&plain(word), &plain(other));
    let (near, distance) = possible.iter().map(|other| (*other, slips(other))).min_by_key(|(_, slips)| *slips)?;
    (distance <= 1 + word.chars().count() / 4).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_a_suggestion_and_another_word_is_none() {
        assert_eq!(instead("seat", ["seats", "quorum"]), "did you mean `seats`? possible: `seats`, `quorum`");
        assert_eq!(instead("trimmed_mean", ["trimmed-mean"]), "did you mean `trimmed-mean`?");
        assert_eq!(instead("cut", ["seats", "quorum"]), "write one of `seats`, `quorum`");
        assert_eq!(instead("cut", ["quorum"]), "write `quorum`");
        assert_eq!(instead("cut", []), "leave it out");
    }
}
