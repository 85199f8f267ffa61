//! Whether two orders have to do with each other.

/// Spearman's correlation of the values with their places, with ties at their mean rank. 0 for fewer than three values
/// or equal ones.
#[must_use]
pub fn spearman_with_place(values: &[f32]) -> f64 {
    let n = values.len();
    if n < 3 {
        return 0.0;
    }
    let ranks = ranks(values);
    let mean = (n as f64 - 1.0) / 2.0;
    let (mut product, mut square, mut places) = (0.0, 0.0, 0.0);
    for (place, rank) in ranks.iter().enumerate() {
        let (x, y) = (place as f64 - mean, rank - mean);
        product += x * y;
        square += y * y;
        places += x * x;
    }
    if square <= 0.0 { 0.0 } else { product / (square * places).sqrt() }
}

/// The rank of each value, from 0, ties at their mean.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |place: usize| values.get(place).copied().unwrap_or(0.0);
    order.sort_by(|&one, &two| value(one).total_cmp(&value(two)));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let first = order.get(from).map_or(0.0, |&place| value(place));
        let same = order.iter().skip(from).take_while(|&&place| value(place) == first).count().max(1);
        let rank = from as f64 + (same as f64 - 1.0) / 2.0;
        for &place in order.iter().skip(from).take(same) {
            if let Some(slot) = ranks.get_mut(place) {
                *slot = rank;
            }
        }
        from += same;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_compared_with_ties() {
        assert!((spearman_with_place(&[1.0, 2.0, 5.0, 9.0]) - 1.0).abs() < 1e-12);
        assert!((spearman_with_place(&[9.0, 5.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        // By hand: ranks 4, 0.5, 0.5, 5, 2.5, 2.5; 1.5 over the root of 17.5 · 16.5.
        assert!((spearman_with_place(&[3.0, 1.0, 1.0, 4.0, 2.0, 2.0]) - 1.5 / 288.75f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman_with_place(&[2.0; 8]), 0.0);
    }
}
