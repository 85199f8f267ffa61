//! Tensors and units that are the same to the bit.
//!
//! Norms, biases, constant tensors and tables of positions are the same in models that have nothing to do with each
//! other, so they are left out, and how many is said. What remains are floats that were drawn at random and trained: two
//! independent ones share neither tensor nor unit, and the chance printed is that of two hashes meeting.

use std::collections::BTreeMap;

use crate::anatomy::{Component, Role};
use crate::fingerprint::{Fingerprint, Part, Units, UnitsFault};
use crate::lineage::statistics::bound;

/// Units shorter than this say too little: two of a few bits each may well be equal.
const LEAST_WIDTH: usize = 32;

/// Whether equality says something: a matrix of trained weights that are not all one number.
pub(crate) fn telling(part: &Part) -> bool {
    let spread = part.moments.square - part.moments.mean * part.moments.mean;
    let trained = !matches!(part.role, Role::Norm | Role::Bias);
    // A part by no known name is as likely a table of rotary frequencies or of sines.
    let known = part.role != Role::Unknown;
    trained && known && part.units > 1 && part.width > 1 && part.moments.count > 1 && spread > 1e-30
}

/// Parts of a component that the library's model has too.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SameTensors {
    /// Weights in identical parts, and in all parts that were compared.
    pub(crate) weights: (u64, u64),
    /// Parts compared.
    pub(crate) parts: u64,
    /// Parts left out because equality would say nothing.
    pub(crate) left_out: u64,
    /// Where the library's model has most of them.
    pub(crate) against: Option<Component>,
    /// Logarithm of the chance that two digests of 128 bits meet.
    pub(crate) ln_p: f64,
}

/// Digests of the library's parts and whose they are.
pub(crate) fn digests(library: &Fingerprint) -> BTreeMap<&str, Component> {
    library
        .parts()
        .iter()
        .filter(|part| telling(part))
        .map(|part| (part.digest.as_str(), part.component))
        .rev()
        .collect()
}

/// Looks a component's parts up among the library's.
pub(crate) fn same_tensors(parts: &[&Part], library: &BTreeMap<&str, Component>) -> SameTensors {
    let mut found = SameTensors::default();
    let mut places: BTreeMap<Component, u64> = BTreeMap::new();
    for part in parts {
        if !telling(part) {
            found.left_out += 1;
            continue;
        }
        let weights = part.units * part.width;
        found.parts += 1;
        found.weights.1 += weights;
        if let Some(place) = library.get(part.digest.as_str()) {
            found.weights.0 += weights;
            *places.entry(*place).or_default() += weights;
        }
    }
    found.against =
        places.into_iter().max_by_key(|(place, weights)| (*weights, std::cmp::Reverse(*place))).map(|most| most.0);
    let pairs = found.parts.max(1) as f64 * library.len().max(1) as f64;
    found.ln_p = if found.weights.0 > 0 { pairs.ln() - 128.0 * std::f64::consts::LN_2 } else { 0.0 };
    found
}

/// Units of a part that the library's part has too.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct SameUnits {
    /// Units that the other has anywhere.
    pub(crate) anywhere: u64,
    /// Units that the other has at the same place.
    pub(crate) in_place: u64,
    /// Units compared: not zero, and not twice in their part.
    pub(crate) compared: u64,
    /// Units left out.
    pub(crate) left_out: u64,
    pairs: f64,
}

impl SameUnits {
    /// Logarithm of the p-value. `exchangeable` says that units are relabelled at random, so that those in place are
    /// fixed points; otherwise it is the chance that two hashes of 64 bits meet.
    pub(crate) fn ln_p(&self, exchangeable: bool) -> f64 {
        let meet = if self.anywhere > 0 { self.pairs.max(1.0).ln() - 64.0 * std::f64::consts::LN_2 } else { 0.0 };
        let fixed = if exchangeable { bound::fixed_points(self.in_place, 1) } else { 0.0 };
        (meet.min(fixed) + std::f64::consts::LN_2).min(0.0)
    }

    /// Takes in another part.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.anywhere += other.anywhere;
        // One relabelling moves all parts of a group, so their fixed points are the same ones.
        self.in_place = self.in_place.max(other.in_place);
        self.compared += other.compared;
        self.left_out += other.left_out;
        self.pairs += other.pairs;
    }
}

/// Looks a part's units up among those of the library's part.
pub(crate) fn same_units(candidate: &Units, library: &Units) -> SameUnits {
    let (own, theirs) = (single(candidate), single(library));
    let mut found = SameUnits {
        compared: own.len() as u64,
        left_out: (candidate.count() - own.len()) as u64,
        pairs: own.len() as f64 * theirs.len() as f64,
        ..SameUnits::default()
    };
    for (hash, place) in &own {
        if let Ok(at) = theirs.binary_search_by_key(hash, |(hash, _)| *hash) {
            found.anywhere += 1;
            found.in_place += u64::from(theirs.get(at).is_some_and(|(_, other)| other == place));
        }
    }
    found
}

/// Hashes of units that are not zero and stand once, sorted, with their places.
fn single(units: &Units) -> Vec<(u64, usize)> {
    if units.width < LEAST_WIDTH {
        return Vec::new();
    }
    let mut hashes: Vec<(u64, usize)> = units
        .hashes
        .iter()
        .zip(&units.norms)
        .enumerate()
        .filter(|(_, (_, norm))| **norm > 0.0)
        .map(|(place, (hash, _))| (*hash, place))
        .collect();
    hashes.sort_unstable();
    hashes.chunk_by(|one, two| one.0 == two.0).filter(|same| same.len() == 1).flatten().copied().collect()
}

/// The parts of a component that have the same role, expert and shape in both models, by their places.
pub(crate) fn pairs(candidate: (&Fingerprint, Component), library: (&Fingerprint, Component)) -> Vec<(usize, usize)> {
    let mut theirs: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let kind = |part: &Part| (part.role, part.expert, part.units, part.width);
    for (place, part) in library.0.parts().iter().enumerate().filter(|(_, part)| part.component == library.1) {
        theirs.entry(kind(part)).or_default().push(place);
    }
    let own = candidate.0.parts().iter().enumerate().filter(|(_, part)| part.component == candidate.1 && telling(part));
    own.filter_map(|(place, part)| {
        theirs.get(&kind(part)).filter(|places| places.len() == 1).map(|places| (place, places))
    })
    .flat_map(|(place, places)| places.iter().map(move |other| (place, *other)))
    .collect()
}

/// Identical units over all parts of a component that can be compared.
///
/// # Errors
///
/// When a fingerprint cannot be read.
pub(crate) fn same_units_of(
    candidate: (&Fingerprint, Component),
    library: (&Fingerprint, Component),
) -> Result<(SameUnits, f64), UnitsFault> {
    let (mut all, mut ln_p) = (SameUnits::default(), 0.0f64);
    let pairs = pairs(candidate, library);
    for &(own, other) in &pairs {
        let found = same_units(&candidate.0.units(own)?, &library.0.units(other)?);
        let exchangeable =
            candidate.0.parts().get(own).is_some_and(|part| matches!(part.role, Role::Gate | Role::Up | Role::Down));
        ln_p = ln_p.min(found.ln_p(exchangeable));
        all.extend(&found);
    }
    Ok((all, (ln_p + (pairs.len().max(1) as f64).ln()).min(0.0)))
}
