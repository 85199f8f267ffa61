//! All at once.

use super::{permute_heads, permute_units, rescale_heads, rescale_units, rotate_heads, rotate_state};
use crate::{Fault, Plain};

/// Everything that leaves what a model computes as it is: units and heads permuted and rescaled, heads and state in other
/// bases. What somebody does who knows which tests are coming.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn disguise(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let child = rescale_units(&permute_units(parent, seed)?, seed)?;
    let child = rescale_heads(&permute_heads(&child, seed)?, seed)?;
    rotate_state(&rotate_heads(&child, seed)?, seed)
}
