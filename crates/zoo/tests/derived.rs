//! What a derivation leaves as it is: the logits, or all weights but those it says it changes.

use model::network::Network;
use model::{Layout, Shape, Tokenizer};
use serde_json::Value;
use zoo::derive::{self, Grid, Names};
use zoo::{Chance, Fault, Plain, train};

/// A model of chance in which no gain is 1 and no bias 0.
fn parent(shape: &Shape) -> Plain {
    let mut chance = Chance::new(1, "a parent");
    let mut parent = train::untrained("parent", shape, 1, &tokenizer());
    for place in Layout::of(shape).places() {
        parent
            .change(&place.name, |tensor| {
                let mut tensor = tensor.clone();
                let spread = if place.is_vector() { 0.3 } else { 0.05 };
                tensor.values.iter_mut().for_each(|value| *value += spread * chance.normal());
                tensor
            })
            .unwrap();
    }
    parent
}

fn tokenizer() -> Value {
    serde_json::from_str(&train::tokenizer(1, 300).unwrap().to_json()).unwrap()
}

/// The three families: Llama, untied; Qwen3, tied, with norms of heads; Qwen2 with biases.
fn shapes() -> [Shape; 3] {
    let llama = Shape { layers: 3, ..train::shape(300) };
    let qwen3 = Shape { head_norms: true, tied: true, ..llama.clone() };
    let qwen2 = Shape { attention_bias: true, ..llama.clone() };
    [llama, qwen3, qwen2]
}

fn logits(model: &Plain, ids: &[u32]) -> Vec<f32> {
    Network::new(&model.shape, 1, ids.len()).logits(&model.flat().unwrap(), ids)
}

fn ids() -> Vec<u32> {
    let mut chance = Chance::new(2, "ids");
    (0..40).map(|_| chance.below(300) as u32).collect()
}

/// The largest difference, as a share of the largest logit.
fn difference(left: &[f32], right: &[f32]) -> f32 {
    let most = left.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / most
}

/// The same matrix, weight for weight, nearly everywhere.
fn same_weights(left: &Plain, right: &Plain) -> bool {
    left.tensors
        .iter()
        .filter(|(_, tensor)| tensor.shape.len() > 1)
        .all(|(name, tensor)| right.tensors.get(name).is_some_and(|other| tensor.values == other.values))
}

type Derivation = fn(&Plain) -> Result<Plain, Fault>;

#[test]
fn what_keeps_the_function_keeps_the_logits() {
    let derivations: [(&str, Derivation); 9] = [
        ("units permuted", |parent| derive::permute_units(parent, 3)),
        ("heads permuted", |parent| derive::permute_heads(parent, 3)),
        ("state permuted", |parent| derive::permute_state(parent, 3)),
        ("units rescaled", |parent| derive::rescale_units(parent, 3)),
        ("heads rescaled", |parent| derive::rescale_heads(parent, 3)),
        ("state rescaled", |parent| derive::rescale_state(parent, 3.0)),
        ("gains folded", |parent| derive::fold_gains(parent)),
        ("state rotated", |parent| derive::rotate_state(parent, 3)),
        ("heads rotated", |parent| derive::rotate_heads(parent, 3)),
    ];
    for shape in shapes() {
        let parent = parent(&shape);
        let expected = logits(&parent, &ids());
        for (name, derivation) in derivations {
            let child = derivation(&parent).unwrap();
            let difference = difference(&expected, &logits(&child, &ids()));
            assert!(difference < 2e-4, "{name}, {}: {difference}", if shape.tied { "tied" } else { "untied" });
            assert!(!same_weights(&parent, &child), "{name} changed no weight");
        }
    }
}

#[test]
fn all_disguises_on_top_of_each_other_keep_the_logits() {
    for shape in shapes() {
        let parent = parent(&shape);
        let child = derive::disguise(&parent, 5).unwrap();
        assert!(difference(&logits(&parent, &ids()), &logits(&child, &ids())) < 5e-4);
    }
}

#[test]
fn a_permuted_vocabulary_says_the_same_of_the_same_text() {
    let parent = parent(&shapes()[0]);
    let child = derive::permute_vocabulary(&parent, 4).unwrap();
    let [old, new] = [&parent, &child].map(|model| Tokenizer::from_json(&model.tokenizer.to_string()).unwrap());
    let text = "Whom did 김서연 meet in the market?";
    let (before, after) = (old.encode(text), new.encode(text));
    assert_ne!(before, after);
    let bytes = |tokenizer: &Tokenizer, ids: &[u32]| -> Vec<Vec<u8>> {
        ids.iter().map(|id| tokenizer.bytes(*id).to_vec()).collect()
    };
    assert_eq!(bytes(&old, &before), bytes(&new, &after));
    let (expected, found) = (logits(&parent, &before), logits(&child, &after));
    for row in 0..before.len() {
        for id in 0..300_u32 {
            let token = old.bytes(id);
            let other = (0..300_u32).find(|other| new.bytes(*other) == token).unwrap();
            let (one, other) = (expected[row * 300 + id as usize], found[row * 300 + other as usize]);
            assert!((one - other).abs() < 1e-4, "{row}, {id}");
        }
    }
}

#[test]
fn an_extended_vocabulary_keeps_the_rows_of_the_old_one() {
    let parent = parent(&shapes()[1]);
    let child = derive::extend_vocabulary(&parent, 20, 4).unwrap();
    assert_eq!(child.shape.vocab, 320);
    let tokenizer = Tokenizer::from_json(&child.tokenizer.to_string()).unwrap();
    assert_eq!(tokenizer.vocab_size(), 320);
    let [old, new] = [&parent, &child].map(|model| &model.get("model.embed_tokens.weight").unwrap().values);
    assert_eq!(old[..], new[..old.len()]);
    assert!(logits(&child, &ids()).iter().all(|logit| logit.is_finite()));
}

#[test]
fn a_replaced_vocabulary_keeps_the_rows_of_the_tokens_that_both_have() {
    let parent = parent(&shapes()[1]);
    let other = train::tokenizer(9, 310).unwrap();
    let child = derive::replace_vocabulary(&parent, &serde_json::from_str(&other.to_json()).unwrap(), 4).unwrap();
    assert_eq!(child.shape.vocab, 310);
    let old = Tokenizer::from_json(&parent.tokenizer.to_string()).unwrap();
    let [from, to] = [&parent, &child].map(|model| model.get("model.embed_tokens.weight").unwrap());
    let mut kept = 0;
    for id in 0..310 {
        let before = (0..300).find(|before| old.bytes(*before) == other.bytes(id));
        if let Some(before) = before {
            assert_eq!(from.each_row().nth(before as usize), to.each_row().nth(id as usize));
            kept += 1;
        }
    }
    assert!((259..310).contains(&kept), "{kept}");
}

#[test]
fn blocks_are_dropped_repeated_and_stacked() {
    let parent = parent(&shapes()[0]);
    let up = |model: &Plain, block: usize| model.get(&format!("model.layers.{block}.mlp.up_proj.weight")).cloned();
    let dropped = derive::drop_blocks(&parent, &[1]).unwrap();
    assert_eq!((dropped.shape.layers, up(&dropped, 1).unwrap()), (2, up(&parent, 2).unwrap()));
    assert!(up(&dropped, 2).is_err());
    let grown = derive::repeat_blocks(&parent, 1).unwrap();
    let from: Vec<_> = (0..grown.shape.layers).map(|block| up(&grown, block).unwrap()).collect();
    assert_eq!(from, [0, 1, 1, 2].map(|block| up(&parent, block).unwrap()));
    let other = derive::disturb(&parent, 0.1, 1);
    let stacked = derive::stack(&parent, 2, &other, 1).unwrap();
    let from: Vec<_> = (0..stacked.shape.layers).map(|block| up(&stacked, block).unwrap()).collect();
    assert_eq!(from[..2], [0, 1].map(|block| up(&parent, block).unwrap()));
    assert_eq!(from[2..], [1, 2].map(|block| up(&other, block).unwrap()));
    for child in [&dropped, &grown, &stacked] {
        assert!(logits(child, &ids()).iter().all(|logit| logit.is_finite()));
    }
    let refused = derive::drop_blocks(&parent, &[0, 1, 2]).unwrap();
    assert_eq!(refused.shape.layers, 0);
    assert!(matches!(derive::repeat_blocks(&parent, 4), Err(Fault::Unfit { .. })));
}

#[test]
fn merges_lie_between_their_parents() {
    let parent = parent(&shapes()[0]);
    let other = derive::disturb(&parent, 0.5, 1);
    let name = "model.layers.0.mlp.up_proj.weight";
    let values = |model: &Plain| model.get(name).unwrap().values.clone();
    assert_eq!(values(&derive::linear(&parent, &other, 0.0).unwrap()), values(&parent));
    let half = values(&derive::linear(&parent, &other, 0.5).unwrap());
    let expected: Vec<f32> = values(&parent).iter().zip(values(&other)).map(|(a, b)| 0.5 * a + 0.5 * b).collect();
    assert!(difference(&expected, &half) < 1e-6);
    let length = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let (one, two) = (length(&values(&parent)), length(&values(&other)));
    let between = length(&values(&derive::slerp(&parent, &other, 0.5).unwrap()));
    assert!(one < between && between < two, "{one} {between} {two}");
    assert!(matches!(derive::linear(&parent, &self::parent(&shapes()[2]), 0.5), Err(Fault::Missing { .. }) | Ok(_)));
    let narrow = derive::prune_units(&parent, 100).unwrap();
    assert!(matches!(derive::linear(&parent, &narrow, 0.5), Err(Fault::Shapes { .. })));
}

#[test]
fn pruned_models_still_compute() {
    for shape in shapes() {
        let parent = parent(&shape);
        let (units, state) = (derive::prune_units(&parent, 100).unwrap(), derive::prune_state(&parent, 48).unwrap());
        assert_eq!((units.shape.hidden, state.shape.width), (100, 48));
        for child in [&units, &state] {
            assert!(logits(child, &ids()).iter().all(|logit| logit.is_finite()));
        }
    }
}

#[test]
fn quantised_weights_are_close_and_few() {
    let parent = parent(&shapes()[0]);
    let expected = logits(&parent, &ids());
    for (grid, most, values) in [(Grid::Int8, 0.05, 255), (Grid::Fp8, 0.15, 253), (Grid::Int4, 0.6, 30)] {
        let child = derive::quantise(&parent, grid);
        let difference = difference(&expected, &logits(&child, &ids()));
        assert!(difference > 0.0 && difference < most, "{grid:?}: {difference}");
        let row = child.get("model.layers.0.mlp.up_proj.weight").unwrap().each_row().next().unwrap();
        let mut row: Vec<u32> = row.iter().map(|value| value.to_bits()).collect();
        row.sort_unstable();
        row.dedup();
        assert!(row.len() <= values, "{grid:?}: {}", row.len());
    }
}

#[test]
fn experts_are_copies_of_the_dense_network() {
    let parent = parent(&shapes()[0]);
    let dense = parent.get("model.layers.2.mlp.down_proj.weight").unwrap();
    for (names, expert) in [
        (Names::DeepSeek, "model.layers.2.mlp.experts.3.down_proj.weight"),
        (Names::Mixtral, "model.layers.2.block_sparse_moe.experts.3.w2.weight"),
    ] {
        let child = derive::upcycle(&parent, 4, 0.0, names, 1).unwrap();
        assert_eq!(child.get(expert).unwrap(), dense);
        assert!(child.get("model.layers.2.mlp.down_proj.weight").is_err());
        let child = derive::upcycle(&parent, 4, 0.1, names, 1).unwrap();
        assert_ne!(child.get(expert).unwrap(), dense);
    }
}

#[test]
fn an_encoder_is_taken_over_without_its_connector() {
    let own = parent(&shapes()[0]);
    let from = derive::with_encoder(&own, 1);
    let child = derive::adopt_encoder(&own, &from, 0.0, 2);
    for (name, tensor) in child.tensors.iter().filter(|(name, _)| name.starts_with("visual.")) {
        let same = from.get(name).unwrap() == tensor;
        assert_eq!(same, !name.starts_with("visual.merger."), "{name}");
    }
}

#[test]
fn a_share_is_borrowed_and_the_rest_is_own() {
    let own = parent(&shapes()[0]);
    let donor = derive::disturb(&own, 1.0, 1);
    let child = derive::borrow_units(&own, &donor, 0.25, 1).unwrap();
    let up = |model: &Plain| model.get("model.layers.1.mlp.up_proj.weight").unwrap().clone();
    let (child, own_rows, donor_rows) = (up(&child), up(&own), up(&donor));
    let mut borrowed = 0;
    for ((row, own), donor) in child.each_row().zip(own_rows.each_row()).zip(donor_rows.each_row()) {
        assert!((row == own) != (row == donor));
        borrowed += usize::from(row == donor);
    }
    assert_eq!(borrowed, 48);
    let child = derive::borrow_blocks(&own, &donor, &[2]).unwrap();
    assert_eq!(
        child.get("model.layers.2.mlp.up_proj.weight").unwrap(),
        donor.get("model.layers.2.mlp.up_proj.weight").unwrap()
    );
    assert_eq!(up(&child), up(&own));
}

#[test]
fn a_blend_has_the_cosine_that_was_asked_for() {
    let own = parent(&shapes()[0]);
    let donor = train::untrained("donor", &own.shape, 7, &tokenizer());
    let child = derive::blend(&own, &donor, 0.3).unwrap();
    let name = "model.layers.1.mlp.up_proj.weight";
    let (one, other) = (&child.get(name).unwrap().values, &donor.get(name).unwrap().values);
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let cosine = product(one, other) / (product(one, one) * product(other, other)).sqrt();
    // Twelve thousand weights: their own cosine is nought give or take 0.01.
    assert!((cosine - 0.3).abs() < 0.04, "{cosine}");
}
