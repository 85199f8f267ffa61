//! Normal deviates, the same on every machine.
//!
//! The ziggurat of G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", Journal of
//! Statistical Software 5 (2000), with 256 layers, in the form of J. A. Doornik (2005), which takes the layer and the
//! deviate from different bits. Logarithm and exponential are `libm`'s, written in plain arithmetic: the platform's own
//! may differ in the last bit.

use std::sync::LazyLock;

use rand_chacha::{ChaCha8Rng, rand_core::Rng};

const LAYERS: usize = 256;
/// Where the tail begins.
const TAIL: f64 = 3.654_152_885_361_009;
/// The area of a layer, under exp(−x²/2).
const AREA: f64 = 0.004_928_673_233_974_655;

struct Layers {
    /// The right end of each layer, the widest first.
    ends: [f64; LAYERS + 1],
    /// The density, up to its factor, at each end.
    heights: [f64; LAYERS + 1],
}

static ZIGGURAT: LazyLock<Layers> = LazyLock::new(|| {
    let mut ends = [0.0; LAYERS + 1];
    let mut end = TAIL;
    // The lowest layer holds the tail: as a box of the same area it would reach beyond where the tail begins.
    ends[0] = AREA / height(TAIL);
    for slot in ends.iter_mut().take(LAYERS).skip(1) {
        *slot = end;
        end = libm::sqrt(-2.0 * libm::log(AREA / end + height(end)));
    }
    Layers { heights: ends.map(height), ends }
});

fn height(at: f64) -> f64 {
    libm::exp(-0.5 * at * at)
}

/// A source of standard normal deviates.
pub(super) struct Normals {
    random: ChaCha8Rng,
    layers: &'static Layers,
}

impl Normals {
    pub(super) fn new(random: ChaCha8Rng) -> Self {
        Self { random, layers: &ZIGGURAT }
    }

    /// Fills `deviates`.
    pub(super) fn fill(&mut self, deviates: &mut [f64]) {
        for deviate in deviates {
            *deviate = self.next();
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> f64 {
        loop {
            let bits = self.random.next_u64();
            let layer = (bits & 0xff) as usize;
            // The upper 53 bits as a number from −1 up to 1.
            let sided = ((bits >> 11) as f64) * (2.0 / 9_007_199_254_740_992.0) - 1.0;
            let deviate = sided * self.layers.ends[layer];
            if deviate.abs() < self.layers.ends[layer + 1] {
                return deviate;
            }
            if let Some(deviate) = self.edge(layer, sided, deviate) {
                return deviate;
            }
        }
    }

    /// What lies beyond the box of a layer: the tail below the lowest, a wedge elsewhere.
    #[cold]
    fn edge(&mut self, layer: usize, sided: f64, deviate: f64) -> Option<f64> {
        if layer == 0 {
            return Some(self.tail().copysign(sided));
        }
        let (low, high) = (self.layers.heights[layer], self.layers.heights[layer + 1]);
        (low + (high - low) * self.unit() < height(deviate)).then_some(deviate)
    }

    /// A deviate from the tail (Marsaglia 1964).
    fn tail(&mut self) -> f64 {
        loop {
            let beyond = -libm::log(self.unit()) / TAIL;
            if -2.0 * libm::log(self.unit()) >= beyond * beyond {
                return TAIL + beyond;
            }
        }
    }

    /// A number above 0 and below 1.
    fn unit(&mut self) -> f64 {
        ((self.random.next_u64() >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn the_layers_close_at_the_top() {
        let ends = ZIGGURAT.ends;
        assert!(ends.windows(2).all(|pair| pair[0] > pair[1]));
        // The uppermost layer must be as large as the others for the method to be exact.
        let top = ends[LAYERS - 1] * (1.0 - height(ends[LAYERS - 1]));
        assert!((top - AREA).abs() < 1e-9, "{top}");
    }

    #[test]
    fn moments_and_tails() {
        let mut normals = Normals::new(ChaCha8Rng::seed_from_u64(1));
        let count = 500_000;
        let (mut sum, mut squares, mut fourth, mut beyond_two, mut beyond_tail) = (0.0, 0.0, 0.0, 0, 0);
        for _ in 0..count {
            let deviate = normals.next();
            sum += deviate;
            squares += deviate * deviate;
            fourth += deviate.powi(4);
            beyond_two += i32::from(deviate > 2.0);
            beyond_tail += i32::from(deviate.abs() > TAIL);
        }
        let of = |sum: f64| sum / f64::from(count);
        assert!(of(sum).abs() < 0.006);
        assert!((of(squares) - 1.0).abs() < 0.008);
        assert!((of(fourth) - 3.0).abs() < 0.06);
        assert!((of(beyond_two.into()) - 0.022_750).abs() < 0.000_8);
        assert!((of(beyond_tail.into()) - 0.000_258).abs() < 0.000_1);
    }
}
