//! How numbers are written: 1,234.5 · 3/4 · \frac{3}{4} · 3만 5천 · 삼십오 · 12%.

use super::Number;

const DIGITS: &str = "영일이삼사오육칠팔구";
/// What may follow a Korean numeral that has no Arabic digit in it.
const COUNTERS: &str = "원개명점살쪽권대분시초번마병장년월주도배층송가은는을를이입도";

/// Every number in a text, from left to right.
pub(super) fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match number_at(text, at) {
            Some((number, end)) => {
                found.push(number);
                at = end;
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

fn number_at(text: &str, at: usize) -> Option<(Number, usize)> {
    let before = text[..at].chars().next_back();
    let rest = &text[at..];
    let sign = rest.chars().next().filter(|c| matches!(c, '-' | '−' | '+')).map_or(0, char::len_utf8);
    // "3-5" is a range or a difference, and "x2" a name.
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || sign > 0 && matches!(c, ')' | '}')) {
        return None;
    }
    let (number, length) = magnitude(&rest[sign..], before)?;
    let negative = rest.starts_with(['-', '−']);
    let mut number = if negative { number.negated() } else { number };
    let mut end = at + sign + length;
    let unit = text[end..].trim_start();
    if let Some(word) = ["\\%", "%", "퍼센트", "percent"].iter().find(|word| unit.starts_with(**word)) {
        number.is_percent = true;
        end = text.len() - unit.len() + word.len();
    }
    Some((number, end))
}

fn magnitude(rest: &str, before: Option<char>) -> Option<(Number, usize)> {
    if rest.starts_with("\\frac") || rest.starts_with("\\dfrac") || rest.starts_with("\\tfrac") {
        return latex_fraction(rest);
    }
    match arabic(rest) {
        Some((first, length)) => {
            if let Some(fraction) = slash(rest, first, length) {
                return Some(fraction);
            }
            Some(korean(rest, Some((first, length))).unwrap_or((first, length)))
        }
        None if before.is_none_or(|c| !is_hangul(c)) => korean(rest, None),
        None => None,
    }
}

fn latex_fraction(rest: &str) -> Option<(Number, usize)> {
    let (above, tail) = rest.split_once('{')?.1.split_once('}')?;
    let (below, tail) = tail.strip_prefix('{')?.split_once('}')?;
    let number = Number::new(above.trim().parse().ok()?, below.trim().parse().ok()?)?;
    Some((number, rest.len() - tail.len()))
}

/// "3/4", and "1 3/4".
fn slash(rest: &str, first: Number, length: usize) -> Option<(Number, usize)> {
    let tail = &rest[length..];
    if let Some(below) = tail.trim_start().strip_prefix('/') {
        let (below, below_length) = arabic(below.trim_start())?;
        let (numerator, denominator) = first.ratio();
        let (by, over) = below.ratio();
        let number = Number::new(numerator.checked_mul(over)?, denominator.checked_mul(by)?)?;
        let end = rest.len() - below_tail(tail).len() + below_length;
        return Some((number, end));
    }
    let second = tail.strip_prefix(' ')?;
    let (above, above_length) = arabic(second)?;
    if !second[above_length..].starts_with('/') {
        return None;
    }
    let (fraction, fraction_length) = slash(second, above, above_length)?;
    (first.ratio().1 == 1).then_some(())?;
    Some((first.plus(fraction)?, length + 1 + fraction_length))
}

fn below_tail(tail: &str) -> &str {
    tail.trim_start().trim_start_matches('/').trim_start()
}

/// "1,234.50": groups of three after the first comma, and a full stop only before a digit.
fn arabic(rest: &str) -> Option<(Number, usize)> {
    let bytes = rest.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = run(0);
    if end == 0 {
        return None;
    }
    if end <= 3 {
        while bytes.get(end) == Some(&b',') && run(end + 1) == 3 {
            end += 4;
        }
    }
    let mut digits = rest[..end].replace(',', "");
    let mut scale = 1_i128;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        let decimals = run(end + 1);
        digits.push_str(&rest[end + 1..end + 1 + decimals]);
        scale = 10_i128.checked_pow(u32::try_from(decimals).ok()?)?;
        end += 1 + decimals;
    }
    Some((Number::new(digits.parse().ok()?, scale)?, end))
}

#[derive(Clone, Copy)]
enum Sign {
    Digit(i128),
    Small(i128),
    Big(i128),
}

fn sign(c: char) -> Option<Sign> {
    Some(match c {
        '십' => Sign::Small(10),
        '백' => Sign::Small(100),
        '천' => Sign::Small(1000),
        '만' => Sign::Big(10_000),
        '억' => Sign::Big(100_000_000),
        '조' => Sign::Big(1_000_000_000_000),
        _ => Sign::Digit(i128::try_from(DIGITS.chars().position(|digit| digit == c)?).ok()?),
    })
}

/// A number being read in groups of four digits, as Korean counts.
struct Reader {
    total: Number,
    section: Number,
    current: Option<Number>,
    units: usize,
}

impl Reader {
    fn take(&mut self, sign: Sign) -> Option<()> {
        match sign {
            Sign::Digit(digit) => {
                // Two digits in a row are spelled out, not counted.
                if self.current.is_some() {
                    return None;
                }
                self.current = Some(Number::new(digit, 1)?);
            }
            Sign::Small(unit) => {
                let count = self.current.take().unwrap_or(Number::from(1));
                self.section = self.section.plus(count.times(unit)?)?;
                self.units += 1;
            }
            Sign::Big(unit) => {
                let section = self.section.plus(self.current.take().unwrap_or(Number::from(0)))?;
                let section = if section.ratio().0 == 0 { Number::from(1) } else { section };
                self.total = self.total.plus(section.times(unit)?)?;
                self.section = Number::from(0);
                self.units += 1;
            }
        }
        Some(())
    }

    fn value(&self) -> Option<Number> {
        self.total.plus(self.section)?.plus(self.current.unwrap_or(Number::from(0)))
    }
}

/// A number with Korean units: "3만 5천", "1억 2,000만", "삼십오"; at least one unit.
fn korean(rest: &str, first: Option<(Number, usize)>) -> Option<(Number, usize)> {
    let mut reader =
        Reader { total: Number::from(0), section: Number::from(0), current: first.map(|(number, _)| number), units: 0 };
    let mut at = first.map_or(0, |(_, length)| length);
    let mut arabic_seen = first.is_some();
    let mut best = None;
    loop {
        let (run, ends) = signs(&rest[at..]);
        for (sign, end) in run {
            reader.take(sign)?;
            let is_unit = !matches!(sign, Sign::Digit(_));
            // "3만이 넘는다": after an Arabic digit, a last syllable without a unit is a particle.
            let whole_run = ends && !arabic_seen && end == run_length(&rest[at..]);
            if is_unit && arabic_seen || whole_run && reader.units > 0 {
                best = Some((reader.value()?, at + end));
            }
        }
        at += run_length(&rest[at..]);
        let spaces = rest[at..].len() - rest[at..].trim_start_matches(' ').len();
        let Some((number, length)) =
            arabic(&rest[at + spaces..]).filter(|_| reader.units > 0 && reader.current.is_none())
        else {
            return best;
        };
        reader.current = Some(number);
        arabic_seen = true;
        at += spaces + length;
        // "3만 5" and "3만 5000원" are one number; so is "1억 2,000만".
        best = Some((reader.value()?, at));
    }
}

fn run_length(rest: &str) -> usize {
    rest.char_indices().find(|(_, c)| sign(*c).is_none()).map_or(rest.len(), |(at, _)| at)
}

/// The signs at the beginning with the places where they end, and whether the run of them ends where a numeral may end.
fn signs(rest: &str) -> (Vec<(Sign, usize)>, bool) {
    let length = run_length(rest);
    let run = rest[..length].char_indices().filter_map(|(at, c)| Some((sign(c)?, at + c.len_utf8()))).collect();
    let next = rest[length..].chars().next();
    let ends = next.is_none_or(|c| !is_hangul(c) || COUNTERS.contains(c));
    (run, ends && rest[..length] != *"만일")
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}
