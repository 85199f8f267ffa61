//! The units of a part: a sketch, a norm and a hash of each.

/// Numbers in a sketch.
pub const SKETCH: usize = 64;

/// The units of a part, in the order of the file.
///
/// A sketch is a linear map of the unit's weights `x` to [`SKETCH`] numbers: number `r` is the sum of `sign(j) · x[j]`
/// over all `j` that leave the rest `r` when divided by [`SKETCH`]. The signs come from the seed alone, so that sketches
/// of two models of the same width can be compared: the product of two sketches is an unbiased estimate of the product
/// of the two units, with a variance of about `|x|²·|y|² / SKETCH` (Charikar, Chen and Farach-Colton, ICALP 2002).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Units {
    /// Weights in a unit, before the sketch.
    pub width: usize,
    /// `units × SKETCH`, in the scale of the weights.
    pub sketches: Vec<f32>,
    /// Euclidean norm of each unit.
    pub norms: Vec<f32>,
    /// XXH3-64 of each unit's weights as little-endian floats.
    pub hashes: Vec<u64>,
}

impl Units {
    /// How many units.
    #[must_use]
    pub fn count(&self) -> usize {
        self.norms.len()
    }

    /// The sketch of a unit; empty where there is none of the number.
    #[must_use]
    pub fn sketch(&self, unit: usize) -> &[f32] {
        self.sketches.get(unit * SKETCH..(unit + 1) * SKETCH).unwrap_or_default()
    }
}
