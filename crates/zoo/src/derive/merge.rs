//! One model of two.

use super::depth::copy_block;
use crate::{Fault, Plain, Tensor};

/// `(1 − share) · one + share · other`, tensor by tensor.
///
/// # Errors
///
/// [`Fault::Missing`], [`Fault::Shapes`] where the two are not of one shape.
pub fn linear(one: &Plain, other: &Plain, share: f32) -> Result<Plain, Fault> {
    combine(one, other, |a, b| a.iter().zip(b).map(|(a, b)| (1.0 - share) * a + share * b).collect())
}

/// Along the great circle from each tensor of the one to that of the other (Shoemake, SIGGRAPH 1985), lengths included, as
/// tools that merge do it.
///
/// # Errors
///
/// [`Fault::Missing`], [`Fault::Shapes`] where the two are not of one shape.
pub fn slerp(one: &Plain, other: &Plain, share: f32) -> Result<Plain, Fault> {
    combine(one, other, |a, b| {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let lengths = (product(a, a) * product(b, b)).sqrt().max(f64::MIN_POSITIVE);
        let angle = (product(a, b) / lengths).clamp(-1.0, 1.0).acos();
        let part = |share: f64| if angle < 1e-4 { share } else { (share * angle).sin() / angle.sin() };
        let (left, right) = (part(1.0 - f64::from(share)) as f32, part(f64::from(share)) as f32);
        a.iter().zip(b).map(|(a, b)| left * a + right * b).collect()
    })
}

/// The first `first` blocks of one model with its embedding, then blocks of another from `from` on with its last norm and
/// head.
///
/// # Errors
///
/// [`Fault::Unfit`] where there are not so many blocks.
pub fn stack(one: &Plain, first: usize, other: &Plain, from: usize) -> Result<Plain, Fault> {
    let dropped: Vec<usize> = (first..one.shape.layers).collect();
    let mut child = super::drop_blocks(one, &dropped)?;
    for (place, block) in (from..other.shape.layers).enumerate() {
        copy_block(&mut child, first + place, other, block);
    }
    child.shape.layers = first + other.shape.layers.saturating_sub(from);
    for name in ["model.norm.weight", "lm_head.weight"] {
        if let Some(tensor) = other.tensors.get(name) {
            child.tensors.insert(name.to_owned(), tensor.clone());
        }
    }
    Ok(child)
}

/// A tensor of each pair of tensors.
pub(super) fn combine(one: &Plain, other: &Plain, merge: impl Fn(&[f32], &[f32]) -> Vec<f32>) -> Result<Plain, Fault> {
    let mut child = one.clone();
    for (name, left) in &one.tensors {
        let right = other.get(name)?;
        if left.shape != right.shape {
            let (left, right) = (left.shape.clone(), right.shape.clone());
            return Err(Fault::Shapes { tensor: name.clone(), left, right });
        }
        let merged = Tensor { shape: left.shape.clone(), values: merge(&left.values, &right.values) };
        child.tensors.insert(name.clone(), merged);
    }
    Ok(child)
}
