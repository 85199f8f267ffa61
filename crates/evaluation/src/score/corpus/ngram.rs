//! Counts of n-grams.

/// n-grams with how often each occurs, in order.
pub(super) struct Counts<'a, T> {
    entries: Vec<(&'a [T], usize)>,
}

impl<'a, T: Ord> Counts<'a, T> {
    /// The n-grams of length `order`.
    pub(super) fn of(tokens: &'a [T], order: usize) -> Self {
        let mut grams: Vec<&[T]> = tokens.windows(order).collect();
        grams.sort_unstable();
        let mut entries: Vec<(&[T], usize)> = Vec::new();
        for gram in grams {
            match entries.last_mut() {
                Some((last, count)) if *last == gram => *count += 1,
                _ => entries.push((gram, 1)),
            }
        }
        Self { entries }
    }

    /// How many there are, repeats counted.
    pub(super) fn total(&self) -> usize {
        self.entries.iter().map(|(_, count)| count).sum()
    }

    /// How many occur on both sides, each as often as on the side where it is rarer.
    pub(super) fn matches(&self, other: &Self) -> usize {
        let mut others = other.entries.iter().peekable();
        let mut matches = 0;
        for (gram, count) in &self.entries {
            while others.next_if(|(other, _)| other < gram).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| other == gram) {
                matches += count.min(other);
            }
        }
        matches
    }

    /// Keeps of every n-gram the greater count.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut merged = Vec::with_capacity(self.entries.len() + other.entries.len());
        let mut left = self.entries.iter().copied().peekable();
        let mut right = other.entries.iter().copied().peekable();
        while let (Some((a, m)), Some((b, n))) = (left.peek().copied(), right.peek().copied()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => merged.extend(left.next()),
                std::cmp::Ordering::Greater => merged.extend(right.next()),
                std::cmp::Ordering::Equal => {
                    merged.push((a, m.max(n)));
                    left.next();
                    right.next();
                }
            }
        }
        merged.extend(left);
        merged.extend(right);
        self.entries = merged;
    }
}
