//! The mean diagonal of a matrix of cosines under a random relabelling, in closed form and by drawing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

/// A random whole number below `bound`, without bias, by rejection.
pub fn below(random: &mut ChaCha8Rng, bound: u32) -> u32 {
    if bound < 2 {
        return 0;
    }
    let fair = u32::MAX - u32::MAX % bound;
    loop {
        let draw = random.next_u32();
        if draw < fair {
            return draw % bound;
        }
    }
}

/// Exchanges the elements of a slice at random (Fisher and Yates).
pub fn shuffle<T>(random: &mut ChaCha8Rng, slice: &mut [T]) {
    for last in (1..slice.len()).rev() {
        let other = below(random, u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize;
        slice.swap(last, other);
    }
}

/// A square matrix of cosines, less its row means and its column means.
#[derive(Debug, Clone, PartialEq)]
pub struct Centred {
    /// Row by row.
    pub entries: Vec<f32>,
    /// Rows, and columns.
    pub side: usize,
    /// Mean of the diagonal under a random relabelling: the mean of all entries as they were.
    pub mean: f64,
    /// Sum of squares of the entries as they are now.
    pub square: f64,
}

impl Centred {
    /// Takes away row and column means, which a relabelling carries along. Entries past a square are left out.
    #[must_use]
    pub fn new(mut entries: Vec<f32>, side: usize) -> Self {
        entries.truncate(side * side);
        let count = side.max(1) as f64;
        let mut columns = vec![0.0f64; side];
        for row in entries.chunks_exact(side.max(1)) {
            columns.iter_mut().zip(row).for_each(|(sum, entry)| *sum += f64::from(*entry));
        }
        let mean = columns.iter().sum::<f64>() / (count * count);
        columns.iter_mut().for_each(|sum| *sum = *sum / count - mean);
        let mut square = 0.0;
        for row in entries.chunks_exact_mut(side.max(1)) {
            let row_mean = row.iter().map(|entry| f64::from(*entry)).sum::<f64>() / count;
            for (entry, column) in row.iter_mut().zip(&columns) {
                let less = f64::from(*entry) - row_mean - column;
                square += less * less;
                *entry = less as f32;
            }
        }
        Self { entries, side, mean, square }
    }

    /// The sum of the diagonal, whose mean under a relabelling is 0.
    #[must_use]
    pub fn diagonal(&self) -> f64 {
        self.entries.iter().step_by(self.side + 1).map(|entry| f64::from(*entry)).sum()
    }

    /// Variance of that sum under a random relabelling: `Σ c̃² / (n − 1)` (Hoeffding, Annals of Mathematical Statistics
    /// 22, 1951).
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.side < 2 { 0.0 } else { self.square / (self.side - 1) as f64 }
    }

    /// The sum of the entries along a relabelling.
    #[must_use]
    pub fn along(&self, labels: &[usize]) -> f64 {
        let entry = |(row, column): (usize, &usize)| self.entries.get(row * self.side + column).copied();
        labels.iter().enumerate().filter_map(entry).map(f64::from).sum()
    }
}

/// The p-value of Monte-Carlo permutations: `(1 + as large) / (drawn + 1)`, valid for any number drawn.
#[must_use]
pub fn monte_carlo(observed: f64, drawn: &[f64]) -> f64 {
    let as_large = drawn.iter().filter(|draw| **draw >= observed).count();
    (1.0 + as_large as f64) / (drawn.len() as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng as _;

    #[test]
    fn closed_form_is_the_mean_over_all_relabellings() {
        let side = 5;
        let entries: Vec<f32> = (0..25).map(|place| ((place * 37 + 11) % 17) as f32 / 17.0).collect();
        let centred = Centred::new(entries.clone(), side);
        let (mut sum, mut square, mut count) = (0.0, 0.0, 0.0);
        let mut labels: Vec<usize> = (0..side).collect();
        all(&mut labels, 0, &mut |labels| {
            let raw: f64 = labels.iter().enumerate().map(|(i, j)| f64::from(entries[i * side + j])).sum();
            let along = centred.along(labels);
            assert!((along - (raw - side as f64 * centred.mean)).abs() < 1e-5);
            sum += along;
            square += along * along;
            count += 1.0;
        });
        assert_eq!(count, 120.0);
        assert!((sum / count).abs() < 1e-6);
        assert!((square / count - centred.variance()).abs() < 1e-6);
        assert!((centred.diagonal() - centred.along(&[0, 1, 2, 3, 4])).abs() < 1e-9);
    }

    fn all(labels: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
        if from == labels.len() {
            return visit(labels);
        }
        for other in from..labels.len() {
            labels.swap(from, other);
            all(labels, from + 1, visit);
            labels.swap(from, other);
        }
    }

    #[test]
    fn shuffles_are_fair_and_follow_the_seed() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 6];
        for _ in 0..6_000 {
            let mut letters = [0usize, 1, 2];
            shuffle(&mut random, &mut letters);
            counts[letters[0] * 2 + usize::from(letters[1] > letters[2])] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        assert_eq!(monte_carlo(3.0, &[1.0, 2.0, 3.0, 4.0]), 0.6);
    }
}
