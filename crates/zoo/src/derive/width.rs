//! Fewer hidden units, or fewer channels of the state.

use super::permute::{EMBEDDING, take_channels, take_units};
use crate::plain::in_block;
use crate::{Fault, Plain, Tensor};

/// Width pruning: of every block the hidden units with the longest weights, in the order in which they stood.
///
/// Source: the weights of a unit as its importance, Minitron, arXiv 2407.14679, section 2.2.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn prune_units(parent: &Plain, kept: usize) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    for block in 0..parent.shape.layers {
        let tensor = |name: &str| parent.get(&format!("{}.weight", in_block(block, name)));
        let mut length = row_lengths(tensor("mlp.up_proj")?);
        let down = tensor("mlp.down_proj")?;
        for (unit, length) in length.iter_mut().enumerate() {
            *length *= down.each_row().map(|row| row[unit] * row[unit]).sum::<f32>();
        }
        take_units(&mut child, block, &longest(&length, kept))?;
    }
    child.shape.hidden = kept.min(parent.shape.hidden);
    Ok(child)
}

/// Width pruning of the state: the channels in which the embedding varies most, in the order in which they stood. Heads keep
/// their number and width.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn prune_state(parent: &Plain, kept: usize) -> Result<Plain, Fault> {
    let embedding = parent.get(EMBEDDING)?;
    let mut variance = vec![0.0; parent.shape.width];
    for row in embedding.each_row() {
        variance.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * value);
    }
    let mut child = take_channels(parent, &longest(&variance, kept))?;
    child.shape.width = kept.min(parent.shape.width);
    Ok(child)
}

fn row_lengths(tensor: &Tensor) -> Vec<f32> {
    tensor.each_row().map(|row| row.iter().map(|value| value * value).sum()).collect()
}

/// The places of the largest values, in rising order.
fn longest(values: &[f32], kept: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    places.truncate(kept);
    places.sort_unstable();
    places
}
