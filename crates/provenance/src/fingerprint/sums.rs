//! Sums over weights, from which moments come.

use super::Moments;

/// Counts and sums of powers over some weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    /// All weights, broken ones too.
    pub(super) count: u64,
    pub(super) broken: u64,
    pub(super) zeros: u64,
    /// Sums of the first to fourth power.
    pub(super) powers: [f64; 4],
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.broken += other.broken;
        self.zeros += other.zeros;
        for (sum, more) in self.powers.iter_mut().zip(other.powers) {
            *sum += more;
        }
    }

    pub(super) fn moments(&self) -> Moments {
        let count = self.count - self.broken;
        let [mean, square, cube, fourth] = self.powers.map(|sum| if count == 0 { 0.0 } else { sum / count as f64 });
        Moments { count, broken: self.broken, zeros: self.zeros, mean, square, cube, fourth }
    }

    /// The same over a slice, weight by weight in double precision, for weights that floats of 32 bits cannot sum:
    /// NaN and infinity are counted and left out.
    pub(super) fn careful(values: &[f32]) -> Self {
        let mut sums = Self { count: values.len() as u64, ..Self::default() };
        for value in values {
            if !value.is_finite() {
                sums.broken += 1;
                continue;
            }
            sums.zeros += u64::from(*value == 0.0);
            let value = f64::from(*value);
            let square = value * value;
            for (sum, power) in sums.powers.iter_mut().zip([value, square, square * value, square * square]) {
                *sum += power;
            }
        }
        sums
    }

    /// Whether sums in floats of 32 bits can be trusted: nothing overflowed, and the fourth powers did not vanish.
    pub(super) fn is_sound(&self) -> bool {
        let [.., fourth] = self.powers;
        let least = (self.count - self.zeros) as f64 * 1e-32;
        self.powers.iter().all(|sum| sum.is_finite()) && (fourth >= least || self.zeros == self.count)
    }
}
