//! One pass over the weights for rows of many sequences, with keys and values of what came before in caches.

use std::ops::Range;
use std::sync::Arc;

use super::kernel::Lanes;
use super::matrix::{Matrix, Rows};
use super::weights::{BlockView, Weights};
use crate::Shape;

/// Keys and values of one sequence.
#[derive(Debug, Clone)]
pub struct Cache {
    /// `layers × kv_heads × capacity × head_size`.
    keys: Vec<f32>,
    /// As the keys.
    values: Vec<f32>,
    capacity: usize,
    length: usize,
}

impl Cache {
    /// An empty cache for `capacity` tokens.
    #[must_use]
    pub fn new(shape: &Shape, capacity: usize) -> Self {
        let floats = shape.layers * shape.kv_width() * capacity;
        Self { keys: vec![0.0; floats], values: vec![0.0; floats], capacity, length: 0 }
    }

    /// Tokens in it.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Tokens it has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Where the rows of one head of one layer stand.
    fn head(&self, shape: &Shape, layer: usize, head: usize) -> usize {
        (layer * shape.kv_heads + head) * self.capacity * shape.head_size
    }
}

/// The next tokens of one sequence.
#[derive(Debug)]
pub struct Segment<'a> {
    /// What came before; the tokens are added to it.
    pub cache: &'a mut Cache,
    /// The tokens, at least one; the cache must have room for them.
    pub ids: &'a [u32],
    /// For which of them logits are wanted: those of the token that follows each.
    pub wanted: Range<usize>,
}

/// The scratch of one thread that runs a model.
///
/// Every logit is added up in an order that depends on nothing but the tokens of its own sequence: not on how many rows
/// share the pass, nor on how a sequence is cut into segments. So scoring, prefilling and decoding agree to the bit.
#[derive(Debug)]
pub struct Pass {
    weights: Arc<Weights>,
    lanes: Lanes,
    scratch: Scratch,
}

#[derive(Debug, Default)]
struct Scratch {
    /// The stream between blocks, rows × width.
    stream: Vec<f32>,
    normed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    /// What a block adds to the stream.
    added: Vec<f32>,
    /// Scores of the heads that share keys.
    scores: Vec<f32>,
    logits: Vec<f32>,
}

impl Pass {
    /// Scratch for a model; it grows to the largest pass it has run.
    #[must_use]
    pub fn new(weights: Arc<Weights>) -> Self {
        Self { weights, lanes: Lanes::new(), scratch: Scratch::default() }
    }

    /// The model.
    #[must_use]
    pub fn weights(&self) -> &Arc<Weights> {
        &self.weights
    }

    pub(crate) fn lanes(&self) -> Lanes {
        self.lanes
    }

    /// Adds every segment to its cache. Gives the wanted logits, one row of `vocab` floats after the other, in the order
    /// of the segments.
    ///
    /// A token id outside the vocabulary, a cache that is full or a sequence beyond the limit is the caller's fault and
    /// ends in a panic of the slice that has no such place.
    pub fn run(&mut self, segments: &mut [Segment<'_>]) -> &[f32] {
        let weights = Arc::clone(&self.weights);
        self.embed(&weights, segments);
        for (layer, block) in weights.blocks().enumerate() {
            self.attention(&weights, &block, layer, segments);
            self.feed_forward(&weights, &block);
        }
        for segment in segments.iter_mut() {
            segment.cache.length += segment.ids.len();
        }
        self.logits(&weights, segments);
        &self.scratch.logits
    }

    fn embed(&mut self, weights: &Weights, segments: &[Segment<'_>]) {
        let shape = weights.shape();
        let rows = segments.iter().map(|segment| segment.ids.len()).sum();
        self.scratch.fit(shape, rows);
        let ids = segments.iter().flat_map(|segment| segment.ids);
        for (id, row) in ids.zip(self.scratch.stream.chunks_exact_mut(shape.width)) {
            weights.embedding().row(*id as usize, row);
        }
    }

    fn attention(&mut self, weights: &Weights, block: &BlockView<'_>, layer: usize, segments: &mut [Segment<'_>]) {
        let shape = weights.shape();
        let epsilon = shape.norm_epsilon as f32;
        let Scratch { stream, normed, query, key, value, attended, added, scores, .. } = &mut self.scratch;
        let lanes = self.lanes;
        lanes.norm(stream, block.norm, epsilon, normed);
        for ((matrix, bias), out) in [(&block.query, &mut *query), (&block.key, &mut *key), (&block.value, &mut *value)]
        {
            lanes.product(normed, matrix, out);
            if !bias.is_empty() {
                out.chunks_exact_mut(bias.len()).for_each(|row| lanes.add(row, bias));
            }
        }
        if shape.head_norms {
            norm_heads(lanes, query, block.query_norm, epsilon);
            norm_heads(lanes, key, block.key_norm, epsilon);
        }
        let mut row = 0;
        for segment in segments.iter_mut() {
            for at in 0..segment.ids.len() {
                let position = segment.cache.length + at;
                let query = &mut query[row * shape.query_width()..(row + 1) * shape.query_width()];
                let kv = row * shape.kv_width()..(row + 1) * shape.kv_width();
                for head in
                    query.chunks_exact_mut(shape.head_size).chain(key[kv.clone()].chunks_exact_mut(shape.head_size))
                {
                    weights.rope().rotate(head, position);
                }
                keep(shape, segment.cache, (layer, position), (&key[kv.clone()], &value[kv]));
                let out = &mut attended[row * shape.query_width()..(row + 1) * shape.query_width()];
                let place = Place { shape, layer, position };
                attend(lanes, &place, (query, segment.cache), scores, out);
                row += 1;
            }
        }
        lanes.product(attended, &block.output, added);
        lanes.add(stream, added);
    }

    fn feed_forward(&mut self, weights: &Weights, block: &BlockView<'_>) {
        let Scratch { stream, normed, gate, up, added, .. } = &mut self.scratch;
        let lanes = self.lanes;
        lanes.norm(stream, block.hidden_norm, weights.shape().norm_epsilon as f32, normed);
        lanes.product(normed, &block.gate, gate);
        lanes.product(normed, &block.up, up);
        lanes.swiglu(gate, up);
        lanes.product(gate, &block.down, added);
        lanes.add(stream, added);
    }

    fn logits(&mut self, weights: &Weights, segments: &[Segment<'_>]) {
        let shape = weights.shape();
        let Scratch { stream, normed, logits, .. } = &mut self.scratch;
        let (mut first, mut wanted) = (0, 0);
        for segment in segments {
            let range = (first + segment.wanted.start) * shape.width..(first + segment.wanted.end) * shape.width;
            let rows = &stream[range];
            let out = &mut normed[wanted * shape.width..wanted * shape.width + rows.len()];
            self.lanes.norm(rows, weights.last_norm(), shape.norm_epsilon as f32, out);
            wanted += segment.wanted.len();
            first += segment.ids.len();
        }
        logits.resize(wanted * shape.vocab, 0.0);
        if wanted > 0 {
            self.lanes.product(&normed[..wanted * shape.width], &weights.head(), logits);
        }
    }
}

impl Scratch {
    fn fit(&mut self, shape: &Shape, rows: usize) {
        let sizes = [
            (&mut self.stream, shape.width),
            (&mut self.normed, shape.width),
            (&mut self.query, shape.query_width()),
            (&mut self.key, shape.kv_width()),
            (&mut self.value, shape.kv_width()),
            (&mut self.attended, shape.query_width()),
            (&mut self.gate, shape.hidden),
            (&mut self.up, shape.hidden),
            (&mut self.added, shape.width),
        ];
        for (floats, width) in sizes {
            floats.resize(rows * width, 0.0);
        }
    }
}

/// Normalises each head of all rows in place.
fn norm_heads(lanes: Lanes, rows: &mut [f32], gains: &[f32], epsilon: f32) {
    let mut normed = vec![0.0; gains.len()];
    for head in rows.chunks_exact_mut(gains.len()) {
        lanes.norm(head, gains, epsilon, &mut normed);
        head.copy_from_slice(&normed);
    }
}

fn keep(shape: &Shape, cache: &mut Cache, (layer, position): (usize, usize), (key, value): (&[f32], &[f32])) {
    assert!(position < cache.capacity, "a cache for {} tokens is full", cache.capacity);
    let heads = key.chunks_exact(shape.head_size).zip(value.chunks_exact(shape.head_size));
    for (head, (key, value)) in heads.enumerate() {
        let start = cache.head(shape, layer, head) + position * shape.head_size;
        cache.keys[start..start + shape.head_size].copy_from_slice(key);
        cache.values[start..start + shape.head_size].copy_from_slice(value);
    }
}

/// Where in the model and in its sequence a row stands.
struct Place<'a> {
    shape: &'a Shape,
    layer: usize,
    position: usize,
}

/// Attention of one row over itself and all rows before it.
fn attend(lanes: Lanes, place: &Place<'_>, (query, cache): (&[f32], &Cache), scores: &mut Vec<f32>, out: &mut [f32]) {
    let shape = place.shape;
    let size = shape.head_size;
    let group = shape.heads / shape.kv_heads;
    let seen = place.position + 1;
    let scale = 1.0 / (size as f32).sqrt();
    let heads = query.chunks_exact(group * size).zip(out.chunks_exact_mut(group * size));
    for (head, (query, out)) in heads.enumerate() {
        let start = cache.head(shape, place.layer, head);
        let rows = start..start + seen * size;
        scores.resize(group * seen, 0.0);
        let keys = Matrix { rows: seen, columns: size, body: Rows::Float(&cache.keys[rows.clone()]) };
        lanes.product(query, &keys, scores);
        for (scores, out) in scores.chunks_exact_mut(seen).zip(out.chunks_exact_mut(size)) {
            lanes.softmax(scores, scale);
            lanes.blend(scores, &cache.values[rows.clone()], out);
        }
    }
}

#[cfg(test)]
mod tests;
