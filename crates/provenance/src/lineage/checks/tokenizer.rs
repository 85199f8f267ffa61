//! Two tokenizers: which tokens they share, at which ids, and whether their merges come in one order.

use std::collections::{BTreeMap, BTreeSet};

use crate::fingerprint::TokenizerPrint;
use crate::lineage::report::{TokenizerFinding, TokenizerRelation};

/// Nearly all, as an extension keeps.
const NEARLY_ALL: f64 = 0.95;
/// Less in common than this is hardly anything.
const HARDLY_ANY: f64 = 0.1;

/// Compares two tokenizers.
pub(crate) fn compare(candidate: &TokenizerPrint, library: &TokenizerPrint) -> TokenizerFinding {
    let tokens =
        |print: &TokenizerPrint| print.tokens.iter().copied().filter(|token| *token != 0).collect::<BTreeSet<_>>();
    let (own, theirs) = (tokens(candidate), tokens(library));
    let same_id = candidate.tokens.iter().zip(&library.tokens).filter(|(one, two)| **one != 0 && one == two).count();
    let ranks: BTreeMap<u64, usize> = library.merges.iter().enumerate().map(|(rank, merge)| (*merge, rank)).collect();
    let shared: Vec<usize> = candidate.merges.iter().filter_map(|merge| ranks.get(merge).copied()).collect();
    let pairs = shared.len() as f64 * (shared.len() as f64 - 1.0) / 2.0;
    let order = if pairs > 0.0 { 1.0 - inversions(&mut shared.clone()) as f64 / pairs } else { 0.0 };
    let mut finding = TokenizerFinding {
        relation: TokenizerRelation::Unrelated,
        candidate: own.len() as u64,
        library: theirs.len() as u64,
        shared: own.intersection(&theirs).count() as u64,
        same_id: same_id as u64,
        merges: shared.len() as u64,
        order,
    };
    finding.relation = relation(&finding, candidate, library);
    finding
}

fn relation(finding: &TokenizerFinding, candidate: &TokenizerPrint, library: &TokenizerPrint) -> TokenizerRelation {
    let least = finding.candidate.min(finding.library) as f64;
    let merges = candidate.merges.len().min(library.merges.len()) as f64;
    let ids = least > 0.0 && finding.same_id as f64 >= NEARLY_ALL * least;
    let order = merges == 0.0 || (finding.merges as f64 >= NEARLY_ALL * merges && finding.order >= 0.999);
    if candidate.tokens == library.tokens && candidate.merges == library.merges {
        TokenizerRelation::Same
    } else if ids && order {
        TokenizerRelation::Extension
    } else if finding.shared as f64 >= HARDLY_ANY * least {
        TokenizerRelation::Overlap
    } else {
        TokenizerRelation::Unrelated
    }
}

/// Pairs that stand in the other order, counted while the ranks are sorted by merging.
fn inversions(ranks: &mut [usize]) -> u64 {
    if ranks.len() < 2 {
        return 0;
    }
    let (left, right) = ranks.split_at_mut(ranks.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let mut sorted = Vec::with_capacity(left.len() + right.len());
    let (mut one, mut two) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(first), Some(second)) = (one.peek(), two.peek()) {
        if first <= second {
            sorted.extend(one.next());
        } else {
            count += one.len() as u64;
            sorted.extend(two.next());
        }
    }
    sorted.extend(one.chain(two));
    ranks.copy_from_slice(&sorted);
    count
}

/// The rows of the same token in two embeddings, by the ids of both: over tokens that stand once in each. Without two
/// tokenizers, ids are taken for tokens where both embeddings have as many.
pub(crate) fn shared_rows(
    candidate: (Option<&TokenizerPrint>, u64),
    library: (Option<&TokenizerPrint>, u64),
) -> Vec<(usize, usize)> {
    let (Some(own), Some(theirs)) = (candidate.0, library.0) else {
        let rows = if candidate.1 == library.1 { usize::try_from(candidate.1).unwrap_or(0) } else { 0 };
        return (0..rows).map(|row| (row, row)).collect();
    };
    let single = |print: &TokenizerPrint, rows: u64| -> BTreeMap<u64, usize> {
        let mut rows_of: BTreeMap<u64, Option<usize>> = BTreeMap::new();
        let known = print.tokens.iter().take(usize::try_from(rows).unwrap_or(0)).enumerate();
        for (row, token) in known.filter(|(_, token)| **token != 0) {
            rows_of.entry(*token).and_modify(|twice| *twice = None).or_insert(Some(row));
        }
        rows_of.into_iter().filter_map(|(token, row)| row.map(|row| (token, row))).collect()
    };
    let theirs = single(theirs, library.1);
    let mut rows: Vec<(usize, usize)> = single(own, candidate.1)
        .into_iter()
        .filter_map(|(token, row)| theirs.get(&token).map(|other| (row, *other)))
        .collect();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(tokens: impl Iterator<Item = u64>, merges: impl Iterator<Item = u64>) -> TokenizerPrint {
        TokenizerPrint { tokens: tokens.collect(), merges: merges.collect(), special: Vec::new() }
    }

    #[test]
    fn an_extension_keeps_ids_and_the_order_of_merges() {
        let base = print(1..=1_000, 5_000..5_800);
        let same = compare(&base, &base);
        assert_eq!(
            (same.relation, same.shared, same.same_id, same.order),
            (TokenizerRelation::Same, 1_000, 1_000, 1.0)
        );
        let longer = print(1..=1_500, 5_000..6_100);
        assert_eq!(compare(&longer, &base).relation, TokenizerRelation::Extension);
        // The same words, learnt from another corpus: other ids, and merges in another order.
        let other = print((1..=1_000).rev(), (5_000..5_800).rev());
        let found = compare(&other, &base);
        assert_eq!((found.relation, found.shared, found.same_id), (TokenizerRelation::Overlap, 1_000, 0));
        assert_eq!((found.merges, found.order), (800, 0.0));
        assert_eq!(compare(&print(9_000..9_100, 0..0), &base).relation, TokenizerRelation::Unrelated);
    }

    #[test]
    fn rows_are_found_by_token() {
        let own = print([5, 6, 7, 7, 0, 9].into_iter(), 0..0);
        let theirs = print([9, 7, 6, 5].into_iter(), 0..0);
        assert_eq!(shared_rows((Some(&own), 6), (Some(&theirs), 4)), [(0, 3), (1, 2), (5, 0)]);
        assert_eq!(shared_rows((None, 3), (Some(&theirs), 3)), [(0, 0), (1, 1), (2, 2)]);
        assert!(shared_rows((None, 3), (None, 4)).is_empty());
    }
}
