//! An encoder of pictures beside a language model, its own or taken over.

use serde_json::json;

use super::upcycle::disturbed;
use crate::synthetic::matrix_like_trained;
use crate::{Chance, Plain, Tensor};

/// Blocks and channels of the encoder.
const BLOCKS: usize = 3;
const WIDTH: usize = 48;
const HIDDEN: usize = 96;
/// Floats of a patch: 3 colours, 2 frames, 4 by 4 points.
const PATCH: [usize; 4] = [3, 2, 4, 4];
/// Neighbouring patches that the connector joins.
const JOINED: usize = 4;

/// The model with an encoder of its own under `visual.`, by the names of Qwen2.5-VL. The encoder was not trained: its matrices
/// look like trained ones (see [`crate::synthetic`]).
#[must_use]
pub fn with_encoder(parent: &Plain, seed: u64) -> Plain {
    let mut child = parent.clone();
    let mut put = |name: &str, tensor: Tensor| child.tensors.insert(format!("visual.{name}"), tensor);
    let mut chance = Chance::new(seed, "encoder");
    let patch: usize = PATCH.iter().product();
    let embedding = matrix_like_trained(WIDTH, patch, &mut chance);
    put("patch_embed.proj.weight", Tensor { shape: [&[WIDTH], &PATCH[..]].concat(), values: embedding.values });
    for block in 0..BLOCKS {
        let matrices = [
            ("attn.qkv", 3 * WIDTH, WIDTH),
            ("attn.proj", WIDTH, WIDTH),
            ("mlp.gate_proj", HIDDEN, WIDTH),
            ("mlp.up_proj", HIDDEN, WIDTH),
            ("mlp.down_proj", WIDTH, HIDDEN),
        ];
        for (name, rows, columns) in matrices {
            put(&format!("blocks.{block}.{name}.weight"), matrix_like_trained(rows, columns, &mut chance));
            put(&format!("blocks.{block}.{name}.bias"), Tensor::vector(chance.normals(rows, 0.02)));
        }
        for norm in ["norm1", "norm2"] {
            put(&format!("blocks.{block}.{norm}.weight"), gains(WIDTH, &mut chance));
        }
    }
    put("merger.ln_q.weight", gains(WIDTH, &mut chance));
    let joined = JOINED * WIDTH;
    for (name, rows) in [("merger.mlp.0", joined), ("merger.mlp.2", parent.shape.width)] {
        put(&format!("{name}.weight"), matrix_like_trained(rows, joined, &mut chance));
        put(&format!("{name}.bias"), Tensor::vector(chance.normals(rows, 0.02)));
    }
    child.config.insert("model_type".to_owned(), json!("qwen2_5_vl"));
    child.config.insert("architectures".to_owned(), json!(["Qwen2_5_VLForConditionalGeneration"]));
    let vision = json!({"depth": BLOCKS, "hidden_size": WIDTH, "num_heads": 4, "intermediate_size": HIDDEN});
    child.config.insert("vision_config".to_owned(), vision);
    child
}

fn gains(count: usize, chance: &mut Chance) -> Tensor {
    Tensor::vector(chance.normals(count, 0.1).into_iter().map(|value| 1.0 + value).collect())
}

/// A model with its own language model and connector, and another's encoder, whose weights have since moved by `noise` of
/// their standard deviation.
#[must_use]
pub fn adopt_encoder(own: &Plain, from: &Plain, noise: f32, seed: u64) -> Plain {
    let mut child = with_encoder(own, seed);
    for (name, tensor) in &from.tensors {
        if name.starts_with("visual.") && !name.starts_with("visual.merger.") {
            child.tensors.insert(name.clone(), disturbed(tensor, noise, &mut Chance::new(seed, name)));
        }
    }
    child
}
