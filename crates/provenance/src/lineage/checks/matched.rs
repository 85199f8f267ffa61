//! Hidden units after they were matched: for models whose units were put into another order.
//!
//! A unit has its own row in gate, in up and a column in down. For some units of the candidate the nearest unit of the
//! library's block is looked up by gate, and again by up and by down on their own; where the same unit comes out, the two
//! agree. Of two models trained apart hardly any agree. The rows of one unit are correlated, so that agreement has no
//! null by relabelling; it is measured, on the candidate with its channels exchanged and turned (see
//! [`super::channels`]) and on mismatched layers, and the count is held against a Poisson number of that mean.
//!
//! The gate fixes the sign of a unit; up and down may both have changed theirs, so there the size of the cosine counts.

use rand_chacha::rand_core::Rng as _;

use super::aligned::stream;
use super::channels;
use crate::fingerprint::SKETCH;
use crate::lineage::product::{self, Rows};
use crate::lineage::statistics::bound::Scores;

/// Times the candidate's channels are turned.
pub(crate) const TURNS: usize = 8;

/// The nearest unit of each probe, for each role.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nearest {
    columns: usize,
    roles: Vec<Vec<(f32, usize)>>,
    seen: usize,
}

/// A probe and the unit that two of its roles agree on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Match {
    pub(crate) probe: usize,
    pub(crate) unit: usize,
    /// Cosine by the first role.
    pub(crate) cosine: f64,
}

impl Nearest {
    /// Nothing seen yet, for probes of `columns` floats in `roles` roles.
    pub(crate) fn new(probes: usize, columns: usize, roles: usize) -> Self {
        Self { columns, roles: vec![vec![(0.0, usize::MAX); probes]; roles], seen: 0 }
    }

    /// Looks further units through, numbered from where the last ones ended.
    pub(crate) fn look(&mut self, probes: &[f32], units: &[f32]) {
        let wide = self.columns / self.roles.len().max(1);
        for (role, best) in self.roles.iter_mut().enumerate() {
            let of = |floats: &[f32]| strip(floats, self.columns, role * wide, wide);
            let cosines = product::rows_by_rows(Rows::new(&of(probes), wide), Rows::new(&of(units), wide));
            let count = units.len() / self.columns.max(1);
            for (best, row) in best.iter_mut().zip(cosines.chunks_exact(count.max(1))) {
                let (value, unit) = if role == 0 { largest(row, |cosine| cosine) } else { largest(row, f32::abs) };
                if value > best.0 {
                    *best = (value, self.seen + unit);
                }
            }
        }
        self.seen += units.len() / self.columns.max(1);
    }

    /// Probes for which the first role and another agree.
    pub(crate) fn matches(&self) -> Vec<Match> {
        let Some((first, others)) = self.roles.split_first() else { return Vec::new() };
        let scale = self.roles.len() as f64;
        first
            .iter()
            .enumerate()
            .filter(|(_, (_, unit))| *unit != usize::MAX)
            .filter(|(probe, (_, unit))| {
                others.iter().any(|other| other.get(*probe).is_some_and(|(_, other)| other == unit))
            })
            .map(|(probe, (cosine, unit))| Match { probe, unit: *unit, cosine: f64::from(*cosine) * scale })
            .collect()
    }
}

/// Some columns of a matrix.
fn strip(floats: &[f32], columns: usize, from: usize, wide: usize) -> Vec<f32> {
    floats.chunks_exact(columns.max(1)).filter_map(|row| row.get(from..from + wide)).flatten().copied().collect()
}

/// The largest of some numbers by a measure, and where it stands.
fn largest(row: &[f32], measure: impl Fn(f32) -> f32) -> (f32, usize) {
    let most = row.iter().fold(0.0f32, |most, value| most.max(measure(*value)));
    (most, row.iter().position(|value| measure(*value) == most).unwrap_or(usize::MAX))
}

/// Exchanges and turns channels: the same way in every sketch of every row. Numbers that no channel of a narrow state
/// reaches stay where they are.
pub(crate) fn turned(floats: &[f32], seed: &[u8]) -> Vec<f32> {
    let mut random = stream(seed);
    let holds = |at: &usize| floats.iter().skip(*at).step_by(SKETCH).any(|float| *float != 0.0);
    let held: Vec<usize> = (0..SKETCH).filter(holds).collect();
    let order = channels::exchanged(&held, &mut random);
    let signs = random.next_u64();
    let sign = |at: usize| if signs >> at & 1 == 0 { 1.0f32 } else { -1.0 };
    floats
        .chunks_exact(SKETCH)
        .flat_map(|sketch| {
            order.iter().enumerate().map(move |(at, from)| sign(at) * sketch.get(*from).copied().unwrap_or(0.0))
        })
        .collect()
}

/// The mean of a Poisson number of which `nulls` were seen in `runs` runs, at its upper end: runs in which nothing was
/// found may have been lucky.
pub(crate) fn upper_mean(nulls: f64, runs: usize) -> f64 {
    (nulls + 2.0 * nulls.sqrt() + 2.0) / runs.max(1) as f64
}

/// Logarithm of the p-value that matched units stand in one order in both models, as they do when some were cut away.
///
/// Which unit matches which depends on the units alone, and the order of one model's units is as likely as any other; so
/// this is exact: the ranks of the matched units form a random permutation, and scores count how near it stays to the
/// diagonal.
pub(crate) fn order_ln_p(matches: &[Match]) -> f64 {
    let mut units: Vec<usize> = matches.iter().map(|found| found.unit).collect();
    units.sort_unstable();
    let single: Vec<usize> =
        units.chunk_by(|one, two| one == two).filter(|same| same.len() == 1).flatten().copied().collect();
    let ranks: Vec<usize> = matches.iter().filter_map(|found| single.binary_search(&found.unit).ok()).collect();
    let count = ranks.len();
    let band = (count / 20).max(1);
    let score = |away: usize| 1.0 - away as f64 / band as f64;
    let mut scores = Scores::default();
    for rank in 0..count {
        for other in rank.saturating_sub(band)..(rank + band).min(count) {
            scores.add(score(rank.abs_diff(other)), 1.0 / count as f64);
        }
    }
    ranks.iter().enumerate().for_each(|(rank, other)| scores.observe(score(rank.abs_diff(*other))));
    if count < 3 { 0.0 } else { scores.ln_p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lineage::statistics::log_p;

    #[test]
    fn order_is_seen_and_disorder_is_not() {
        let matches = |unit: &dyn Fn(usize) -> usize| -> Vec<Match> {
            (0..300).map(|probe| Match { probe, unit: unit(probe), cosine: 1.0 }).collect()
        };
        assert!(order_ln_p(&matches(&|probe| probe * 3 + probe % 2)) < -500.0);
        assert!(order_ln_p(&matches(&|probe| probe * 7 % 307)) > -3.0);
        assert!(order_ln_p(&matches(&|_| 5)) == 0.0);
    }

    #[test]
    fn a_null_without_agreements_is_no_certainty() {
        let ln_p = |found, nulls| log_p::poisson_upper(found, upper_mean(nulls, 8));
        assert_eq!(ln_p(0, 0.0), 0.0);
        assert!(ln_p(1, 0.0) > -2.0);
        assert!(ln_p(100, 0.0) < -400.0);
        assert!(ln_p(100, 400.0) < -15.0 && ln_p(60, 400.0) > -4.0);
    }
}
