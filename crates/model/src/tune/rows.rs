//! Conversations side by side, one a row, filled up to one length.

use super::chat::Encoded;
use crate::network::Batch;

/// Rows are made as long as a multiple of this, so that there are few different lengths.
const STEP_OF_LENGTH: usize = 16;

/// A conversation that fits into a row: what is read, what should follow, and which of it counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    learned: Vec<bool>,
}

impl Row {
    /// Cuts a conversation that is longer than the context at its end; none, if nothing to learn is left.
    pub(crate) fn of(encoded: &Encoded, context: usize) -> Option<Self> {
        let length = encoded.ids.len().saturating_sub(1).min(context);
        // What comes after the last thing to learn is not read either.
        let learned = encoded.learned.get(1..=length)?;
        let length = learned.iter().rposition(|learned| *learned)? + 1;
        Some(Self {
            inputs: encoded.ids[..length].to_vec(),
            targets: encoded.ids[1..=length].to_vec(),
            learned: encoded.learned[1..=length].to_vec(),
        })
    }

    pub(crate) fn learned(&self) -> usize {
        self.learned.iter().filter(|learned| **learned).count()
    }
}

/// Rows of one length.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    /// Per target; what is not learned has 0.
    pub(crate) weights: Vec<f32>,
    pub(crate) rows: usize,
    pub(crate) length: usize,
}

impl Rows {
    /// Every row with a weight for the targets in it that are learned.
    pub(crate) fn of<'a>(rows: impl Iterator<Item = (&'a Row, f32)> + Clone, context: usize) -> Self {
        let longest = rows.clone().map(|(row, _)| row.inputs.len()).max().unwrap_or(1);
        let length = longest.next_multiple_of(STEP_OF_LENGTH).min(context);
        let mut all = Self { length, ..Self::default() };
        for (row, weight) in rows {
            all.rows += 1;
            let end = all.rows * length;
            all.inputs.extend_from_slice(&row.inputs);
            all.targets.extend_from_slice(&row.targets);
            all.weights.extend(row.learned.iter().map(|learned| if *learned { weight } else { 0.0 }));
            all.inputs.resize(end, 0);
            all.targets.resize(end, 0);
            all.weights.resize(end, 0.0);
        }
        all
    }

    pub(crate) fn batch(&self) -> Batch<'_> {
        let Self { inputs, targets, weights, rows, length } = self;
        Batch { inputs, targets, weights: Some(weights), rows: *rows, length: *length }
    }

    /// The sum of each row's learned losses.
    pub(crate) fn sums(&self, losses: &[f32]) -> Vec<f64> {
        let rows = losses.chunks(self.length).zip(self.weights.chunks(self.length));
        let learned = |(losses, weights): (&[f32], &[f32])| {
            let pairs = losses.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
            pairs.map(|(loss, _)| f64::from(*loss)).sum()
        };
        rows.map(learned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(learned: &[bool]) -> Encoded {
        Encoded { ids: (1..=learned.len() as u32).collect(), learned: learned.to_vec() }
    }

    #[test]
    fn a_row_ends_with_the_last_thing_to_learn() {
        let row = Row::of(&encoded(&[false, true, true, false]), 16).unwrap();
        assert_eq!((row.inputs.as_slice(), row.targets.as_slice()), (&[1, 2][..], &[2, 3][..]));
        assert_eq!(Row::of(&encoded(&[false, true, true, false]), 1).unwrap().targets, [2]);
        assert_eq!(Row::of(&encoded(&[false, false, true]), 1), None);
        assert_eq!(Row::of(&encoded(&[true]), 16), None, "nothing says it");
        assert_eq!(Row::of(&Encoded::default(), 16), None);
    }

    #[test]
    fn rows_are_filled_up_with_what_counts_for_nothing() {
        let rows =
            [Row::of(&encoded(&[false, true]), 16).unwrap(), Row::of(&encoded(&[false, false, true]), 16).unwrap()];
        let all = Rows::of(rows.iter().zip([1.0, -0.5]), 16);
        assert_eq!((all.rows, all.length, all.inputs.len()), (2, 16, 32));
        let counted: Vec<(usize, f32)> =
            all.weights.iter().copied().enumerate().filter(|(_, weight)| *weight != 0.0).collect();
        assert_eq!(counted, [(0, 1.0), (17, -0.5)]);
        let losses: Vec<f32> = (0..32).map(|place| place as f32).collect();
        assert_eq!(all.sums(&losses), [0.0, 17.0]);
    }
}
