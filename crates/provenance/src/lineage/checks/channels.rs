//! Rows that mean the same thing in both models (a token, a position): do they lie in the same channels of the state?
//!
//! Such rows cannot be relabelled, and their products are alike between any two models of one language. What has no
//! meaning before training is the channel: a start from numbers that are as often above 0 as below, and a training that
//! treats channels alike, give any model and the same model with its channels exchanged and turned with equal chance.
//! Sketches carry a subgroup of that: exchanging the numbers of a sketch with signs is what some exchange of channels
//! with signs does. So under independence the matrix `Σ aᵢᵀ·bᵢ` of two sketches of each row is as likely as any signed
//! permutation of its columns, and [`bound::signed_trace`] bounds its trace. That channels are treated alike holds for
//! norms without a bias and is an assumption, so findings by this test are called calibrated, and the control turns the
//! candidate's channels.

use rand_chacha::rand_core::Rng as _;

use super::aligned::{self, stream};
use crate::fingerprint::{SKETCH, Units};
use crate::lineage::product::{self, Rows};
use crate::lineage::statistics::{bound, relabel};

/// What the test of channels found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Channels {
    /// Rows compared.
    pub(crate) rows: u64,
    /// Cosine of the centred rows, taken as one long vector.
    pub(crate) cosine: f64,
    /// Logarithm of the p-value.
    pub(crate) ln_p: f64,
    /// Standard deviations of the trace after the candidate's channels were turned at random.
    pub(crate) turned: Vec<f64>,
    /// Logarithm of the p-value of a child at [`aligned::CHILD`].
    pub(crate) child: f64,
    /// Products of the library's rows with one another and with the candidate's after they were turned, in one scale.
    own: Vec<f64>,
    noise: Vec<f64>,
}

impl Channels {
    /// Logarithm of the p-value of a child, whose trace lies `below` standard deviations below its mean. A child is the
    /// library's rows and the candidate's after they were turned, which have nothing to do with them.
    fn child_at(&self, kept: f64, below: f64) -> f64 {
        let rest = (1.0 - kept * kept).sqrt();
        let mix: Vec<f64> = self.own.iter().zip(&self.noise).map(|(own, noise)| kept * own + rest * noise).collect();
        bound::signed_trace(&mix, held(&mix).len(), trace(&mix) - below * rest * deviation(&self.noise))
    }

    /// The p-value that a child exceeds in one case of twenty, by retained cosine.
    pub(crate) fn power(&self) -> Vec<f64> {
        (0..aligned::RETAINED).map(|step| self.child_at(aligned::retained(step), 1.645)).collect()
    }
}

/// Compares rows of two parts, given as pairs of places.
pub(crate) fn channels(candidate: &Units, library: &Units, rows: &[(usize, usize)], seed: &[u8]) -> Channels {
    let own = centred(candidate, rows.iter().map(|pair| pair.0));
    let theirs = centred(library, rows.iter().map(|pair| pair.1));
    let (own, theirs) = (Rows::new(&own, SKETCH), Rows::new(&theirs, SKETCH));
    let m = double(&product::columns_by_columns(own, theirs));
    let (one, two) =
        (double(&product::columns_by_columns(own, own)), double(&product::columns_by_columns(theirs, theirs)));
    let norm = (trace(&one) * trace(&two)).sqrt();
    let mut found = Channels { rows: rows.len() as u64, ..Channels::default() };
    if !(norm > 0.0 && norm.is_finite()) {
        return found;
    }
    found.cosine = trace(&m) / norm;
    found.ln_p = bound::signed_trace(&m, held(&m).len(), trace(&m));
    let mut random = stream(seed);
    let mut last = m.clone();
    for _ in 0..aligned::SHUFFLES {
        last = turn(&m, &mut random);
        found.turned.push(trace(&last) / deviation(&m));
    }
    let scale = (trace(&two) / trace(&one).max(f64::MIN_POSITIVE)).sqrt();
    found.noise = last.into_iter().map(|entry| scale * entry).collect();
    found.own = two;
    found.child = found.child_at(aligned::CHILD, 0.0);
    found
}

/// Sketches of some units at length 1, less their mean.
fn centred(units: &Units, places: impl Iterator<Item = usize>) -> Vec<f32> {
    let mut floats = Vec::new();
    for place in places {
        let sketch = units.sketch(place);
        let norm = product::dot(sketch, sketch).sqrt();
        let scale = if norm > 0.0 && norm.is_finite() && sketch.len() == SKETCH { norm.recip() } else { 0.0 };
        floats.extend((0..SKETCH).map(|at| sketch.get(at).map_or(0.0, |number| (f64::from(*number) * scale) as f32)));
    }
    floats.iter_mut().filter(|float| !float.is_finite()).for_each(|float| *float = 0.0);
    let rows = (floats.len() / SKETCH).max(1) as f64;
    let mut mean = [0.0f64; SKETCH];
    for row in floats.chunks_exact(SKETCH) {
        mean.iter_mut().zip(row).for_each(|(sum, float)| *sum += f64::from(*float) / rows);
    }
    for row in floats.chunks_exact_mut(SKETCH) {
        row.iter_mut().zip(&mean).for_each(|(float, mean)| *float -= *mean as f32);
    }
    floats
}

fn double(m: &[f32]) -> Vec<f64> {
    m.iter().map(|entry| f64::from(*entry)).collect()
}

/// Standard deviation of the trace under random exchanges and signs.
fn deviation(m: &[f64]) -> f64 {
    (m.iter().map(|entry| entry * entry).sum::<f64>() / held(m).len().max(1) as f64).sqrt()
}

fn trace(m: &[f64]) -> f64 {
    m.iter().step_by(SKETCH + 1).sum()
}

/// Rows of a matrix that hold anything: all, but of a state that is narrower than a sketch. The others never met a channel,
/// and to exchange them too would make chance look smaller than it is.
fn held(m: &[f64]) -> Vec<usize> {
    let rows = m.chunks_exact(SKETCH).enumerate();
    rows.filter(|(_, row)| row.iter().any(|entry| *entry != 0.0)).map(|(row, _)| row).collect()
}

/// An order of all numbers of a sketch in which those that hold anything are exchanged at random.
pub(crate) fn exchanged(held: &[usize], random: &mut rand_chacha::ChaCha8Rng) -> Vec<usize> {
    let mut shuffled = held.to_vec();
    relabel::shuffle(random, &mut shuffled);
    let mut order: Vec<usize> = (0..SKETCH).collect();
    for (at, from) in held.iter().zip(shuffled) {
        if let Some(slot) = order.get_mut(*at) {
            *slot = from;
        }
    }
    order
}

/// Rows of a matrix exchanged at random, with random signs.
fn turn(m: &[f64], random: &mut rand_chacha::ChaCha8Rng) -> Vec<f64> {
    let order = exchanged(&held(m), random);
    let signs = random.next_u64();
    let row = |from: usize| m.get(from * SKETCH..(from + 1) * SKETCH).unwrap_or_default();
    let sign = |at: usize| if signs >> at & 1 == 0 { 1.0 } else { -1.0 };
    order.iter().enumerate().flat_map(|(at, from)| row(*from).iter().map(move |entry| sign(at) * entry)).collect()
}
