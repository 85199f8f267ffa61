//! Names by pattern, as Python's `fnmatch` matches them, and the name that was meant.

/// Whether `name` matches `pattern`: `*`, `?`, `[abc]`, `[!abc]`, and ranges in brackets.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut place) = (0, 0);
    // Where the last star stands, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while place < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            Some(_) => {
                let (fits, width) = one(&pattern[at..], name[place]);
                if fits {
                    at += width;
                    place += 1;
                    continue;
                }
            }
            None => {}
        }
        let Some((back, taken)) = star else { return false };
        star = Some((back, taken + 1));
        at = back + 1;
        place = taken + 1;
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// Whether the first element of `pattern` takes `character`, and how long that element is.
fn one(pattern: &[char], character: char) -> (bool, usize) {
    if pattern[0] == '?' {
        return (true, 1);
    }
    let Some(close) = closing(pattern) else { return (pattern[0] == character, 1) };
    let negated = pattern[1] == '!';
    let set = &pattern[1 + usize::from(negated)..close];
    let mut found = false;
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == '-' {
            found |= (set[at]..=set[at + 2]).contains(&character);
            at += 3;
        } else {
            found |= set[at] == character;
            at += 1;
        }
    }
    (found != negated, close + 1)
}

/// Where the bracket that opens `pattern` closes; none if it opens none.
fn closing(pattern: &[char]) -> Option<usize> {
    if pattern[0] != '[' {
        return None;
    }
    let mut at = 1;
    at += usize::from(pattern.get(at) == Some(&'!'));
    // A bracket that comes first is a member.
    at += usize::from(pattern.get(at) == Some(&']'));
    pattern.get(at..)?.iter().position(|character| *character == ']').map(|place| at + place)
}

/// Whether `text` is a pattern at all.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The name of `possible` that differs from `word` by few slips of the fingers.
pub(super) fn nearest<'p>(word: &str, possible: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    let limit = 1 + word.chars().count() / 4;
    let plain = |text: &str| text.to_lowercase().replace('-', "_").chars().collect::<Vec<_>>();
    let word = plain(word);
    possible
        .filter_map(|other| {
            let letters = plain(other);
            if letters.len().abs_diff(word.len()) > limit {
                return None;
            }
            let slips = slips(&word, &letters);
            (slips <= limit).then_some((slips, other))
        })
        .min()
        .map(|(_, other)| other)
}

/// How many letters are missing, too many, wrong or exchanged with their neighbour (optimal string alignment).
fn slips(left: &[char], right: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_python() {
        // Made with `fnmatch.fnmatchcase` of Python 3.11.
        for (pattern, name, expected) in [
            ("kmmlu_*", "kmmlu_law", true),
            ("kmmlu_*", "kmmlu", false),
            ("*", "", true),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1b2b3", false),
            ("m[ab]?", "mbx", true),
            ("m[!ab]?", "mbx", false),
            ("m[a-c0-9]", "m7", true),
            ("m[]]", "m]", true),
            ("m[", "m[", true),
            ("m[!]a]", "mb", true),
            ("?", "한", true),
            ("A", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_slip_finds_its_name() {
        let names = ["gsm8k", "gsm8k_cot", "hellaswag", "kmmlu_law"];
        assert_eq!(nearest("gms8k", names.into_iter()), Some("gsm8k"));
        assert_eq!(nearest("kmmlu-low", names.into_iter()), Some("kmmlu_law"));
        assert_eq!(nearest("helaswag", names.into_iter()), Some("hellaswag"));
        assert_eq!(nearest("arc", names.into_iter()), None);
    }
}
