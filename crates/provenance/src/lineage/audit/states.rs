//! Findings after the candidate's state was put into the library's channels: needs weights.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::outcome::{Found, Outcome};
use super::{Audited, matches};
use crate::anatomy::{Component, Role, Spot, Tower};
use crate::fingerprint::{Fingerprint, Part};
use crate::lineage::checks::matched::{self, Match, Nearest};
use crate::lineage::checks::tokenizer;
use crate::lineage::report::{Test, Tier};
use crate::lineage::state::{self, Map, RawWeights};
use crate::lineage::statistics::log_p;
use crate::lineage::units::{Key, Layers};

/// Tokens that a map is made from, at most; and fewer than this are no map.
const TOKENS: usize = 8_192;
const LEAST_TOKENS: usize = 64;
/// Units of the candidate that are looked up, and of the library's among which.
const PROBES: usize = 256;
const UNITS: usize = 2_048;
/// Blocks to either side beside which a block is looked at, where all pairs are too many.
const NEAR: usize = 2;
const ALL_PAIRS: usize = 256;
/// Share of probes that may agree because both models learnt the same. What the tests of the zoo's independent models
/// show lies far below.
const LEARNT: f64 = 0.01;

/// One side: fingerprint, weights, groups.
struct Raw<'a> {
    model: &'a Fingerprint,
    weights: &'a dyn RawWeights,
    layers: &'a Layers,
}

/// Runs the tests of signed permutations and of rotations, or says why not.
pub(super) fn states(one: (Audited<'_>, &Layers), two: (Audited<'_>, &Layers), outcome: &mut Outcome) {
    let (Some(own), Some(theirs)) = (one.0.weights, two.0.weights) else {
        let who = if one.0.weights.is_none() { "the candidate's" } else { "the library's" };
        outcome.omit(&format!(
            "rotated and permuted states: {who} weights are not at hand (`--raw` reads them), and sketches do not turn"
        ));
        return;
    };
    let own = Raw { model: one.0.fingerprint, weights: own, layers: one.1 };
    let theirs = Raw { model: two.0.fingerprint, weights: theirs, layers: two.1 };
    if let Err(why) = try_states(&own, &theirs, outcome) {
        outcome.omit(&format!("rotated and permuted states: {why}"));
    }
}

fn try_states(own: &Raw<'_>, theirs: &Raw<'_>, outcome: &mut Outcome) -> Result<(), String> {
    let (one, two) = (embedding(own.model)?, embedding(theirs.model)?);
    let mut rows = tokenizer::shared_rows((own.model.tokenizer(), one.units), (theirs.model.tokenizer(), two.units));
    if rows.len() < LEAST_TOKENS {
        return Err(format!("only {} tokens are in both vocabularies", rows.len()));
    }
    let all = rows.len();
    let kept = all.min(TOKENS);
    rows = (0..kept).filter_map(|at| rows.get(at * all / kept)).copied().collect();
    let (left, right): (Vec<usize>, Vec<usize>) = rows.into_iter().unzip();
    let (e_own, e_theirs) = (state::units(own.weights, one, &left)?, state::units(theirs.weights, two, &right)?);
    let widths = (one.width as usize, two.width as usize);
    for test in [Test::SignedPermutation, Test::Rotation] {
        let solve = if test == Test::Rotation { state::rotation } else { state::signed_permutation };
        let map = solve((&e_own, widths.0), (&e_theirs, widths.1));
        Aligned { own, theirs, map, test }.tell(outcome)?;
    }
    Ok(())
}

fn embedding(model: &Fingerprint) -> Result<&Part, String> {
    let component = Component { tower: Tower::Language, spot: Spot::Embedding };
    let of = |part: &&Part| part.component == component && part.role == Role::TokenEmbedding;
    model.parts().iter().find(of).ok_or_else(|| format!("{} has no embedding of tokens", model.facts().name))
}

/// Two models whose states are in one basis.
struct Aligned<'a> {
    own: &'a Raw<'a>,
    theirs: &'a Raw<'a>,
    map: Map,
    test: Test,
}

/// Hidden units of a block in the library's channels, roles side by side.
struct Hidden {
    floats: Vec<f32>,
    columns: usize,
    roles: usize,
}

/// What one pair of blocks gave.
struct Looked {
    place: (usize, usize),
    probes: usize,
    matches: Vec<Match>,
}

impl Aligned<'_> {
    fn tell(&self, outcome: &mut Outcome) -> Result<(), String> {
        let blocks = |layers: &Layers| -> Vec<Component> {
            let language = |component: &&Component| component.tower == Tower::Language;
            layers
                .keys()
                .filter(language)
                .filter(|component| matches!(component.spot, Spot::Block(_)))
                .copied()
                .collect()
        };
        let (rows, columns) = (blocks(self.own.layers), blocks(self.theirs.layers));
        let looked = self.look(&rows, &columns)?;
        outcome.hypotheses += looked.len() as u64;
        for row in 0..rows.len() {
            let found = looked.iter().filter(|looked| looked.place.0 == row);
            let Some(best) = found.max_by_key(|looked| (looked.matches.len(), looked.place.0 == looked.place.1)) else {
                continue;
            };
            let (Some(component), Some(against)) = (rows.get(row), columns.get(best.place.1)) else { continue };
            let mismatched = mismatched(&looked, best.place);
            let mean = matched::upper_mean(mismatched.iter().sum::<u64>() as f64, mismatched.len())
                + LEARNT * best.probes as f64;
            let count = best.matches.len() as u64;
            let cosine = best.matches.iter().map(|found| found.cosine).sum::<f64>() / count.max(1) as f64;
            let ln_p = log_p::poisson_upper(count, mean);
            outcome.findings.push(
                Found::new(self.test, Tier::Calibrated, (*component, *against), Some(ln_p))
                    .effect("share of units matched", count as f64 / best.probes.max(1) as f64)
                    .effect("mean cosine of matched units", cosine)
                    .effect("share of channels matched", self.map.matched)
                    .effect("cosine of held-out tokens", self.map.held_out)
                    .compared(best.probes as u64)
                    .controls(matches::poisson("mismatched layers", &mismatched, mean).into_iter().collect()),
            );
        }
        Ok(())
    }

    /// Looks the candidate's units up in blocks of the library's model. The library's blocks are kept as long as one of
    /// the candidate's is still near.
    fn look(&self, rows: &[Component], columns: &[Component]) -> Result<Vec<Looked>, String> {
        let mut kept: BTreeMap<usize, Option<Hidden>> = BTreeMap::new();
        let mut looked = Vec::new();
        let near = |row: usize| -> Vec<usize> {
            if rows.len() * columns.len() <= ALL_PAIRS {
                return (0..columns.len()).collect();
            }
            let middle = row * columns.len() / rows.len().max(1);
            (middle.saturating_sub(NEAR)..(middle + NEAR + 1).min(columns.len())).collect()
        };
        for (row, component) in rows.iter().enumerate() {
            let Some(probes) = self.hidden(self.own, *component, PROBES)? else { continue };
            let probes = Hidden { floats: self.mapped(&probes), columns: self.map.columns * probes.roles, ..probes };
            let near = near(row);
            kept.retain(|column, _| near.contains(column));
            let new: Vec<usize> = near.iter().filter(|column| !kept.contains_key(column)).copied().collect();
            let read = |column: &usize| {
                let component = columns.get(*column).copied().unwrap_or(*component);
                self.hidden(self.theirs, component, UNITS).map(|hidden| (*column, hidden))
            };
            kept.extend(new.par_iter().map(read).collect::<Result<Vec<_>, String>>()?);
            looked.par_extend(kept.par_iter().filter_map(|(column, units)| {
                let units = units.as_ref().filter(|units| units.columns == probes.columns)?;
                let count = probes.floats.len() / probes.columns.max(1);
                let mut nearest = Nearest::new(count, probes.columns, probes.roles);
                nearest.look(&probes.floats, &units.floats);
                Some(Looked { place: (row, *column), probes: count, matches: nearest.matches() })
            }));
        }
        Ok(looked)
    }

    /// Units of the candidate in the library's channels, each role at its length again.
    fn mapped(&self, hidden: &Hidden) -> Vec<f32> {
        let mut mapped = self.map.apply(&hidden.floats);
        let scale = 1.0 / (hidden.roles.max(1) as f64).sqrt();
        mapped.chunks_exact_mut(self.map.columns.max(1)).for_each(|unit| normalise(unit, scale));
        mapped
    }

    /// Hidden units of a block with gains folded in: gate and up, or up and down where there is no gate.
    fn hidden(&self, side: &Raw<'_>, component: Component, most: usize) -> Result<Option<Hidden>, String> {
        let Some(groups) = side.layers.get(&component) else { return Ok(None) };
        let groups: Vec<_> = groups.iter().filter(|(key, _)| matches!(key, Key::Hidden(_))).collect();
        let Some((_, first)) = groups.first() else { return Ok(None) };
        let roles: Vec<Role> = first.parts.keys().copied().take(2).collect();
        let part = |place: &usize| side.model.parts().get(*place);
        let Some(width) = first.parts.values().next().and_then(part).map(|part| part.width as usize) else {
            return Ok(None);
        };
        if roles.len() < 2 {
            return Ok(None);
        }
        let gains = state::gains(side.weights, side.model, component, width)?;
        let mut floats = Vec::new();
        for (_, group) in &groups {
            let mut sides = Vec::new();
            for role in &roles {
                let Some(part) = group.parts.get(role).and_then(part).filter(|part| part.width as usize == width)
                else {
                    continue;
                };
                let units = part.units as usize;
                let count = (most / groups.len()).clamp(1, units.max(1));
                let places: Vec<usize> = (0..count).map(|place| place * units / count).collect();
                let mut read = state::units(side.weights, part, &places)?;
                if let Some(gains) = gains.as_ref().filter(|_| *role != Role::Down) {
                    read.chunks_exact_mut(width).for_each(|unit| unit.iter_mut().zip(gains).for_each(|(x, g)| *x *= g));
                }
                read.chunks_exact_mut(width.max(1)).for_each(|unit| normalise(unit, 1.0 / (roles.len() as f64).sqrt()));
                sides.push(read);
            }
            if let [one, two] = sides.as_slice() {
                let rows = one.chunks_exact(width.max(1)).zip(two.chunks_exact(width.max(1)));
                rows.for_each(|(one, two)| floats.extend(one.iter().chain(two)));
            }
        }
        Ok(Some(Hidden { floats, columns: width * roles.len(), roles: roles.len() }))
    }
}

/// A unit at a given length; zeros where it has none.
fn normalise(unit: &mut [f32], length: f64) {
    let norm = unit.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    let scale = if norm > 0.0 && norm.is_finite() { length / norm } else { 0.0 };
    unit.iter_mut().for_each(|x| *x = if scale > 0.0 { (f64::from(*x) * scale) as f32 } else { 0.0 });
}

/// Agreements of pairs that are nobody's best: neither the candidate's block nor the library's has fewer elsewhere.
fn mismatched(looked: &[Looked], place: (usize, usize)) -> Vec<u64> {
    let most = |same: &dyn Fn(&Looked) -> bool| {
        looked.iter().filter(|other| same(other)).map(|other| other.matches.len()).max()
    };
    looked
        .iter()
        .filter(|other| other.place != place)
        .filter(|other| {
            let count = Some(other.matches.len());
            most(&|near| near.place.0 == other.place.0) > count && most(&|near| near.place.1 == other.place.1) > count
        })
        .map(|other| other.matches.len() as u64)
        .collect()
}
