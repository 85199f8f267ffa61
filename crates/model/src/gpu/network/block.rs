//! Where the tensors of one block start.

use crate::Layout;

/// Starts in the flat run, in floats. Queries, keys and values stand side by side, as do gate and up, and the gains of
/// queries and keys: each is one matrix, or one vector, to the device.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockPlaces {
    pub(super) first_gain: usize,
    pub(super) qkv: usize,
    /// None where heads are not normalised.
    pub(super) head_gains: Option<usize>,
    pub(super) out: usize,
    pub(super) second_gain: usize,
    pub(super) gate_up: usize,
    pub(super) down: usize,
}

impl BlockPlaces {
    pub(super) fn of(layout: &Layout, block: usize) -> Self {
        let find = |name: &str| layout.find(&format!("model.layers.{block}.{name}.weight")).map(|place| place.start);
        let start = |name: &str| find(name).unwrap_or_default();
        Self {
            first_gain: start("input_layernorm"),
            qkv: start("self_attn.q_proj"),
            head_gains: find("self_attn.q_norm"),
            out: start("self_attn.o_proj"),
            second_gain: start("post_attention_layernorm"),
            gate_up: start("mlp.gate_proj"),
            down: start("mlp.down_proj"),
        }
    }
}
