//! The weights of a model, laid out for inference and shared by every thread that infers.

use super::matrix::{Kept, Matrix, Precision};
use crate::math::Rope;
use crate::{Layout, Shape};

/// The weights of a model, ready to infer with.
#[derive(Debug, Clone)]
pub struct Weights {
    shape: Shape,
    /// The flat run, empty where all matrices are kept in eight bits.
    flat: Vec<f32>,
    embedding: Kept,
    head: Option<Kept>,
    last_norm: Vec<f32>,
    blocks: Vec<Block>,
    rope: Rope,
    limit: usize,
}

/// One block.
#[derive(Debug, Clone)]
struct Block {
    norm: Vec<f32>,
    query: Projection,
    key: Projection,
    value: Projection,
    query_norm: Vec<f32>,
    key_norm: Vec<f32>,
    output: Kept,
    hidden_norm: Vec<f32>,
    gate: Kept,
    up: Kept,
    down: Kept,
}

/// A matrix and its bias, which is empty where there is none.
#[derive(Debug, Clone)]
struct Projection {
    matrix: Kept,
    bias: Vec<f32>,
}

/// A look at one block: vectors are empty where the model has none.
pub(crate) struct BlockView<'a> {
    pub(crate) norm: &'a [f32],
    pub(crate) query: (Matrix<'a>, &'a [f32]),
    pub(crate) key: (Matrix<'a>, &'a [f32]),
    pub(crate) value: (Matrix<'a>, &'a [f32]),
    pub(crate) query_norm: &'a [f32],
    pub(crate) key_norm: &'a [f32],
    pub(crate) output: Matrix<'a>,
    pub(crate) hidden_norm: &'a [f32],
    pub(crate) gate: Matrix<'a>,
    pub(crate) up: Matrix<'a>,
    pub(crate) down: Matrix<'a>,
}

/// Why weights cannot be inferred with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsFault {
    /// Another number of floats than the shape has.
    #[error("the model has {found} weights and its shape asks for {expected}: is it the shape of this very model?")]
    Count {
        /// Floats that came.
        found: usize,
        /// Floats of the shape.
        expected: usize,
    },
    /// Sizes that do not go together.
    #[error("the shape cannot be inferred with: {0}")]
    Shape(String),
}

/// Finds tensors by name.
struct Finder<'a> {
    layout: Layout,
    flat: &'a [f32],
    precision: Precision,
}

impl Finder<'_> {
    fn matrix(&self, name: &str) -> Result<Kept, WeightsFault> {
        let place = self.layout.find(name);
        let place = place.ok_or_else(|| WeightsFault::Shape(format!("it has no place for `{name}`")))?;
        Ok(Kept::new(self.flat, place.range(), place.columns, self.precision))
    }

    /// The vector of this name; empty where the shape has none.
    fn vector(&self, name: &str) -> Vec<f32> {
        self.layout.find(name).map(|place| self.flat[place.range()].to_vec()).unwrap_or_default()
    }

    fn projection(&self, name: &str) -> Result<Projection, WeightsFault> {
        Ok(Projection { matrix: self.matrix(&format!("{name}.weight"))?, bias: self.vector(&format!("{name}.bias")) })
    }

    fn block(&self, block: usize) -> Result<Block, WeightsFault> {
        let named = |name: &str| format!("model.layers.{block}.{name}");
        Ok(Block {
            norm: self.vector(&named("input_layernorm.weight")),
            query: self.projection(&named("self_attn.q_proj"))?,
            key: self.projection(&named("self_attn.k_proj"))?,
            value: self.projection(&named("self_attn.v_proj"))?,
            query_norm: self.vector(&named("self_attn.q_norm.weight")),
            key_norm: self.vector(&named("self_attn.k_norm.weight")),
            output: self.matrix(&named("self_attn.o_proj.weight"))?,
            hidden_norm: self.vector(&named("post_attention_layernorm.weight")),
            gate: self.matrix(&named("mlp.gate_proj.weight"))?,
            up: self.matrix(&named("mlp.up_proj.weight"))?,
            down: self.matrix(&named("mlp.down_proj.weight"))?,
        })
    }
}

impl Projection {
    fn look<'a>(&'a self, flat: &'a [f32]) -> (Matrix<'a>, &'a [f32]) {
        (self.matrix.look(flat), &self.bias)
    }
}

impl Weights {
    /// Takes the flat run of a model over. Sequences may be as long as the shape's context, or `limit` where that is
    /// less.
    ///
    /// # Errors
    ///
    /// [`WeightsFault`] where the sizes do not fit.
    pub fn new(
        shape: &Shape,
        flat: Vec<f32>,
        precision: Precision,
        limit: Option<usize>,
    ) -> Result<Self, WeightsFault> {
        check(shape)?;
        let layout = Layout::of(shape);
        if layout.floats() != flat.len() {
            return Err(WeightsFault::Count { found: flat.len(), expected: layout.floats() });
        }
        let limit = limit.map_or(shape.context, |limit| limit.min(shape.context)).max(1);
        let finder = Finder { layout, flat: &flat, precision };
        let embedding = finder.matrix("model.embed_tokens.weight")?;
        let head = if shape.tied { None } else { Some(finder.matrix("lm_head.weight")?) };
        let last_norm = finder.vector("model.norm.weight");
        let blocks = (0..shape.layers).map(|block| finder.block(block)).collect::<Result<_, _>>()?;
        let flat = if precision == Precision::Float { flat } else { Vec::new() };
        Ok(Self {
            shape: shape.clone(),
            flat,
            embedding,
            head,
            last_norm,
            blocks,
            rope: Rope::new(shape, limit),
            limit,
        })
    }

    /// The sizes of the model.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Longest sequence, in tokens.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes that the matrices take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of_block = |block: &Block| {
            let projections = [&block.query, &block.key, &block.value].map(|projection| projection.matrix.bytes());
            let others = [&block.output, &block.gate, &block.up, &block.down].map(|matrix| matrix.bytes());
            projections.iter().chain(&others).sum::<usize>()
        };
        let ends = self.embedding.bytes() + self.head.as_ref().map_or(0, Kept::bytes);
        ends + self.blocks.iter().map(of_block).sum::<usize>()
    }

    pub(crate) fn embedding(&self) -> Matrix<'_> {
        self.embedding.look(&self.flat)
    }

    pub(crate) fn head(&self) -> Matrix<'_> {
        self.head.as_ref().unwrap_or(&self.embedding).look(&self.flat)
    }

    pub(crate) fn last_norm(&self) -> &[f32] {
        &self.last_norm
    }

    pub(crate) fn rope(&self) -> &Rope {
        &self.rope
    }

    pub(crate) fn blocks(&self) -> impl Iterator<Item = BlockView<'_>> {
        self.blocks.iter().map(|block| BlockView {
            norm: &block.norm,
            query: block.query.look(&self.flat),
            key: block.key.look(&self.flat),
            value: block.value.look(&self.flat),
            query_norm: &block.query_norm,
            key_norm: &block.key_norm,
            output: block.output.look(&self.flat),
            hidden_norm: &block.hidden_norm,
            gate: block.gate.look(&self.flat),
            up: block.up.look(&self.flat),
            down: block.down.look(&self.flat),
        })
    }
}

fn check(shape: &Shape) -> Result<(), WeightsFault> {
    let sizes = [shape.vocab, shape.width, shape.layers, shape.heads, shape.kv_heads, shape.head_size, shape.hidden];
    if sizes.contains(&0) || shape.context == 0 {
        return Err(WeightsFault::Shape("every size must be at least 1".to_owned()));
    }
    if !shape.heads.is_multiple_of(shape.kv_heads) {
        let (heads, kv_heads) = (shape.heads, shape.kv_heads);
        return Err(WeightsFault::Shape(format!("{kv_heads} heads of keys do not divide {heads} heads of queries")));
    }
    if !shape.head_size.is_multiple_of(2) {
        return Err(WeightsFault::Shape(format!("a head of {} floats has no halves to rotate", shape.head_size)));
    }
    Ok(())
}
