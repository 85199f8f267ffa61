//! Room to compute in: what blocks keep for the way back, and what the next step may write over.

use crate::Shape;

/// What one block keeps of `T` tokens between its way forward and its way back.
#[derive(Debug)]
pub(super) struct Kept {
    /// The stream that came in, `[T, width]`.
    pub(super) stream: Vec<f32>,
    /// Factors of the norm before attention, `[T]`.
    pub(super) attention_inverse: Vec<f32>,
    /// Queries, keys and values as projected, `[T, query_width + 2 · kv_width]`; then their gradient.
    pub(super) projected: Vec<f32>,
    /// Factors of the norms of each query and key, `[T, heads + kv_heads]`.
    pub(super) head_inverse: Vec<f32>,
    /// `ln Σ eˢ` of each query's scores, by sequence, head of keys, token and head within the group.
    pub(super) log_sums: Vec<f32>,
    /// What the heads gathered, `[T, query_width]`.
    pub(super) mixed: Vec<f32>,
    /// The stream between attention and feed-forward network, `[T, width]`.
    pub(super) middle: Vec<f32>,
    /// Factors of the norm before the feed-forward network, `[T]`.
    pub(super) feed_forward_inverse: Vec<f32>,
    /// Gate and up, `[T, 2 · hidden]`; then their gradient.
    pub(super) gate_up: Vec<f32>,
}

impl Kept {
    pub(super) fn new(shape: &Shape, sequences: usize, length: usize) -> Self {
        let floats = |width: usize| vec![0.0; sequences * length * width];
        Self {
            stream: floats(shape.width),
            attention_inverse: floats(1),
            projected: floats(projected_width(shape)),
            head_inverse: floats(shape.heads + shape.kv_heads),
            log_sums: floats(shape.heads),
            mixed: floats(shape.query_width()),
            middle: floats(shape.width),
            feed_forward_inverse: floats(1),
            gate_up: floats(2 * shape.hidden),
        }
    }
}

/// What every block and the head write over.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The stream that goes on, `[T, width]`.
    pub(super) stream: Vec<f32>,
    /// Its gradient, `[T, width]`.
    pub(super) stream_gradient: Vec<f32>,
    /// The stream, normalised, `[T, width]`.
    pub(super) normed: Vec<f32>,
    /// The gradient of that, `[T, width]`.
    pub(super) normed_gradient: Vec<f32>,
    /// Factors of the last norm, `[T]`.
    pub(super) inverse: Vec<f32>,
    /// Inside the feed-forward network, `[T, hidden]`.
    pub(super) hidden: Vec<f32>,
    /// The gradient of what the heads gathered, `[T, query_width]`.
    pub(super) mixed_gradient: Vec<f32>,
    /// Queries and keys, normalised and turned, by head of keys.
    pub(super) heads: Heads,
    /// Their gradients.
    pub(super) head_gradients: Heads,
    /// A block of attention.
    pub(super) tile: Tile,
    /// Rows of logits, and what belongs to them.
    pub(super) logits: Logits,
}

/// Queries `[sequence, head of keys, token, head in group, head_size]` and keys `[sequence, head of keys, token,
/// head_size]`: the queries that share a key stand side by side, so that one product serves them all.
#[derive(Debug)]
pub(super) struct Heads {
    pub(super) queries: Vec<f32>,
    pub(super) keys: Vec<f32>,
}

/// A block of queries against the keys that they see.
#[derive(Debug)]
pub(super) struct Tile {
    /// `[QUERIES · group, length]`.
    pub(super) scores: Vec<f32>,
    /// Its gradient.
    pub(super) scores_gradient: Vec<f32>,
    /// What the queries gather, or its gradient, `[QUERIES · group, head_size]`.
    pub(super) mixed: Vec<f32>,
    /// `Σ p · dp` of each query.
    pub(super) means: Vec<f32>,
    /// The gradient of one head's values, `[length, head_size]`.
    pub(super) values_gradient: Vec<f32>,
}

/// Some rows of logits.
#[derive(Debug)]
pub(super) struct Logits {
    /// `[ROWS, vocab]`, then their gradient.
    pub(super) logits: Vec<f32>,
    /// The rows of the normalised stream whose targets count, packed, `[T, width]`.
    pub(super) normed: Vec<f32>,
    /// Their gradient, `[T, width]`.
    pub(super) normed_gradient: Vec<f32>,
    /// Loss of each row.
    pub(super) losses: Vec<f32>,
}

/// Tokens whose queries are one block of attention.
pub(super) const QUERIES: usize = 64;

/// Rows of logits computed at a time.
pub(super) const ROWS: usize = 512;

impl Scratch {
    pub(super) fn new(shape: &Shape, sequences: usize, length: usize) -> Self {
        let tokens = sequences * length;
        let floats = |width: usize| vec![0.0; tokens * width];
        let heads = || Heads { queries: floats(shape.query_width()), keys: floats(shape.kv_width()) };
        let queries = QUERIES.min(length) * (shape.heads / shape.kv_heads);
        let rows = ROWS.min(tokens);
        Self {
            stream: floats(shape.width),
            stream_gradient: floats(shape.width),
            normed: floats(shape.width),
            normed_gradient: floats(shape.width),
            inverse: floats(1),
            hidden: floats(shape.hidden),
            mixed_gradient: floats(shape.query_width()),
            heads: heads(),
            head_gradients: heads(),
            tile: Tile {
                scores: vec![0.0; queries * length],
                scores_gradient: vec![0.0; queries * length],
                mixed: vec![0.0; queries * shape.head_size],
                means: vec![0.0; queries],
                values_gradient: vec![0.0; length * shape.head_size],
            },
            logits: Logits {
                logits: vec![0.0; rows * shape.vocab],
                normed: floats(shape.width),
                normed_gradient: floats(shape.width),
                losses: vec![0.0; rows],
            },
        }
    }
}

/// Floats of a token's queries, keys and values.
pub(super) fn projected_width(shape: &Shape) -> usize {
    shape.query_width() + 2 * shape.kv_width()
}
