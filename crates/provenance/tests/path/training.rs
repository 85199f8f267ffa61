//! A small network that is truly trained, by Adam, to say what another says, and fingerprints of its weights.

use provenance::anatomy::{Axis, Component, Role, Spot, Tower};
use provenance::fingerprint::{Facts, Fingerprint, Moments, Part, SKETCH, Units};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const SIZES: [usize; 4] = [96, 128, 128, 96];
const BATCH: usize = 8;

/// Weights of the layers: `[to, from]`, row by row.
pub(crate) type Weights = Vec<Vec<f32>>;

pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A normal number, by the sum of twelve uniform ones.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.0.next_u32() as f32 / u32::MAX as f32).sum::<f32>() - 6.0
    }
}

pub(crate) fn random(seed: u64) -> Weights {
    let mut chance = Chance::new(seed);
    let layer = |two: &[usize]| (0..two[0] * two[1]).map(|_| chance.normal() * (2.0 / two[0] as f32).sqrt()).collect();
    SIZES.windows(2).map(layer).collect()
}

fn forward(weights: &Weights, input: &[f32]) -> Vec<Vec<f32>> {
    let mut states = vec![input.to_vec()];
    for (place, layer) in weights.iter().enumerate() {
        let last = &states[place];
        let rows = layer.chunks_exact(last.len());
        let is_last = place + 1 == weights.len();
        let sums = rows.map(|row| row.iter().zip(last).map(|(weight, state)| weight * state).sum::<f32>());
        states.push(sums.map(|sum| if is_last { sum } else { sum.max(0.0) }).collect());
    }
    states
}

/// Gradients of half the square error, added up; the error.
fn backward(weights: &Weights, (input, wanted): (&[f32], &[f32]), gradients: &mut Weights) -> f32 {
    let states = forward(weights, input);
    let out = &states[weights.len()];
    let mut errors: Vec<f32> = out.iter().zip(wanted).map(|(out, wanted)| out - wanted).collect();
    let error = errors.iter().map(|error| error * error).sum();
    for place in (0..weights.len()).rev() {
        let state = &states[place];
        let mut before = vec![0.0; state.len()];
        for (row, error) in errors.iter().enumerate() {
            let at = row * state.len()..(row + 1) * state.len();
            for ((gradient, weight), (state, before)) in
                gradients[place][at.clone()].iter_mut().zip(&weights[place][at]).zip(state.iter().zip(&mut before))
            {
                *gradient += error * state;
                *before += error * weight;
            }
        }
        errors = before.iter().zip(state).map(|(error, state)| if *state > 0.0 { *error } else { 0.0 }).collect();
    }
    error
}

/// How a training goes.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) steps: u64,
    pub(crate) every: u64,
    pub(crate) rate: f32,
    pub(crate) decay: f32,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, steps: 96, every: 12, rate: 4e-3, decay: 0.0 }
    }

    /// Up in the first twentieth, then down along a cosine.
    pub(crate) fn rate_of(&self, step: u64) -> f32 {
        let share = step as f32 / self.steps as f32;
        self.rate * (20.0 * share).min(1.0) * 0.5 * (1.0 + (std::f32::consts::PI * share).cos())
    }

    /// Weights at step 0 and at every checkpoint.
    pub(crate) fn train(&self) -> Vec<(u64, Weights)> {
        let (teacher, mut weights) = (random(self.seed + 1000), random(self.seed));
        let mut chance = Chance::new(self.seed + 2000);
        let zeros: Weights = weights.iter().map(|layer| vec![0.0; layer.len()]).collect();
        let (mut first, mut second) = (zeros.clone(), zeros.clone());
        let mut kept = vec![(0, weights.clone())];
        for step in 1..=self.steps {
            let mut gradients = zeros.clone();
            for _ in 0..BATCH {
                let input: Vec<f32> = (0..SIZES[0]).map(|_| chance.normal()).collect();
                let wanted = forward(&teacher, &input).pop().unwrap();
                backward(&weights, (&input, &wanted), &mut gradients);
            }
            let rate = self.rate_of(step);
            for (place, layer) in weights.iter_mut().enumerate() {
                for (at, weight) in layer.iter_mut().enumerate() {
                    let gradient = gradients[place][at] / BATCH as f32;
                    let (one, two) = (&mut first[place][at], &mut second[place][at]);
                    *one = 0.9 * *one + 0.1 * gradient;
                    *two = 0.98 * *two + 0.02 * gradient * gradient;
                    let (down, up) = (1.0 - 0.98_f32.powi(step as i32), 1.0 - 0.9_f32.powi(step as i32));
                    *weight -= rate * (*one / up / ((*two / down).sqrt() + 1e-8) + self.decay * *weight);
                }
            }
            if step % self.every == 0 {
                kept.push((step, weights.clone()));
            }
        }
        kept
    }
}

/// The fingerprint of weights, sketches rounded to 255 steps a unit.
pub(crate) fn print(weights: &Weights) -> Fingerprint {
    let parts = SIZES.windows(2).zip(weights).enumerate().map(|(place, (two, layer))| part(place, two[0], layer));
    let facts = Facts {
        name: "small".to_owned(),
        weights: None,
        digest: "0".repeat(64),
        seed: 1,
        parameters: 0,
        family: None,
        width: None,
        blocks: None,
        heads: None,
        kv_heads: None,
        head_width: None,
        tied: false,
        declared: Vec::new(),
    };
    Fingerprint::in_memory(facts, parts.collect(), None)
}

fn part(place: usize, width: usize, layer: &[f32]) -> (Part, Units) {
    let mut signs = Chance::new(77 + place as u64);
    let signs: Vec<f32> = (0..width).map(|_| if signs.normal() < 0.0 { -1.0 } else { 1.0 }).collect();
    let mut units = Units { width, ..Units::default() };
    for row in layer.chunks_exact(width) {
        let mut sketch = [0.0_f32; SKETCH];
        row.iter().zip(&signs).enumerate().for_each(|(at, (weight, sign))| sketch[at % SKETCH] += sign * weight);
        let step = sketch.iter().fold(0.0_f32, |most, number| most.max(number.abs())) / 127.0;
        units.sketches.extend(sketch.map(|number| (number / step).round() * step));
        units.norms.push(row.iter().map(|weight| weight * weight).sum::<f32>().sqrt());
        units.hashes.push(row.iter().fold(7, |hash: u64, weight| hash.rotate_left(5) ^ u64::from(weight.to_bits())));
    }
    let count = layer.len() as f64;
    let moment = |power: i32| layer.iter().map(|weight| f64::from(*weight).powi(power)).sum::<f64>() / count;
    let moments = Moments {
        count: layer.len() as u64,
        broken: 0,
        zeros: 0,
        mean: moment(1),
        square: moment(2),
        cube: moment(3),
        fourth: moment(4),
    };
    let hash = units.hashes.iter().fold(1_u64, |hash, unit| hash.wrapping_mul(31).wrapping_add(*unit));
    let part = Part {
        component: Component { tower: Tower::Language, spot: Spot::Block(place as u32) },
        role: Role::Up,
        expert: None,
        tensor: format!("layers.{place}.up"),
        dtype: "F32".to_owned(),
        axis: Axis::Rows,
        units: units.count() as u64,
        width: width as u64,
        digest: format!("{hash:032x}"),
        moments,
    };
    (part, units)
}
