//! A number, from what a model wrote, exactly.
//!
//! What is taken, first found wins: the last `\boxed{…}`; what follows the last `####`; what follows the last announcement
//! ("정답은", "answer:") that has a number in its line, and there what follows the last `=`; the last number of all.

mod numeral;

use std::sync::LazyLock;

use regex::Regex;

use super::Extractor;
use super::normal::normal;

/// The extractor of numbers.
pub const NUMBER: Extractor = Extractor { name: "number", version: 1 };

#[expect(clippy::unwrap_used, reason = "a constant pattern, which the tests compile")]
static CUE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(?:정답|해답|답안|답|값)\s*(?:은|는|이|:)|(?-u:\b)answer\s*(?:is|:)").unwrap());

/// An exact number: a fraction in lowest terms. "12%" is 12 with `is_percent`, not 0.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    numerator: i128,
    /// More than 0.
    denominator: i128,
    /// Whether it was written as a percentage.
    pub is_percent: bool,
}

impl Number {
    /// The fraction in lowest terms; none where the denominator is 0.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = gcd(numerator.checked_abs()?, denominator.checked_abs()?);
        if denominator == 0 || divisor == 0 {
            return None;
        }
        let sign = if denominator < 0 { -1 } else { 1 };
        Some(Self {
            numerator: sign * numerator / divisor,
            denominator: sign * denominator / divisor,
            is_percent: false,
        })
    }

    /// Numerator and denominator, in lowest terms; the denominator is more than 0.
    pub fn ratio(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// Whether it is the same number, written as a percentage or not.
    pub fn is_same(self, other: Self) -> bool {
        self.ratio() == other.ratio()
    }

    /// The nearest binary float, or one next to it.
    #[expect(clippy::cast_precision_loss, reason = "that is what a float is")]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    fn times(self, factor: i128) -> Option<Self> {
        Self::new(self.numerator.checked_mul(factor)?, self.denominator)
    }

    fn negated(self) -> Self {
        Self { numerator: -self.numerator, ..self }
    }
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self { numerator: whole.into(), denominator: 1, is_percent: false }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.numerator)?;
        if self.denominator != 1 {
            write!(formatter, "/{}", self.denominator)?;
        }
        formatter.write_str(if self.is_percent { "%" } else { "" })
    }
}

fn gcd(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// The number that an answer comes to.
pub fn read(answer: &str) -> Option<Number> {
    let text = normal(answer);
    if let Some((_, boxed)) = text.rsplit_once("\\boxed") {
        return numeral::numbers(inside_braces(boxed)).last().copied();
    }
    if let Some((_, rest)) = text.rsplit_once("####") {
        return numeral::numbers(first_line(rest)).first().copied();
    }
    let announced = CUE.find_iter(&text).filter_map(|cue| after_cue(&text[cue.end()..])).last();
    announced.or_else(|| numeral::numbers(&text).last().copied())
}

fn after_cue(rest: &str) -> Option<Number> {
    let line = first_line(rest.trim_start());
    match line.rsplit_once('=') {
        Some((_, result)) => numeral::numbers(result).first().copied(),
        None => numeral::numbers(line).first().copied(),
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or(text)
}

/// What stands in the braces at the beginning, braces in it included; what follows the last `=` there.
fn inside_braces(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            end = at;
            break;
        }
    }
    let inside = text[..end].trim_start_matches('{');
    inside.rsplit_once('=').map_or(inside, |(_, result)| result)
}
