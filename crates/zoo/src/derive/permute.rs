//! The same model with its units, heads or channels in another order; what it computes stays as it is.

use crate::plain::in_block;
use crate::{Chance, Fault, Plain};

/// The matrices of a block that read the state, and those that write to it.
pub(super) const READERS: [&str; 5] =
    ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"];
pub(super) const WRITERS: [&str; 2] = ["self_attn.o_proj", "mlp.down_proj"];
/// The norms of a block.
const NORMS: [&str; 2] = ["input_layernorm", "post_attention_layernorm"];
/// The embedding, and the head where it is a matrix of its own.
pub(super) const EMBEDDING: &str = "model.embed_tokens.weight";
pub(super) const HEAD: &str = "lm_head.weight";
pub(super) const LAST_NORM: &str = "model.norm.weight";

/// Every block's hidden units in another order.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn permute_units(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    for block in 0..parent.shape.layers {
        let order = Chance::new(seed, &format!("units of block {block}")).order(parent.shape.hidden);
        take_units(&mut child, block, &order)?;
    }
    Ok(child)
}

/// A block with these hidden units, in this order.
pub(super) fn take_units(child: &mut Plain, block: usize, order: &[usize]) -> Result<(), Fault> {
    for name in ["mlp.gate_proj", "mlp.up_proj"] {
        child.change(&format!("{}.weight", in_block(block, name)), |tensor| tensor.with_rows(order))?;
    }
    child.change(&format!("{}.weight", in_block(block, "mlp.down_proj")), |tensor| tensor.with_columns(order))
}

/// Every block's key-value heads in another order, and within each the heads of queries that share it.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent's attention is not of grouped queries.
pub fn permute_heads(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    let shape = &parent.shape;
    let group = shape.heads / shape.kv_heads;
    for block in 0..shape.layers {
        let mut chance = Chance::new(seed, &format!("heads of block {block}"));
        let pairs = chance.order(shape.kv_heads);
        let mut heads = Vec::with_capacity(shape.heads);
        for pair in &pairs {
            heads.extend(chance.order(group).into_iter().map(|head| pair * group + head));
        }
        let (queries, keys) = (channels(&heads, shape.head_size), channels(&pairs, shape.head_size));
        for (name, order) in [("q_proj", &queries), ("k_proj", &keys), ("v_proj", &keys)] {
            let name = in_block(block, &format!("self_attn.{name}"));
            child.change(&format!("{name}.weight"), |tensor| tensor.with_rows(order))?;
            if shape.attention_bias {
                child.change(&format!("{name}.bias"), |tensor| tensor.with_rows(order))?;
            }
        }
        let output = format!("{}.weight", in_block(block, "self_attn.o_proj"));
        child.change(&output, |tensor| tensor.with_columns(&queries))?;
    }
    Ok(child)
}

/// The channels of heads in this order.
fn channels(heads: &[usize], size: usize) -> Vec<usize> {
    heads.iter().flat_map(|head| head * size..(head + 1) * size).collect()
}

/// The channels of the state in another order, and half of them with the other sign.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn permute_state(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let mut chance = Chance::new(seed, "channels of the state");
    let order = chance.order(parent.shape.width);
    let signs: Vec<f32> = order.iter().map(|_| chance.sign()).collect();
    let mut child = take_channels(parent, &order)?;
    let mut flip = |tensor: &str, by_rows: bool| {
        child.change(tensor, |tensor| {
            let mut tensor = tensor.clone();
            if by_rows {
                tensor.scale_rows(&signs)
            } else {
                tensor.scale_columns(&signs)
            }
            tensor
        })
    };
    each_state_matrix(parent, |name, by_rows| flip(name, by_rows))?;
    Ok(child)
}

/// The model with these channels of its state, in this order.
pub(super) fn take_channels(parent: &Plain, order: &[usize]) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    each_state_matrix(parent, |name, by_rows| {
        child.change(name, |tensor| if by_rows { tensor.with_rows(order) } else { tensor.with_columns(order) })
    })?;
    for name in norms(parent) {
        child.change(&name, |gain| gain.with_rows(order))?;
    }
    Ok(child)
}

/// Every matrix that reads the state with its columns, or (`true`) writes it with its rows.
pub(super) fn each_state_matrix(
    parent: &Plain,
    mut act: impl FnMut(&str, bool) -> Result<(), Fault>,
) -> Result<(), Fault> {
    act(EMBEDDING, false)?;
    for block in 0..parent.shape.layers {
        for name in READERS {
            act(&format!("{}.weight", in_block(block, name)), false)?;
        }
        for name in WRITERS {
            act(&format!("{}.weight", in_block(block, name)), true)?;
        }
    }
    if parent.shape.tied { Ok(()) } else { act(HEAD, false) }
}

/// The norms of the state.
fn norms(parent: &Plain) -> Vec<String> {
    let of_block = |block| NORMS.map(|name| format!("{}.weight", in_block(block, name)));
    (0..parent.shape.layers).flat_map(of_block).chain([LAST_NORM.to_owned()]).collect()
}
