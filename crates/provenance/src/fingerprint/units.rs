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
    /// `units × SKETCH`, in the scale of the weights; each unit's in 255 steps, as the file keeps them.
    pub sketches: Vec<f32>,
    /// Euclidean norm of each unit.
    pub norms: Vec<f32>,
    /// A hash of each unit's weights: the same hash, the same weights, in whatever type they are written.
    ///
    /// Of a row: XXH3-64 of the upper halves of its weights as floats of 32 bits, little-endian, and where any lower half is
    /// not zero, XXH3-64 of the lower halves with that as the seed; in pieces of 65,536 weights, whose hashes are hashed.
    /// Of a column: the multiply-and-add of XXH3 with one lane a column, because reading a matrix across would cost more
    /// than all else. A row and a column are therefore not to be held against each other.
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
