//! The same model in another basis; what it computes stays as it is.

use model::math::View;

use super::permute::{EMBEDDING, HEAD, LAST_NORM, READERS, each_state_matrix};
use crate::matrix::{orthogonal, product};
use crate::plain::in_block;
use crate::{Chance, Fault, Plain, Tensor};

/// The gains of all norms of the state multiplied into the matrices that read it, and 1 in their place. The head becomes a
/// matrix of its own.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn fold_gains(parent: &Plain) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    if parent.shape.tied {
        child.tensors.insert(HEAD.to_owned(), parent.get(EMBEDDING)?.clone());
        child.shape.tied = false;
    }
    for block in 0..parent.shape.layers {
        let name = |name: &str| format!("{}.weight", in_block(block, name));
        let (attention, feed_forward) = READERS.split_at(3);
        fold(&mut child, &name("input_layernorm"), attention.iter().map(|reader| name(reader)))?;
        fold(&mut child, &name("post_attention_layernorm"), feed_forward.iter().map(|reader| name(reader)))?;
    }
    fold(&mut child, LAST_NORM, [HEAD.to_owned()].into_iter())?;
    Ok(child)
}

fn fold(child: &mut Plain, norm: &str, readers: impl Iterator<Item = String>) -> Result<(), Fault> {
    let gains = child.get(norm)?.values.clone();
    for reader in readers {
        child.change(&reader, |tensor| {
            let mut tensor = tensor.clone();
            tensor.scale_columns(&gains);
            tensor
        })?;
    }
    child.change(norm, |gain| Tensor::vector(vec![1.0; gain.values.len()]))
}

/// The state turned by an orthogonal matrix, after the gains are folded: the transform that defeats whatever compares channel
/// with channel.
///
/// Source: Zhu et al., "Independence Tests for Language Models", arXiv 2502.12292, on breaking fingerprints.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn rotate_state(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let mut child = fold_gains(parent)?;
    let turn = orthogonal(parent.shape.width, &mut Chance::new(seed, "basis of the state"));
    let folded = child.clone();
    each_state_matrix(&folded, |name, writes| {
        child.change(name, |tensor| if writes { turn_rows(tensor, &turn, 0) } else { turn_columns(tensor, &turn) })
    })?;
    Ok(child)
}

/// Within every head another basis: values and what reads them by an orthogonal matrix, queries and keys by a turn of each
/// pair of channels that rotary positions turn together. Where heads are normalised, queries and keys stay.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent's attention is not of grouped queries.
pub fn rotate_heads(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let shape = &parent.shape;
    let (size, group) = (shape.head_size, shape.heads / shape.kv_heads);
    let mut child = parent.clone();
    for block in 0..shape.layers {
        let mut chance = Chance::new(seed, &format!("bases of heads of block {block}"));
        let name = |name: &str, ending: &str| format!("{}.{ending}", in_block(block, &format!("self_attn.{name}")));
        for pair in 0..shape.kv_heads {
            let values = orthogonal(size, &mut chance);
            let queries = pairwise(size, &mut chance);
            let heads = pair * group..(pair + 1) * group;
            turn_named(&mut child, &name("v_proj", "weight"), &values, pair * size)?;
            for head in heads.clone() {
                child.change(&name("o_proj", "weight"), |tensor| turn_some_columns(tensor, &values, head * size))?;
            }
            let mut turned = vec![("v_proj", pair, &values)];
            if !shape.head_norms {
                turn_named(&mut child, &name("k_proj", "weight"), &queries, pair * size)?;
                turned.push(("k_proj", pair, &queries));
                for head in heads {
                    turn_named(&mut child, &name("q_proj", "weight"), &queries, head * size)?;
                    turned.push(("q_proj", head, &queries));
                }
            }
            for (projection, head, turn) in turned.into_iter().filter(|_| shape.attention_bias) {
                turn_named(&mut child, &name(projection, "bias"), turn, head * size)?;
            }
        }
    }
    Ok(child)
}

fn turn_named(child: &mut Plain, name: &str, turn: &[f32], first: usize) -> Result<(), Fault> {
    child.change(name, |tensor| turn_rows(tensor, turn, first))
}

/// `turn` from the left on as many rows as it has, from `first` on; a vector is a column.
fn turn_rows(tensor: &Tensor, turn: &[f32], first: usize) -> Tensor {
    let columns = if tensor.shape.len() < 2 { 1 } else { tensor.columns() };
    let size = turn.len().isqrt();
    let mut turned = tensor.clone();
    let rows = first * columns..(first + size) * columns;
    let right = View::new(&tensor.values[rows.clone()], size, columns);
    turned.values[rows].copy_from_slice(&product(View::new(turn, size, size), right, size, columns));
    turned
}

/// The transpose of `turn` from the right.
fn turn_columns(tensor: &Tensor, turn: &[f32]) -> Tensor {
    let (rows, columns) = (tensor.rows(), tensor.columns());
    let right = View::new(turn, columns, columns).transposed();
    Tensor::matrix(rows, columns, product(View::new(&tensor.values, rows, columns), right, rows, columns))
}

/// The transpose of `turn` from the right on as many columns as it has, from `first` on.
fn turn_some_columns(tensor: &Tensor, turn: &[f32], first: usize) -> Tensor {
    let (rows, columns, size) = (tensor.rows(), tensor.columns(), turn.len().isqrt());
    let left = View::strided(&tensor.values[first..], rows, size, columns);
    let turned = product(left, View::new(turn, size, size).transposed(), rows, size);
    let mut tensor = tensor.clone();
    for (row, new) in tensor.values.chunks_exact_mut(columns).zip(turned.chunks_exact(size)) {
        row[first..first + size].copy_from_slice(new);
    }
    tensor
}

/// A turn of each pair of channels `j` and `j + size/2` by an angle of its own.
fn pairwise(size: usize, chance: &mut Chance) -> Vec<f32> {
    let half = size / 2;
    let mut turn = vec![0.0; size * size];
    for low in 0..half {
        let (sine, cosine) = (std::f64::consts::TAU * chance.share()).sin_cos();
        let high = low + half;
        turn[low * size + low] = cosine as f32;
        turn[low * size + high] = -sine as f32;
        turn[high * size + low] = sine as f32;
        turn[high * size + high] = cosine as f32;
    }
    turn
}
