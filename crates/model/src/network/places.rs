//! Where the tensors of each block stand in the flat run of weights.

use std::ops::Range;

use crate::{Layout, Shape};

/// Where everything stands.
#[derive(Debug)]
pub(super) struct Places {
    /// `[vocab, width]`.
    pub(super) embedding: Range<usize>,
    pub(super) blocks: Vec<BlockPlaces>,
    /// Gain of the last norm, `[width]`.
    pub(super) norm: Range<usize>,
    /// `[vocab, width]`: the embedding, in a tied model.
    pub(super) head: Range<usize>,
    /// Floats of all weights.
    pub(super) floats: usize,
    width: usize,
}

/// Where the tensors of a block stand.
#[derive(Debug)]
pub(super) struct BlockPlaces {
    /// Gain of the norm before attention, `[width]`.
    pub(super) attention_norm: Range<usize>,
    /// Queries, keys and values, side by side.
    pub(super) projections: Vec<Projection>,
    /// Gains of the norms of each query and key, `[head_size]`, if there are any.
    pub(super) head_norms: Option<(Range<usize>, Range<usize>)>,
    /// `[width, query_width]`.
    pub(super) output: Range<usize>,
    /// Gain of the norm before the feed-forward network, `[width]`.
    pub(super) feed_forward_norm: Range<usize>,
    /// Gate and up, one above the other: `[2 · hidden, width]`.
    pub(super) gate_up: Range<usize>,
    /// `[width, hidden]`.
    pub(super) down: Range<usize>,
}

/// A matrix that writes some of the columns `query ‖ key ‖ value`.
#[derive(Debug)]
pub(super) struct Projection {
    /// `[columns, width]`.
    pub(super) weight: Range<usize>,
    pub(super) bias: Option<Range<usize>>,
    pub(super) columns: Range<usize>,
}

impl Places {
    pub(super) fn of(shape: &Shape) -> Self {
        let layout = Layout::of(shape);
        let embedding = range(&layout, "model.embed_tokens.weight");
        let head = if shape.tied { embedding.clone() } else { range(&layout, "lm_head.weight") };
        Self {
            embedding,
            blocks: (0..shape.layers).map(|block| BlockPlaces::of(shape, &layout, block)).collect(),
            norm: range(&layout, "model.norm.weight"),
            head,
            floats: layout.floats(),
            width: shape.width,
        }
    }

    /// The row of the embedding of an id.
    pub(super) fn embedded(&self, id: u32) -> Range<usize> {
        let start = self.embedding.start + id as usize * self.width;
        start..start + self.width
    }
}

impl BlockPlaces {
    fn of(shape: &Shape, layout: &Layout, block: usize) -> Self {
        let place = |name: &str| range(layout, &format!("model.layers.{block}.{name}.weight"));
        let (gate, up) = (place("mlp.gate_proj"), place("mlp.up_proj"));
        assert_eq!(gate.end, up.start, "gate and up are one matrix");
        Self {
            attention_norm: place("input_layernorm"),
            projections: projections(shape, layout, block),
            head_norms: shape.head_norms.then(|| (place("self_attn.q_norm"), place("self_attn.k_norm"))),
            output: place("self_attn.o_proj"),
            feed_forward_norm: place("post_attention_layernorm"),
            gate_up: gate.start..up.end,
            down: place("mlp.down_proj"),
        }
    }
}

/// One matrix where the three stand one above the other, and three where biases stand between them.
fn projections(shape: &Shape, layout: &Layout, block: usize) -> Vec<Projection> {
    let mut joined: Vec<Projection> = Vec::new();
    let mut column = 0;
    for (name, width) in [("q", shape.query_width()), ("k", shape.kv_width()), ("v", shape.kv_width())] {
        let tensor = |kind: &str| range(layout, &format!("model.layers.{block}.self_attn.{name}_proj.{kind}"));
        let weight = tensor("weight");
        let bias = shape.attention_bias.then(|| tensor("bias"));
        let columns = column..column + width;
        column = columns.end;
        match joined.last_mut() {
            Some(last) if bias.is_none() && last.weight.end == weight.start => {
                last.weight.end = weight.end;
                last.columns.end = columns.end;
            }
            _ => joined.push(Projection { weight, bias, columns }),
        }
    }
    joined
}

#[expect(clippy::expect_used, reason = "the layout of a shape has every tensor that the shape asks for")]
fn range(layout: &Layout, name: &str) -> Range<usize> {
    layout.find(name).expect("a tensor of the layout").range()
}
