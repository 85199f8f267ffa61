//! A measured figure, as text, so that it is the same bytes wherever it is worked out again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A statistic, rounded to six decimals. It is for people to read and never decides anything.
///
/// ```
/// use programme::Figure;
///
/// assert_eq!(Figure::new(2.0 / 3.0).unwrap().as_str(), "0.666667");
/// assert_eq!(Figure::new(-1e-9).unwrap().as_str(), "0.000000");
/// assert_eq!(Figure::new(f64::NAN), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figure(String);

impl Figure {
    /// `value` to six decimals; none where it is not a finite number.
    pub fn new(value: f64) -> Option<Self> {
        let text = value.is_finite().then(|| format!("{value:.6}"))?;
        // Zero has one spelling.
        Some(Self(if text == "-0.000000" { "0.000000".to_owned() } else { text }))
    }

    /// Nothing.
    pub fn zero() -> Self {
        Self("0.000000".to_owned())
    }

    /// The figure as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The figure as a number, within half a millionth of what was measured.
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
