//! Many hypotheses at once.

/// Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979), in logarithms, over a family of which only
/// the smallest p-values may be listed: the other `hypotheses − ln_p.len()` count as larger than all of these.
///
/// Valid whatever the dependence between the tests. The answer stands in the order of the input.
#[must_use]
pub fn adjust(ln_p: &[f64], hypotheses: u64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ln_p.len()).collect();
    order.sort_by(|&one, &two| at(ln_p, one).total_cmp(&at(ln_p, two)).then(one.cmp(&two)));
    let family = hypotheses.max(ln_p.len() as u64);
    let mut adjusted = vec![0.0; ln_p.len()];
    let mut least = f64::NEG_INFINITY;
    for (rank, &place) in order.iter().enumerate() {
        let left = (family - rank as u64) as f64;
        least = (at(ln_p, place) + left.ln()).min(0.0).max(least);
        if let Some(slot) = adjusted.get_mut(place) {
            *slot = least;
        }
    }
    adjusted
}

fn at(ln_p: &[f64], place: usize) -> f64 {
    ln_p.get(place).copied().filter(|ln_p| !ln_p.is_nan()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_are_those_of_the_definition() {
        let p = [0.01f64, 0.04, 0.03, 0.005];
        let adjusted: Vec<f64> = adjust(&p.map(f64::ln), 4).iter().map(|ln| ln.exp()).collect();
        // statsmodels.stats.multitest.multipletests(p, method="holm")
        for (found, wanted) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        }
    }

    #[test]
    fn what_is_not_listed_counts() {
        let adjusted = adjust(&[-5_000.0, -20.0], 1_000_000);
        assert!((adjusted[0] - (-5_000.0 + 1e6f64.ln())).abs() < 1e-9);
        assert!((adjusted[1] - (-20.0 + 999_999f64.ln())).abs() < 1e-9);
        assert_eq!(adjust(&[f64::NAN], 3), [0.0]);
    }
}
