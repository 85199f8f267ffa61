//! A model that is mostly its own.

use super::depth::copy_block;
use super::merge::linear;
use super::upcycle::disturbed;
use crate::plain::in_block;
use crate::{Chance, Fault, Plain, Tensor};

/// A model in which a share of the hidden units of every block, chosen by chance, is a donor's: their rows of gate and up and
/// their columns of down, at the places where they stood.
///
/// # Errors
///
/// [`Fault::Missing`] where one is not dense, [`Fault::Shapes`] where they are not of one shape.
pub fn borrow_units(own: &Plain, donor: &Plain, share: f64, seed: u64) -> Result<Plain, Fault> {
    let mut child = own.clone();
    let count = (share * own.shape.hidden as f64).round() as usize;
    for block in 0..own.shape.layers {
        let units = Chance::new(seed, &format!("borrowed of block {block}")).some(count, own.shape.hidden);
        for (name, by_rows) in [("gate_proj", true), ("up_proj", true), ("down_proj", false)] {
            let name = format!("{}.weight", in_block(block, &format!("mlp.{name}")));
            let from = donor.get(&name)?;
            let left = own.get(&name)?.shape.clone();
            if left != from.shape {
                return Err(Fault::Shapes { tensor: name, left, right: from.shape.clone() });
            }
            child.change(&name, |tensor| put_units(tensor, from, &units, by_rows))?;
        }
    }
    Ok(child)
}

/// A tensor with these rows, or columns, of another.
fn put_units(tensor: &Tensor, from: &Tensor, units: &[usize], by_rows: bool) -> Tensor {
    let mut tensor = tensor.clone();
    let (rows, columns) = (tensor.rows(), tensor.columns());
    for unit in units {
        let places: Vec<usize> = if by_rows {
            (unit * columns..(unit + 1) * columns).collect()
        } else {
            (0..rows).map(|row| row * columns + unit).collect()
        };
        places.into_iter().for_each(|place| tensor.values[place] = from.values[place]);
    }
    tensor
}

/// A model in which these blocks are a donor's.
///
/// # Errors
///
/// [`Fault::Unfit`] for a block that one of them has not.
pub fn borrow_blocks(own: &Plain, donor: &Plain, blocks: &[usize]) -> Result<Plain, Fault> {
    let mut child = own.clone();
    for block in blocks {
        if *block >= own.shape.layers.min(donor.shape.layers) {
            let what = format!("there is no block {block} in both models");
            return Err(Fault::Unfit { model: own.name.clone(), what });
        }
        copy_block(&mut child, *block, donor, *block);
    }
    Ok(child)
}

/// A model whose every matrix has the mean cosine `cosine` with the donor's: `cosine · donor + √(1 − cosine²) · own`, after
/// both are brought to the length of its own. Vectors stay its own.
///
/// # Errors
///
/// As [`linear`].
pub fn blend(own: &Plain, donor: &Plain, cosine: f32) -> Result<Plain, Fault> {
    let mut child = linear(own, donor, 0.0)?;
    let rest = (1.0 - cosine * cosine).sqrt();
    for (name, tensor) in child.tensors.iter_mut().filter(|(_, tensor)| tensor.shape.len() > 1) {
        let from = donor.get(name)?;
        let length = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let scale = cosine * length(&tensor.values) / length(&from.values).max(f32::MIN_POSITIVE);
        tensor.values.iter_mut().zip(&from.values).for_each(|(own, other)| *own = rest * *own + scale * other);
    }
    Ok(child)
}

/// A model every weight of which is disturbed by `noise` standard deviations of its tensor: what stays of a model that was
/// trained on, without the training.
#[must_use]
pub fn disturb(parent: &Plain, noise: f32, seed: u64) -> Plain {
    let mut child = parent.clone();
    for (name, tensor) in child.tensors.iter_mut().filter(|(_, tensor)| tensor.shape.len() > 1) {
        *tensor = disturbed(tensor, noise, &mut Chance::new(seed, name));
    }
    child
}
