//! Exact numbers: no float stands on a path from a score to a rank.

use std::{borrow::Cow, fmt, iter::Sum, ops, str::FromStr};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact rational number: points, shares, weights and thresholds.
///
/// It is read from a whole number, a decimal or a fraction and never rounded; a decimal in a rulebook means what its
/// digits say, `0.95` is 95/100. It is written as a decimal where one exists and as a fraction where none does.
///
/// ```
/// use rulebook::Exact;
///
/// let share: Exact = "0.95".parse()?;
/// assert_eq!(share, Exact::ratio(19, 20));
/// assert_eq!((Exact::from(1) / Exact::from(3)).to_string(), "1/3");
/// assert_eq!((Exact::ratio(111, 10)).to_string(), "11.1");
/// # Ok::<(), rulebook::ParseExactError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

/// Why a text is not an exact number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseExactError {
    /// Neither a whole number, a decimal nor a fraction.
    #[error("`{0}` is not a number; write a whole number, a decimal such as `0.95` or a fraction such as `2/3`")]
    NotANumber(String),
    /// A fraction over nothing.
    #[error("`{0}` divides by zero")]
    DividesByZero(String),
    /// More digits than any score has use for; a limit keeps hostile files cheap.
    #[error("a number may have {MAX_DIGITS} digits at most")]
    TooLong,
}

/// The longest number text that is read.
const MAX_DIGITS: usize = 60;

impl Exact {
    /// Nothing.
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// One.
    pub fn one() -> Self {
        Self(BigRational::one())
    }

    /// `numerator` over `denominator`.
    ///
    /// # Panics
    ///
    /// If `denominator` is zero; use it with constants.
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        Self(BigRational::new(numerator.into(), denominator.into()))
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// This over `divisor`, or nothing where `divisor` is zero.
    pub fn checked_div(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| Self(&self.0 / &divisor.0))
    }

    /// Whether this is a whole multiple of `step` away from `from`.
    pub fn is_on_step(&self, from: &Self, step: &Self) -> bool {
        (self - from).checked_div(step).is_some_and(|steps| steps.0.is_integer())
    }

    /// The numerator and denominator in lowest terms, the denominator above zero.
    pub fn parts(&self) -> (&BigInt, &BigInt) {
        (self.0.numer(), self.0.denom())
    }

    /// The nearest `f64`: for statistics and plots, never for a rank.
    pub fn to_f64(&self) -> f64 {
        num_traits::ToPrimitive::to_f64(&self.0).unwrap_or(f64::NAN)
    }

    /// Rounded half away from zero to `places` decimals, for people to read.
    ///
    /// ```
    /// # use rulebook::Exact;
    /// assert_eq!(Exact::ratio(2, 3).rounded(2), "0.67");
    /// assert_eq!(Exact::ratio(902, 10).rounded(1), "90.2");
    /// ```
    pub fn rounded(&self, places: u32) -> String {
        let scale = BigInt::from(10).pow(places);
        let scaled = (&self.0 * BigRational::from_integer(scale)).round().to_integer();
        decimal_text(&scaled, places)
    }

    /// The number of decimals this needs, if finitely many suffice.
    fn decimals(&self) -> Option<u32> {
        let mut rest = self.0.denom().clone();
        let (two, five) = (BigInt::from(2), BigInt::from(5));
        let mut count = |factor: &BigInt| {
            let mut times = 0_u32;
            while (&rest % factor).is_zero() {
                rest /= factor;
                times += 1;
            }
            times
        };
        let places = count(&two).max(count(&five));
        rest.is_one().then_some(places)
    }
}

/// `value` / 10^`places` as digits.
fn decimal_text(value: &BigInt, places: u32) -> String {
    let sign = if value.is_negative() { "-" } else { "" };
    let places = places as usize;
    let digits = format!("{:0>width$}", value.abs().to_string(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimals() {
            Some(places) => f.pad(&self.rounded(places)),
            None => f.pad(&format!("{}/{}", self.0.numer(), self.0.denom())),
        }
    }
}

impl FromStr for Exact {
    type Err = ParseExactError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_DIGITS {
            return Err(ParseExactError::TooLong);
        }
        match text.split_once('/') {
            Some((above, below)) => {
                let below = decimal(below.trim(), text)?;
                let above = decimal(above.trim(), text)?;
                above.checked_div(&below).ok_or_else(|| ParseExactError::DividesByZero(text.to_owned()))
            }
            None => decimal(text, text),
        }
    }
}

/// Reads `-12.5`; `whole` is the text a complaint quotes.
fn decimal(text: &str, whole: &str) -> Result<Exact, ParseExactError> {
    let refuse = || ParseExactError::NotANumber(whole.to_owned());
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (units, fraction) = match digits.split_once('.') {
        Some((units, fraction)) if !fraction.is_empty() => (units, fraction),
        Some(_) => return Err(refuse()),
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if units.is_empty() || !all_digits(units) || !all_digits(fraction) {
        return Err(refuse());
    }
    let value: BigInt = format!("{units}{fraction}").parse().map_err(|_| refuse())?;
    let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).map_err(|_| refuse())?);
    Ok(Exact(BigRational::new(value * sign, scale)))
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Self(BigRational::from_integer(value.into()))
    }
}

impl From<u32> for Exact {
    fn from(value: u32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<i32> for Exact {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident),*) => {$(
        impl ops::$trait for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                Exact(ops::$trait::$method(self.0, other.0))
            }
        }
        impl<'a> ops::$trait<&'a Exact> for &'a Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                Exact(ops::$trait::$method(&self.0, &other.0))
            }
        }
    )*};
}
arithmetic!(Add add, Sub sub, Mul mul, Div div);

impl ops::AddAssign<&Exact> for Exact {
    fn add_assign(&mut self, other: &Exact) {
        self.0 += &other.0;
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |sum, number| sum + number)
    }
}

impl<'a> Sum<&'a Exact> for Exact {
    fn sum<I: Iterator<Item = &'a Exact>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |sum, number| &sum + number)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExactVisitor)
    }
}

struct ExactVisitor;

impl de::Visitor<'_> for ExactVisitor {
    type Value = Exact;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, a decimal, or a fraction such as \"2/3\"")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Exact, E> {
        Ok(Exact::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Exact, E> {
        Ok(Exact(BigRational::from_integer(value.into())))
    }

    // The shortest text that reads back as the same float is what stood in the file, up to trailing zeros.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Exact, E> {
        value.to_string().parse().map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Exact, E> {
        value.parse().map_err(E::custom)
    }
}

impl JsonSchema for Exact {
    fn schema_name() -> Cow<'static, str> {
        "Exact".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact number: a whole number, a decimal, or a fraction such as \"2/3\".",
            "type": ["number", "string"],
            "pattern": r"^-?[0-9]+(\.[0-9]+)?( */ *[0-9]+(\.[0-9]+)?)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_the_digits_say() {
        assert_eq!(exact("0.1") + exact("0.2"), exact("0.3"));
        assert_eq!(exact("2/3"), Exact::ratio(2, 3));
        assert_eq!(exact("-1.50").to_string(), "-1.5");
        assert_eq!(exact("0.5/1.5").to_string(), "1/3");
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", ".5", "1.", "1e3", "a", "1/2/3", "NaN", "+1", "1 2"] {
            assert!(text.parse::<Exact>().is_err(), "{text:?} was read");
        }
        assert_eq!("1/0".parse::<Exact>(), Err(ParseExactError::DividesByZero("1/0".into())));
        assert_eq!("9".repeat(61).parse::<Exact>(), Err(ParseExactError::TooLong));
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(exact("0.005").rounded(2), "0.01");
        assert_eq!(exact("-0.005").rounded(2), "-0.01");
        assert_eq!(exact("68.84").rounded(1), "68.8");
        assert_eq!(exact("7").rounded(1), "7.0");
    }

    #[test]
    fn knows_its_steps() {
        assert!(exact("3.5").is_on_step(&exact("1"), &exact("0.5")));
        assert!(!exact("3.7").is_on_step(&exact("1"), &exact("0.5")));
    }

    proptest::proptest! {
        #[test]
        fn text_and_back(above in -1_000_000_i64..1_000_000, below in 1_i64..10_000) {
            let number = Exact::ratio(above, below);
            proptest::prop_assert_eq!(number.to_string().parse::<Exact>().unwrap(), number);
        }
    }
}
