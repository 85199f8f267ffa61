//! The same model with factors moved from one matrix to the next; what it computes stays as it is.

use super::permute::{EMBEDDING, LAST_NORM, WRITERS};
use crate::plain::in_block;
use crate::{Chance, Fault, Plain};

/// Every hidden unit's row of `up` times a factor from 1/4 to 4, and its column of `down` divided by it.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn rescale_units(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    for block in 0..parent.shape.layers {
        let mut chance = Chance::new(seed, &format!("factors of units of block {block}"));
        let factors: Vec<f32> = (0..parent.shape.hidden).map(|_| factor(&mut chance)).collect();
        let names = (in_block(block, "mlp.up_proj"), in_block(block, "mlp.down_proj"));
        rescale(&mut child, &names, &factors, &factors)?;
    }
    Ok(child)
}

/// Every key-value head's values times a factor, and the columns of the output that read it divided by it.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent's attention is not of grouped queries.
pub fn rescale_heads(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    let shape = &parent.shape;
    let group = shape.heads / shape.kv_heads;
    let mut child = parent.clone();
    for block in 0..shape.layers {
        let mut chance = Chance::new(seed, &format!("factors of heads of block {block}"));
        let heads: Vec<f32> = (0..shape.kv_heads).map(|_| factor(&mut chance)).collect();
        let spread = |times: usize| -> Vec<f32> {
            heads.iter().flat_map(|factor| std::iter::repeat_n(*factor, times * shape.head_size)).collect()
        };
        let (values, queries) = (spread(1), spread(group));
        let value = in_block(block, "self_attn.v_proj");
        if shape.attention_bias {
            child.change(&format!("{value}.bias"), |bias| {
                let mut bias = bias.clone();
                bias.scale_rows(&values);
                bias
            })?;
        }
        rescale(&mut child, &(value, in_block(block, "self_attn.o_proj")), &values, &queries)?;
    }
    Ok(child)
}

/// The whole state times a factor: all that writes it is multiplied, and the norms that read it take the factor out again,
/// but for the little that their epsilon adds.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn rescale_state(parent: &Plain, factor: f32) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    let mut multiply = |tensor: &str, factor: f32| {
        child.change(tensor, |tensor| {
            let mut tensor = tensor.clone();
            tensor.values.iter_mut().for_each(|value| *value *= factor);
            tensor
        })
    };
    multiply(EMBEDDING, factor)?;
    for block in 0..parent.shape.layers {
        for name in WRITERS {
            multiply(&format!("{}.weight", in_block(block, name)), factor)?;
        }
    }
    if parent.shape.tied {
        // The head is the embedding, and would score everything by the factor.
        multiply(LAST_NORM, 1.0 / factor)?;
    }
    Ok(child)
}

fn factor(chance: &mut Chance) -> f32 {
    (4.0_f32).powf(2.0 * chance.share() as f32 - 1.0)
}

/// Multiplies the rows of one matrix, and divides the columns of the one that reads them.
fn rescale(
    child: &mut Plain,
    (by_rows, by_columns): &(String, String),
    rows: &[f32],
    columns: &[f32],
) -> Result<(), Fault> {
    child.change(&format!("{by_rows}.weight"), |tensor| {
        let mut tensor = tensor.clone();
        tensor.scale_rows(rows);
        tensor
    })?;
    child.change(&format!("{by_columns}.weight"), |tensor| {
        let mut tensor = tensor.clone();
        tensor.scale_columns(&columns.iter().map(|factor| 1.0 / factor).collect::<Vec<_>>());
        tensor
    })
}
