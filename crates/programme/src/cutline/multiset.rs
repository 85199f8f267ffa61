//! Every panel that can be drawn, with replacement, from the one that sat.

/// The most panels that are enumerated: C(2R−1, R) of a panel of R, which is 352,716 at eleven evaluators.
pub(super) const MOST_MULTISETS: u64 = 400_000;

/// C(2R−1, R): how many panels of `size` can be drawn from `size` evaluators; none where that is more than 2^64.
pub(super) fn multisets(size: u32) -> Option<u64> {
    // C(n, i + 1) = C(n, i) (n − i) / (i + 1), exact at every step.
    let all = u64::from(size.checked_mul(2)?.checked_sub(1)?);
    (0..u64::from(size)).try_fold(1_u64, |count, taken| Some(count.checked_mul(all - taken)? / (taken + 1)))
}

/// Calls `visit` with how often each evaluator sits on each panel of `size`, and with how many of the `size`^`size`
/// equally likely draws give that panel; stops at the first `None`.
pub(super) fn for_each(size: usize, visit: &mut impl FnMut(&[u32], u64) -> Option<()>) -> Option<()> {
    let mut counts = vec![0_u32; size];
    place(&mut counts, 0, u32::try_from(size).ok()?, 1, visit)
}

/// Gives the evaluators from `from` on all the `left` seats, in every way.
///
/// `weight` is the number of ways to choose the seats given out so far. The evaluator at `from` can take `taken` of the
/// seats left in C(left, taken) ways, so the product down to the last is the multinomial coefficient.
fn place(
    counts: &mut Vec<u32>,
    from: usize,
    left: u32,
    weight: u64,
    visit: &mut impl FnMut(&[u32], u64) -> Option<()>,
) -> Option<()> {
    if from + 1 == counts.len() {
        *counts.get_mut(from)? = left;
        return visit(counts, weight);
    }
    let mut ways = 1_u64;
    for taken in 0..=left {
        *counts.get_mut(from)? = taken;
        place(counts, from + 1, left - taken, weight.checked_mul(ways)?, visit)?;
        ways = ways.checked_mul(u64::from(left - taken))? / u64::from(taken + 1);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_panels() {
        let numbers: Vec<Option<u64>> = [1, 5, 7, 9, 11].into_iter().map(multisets).collect();
        assert_eq!(numbers, [Some(1), Some(126), Some(1_716), Some(24_310), Some(352_716)]);
        assert_eq!(multisets(50), None);
    }

    #[test]
    fn every_panel_once_and_every_draw_counted() {
        for size in 1..=7_u32 {
            let mut seen = std::collections::BTreeSet::new();
            let mut draws = 0;
            for_each(size as usize, &mut |counts, weight| {
                assert_eq!(counts.iter().sum::<u32>(), size);
                assert!(seen.insert(counts.to_vec()));
                draws += weight;
                Some(())
            });
            assert_eq!(Some(seen.len() as u64), multisets(size));
            assert_eq!(draws, u64::from(size).pow(size));
        }
    }
}
