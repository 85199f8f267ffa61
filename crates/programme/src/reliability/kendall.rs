//! Kendall's coefficient of concordance: agreement on the order alone.
//!
//! M. G. Kendall and B. Babington Smith, "The problem of m rankings", Annals of Mathematical Statistics 10 (1939)
//! 275–287; the correction for ties as in J. H. Zar, "Biostatistical Analysis", section 20.16.

/// Kendall's W, corrected for ties, of a full table: a row for each team and a column for each evaluator.
///
/// None with fewer than two of either, or where every evaluator gives every team the same.
pub fn kendall_w(table: &[Vec<f64>]) -> Option<f64> {
    let width = table.first()?.len();
    if table.len() < 2 || width < 2 {
        return None;
    }
    let (n, m) = (table.len() as f64, width as f64);
    let mut sums = vec![0.0_f64; table.len()];
    let mut ties = 0.0_f64;
    for evaluator in 0..width {
        let column: Vec<f64> = table.iter().map(|row| row.get(evaluator).copied()).collect::<Option<_>>()?;
        let ranks = twice_ranks(&column);
        sums.iter_mut().zip(&ranks).for_each(|(sum, rank)| *sum += *rank as f64 / 2.0);
        ties += tie_correction(&ranks);
    }
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let most = m * m * n * (n * n - 1.0) - m * ties;
    (most > 0.0).then(|| (12.0 * squares - 3.0 * m * m * n * (n + 1.0).powi(2)) / most)
}

/// Twice the rank of each value from the lowest, equal values sharing the mean of their ranks.
fn twice_ranks(values: &[f64]) -> Vec<usize> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let up_to = values.iter().filter(|other| *other <= value).count();
        below + up_to + 1
    };
    values.iter().map(rank).collect()
}

/// The sum of t³ − t over the groups of t equal ranks.
fn tie_correction(ranks: &[usize]) -> f64 {
    // Each member of a group of t adds t² − 1.
    let member = |rank: &usize| ranks.iter().filter(|other| *other == rank).count() as f64;
    ranks.iter().map(|rank| member(rank).powi(2) - 1.0).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zar, "Biostatistical Analysis", example 20.16: wing, tail and bill of twelve birds.
    fn birds() -> Vec<Vec<f64>> {
        let wing = [10.4, 10.8, 11.1, 10.2, 10.3, 10.2, 10.7, 10.5, 10.8, 11.2, 10.6, 11.4];
        let tail = [7.4, 7.6, 7.9, 7.2, 7.4, 7.1, 7.4, 7.2, 7.8, 7.7, 7.8, 8.3];
        let bill = [17.0, 17.0, 20.0, 14.5, 15.5, 13.0, 19.5, 16.0, 21.0, 20.0, 18.0, 22.0];
        (0..12).map(|bird| vec![wing[bird], tail[bird], bill[bird]]).collect()
    }

    #[test]
    fn zars_birds() {
        // Without the correction it would be 0.9134.
        assert_eq!(format!("{:.4}", kendall_w(&birds()).unwrap()), "0.9241");
    }

    #[test]
    fn the_same_order_is_one_and_the_opposite_none() {
        assert_eq!(kendall_w(&[vec![1.0, 10.0], vec![2.0, 20.0], vec![3.0, 30.0]]), Some(1.0));
        assert_eq!(kendall_w(&[vec![1.0, 30.0], vec![2.0, 20.0], vec![3.0, 10.0]]), Some(0.0));
        assert_eq!(kendall_w(&[vec![1.0, 1.0], vec![1.0, 1.0]]), None);
    }
}
