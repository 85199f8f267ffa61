//! The loss as a function of the size: `E + A · N^-α` through runs of several depths, and a promise for the next.
//!
//! Source: Hoffmann et al., arXiv 2203.15556, section 3.3 ("approach 3"): Huber loss between logarithms, many starts. With
//! one run for each size and tokens in proportion to the size, the term of the data is not told apart from that of the
//! size and is left in it, as in Kaplan et al., arXiv 2001.08361, section 3.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Where the Huber loss turns from squares to distances, in units of the logarithm.
///
/// Source: Hoffmann et al., section 3.3.
const HUBER: f64 = 1e-3;

/// Rounds of a descent at most; few need twenty.
const ROUNDS: usize = 200;

/// Times that runs are drawn anew for an interval.
const DRAWS: usize = 400;

/// By how much two runs of the same size differ in loss, as a share, where nobody has measured it: our choice.
pub const SPREAD: f64 = 0.005;

/// A trained model, as the fit sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The dial.
    pub depth: usize,
    /// Weights without those of the embedding.
    pub parameters: f64,
    /// Training tokens.
    pub tokens: f64,
    /// What it reached on validation text: bits per byte.
    pub loss: f64,
}

/// `E + A · N^-α`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// `E`: what no size takes away.
    pub floor: f64,
    /// `A`.
    pub scale: f64,
    /// `α`.
    pub exponent: f64,
    /// Root of the mean square of the distances between logarithms: about the mean relative error.
    pub error: f64,
}

/// What a fit promises for a size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The dial.
    pub depth: usize,
    /// Weights without those of the embedding.
    pub parameters: f64,
    /// The loss expected.
    pub loss: f64,
    /// In nineteen of twenty cases it is not below.
    pub low: f64,
    /// In nineteen of twenty cases it is not above.
    pub high: f64,
}

/// Why there is no fit.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitFault {
    /// Three unknowns need three sizes.
    #[error("{found} sizes are too few for a fit with three unknowns; train at least three depths")]
    TooFew {
        /// Different sizes given.
        found: usize,
    },
    /// A run has no size or no loss.
    #[error("the run of depth {depth} has {parameters} parameters and a loss of {loss}; both must be above 0")]
    NoRun {
        /// The dial.
        depth: usize,
        /// Its weights.
        parameters: f64,
        /// Its loss.
        loss: f64,
    },
    /// The spread is no share.
    #[error("the spread between runs is {0}; it must be above 0 and below 1")]
    Spread(f64),
}

impl Fit {
    /// The loss of a size.
    #[must_use]
    pub fn at(&self, parameters: f64) -> f64 {
        self.floor + self.scale * libm::pow(parameters, -self.exponent)
    }
}

/// Fits `E + A · N^-α` with `E ≥ 0`, `α > 0` through runs.
///
/// # Errors
///
/// [`FitFault::TooFew`] with fewer than three different sizes, [`FitFault::NoRun`].
pub fn fit(runs: &[Run]) -> Result<Fit, FitFault> {
    Ok(Problem::new(runs)?.solve().fit())
}

/// Fits the runs and says what a model of `parameters` weights will reach, before it is trained.
///
/// The interval is drawn: each run's loss and that of the new model are moved by a normal share of size `spread`, or of
/// the size of the distances from the fit where these are larger, and the fit is made anew, 400 times.
///
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 6.5: parametric bootstrap, percentiles.
///
/// # Errors
///
/// Those of [`fit`], [`FitFault::Spread`].
pub fn predict(
    runs: &[Run],
    depth: usize,
    parameters: f64,
    (spread, seed): (f64, u64),
) -> Result<Prediction, FitFault> {
    if !(spread > 0.0 && spread < 1.0) {
        return Err(FitFault::Spread(spread));
    }
    let problem = Problem::new(runs)?;
    let base = problem.solve();
    let fit = base.fit();
    let free = runs.len().saturating_sub(3);
    let residual = if free == 0 { 0.0 } else { fit.error * (runs.len() as f64 / free as f64).sqrt() };
    let width = spread.max(residual);
    let mut chance = Chance::new(seed);
    let mut drawn: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let moved = Problem {
                points: problem.points.iter().map(|(size, loss)| (*size, loss + width * chance.normal())).collect(),
            };
            moved.solve().fit().at(parameters) * libm::exp(width * chance.normal())
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let place = |share: f64| drawn[((DRAWS - 1) as f64 * share).round() as usize];
    Ok(Prediction { depth, parameters, loss: fit.at(parameters), low: place(0.025), high: place(0.975) })
}

/// How well the fit would have foretold the largest run from the others: the share by which it erred, above 0 where the
/// run was worse. None with fewer than four sizes.
///
/// # Errors
///
/// [`FitFault::NoRun`].
pub fn backtest(runs: &[Run]) -> Result<Option<f64>, FitFault> {
    let mut sorted = runs.to_vec();
    sorted.sort_by(|one, other| one.parameters.total_cmp(&other.parameters));
    let Some((last, before)) = sorted.split_last() else { return Ok(None) };
    match fit(before) {
        Ok(fit) => Ok(Some(last.loss / fit.at(last.parameters) - 1.0)),
        Err(FitFault::TooFew { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Logarithms of sizes and of losses.
struct Problem {
    points: Vec<(f64, f64)>,
}

/// `ln E`, `ln A` and `ln α`, so that all three are above nothing, and what they cost.
#[derive(Clone, Copy)]
struct Solution {
    unknowns: [f64; 3],
    cost: f64,
    error: f64,
}

impl Solution {
    fn fit(&self) -> Fit {
        let [floor, scale, exponent] = self.unknowns.map(libm::exp);
        Fit { floor, scale, exponent, error: self.error }
    }
}

impl Problem {
    fn new(runs: &[Run]) -> Result<Self, FitFault> {
        let is_fit = |value: f64| value.is_finite() && value > 0.0;
        if let Some(run) = runs.iter().find(|run| !is_fit(run.parameters) || !is_fit(run.loss)) {
            return Err(FitFault::NoRun { depth: run.depth, parameters: run.parameters, loss: run.loss });
        }
        let mut sizes: Vec<u64> = runs.iter().map(|run| run.parameters.to_bits()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.len() < 3 {
            return Err(FitFault::TooFew { found: sizes.len() });
        }
        Ok(Self { points: runs.iter().map(|run| (libm::log(run.parameters), libm::log(run.loss))).collect() })
    }

    /// The best of descents from many starts.
    fn solve(&self) -> Solution {
        let smallest = self.points.iter().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
        let (size, loss) =
            self.points.iter().copied().min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default();
        let starts = [0.05_f64, 0.15, 0.3, 0.6, 1.0].into_iter().flat_map(|exponent| {
            [0.05_f64, 0.5, 0.8, 0.95].into_iter().map(move |share| {
                let floor = smallest + libm::log(share);
                let rest = (libm::exp(loss) - libm::exp(floor)).max(1e-6);
                [floor, libm::log(rest) + exponent * size, libm::log(exponent)]
            })
        });
        let worst = Solution { unknowns: [0.0; 3], cost: f64::INFINITY, error: f64::INFINITY };
        starts
            .map(|start| self.descend(start))
            .fold(worst, |best, next| if next.cost < best.cost { next } else { best })
    }

    /// Levenberg's and Marquardt's descent with the Huber loss as weights that are set anew each round.
    fn descend(&self, start: [f64; 3]) -> Solution {
        let mut unknowns = start;
        let mut cost = self.cost(&unknowns);
        let mut damping = 1e-3;
        for _ in 0..ROUNDS {
            let (normal, slope) = self.normal(&unknowns);
            let step = solve3(damped(&normal, damping), slope);
            let next = [0, 1, 2].map(|place| (unknowns[place] - step[place]).clamp(-40.0, 200.0));
            let next_cost = self.cost(&next);
            if next_cost.is_finite() && next_cost <= cost {
                let gain = cost - next_cost;
                (unknowns, cost) = (next, next_cost);
                damping = (damping * 0.3).max(1e-12);
                if gain <= 1e-16 * cost.max(1e-300) {
                    break;
                }
            } else {
                damping *= 4.0;
                if damping > 1e12 {
                    break;
                }
            }
        }
        let squares: f64 = self.points.iter().map(|point| self.distance(&unknowns, *point).0.powi(2)).sum();
        Solution { unknowns, cost, error: (squares / self.points.len() as f64).sqrt() }
    }

    /// The distance between the logarithms of the curve and of a loss, and its slope in each unknown.
    fn distance(&self, unknowns: &[f64; 3], (size, loss): (f64, f64)) -> (f64, [f64; 3]) {
        let exponent = libm::exp(unknowns[2]);
        let power = unknowns[1] - exponent * size;
        // The logarithm of a sum of exponentials, the larger taken out so that neither runs over.
        let top = power.max(unknowns[0]);
        let (floor, power) = (libm::exp(unknowns[0] - top), libm::exp(power - top));
        let sum = floor + power;
        let slopes = [floor / sum, power / sum, -power / sum * exponent * size];
        (top + libm::log(sum) - loss, slopes)
    }

    fn cost(&self, unknowns: &[f64; 3]) -> f64 {
        let huber = |distance: f64| {
            let size = distance.abs();
            if size <= HUBER { 0.5 * size * size } else { HUBER * (size - 0.5 * HUBER) }
        };
        self.points.iter().map(|point| huber(self.distance(unknowns, *point).0)).sum()
    }

    /// The normal equations: weights of squares that have the Huber loss's slope.
    fn normal(&self, unknowns: &[f64; 3]) -> ([[f64; 3]; 3], [f64; 3]) {
        let mut normal = [[0.0; 3]; 3];
        let mut slope = [0.0; 3];
        for point in &self.points {
            let (distance, slopes) = self.distance(unknowns, *point);
            let weight = if distance.abs() <= HUBER { 1.0 } else { HUBER / distance.abs() };
            for row in 0..3 {
                slope[row] += weight * slopes[row] * distance;
                for column in 0..3 {
                    normal[row][column] += weight * slopes[row] * slopes[column];
                }
            }
        }
        (normal, slope)
    }
}

fn damped(normal: &[[f64; 3]; 3], damping: f64) -> [[f64; 3]; 3] {
    let mut damped = *normal;
    for (place, row) in damped.iter_mut().enumerate() {
        row[place] += damping * row[place].max(1e-12);
    }
    damped
}

/// Solves three equations by Cramer's rule; nothing where they have no answer.
fn solve3(matrix: [[f64; 3]; 3], right: [f64; 3]) -> [f64; 3] {
    let determinant = |m: &[[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = determinant(&matrix);
    if whole == 0.0 || !whole.is_finite() {
        return [0.0; 3];
    }
    [0, 1, 2].map(|column| {
        let mut replaced = matrix;
        for (row, value) in replaced.iter_mut().zip(right) {
            row[column] = value;
        }
        determinant(&replaced) / whole
    })
}

/// Normal numbers from a seed.
struct Chance(ChaCha8Rng);

impl Chance {
    fn new(seed: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(b"scaling fit");
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A standard normal number by Box and Muller's transformation.
    fn normal(&mut self) -> f64 {
        let mut share = || ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (radius, turn) = (share(), share());
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * turn)
    }
}
