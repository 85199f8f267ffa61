//! Names of tensors with places for numbers.

use std::fmt::Write as _;

/// What a number in a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// The number of a block.
    Block,
    /// The number of an expert.
    Expert,
    /// Any number.
    Any,
    /// This number.
    This(u32),
}

/// A name in which every number is replaced by `#`, and the numbers in order.
pub(super) fn numbers(name: &str) -> (String, Vec<u32>) {
    let mut key = String::with_capacity(name.len());
    let mut found = Vec::new();
    for (place, segment) in name.split('.').enumerate() {
        let dot = if place == 0 { "" } else { "." };
        match segment.parse::<u32>() {
            Ok(number) if segment.bytes().all(|byte| byte.is_ascii_digit()) => {
                found.push(number);
                let _ = write!(key, "{dot}#");
            }
            _ => {
                let _ = write!(key, "{dot}{segment}");
            }
        }
    }
    (key, found)
}

/// The same for a name of the table.
pub(super) fn pattern(name: &str) -> (String, Vec<Number>) {
    let mut found = Vec::new();
    let segments = name.split('.').map(|segment| {
        let number = match segment {
            "{block}" => Number::Block,
            "{expert}" => Number::Expert,
            "{any}" => Number::Any,
            other => match other.parse() {
                Ok(number) => Number::This(number),
                Err(_) => return other,
            },
        };
        found.push(number);
        "#"
    });
    (segments.collect::<Vec<_>>().join("."), found)
}

/// The numbers of block and expert, if the numbers of a name fit those of a pattern.
pub(super) fn captures(pattern: &[Number], numbers: &[u32]) -> Option<(Option<u32>, Option<u32>)> {
    let mut found = (None, None);
    for (wanted, number) in pattern.iter().zip(numbers) {
        match wanted {
            Number::Block => found.0 = Some(*number),
            Number::Expert => found.1 = Some(*number),
            Number::Any => {}
            Number::This(this) if this == number => {}
            Number::This(_) => return None,
        }
    }
    (pattern.len() == numbers.len()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        assert_eq!(numbers("model.layers.12.w1.0"), ("model.layers.#.w1.#".to_owned(), vec![12, 0]));
        assert_eq!(numbers("a.99999999999.+1."), ("a.99999999999.+1.".to_owned(), vec![]));
        let (key, wanted) = pattern("layers.{block}.mlp.2.{any}.{expert}");
        assert_eq!(key, "layers.#.mlp.#.#.#");
        assert_eq!(captures(&wanted, &[7, 2, 5, 3]), Some((Some(7), Some(3))));
        assert_eq!(captures(&wanted, &[7, 1, 5, 3]), None);
    }
}
