//! Another vocabulary.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::permute::{EMBEDDING, HEAD};
use crate::{Chance, Fault, Plain, Tensor};

/// Tokens by their ids, as `tokenizer.json` spells them, added ones among them.
pub(crate) fn tokens(tokenizer: &Value) -> BTreeMap<u64, String> {
    let model = tokenizer["model"]["vocab"].as_object().into_iter().flatten();
    let model = model.filter_map(|(token, id)| Some((id.as_u64()?, token.clone())));
    let added = tokenizer["added_tokens"].as_array().into_iter().flatten();
    let added = added.filter_map(|token| Some((token["id"].as_u64()?, token["content"].as_str()?.to_owned())));
    model.chain(added).collect()
}

/// So many tokens more, each made by a merge of two that are there. Their rows are the mean of the embedding with noise.
///
/// # Errors
///
/// [`Fault::Unfit`] where the tokenizer is not byte-level BPE.
pub fn extend_vocabulary(parent: &Plain, count: usize, seed: u64) -> Result<Plain, Fault> {
    let mut chance = Chance::new(seed, "new tokens");
    let mut child = parent.clone();
    let known = tokens(&parent.tokenizer);
    let first = known.keys().last().map_or(0, |last| last + 1).max(parent.shape.vocab as u64);
    let plain: Vec<String> = merged_or_bytes(&parent.tokenizer);
    let unfit =
        || Fault::Unfit { model: parent.name.clone(), what: "its tokenizer has no merges to add to".to_owned() };
    let vocab = child.tokenizer["model"]["vocab"].as_object_mut().ok_or_else(unfit)?;
    let mut merges = Vec::new();
    while merges.len() < count && !plain.is_empty() {
        let (left, right) = (&plain[chance.below(plain.len())], &plain[chance.below(plain.len())]);
        let token = format!("{left}{right}");
        if !vocab.contains_key(&token) {
            vocab.insert(token, json!(first + merges.len() as u64));
            merges.push(json!([left, right]));
        }
    }
    let list = child.tokenizer["model"]["merges"].as_array_mut().ok_or_else(unfit)?;
    list.extend(merges);
    child.shape.vocab = first as usize + count;
    let rows: Vec<Option<usize>> = (0..child.shape.vocab).map(|id| (id < parent.shape.vocab).then_some(id)).collect();
    take_rows(&mut child, parent, &rows, &mut chance)?;
    Ok(child)
}

/// Tokens of the model itself, special ones left out.
fn merged_or_bytes(tokenizer: &Value) -> Vec<String> {
    let added: Vec<&str> = tokenizer["added_tokens"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|token| token["content"].as_str())
        .collect();
    let vocab = tokenizer["model"]["vocab"].as_object().into_iter().flatten();
    vocab.map(|(token, _)| token.clone()).filter(|token| !added.contains(&token.as_str())).collect()
}

/// The same tokens under other ids, and the rows of embedding and head with them.
///
/// # Errors
///
/// [`Fault::Missing`].
pub fn permute_vocabulary(parent: &Plain, seed: u64) -> Result<Plain, Fault> {
    // The token that was `order[id]` becomes `id`.
    let order = Chance::new(seed, "ids of tokens").order(parent.shape.vocab);
    let mut becomes = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, old)| becomes[*old] = new);
    let renumber = |id: &mut Value| {
        let new = id.as_u64().and_then(|id| becomes.get(id as usize));
        if let Some(new) = new {
            *id = json!(new);
        }
    };
    let mut child = parent.clone();
    for id in child.tokenizer["model"]["vocab"].as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
        renumber(id);
    }
    for token in child.tokenizer["added_tokens"].as_array_mut().into_iter().flatten() {
        renumber(&mut token["id"]);
    }
    if let Some(added) = child.tokenizer["added_tokens"].as_array_mut() {
        added.sort_by_key(|token| token["id"].as_u64());
    }
    let rows: Vec<Option<usize>> = order.into_iter().map(Some).collect();
    take_rows(&mut child, parent, &rows, &mut Chance::new(seed, "no new tokens"))?;
    Ok(child)
}

/// Another tokenizer altogether: tokens that both have keep their rows, the others get the mean of the embedding with noise.
///
/// # Errors
///
/// [`Fault::Missing`].
pub fn replace_vocabulary(parent: &Plain, tokenizer: &Value, seed: u64) -> Result<Plain, Fault> {
    let old: BTreeMap<String, u64> = tokens(&parent.tokenizer).into_iter().map(|(id, token)| (token, id)).collect();
    let new = tokens(tokenizer);
    let mut child = parent.clone();
    child.tokenizer = tokenizer.clone();
    child.shape.vocab = new.keys().last().map_or(0, |last| *last as usize + 1);
    let row = |id: usize| old.get(new.get(&(id as u64))?).map(|id| *id as usize);
    let rows: Vec<Option<usize>> = (0..child.shape.vocab).map(row).collect();
    take_rows(&mut child, parent, &rows, &mut Chance::new(seed, "rows of new tokens"))?;
    Ok(child)
}

/// Embedding and head with these rows of the parent's, and the mean with noise where there is none.
fn take_rows(child: &mut Plain, parent: &Plain, rows: &[Option<usize>], chance: &mut Chance) -> Result<(), Fault> {
    let names = if parent.shape.tied { vec![EMBEDDING] } else { vec![EMBEDDING, HEAD] };
    for name in names {
        child.change(name, |old| {
            let (mean, deviation) = mean_row(old);
            let values = rows.iter().flat_map(|row| match row {
                Some(row) => old.values[row * old.columns()..][..old.columns()].to_vec(),
                None => mean.iter().map(|mean| mean + deviation * chance.normal()).collect(),
            });
            Tensor::matrix(rows.len(), old.columns(), values.collect())
        })?;
    }
    Ok(())
}

/// The mean of all rows, and half the standard deviation of all values.
fn mean_row(tensor: &Tensor) -> (Vec<f32>, f32) {
    let mut mean = vec![0.0; tensor.columns()];
    for row in tensor.each_row() {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / tensor.rows() as f32);
    }
    let square = tensor.values.iter().map(|value| value * value).sum::<f32>() / tensor.values.len().max(1) as f32;
    (mean, 0.5 * square.sqrt())
}
