//! Alternatives of plain texts, found as `re.findall("a|b|…")` finds them.

/// All places, from the left, none overlapping, of the first of `alternatives` that fits at each; as indices.
pub(super) fn find_all(text: &str, alternatives: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let hit = alternatives.iter().position(|alternative| rest.starts_with(alternative));
        found.extend(hit);
        // After an empty match Python goes one character on.
        let taken = hit.and_then(|hit| alternatives.get(hit)).map_or(0, |alternative| alternative.len());
        let step = if taken > 0 { taken } else { rest.chars().next().map_or(0, char::len_utf8) };
        if step == 0 {
            return found;
        }
        rest = rest.get(step..).unwrap_or_default();
        if rest.is_empty() && !alternatives.contains(&"") {
            return found;
        }
    }
}
