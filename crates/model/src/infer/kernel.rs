//! Products and sums whose every output is added up in one fixed order, whatever the number of rows beside it and
//! whatever the machine.
//!
//! A sum runs in eight lanes: element `i` goes to lane `i mod 8` by one fused multiply-add, lanes are added in a fixed
//! tree at the end. Machines without AVX2 and FMA do the same by single floats, slower and to the same bits.

use pulp::{Scalar256b, Simd, WithSimd, f32x8};

use super::matrix::{Matrix, Rows};
use crate::math::exp;

/// Floats that are summed side by side.
const LANES: usize = 8;

/// Outputs that share each load of an input row.
const PANEL: usize = 4;

/// Outputs of a panel where there is one input row: enough sums in flight to hide the latency of each.
const WIDE_PANEL: usize = 8;

/// What computes eight floats at a time here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes {
    #[cfg(target_arch = "x86_64")]
    fast: Option<pulp::x86::V3>,
}

/// A computation over eight floats at a time.
pub(crate) trait Eight {
    /// Does it.
    fn run<S: Simd<f32s = f32x8>>(self, simd: S);
}

/// Carries an [`Eight`] into a function compiled for the instructions of `simd`.
struct Carried<S, E> {
    simd: S,
    inner: E,
}

impl<S: Simd<f32s = f32x8>, E: Eight> WithSimd for Carried<S, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _same: T) {
        self.inner.run(self.simd);
    }
}

impl Lanes {
    /// The fastest that this machine has.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            fast: pulp::x86::V3::try_new(),
        }
    }

    /// The one that every machine has.
    #[cfg(test)]
    pub(crate) fn portable() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            fast: None,
        }
    }

    fn run<E: Eight>(self, inner: E) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = self.fast {
            return Simd::vectorize(simd, Carried { simd, inner });
        }
        inner.run(Scalar256b);
    }

    /// `out[r, o] = Σ inputs[r, ·] · matrix[o, ·]`: `inputs` is rows × columns of the matrix, `out` rows × its rows.
    pub(crate) fn product(self, inputs: &[f32], matrix: &Matrix<'_>, out: &mut [f32]) {
        self.run(Product { inputs, matrix, out });
    }

    /// `out[d] = Σ weights[t] · rows[t, d]`, added from the first row to the last.
    pub(crate) fn blend(self, weights: &[f32], rows: &[f32], out: &mut [f32]) {
        self.run(Blend { weights, rows, out });
    }

    /// Turns scores into shares that sum to one: `e^(scale·(score - greatest))` over their sum.
    pub(crate) fn softmax(self, scores: &mut [f32], scale: f32) {
        self.run(Softmax { scores, scale });
    }

    /// `out = row / √(mean of squares + epsilon) · gains`, for each run of `gains.len()` floats.
    pub(crate) fn norm(self, rows: &[f32], gains: &[f32], epsilon: f32, out: &mut [f32]) {
        self.run(Norm { rows, gains, epsilon, out });
    }

    /// `gate = gate / (1 + e^-gate) · up`.
    pub(crate) fn swiglu(self, gate: &mut [f32], up: &[f32]) {
        self.run(SwiGlu { gate, up });
    }

    /// `sum += more`.
    pub(crate) fn add(self, sum: &mut [f32], more: &[f32]) {
        self.run(Add { sum, more });
    }

    /// The greatest logit and the logarithm of `Σ e^(logit - greatest)`.
    pub(crate) fn log_sum(self, logits: &[f32]) -> (f32, f64) {
        let mut found = (f32::NEG_INFINITY, 0.0);
        self.run(LogSum { logits, found: &mut found });
        found
    }
}

/// Adds the lanes in a fixed tree.
#[inline(always)]
fn fold(lanes: f32x8) -> f32 {
    let f32x8(a, b, c, d, e, f, g, h) = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Folds several sums at once, so that the adding itself runs side by side.
#[inline(always)]
fn fold_all<const O: usize>(sums: [f32x8; O]) -> [f32; O] {
    let halves = sums.map(|lanes| {
        let lanes: [f32; LANES] = pulp::bytemuck::cast(lanes);
        let half: [f32; LANES / 2] = std::array::from_fn(|at| lanes[at] + lanes[at + LANES / 2]);
        half
    });
    std::array::from_fn(|o| (halves[o][0] + halves[o][2]) + (halves[o][1] + halves[o][3]))
}

/// `R` input rows against `O` rows of the matrix. Nothing is called in here, for a call would drive the sums out of their
/// registers.
#[inline(always)]
fn tile<S: Simd<f32s = f32x8>, const R: usize, const O: usize>(
    simd: S,
    inputs: [&[f32]; R],
    weights: [&[f32]; O],
) -> [[f32; O]; R] {
    let columns = inputs[0].len();
    let whole = columns / LANES;
    let inputs_whole = inputs.map(|row| &S::as_simd_f32s(&row[..columns]).0[..whole]);
    let weights_whole = weights.map(|row| &S::as_simd_f32s(&row[..columns]).0[..whole]);
    let mut sums = [[simd.splat_f32s(0.0); O]; R];
    for at in 0..whole {
        let inputs = inputs_whole.map(|row| row[at]);
        for (o, row) in weights_whole.iter().enumerate() {
            let weight = row[at];
            for (r, input) in inputs.iter().enumerate() {
                sums[r][o] = simd.mul_add_f32s(*input, weight, sums[r][o]);
            }
        }
    }
    if whole * LANES < columns {
        for (input, sums) in inputs.iter().zip(&mut sums) {
            let input = simd.partial_load_f32s(&input[whole * LANES..columns]);
            for (weights, sum) in weights.iter().zip(sums) {
                *sum = simd.mul_add_f32s(input, simd.partial_load_f32s(&weights[whole * LANES..columns]), *sum);
            }
        }
    }
    sums.map(fold_all)
}

struct Product<'a> {
    inputs: &'a [f32],
    matrix: &'a Matrix<'a>,
    out: &'a mut [f32],
}

impl Product<'_> {
    /// All input rows against `O` rows of the matrix from `first` on.
    #[inline(always)]
    fn panel<S: Simd<f32s = f32x8>, const O: usize>(&mut self, simd: S, first: usize, panel: &[f32], scales: &[f32]) {
        let (columns, outputs) = (self.matrix.columns, self.matrix.rows);
        let weights: [&[f32]; O] = std::array::from_fn(|o| &panel[o * columns..(o + 1) * columns]);
        let mut inputs = self.inputs;
        let mut out = &mut self.out[..];
        while inputs.len() >= 3 * columns {
            let (three, rest) = inputs.split_at(3 * columns);
            let rows = [&three[..columns], &three[columns..2 * columns], &three[2 * columns..]];
            let (here, after) = out.split_at_mut(3 * outputs);
            put(tile::<S, 3, O>(simd, rows, weights), scales, outputs, first, here);
            (inputs, out) = (rest, after);
        }
        for (row, here) in inputs.chunks_exact(columns).zip(out.chunks_exact_mut(outputs)) {
            put(tile::<S, 1, O>(simd, [row], weights), scales, outputs, first, here);
        }
    }

    #[inline(always)]
    fn panels<S: Simd<f32s = f32x8>, const O: usize>(&mut self, simd: S) {
        let (columns, outputs) = (self.matrix.columns, self.matrix.rows);
        let whole = outputs - outputs % O;
        match self.matrix.body {
            Rows::Float(floats) => {
                for first in (0..whole).step_by(O) {
                    let panel = &floats[first * columns..(first + O) * columns];
                    self.panel::<S, O>(simd, first, panel, &[1.0; O]);
                }
                for first in whole..outputs {
                    let panel = &floats[first * columns..(first + 1) * columns];
                    self.panel::<S, 1>(simd, first, panel, &[1.0]);
                }
            }
            Rows::Int8(steps, scales) => {
                let mut panel = vec![0.0; O * columns];
                for first in (0..whole).step_by(O) {
                    widen(&steps[first * columns..(first + O) * columns], &mut panel);
                    self.panel::<S, O>(simd, first, &panel, &scales[first..first + O]);
                }
                for first in whole..outputs {
                    widen(&steps[first * columns..(first + 1) * columns], &mut panel[..columns]);
                    self.panel::<S, 1>(simd, first, &panel, &scales[first..first + 1]);
                }
            }
        }
    }
}

impl Eight for Product<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(mut self, simd: S) {
        if self.inputs.len() == self.matrix.columns {
            self.panels::<S, WIDE_PANEL>(simd);
        } else {
            self.panels::<S, PANEL>(simd);
        }
    }
}

#[inline(always)]
fn widen(steps: &[i8], floats: &mut [f32]) {
    for (float, step) in floats.iter_mut().zip(steps) {
        *float = f32::from(*step);
    }
}

#[inline(always)]
fn put<const R: usize, const O: usize>(
    sums: [[f32; O]; R],
    scales: &[f32],
    outputs: usize,
    first: usize,
    out: &mut [f32],
) {
    for (row, sums) in out.chunks_exact_mut(outputs).zip(sums) {
        for ((place, sum), scale) in row[first..first + O].iter_mut().zip(sums).zip(scales) {
            *place = sum * scale;
        }
    }
}

struct Blend<'a> {
    weights: &'a [f32],
    rows: &'a [f32],
    out: &'a mut [f32],
}

impl Blend<'_> {
    /// `B` eights of the output from `first` on.
    #[inline(always)]
    fn block<S: Simd<f32s = f32x8>, const B: usize>(&mut self, simd: S, first: usize) {
        let width = self.out.len();
        let mut sums = [simd.splat_f32s(0.0); B];
        for (weight, row) in self.weights.iter().zip(self.rows.chunks_exact(width)) {
            let weight = simd.splat_f32s(*weight);
            let eights = &S::as_simd_f32s(&row[first..first + B * LANES]).0[..B];
            for (sum, eight) in sums.iter_mut().zip(eights) {
                *sum = simd.mul_add_f32s(weight, *eight, *sum);
            }
        }
        let out = S::as_mut_simd_f32s(&mut self.out[first..first + B * LANES]).0;
        out.copy_from_slice(&sums);
    }
}

impl Eight for Blend<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(mut self, simd: S) {
        let width = self.out.len();
        let mut first = 0;
        while first + 8 * LANES <= width {
            self.block::<S, 8>(simd, first);
            first += 8 * LANES;
        }
        while first + LANES <= width {
            self.block::<S, 1>(simd, first);
            first += LANES;
        }
        for at in first..width {
            let column = self.rows.chunks_exact(width).map(|row| row[at]);
            self.out[at] = self.weights.iter().zip(column).fold(0.0, |sum, (weight, value)| weight.mul_add(value, sum));
        }
    }
}

struct Softmax<'a> {
    scores: &'a mut [f32],
    scale: f32,
}

impl Eight for Softmax<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(self, _simd: S) {
        let greatest = greatest(self.scores);
        for score in self.scores.iter_mut() {
            *score = exp((*score - greatest) * self.scale);
        }
        let inverse = 1.0 / total(self.scores, |score| score);
        for score in self.scores.iter_mut() {
            *score *= inverse;
        }
    }
}

#[inline(always)]
fn greatest(floats: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (eights, tail) = floats.as_chunks::<LANES>();
    for eight in eights {
        for (lane, float) in lanes.iter_mut().zip(eight) {
            *lane = if *float > *lane { *float } else { *lane };
        }
    }
    lanes.iter().chain(tail).fold(f32::NEG_INFINITY, |greatest, float| greatest.max(*float))
}

/// The sum of `value` of all floats, in eight lanes.
#[inline(always)]
fn total(floats: &[f32], value: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (eights, tail) = floats.as_chunks::<LANES>();
    for eight in eights {
        for (lane, float) in lanes.iter_mut().zip(eight) {
            *lane += value(*float);
        }
    }
    for (lane, float) in lanes.iter_mut().zip(tail) {
        *lane += value(*float);
    }
    fold(pulp::bytemuck::cast(lanes))
}

struct Norm<'a> {
    rows: &'a [f32],
    gains: &'a [f32],
    epsilon: f32,
    out: &'a mut [f32],
}

impl Eight for Norm<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(self, _simd: S) {
        let width = self.gains.len();
        for (row, out) in self.rows.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            let squares = total(row, |value| value * value);
            let inverse = 1.0 / (squares / width as f32 + self.epsilon).sqrt();
            for ((out, value), gain) in out.iter_mut().zip(row).zip(self.gains) {
                *out = value * inverse * gain;
            }
        }
    }
}

struct SwiGlu<'a> {
    gate: &'a mut [f32],
    up: &'a [f32],
}

impl Eight for SwiGlu<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(self, _simd: S) {
        for (gate, up) in self.gate.iter_mut().zip(self.up) {
            *gate = *gate / (1.0 + exp(-*gate)) * up;
        }
    }
}

struct Add<'a> {
    sum: &'a mut [f32],
    more: &'a [f32],
}

impl Eight for Add<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(self, _simd: S) {
        for (sum, more) in self.sum.iter_mut().zip(self.more) {
            *sum += more;
        }
    }
}

struct LogSum<'a> {
    logits: &'a [f32],
    found: &'a mut (f32, f64),
}

impl Eight for LogSum<'_> {
    #[inline(always)]
    fn run<S: Simd<f32s = f32x8>>(self, _simd: S) {
        let greatest = greatest(self.logits);
        let mut lanes = [0.0_f64; LANES];
        let (eights, tail) = self.logits.as_chunks::<LANES>();
        for eight in eights {
            for (lane, logit) in lanes.iter_mut().zip(eight) {
                *lane += f64::from(exp(logit - greatest));
            }
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        let rest: f64 = tail.iter().map(|logit| f64::from(exp(logit - greatest))).sum();
        let sum = ((a + e) + (c + g)) + ((b + f) + (d + h)) + rest;
        *self.found = (greatest, libm::log(sum));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    fn bits(floats: &[f32]) -> Vec<u32> {
        floats.iter().map(|float| float.to_bits()).collect()
    }

    #[test]
    fn a_row_gives_the_same_bits_in_any_company_and_on_any_machine() {
        for (columns, outputs) in [(64, 40), (20, 13), (7, 9), (256, 33)] {
            let weights = floats(columns * outputs, 1);
            let matrix = Matrix { rows: outputs, columns, body: Rows::Float(&weights) };
            let inputs = floats(17 * columns, 2);
            let mut whole = vec![0.0; 17 * outputs];
            Lanes::new().product(&inputs, &matrix, &mut whole);
            for (row, expected) in inputs.chunks_exact(columns).zip(whole.chunks_exact(outputs)) {
                for lanes in [Lanes::new(), Lanes::portable()] {
                    let mut alone = vec![0.0; outputs];
                    lanes.product(row, &matrix, &mut alone);
                    assert_eq!(bits(&alone), bits(expected), "{columns} x {outputs}");
                }
            }
        }
    }

    #[test]
    fn products_are_the_sums_they_claim_to_be() {
        let (columns, outputs) = (77, 21);
        let (weights, inputs) = (floats(columns * outputs, 3), floats(5 * columns, 4));
        let mut out = vec![0.0; 5 * outputs];
        Lanes::new().product(&inputs, &Matrix { rows: outputs, columns, body: Rows::Float(&weights) }, &mut out);
        for (row, out) in inputs.chunks_exact(columns).zip(out.chunks_exact(outputs)) {
            for (weights, out) in weights.chunks_exact(columns).zip(out) {
                let exact: f64 = row.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
                assert!((exact - f64::from(*out)).abs() < 1e-5, "{exact} {out}");
            }
        }
    }

    #[test]
    fn the_other_kernels_give_the_same_bits_on_any_machine() {
        let (scores, values) = (floats(37, 5), floats(37 * 76, 6));
        let run = |lanes: Lanes| {
            let mut shares = scores.clone();
            lanes.softmax(&mut shares, 3.0);
            let mut blended = vec![0.0; 76];
            lanes.blend(&shares, &values, &mut blended);
            let mut normed = vec![0.0; 76];
            lanes.norm(&blended, &values[..76], 1e-6, &mut normed);
            lanes.swiglu(&mut normed, &values[76..152]);
            lanes.add(&mut normed, &values[..76]);
            let (greatest, log_sum) = lanes.log_sum(&values[..301]);
            (bits(&shares), bits(&blended), bits(&normed), greatest.to_bits(), log_sum.to_bits())
        };
        assert_eq!(run(Lanes::new()), run(Lanes::portable()));
        let shares: Vec<f32> = run(Lanes::new()).0.into_iter().map(f32::from_bits).collect();
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn log_sum_is_close_to_the_exact_one() {
        let logits = floats(1_003, 7);
        let (greatest, log_sum) = Lanes::new().log_sum(&logits);
        let exact: f64 = logits.iter().map(|logit| libm::exp(f64::from(*logit))).sum();
        assert!((f64::from(greatest) + log_sum - libm::log(exact)).abs() < 1e-6);
    }
}
