//! Fewer blocks, or some of them twice.

use crate::{Fault, Plain};

/// The model with only these blocks, in this order; a block may come twice.
pub(super) fn take_blocks(parent: &Plain, blocks: &[usize]) -> Result<Plain, Fault> {
    if let Some(block) = blocks.iter().find(|block| **block >= parent.shape.layers) {
        let what = format!("it has {} blocks, and none numbered {block}", parent.shape.layers);
        return Err(Fault::Unfit { model: parent.name.clone(), what });
    }
    let mut child = parent.clone();
    child.tensors.retain(|name, _| block_of(name).is_none());
    child.shape.layers = blocks.len();
    for (place, block) in blocks.iter().enumerate() {
        copy_block(&mut child, place, parent, *block);
    }
    Ok(child)
}

/// Puts a block of another model at a place of this one.
pub(super) fn copy_block(child: &mut Plain, place: usize, parent: &Plain, block: usize) {
    for (name, tensor) in &parent.tensors {
        if let Some((_, rest)) = block_of(name).filter(|(number, _)| *number == block) {
            child.tensors.insert(format!("model.layers.{place}.{rest}"), tensor.clone());
        }
    }
}

/// The number of the block that a tensor is of, and its name there.
pub(super) fn block_of(name: &str) -> Option<(usize, &str)> {
    let (number, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

/// Depth pruning: these blocks are left out.
///
/// # Errors
///
/// [`Fault::Unfit`] for a block that is not there.
pub fn drop_blocks(parent: &Plain, dropped: &[usize]) -> Result<Plain, Fault> {
    let kept: Vec<usize> = (0..parent.shape.layers).filter(|block| !dropped.contains(block)).collect();
    take_blocks(parent, &kept)
}

/// Depth up-scaling: two copies of the blocks on top of each other, the first without its last `without` blocks, the second
/// without its first. Source: SOLAR 10.7B, arXiv 2312.15166, section 2.
///
/// # Errors
///
/// [`Fault::Unfit`] where there are fewer blocks.
pub fn repeat_blocks(parent: &Plain, without: usize) -> Result<Plain, Fault> {
    let layers = parent.shape.layers;
    let Some(first) = layers.checked_sub(without) else {
        let what = format!("it has {layers} blocks, fewer than the {without} to leave out");
        return Err(Fault::Unfit { model: parent.name.clone(), what });
    };
    let blocks: Vec<usize> = (0..first).chain(without..layers).collect();
    take_blocks(parent, &blocks)
}
