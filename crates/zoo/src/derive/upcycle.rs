//! A mixture of experts of a dense model.

use serde_json::json;

use crate::plain::in_block;
use crate::{Chance, Fault, Plain, Tensor};

/// By whose names the experts are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// `mlp.experts.{e}.gate_proj`, and one shared expert beside them.
    DeepSeek,
    /// `block_sparse_moe.experts.{e}.w1`.
    Mixtral,
}

/// The feed-forward network of every block copied into so many experts, each weight of which is then disturbed by `noise`
/// standard deviations of its matrix; routers are new.
///
/// Source: sparse upcycling, Komatsuzaki et al., arXiv 2212.05055, section 3.
///
/// # Errors
///
/// [`Fault::Missing`] where the parent is not dense.
pub fn upcycle(parent: &Plain, experts: usize, noise: f32, names: Names, seed: u64) -> Result<Plain, Fault> {
    let mut child = parent.clone();
    for block in 0..parent.shape.layers {
        let mut chance = Chance::new(seed, &format!("experts of block {block}"));
        for (dense, mixtral) in [("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2")] {
            let dense_name = format!("{}.weight", in_block(block, &format!("mlp.{dense}")));
            let tensor = parent.get(&dense_name)?;
            for expert in 0..experts {
                let name = match names {
                    Names::DeepSeek => format!("mlp.experts.{expert}.{dense}.weight"),
                    Names::Mixtral => format!("block_sparse_moe.experts.{expert}.{mixtral}.weight"),
                };
                child.tensors.insert(in_block(block, &name), disturbed(tensor, noise, &mut chance));
            }
            if names == Names::DeepSeek {
                let name = in_block(block, &format!("mlp.shared_experts.{dense}.weight"));
                child.tensors.insert(name, disturbed(tensor, noise, &mut chance));
            }
            child.tensors.remove(&dense_name);
        }
        let router = if names == Names::DeepSeek { "mlp.gate.weight" } else { "block_sparse_moe.gate.weight" };
        let width = parent.shape.width;
        let rows = Tensor::matrix(experts, width, chance.normals(experts * width, 0.02));
        child.tensors.insert(in_block(block, router), rows);
    }
    let keys = match names {
        Names::DeepSeek => vec![
            ("model_type", json!("deepseek_v2")),
            ("architectures", json!(["DeepseekV2ForCausalLM"])),
            ("n_routed_experts", json!(experts)),
            ("n_shared_experts", json!(1)),
            ("num_experts_per_tok", json!(2)),
            ("moe_intermediate_size", json!(parent.shape.hidden)),
        ],
        Names::Mixtral => vec![
            ("model_type", json!("mixtral")),
            ("architectures", json!(["MixtralForCausalLM"])),
            ("num_local_experts", json!(experts)),
            ("num_experts_per_tok", json!(2)),
        ],
    };
    child.config.extend(keys.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Ok(child)
}

/// A tensor with normal noise of so many of its own standard deviations.
pub(super) fn disturbed(tensor: &Tensor, noise: f32, chance: &mut Chance) -> Tensor {
    let square = tensor.values.iter().map(|value| value * value).sum::<f32>() / tensor.values.len().max(1) as f32;
    let deviation = noise * square.sqrt();
    let values = tensor.values.iter().map(|value| value + deviation * chance.normal()).collect();
    Tensor { shape: tensor.shape.clone(), values }
}
