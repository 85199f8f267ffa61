//! Attention: every token gathers values of the tokens up to itself, by how well its query fits their keys.
//!
//! Source: Vaswani et al., arXiv 1706.03762; several heads of queries share one of keys and values as in Ainslie et al.,
//! arXiv 2305.13245. The scores are computed a block of queries at a time against the keys that the block sees, and
//! again on the way back from the logarithm of each row's sum, as in Dao et al., arXiv 2205.14135: they are never kept.

use std::ops::Range;

use super::places::BlockPlaces;
use super::scratch::{Heads, Kept, QUERIES, Scratch, Tile, projected_width};
use super::{Pass, heads};
use crate::math::{
    Causal, View, ViewMut, add, causal_softmax, causal_softmax_backward, dot_row, multiply, multiply_add, rms_norm,
    rms_norm_backward, vectorised,
};

/// From the stream kept, `[T, width]`, writes `middle = stream + output(attention(norm(stream)))`.
pub(super) fn forward(pass: &Pass<'_>, places: &BlockPlaces, kept: &mut Kept, scratch: &mut Scratch) {
    let (tokens, width, query_width) = (pass.tokens(), pass.shape.width, pass.shape.query_width());
    let stream = &kept.stream[..tokens * width];
    rms_norm(pass.norm(&places.attention_norm), stream, &mut kept.attention_inverse, &mut scratch.normed);
    project(pass, places, &scratch.normed, &mut kept.projected);
    heads::split(pass, places, &kept.projected, &mut kept.head_inverse, &mut scratch.heads);
    for slice in Slice::all(pass) {
        gather(&slice, &scratch.heads, kept, &mut scratch.tile);
    }
    kept.middle[..tokens * width].copy_from_slice(&kept.stream[..tokens * width]);
    multiply_add(
        1.0,
        View::new(&kept.mixed, tokens, query_width),
        View::new(&pass.weights[places.output.clone()], width, query_width).transposed(),
        ViewMut::new(&mut kept.middle, tokens, width),
    );
}

/// The way back: reads the gradient of `middle`, adds to it what comes back through attention, so that it is the gradient
/// of the stream before the block.
pub(super) fn backward(
    pass: &Pass<'_>,
    places: &BlockPlaces,
    kept: &mut Kept,
    scratch: &mut Scratch,
    gradient: &mut [f32],
) {
    let (tokens, width, query_width) = (pass.tokens(), pass.shape.width, pass.shape.query_width());
    let middle = View::new(&scratch.stream_gradient, tokens, width);
    let output = View::new(&pass.weights[places.output.clone()], width, query_width);
    multiply(1.0, middle, output, ViewMut::new(&mut scratch.mixed_gradient, tokens, query_width));
    let output_gradient = ViewMut::new(&mut gradient[places.output.clone()], width, query_width);
    multiply_add(1.0, middle.transposed(), View::new(&kept.mixed, tokens, query_width), output_gradient);

    heads::split(pass, places, &kept.projected, &mut kept.head_inverse, &mut scratch.heads);
    for slice in Slice::all(pass) {
        scatter(&slice, kept, scratch);
    }
    heads::join(pass, places, kept, &mut scratch.head_gradients, gradient);

    let (stream, norm) = (&kept.stream[..tokens * width], pass.norm(&places.attention_norm));
    rms_norm(norm, stream, &mut kept.attention_inverse, &mut scratch.normed);
    project_backward(pass, places, &kept.projected, scratch, gradient);
    rms_norm_backward(
        norm.gain,
        stream,
        &kept.attention_inverse,
        &scratch.normed_gradient,
        &mut scratch.stream_gradient,
        &mut gradient[places.attention_norm.clone()],
    );
}

/// Writes queries, keys and values `[T, query_width + 2 · kv_width]` of the normalised stream `[T, width]`.
fn project(pass: &Pass<'_>, places: &BlockPlaces, normed: &[f32], projected: &mut [f32]) {
    let (tokens, width, stride) = (pass.tokens(), pass.shape.width, projected_width(pass.shape));
    for projection in &places.projections {
        let columns = projection.columns.len();
        multiply(
            1.0,
            View::new(normed, tokens, width),
            View::new(&pass.weights[projection.weight.clone()], columns, width).transposed(),
            ViewMut::strided(&mut projected[projection.columns.start..], tokens, columns, stride),
        );
        if let Some(bias) = &projection.bias {
            for row in projected.chunks_exact_mut(stride).take(tokens) {
                add(&mut row[projection.columns.clone()], &pass.weights[bias.clone()]);
            }
        }
    }
}

/// From the gradient of queries, keys and values writes that of the normalised stream, and adds those of the matrices.
fn project_backward(
    pass: &Pass<'_>,
    places: &BlockPlaces,
    projected: &[f32],
    scratch: &mut Scratch,
    gradient: &mut [f32],
) {
    let (tokens, width, stride) = (pass.tokens(), pass.shape.width, projected_width(pass.shape));
    let normed = View::new(&scratch.normed, tokens, width);
    let normed_gradient = &mut scratch.normed_gradient[..tokens * width];
    normed_gradient.fill(0.0);
    for projection in &places.projections {
        let columns = projection.columns.len();
        let given = View::strided(&projected[projection.columns.start..], tokens, columns, stride);
        let weight = View::new(&pass.weights[projection.weight.clone()], columns, width);
        let weight_gradient = ViewMut::new(&mut gradient[projection.weight.clone()], columns, width);
        multiply_add(1.0, given.transposed(), normed, weight_gradient);
        multiply_add(1.0, given, weight, ViewMut::new(normed_gradient, tokens, width));
        if let Some(bias) = &projection.bias {
            for row in projected.chunks_exact(stride).take(tokens) {
                add(&mut gradient[bias.clone()], &row[projection.columns.clone()]);
            }
        }
    }
}

/// One head of keys of one sequence, with the heads of queries that share it.
struct Slice {
    /// First token.
    token: usize,
    length: usize,
    /// Which of all slices it is.
    index: usize,
    group: usize,
    size: usize,
    /// Columns of its queries among those of a token.
    columns: Range<usize>,
    query_width: usize,
    /// Column of its values among queries, keys and values, and how many those are.
    value: usize,
    projected: usize,
}

/// A block of queries of a slice: `rows` queries, of the tokens `tokens`, against the first `keys` keys.
struct Block {
    tokens: Range<usize>,
    rows: usize,
    keys: usize,
    causal: Causal,
}

impl Slice {
    fn all(pass: &Pass<'_>) -> impl Iterator<Item = Self> + use<> {
        let (shape, sequences, length) = (pass.shape, pass.sequences, pass.length);
        let (size, kv_heads, group) = (shape.head_size, shape.kv_heads, shape.heads / shape.kv_heads);
        let (query_width, values) = (shape.query_width(), shape.query_width() + shape.kv_width());
        let projected = projected_width(shape);
        (0..sequences * kv_heads).map(move |index| {
            let head = index % kv_heads;
            Self {
                token: index / kv_heads * length,
                length,
                index,
                group,
                size,
                columns: head * group * size..(head + 1) * group * size,
                query_width,
                value: values + head * size,
                projected,
            }
        })
    }

    /// Its floats where each of its keys has `width`.
    fn floats(&self, width: usize) -> Range<usize> {
        self.index * self.length * width..(self.index + 1) * self.length * width
    }

    fn blocks(&self) -> impl Iterator<Item = Block> + use<> {
        let (length, group) = (self.length, self.group);
        (0..length).step_by(QUERIES).map(move |first| {
            let end = (first + QUERIES).min(length);
            let causal = Causal { columns: end, first: first + 1, group };
            Block { tokens: first..end, rows: (end - first) * group, keys: end, causal }
        })
    }

    /// Its values `[keys, size]`, where they were projected.
    fn values<'a>(&self, projected: &'a [f32], keys: usize) -> View<'a> {
        View::strided(&projected[self.token * self.projected + self.value..], keys, self.size, self.projected)
    }

    /// The rows of a block in a matrix `[T, query_width]`: those of one token stand side by side.
    fn rows<'a>(&self, block: &Block, floats: &'a [f32]) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        let columns = self.columns.clone();
        let tokens = self.token + block.tokens.start..self.token + block.tokens.end;
        let floats = &floats[tokens.start * self.query_width..tokens.end * self.query_width];
        floats.chunks_exact(self.query_width).map(move |row| &row[columns.clone()])
    }

    /// Writes the scores of a block, `query · key / √size`, `[rows, keys]`.
    fn score(&self, block: &Block, heads: &Heads, scores: &mut [f32]) {
        let width = self.group * self.size;
        let queries = &heads.queries[self.floats(width)][block.tokens.start * width..];
        multiply(
            self.scale(),
            View::new(queries, block.rows, self.size),
            View::new(&heads.keys[self.floats(self.size)], block.keys, self.size).transposed(),
            ViewMut::new(scores, block.rows, block.keys),
        );
    }

    fn scale(&self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }
}

/// Writes what the queries of a slice gather to their columns of `mixed` `[T, query_width]`.
fn gather(slice: &Slice, heads: &Heads, kept: &mut Kept, tile: &mut Tile) {
    let log_sums = &mut kept.log_sums[slice.floats(slice.group)];
    for block in slice.blocks() {
        let scores = &mut tile.scores[..block.rows * block.keys];
        slice.score(&block, heads, scores);
        causal_softmax(block.causal, scores, &mut log_sums[block.tokens.start * slice.group..]);
        multiply(
            1.0,
            View::new(scores, block.rows, block.keys),
            slice.values(&kept.projected, block.keys),
            ViewMut::new(&mut tile.mixed, block.rows, slice.size),
        );
        let rows = tile.mixed.chunks_exact(slice.group * slice.size);
        for (token, row) in block.tokens.clone().zip(rows) {
            let start = (slice.token + token) * slice.query_width;
            kept.mixed[start..start + slice.query_width][slice.columns.clone()].copy_from_slice(row);
        }
    }
}

/// The way back through [`gather`]: from the gradient of `mixed` writes those of queries and keys to `head_gradients`, and
/// that of the values over the values.
fn scatter(slice: &Slice, kept: &mut Kept, scratch: &mut Scratch) {
    let Scratch { heads, head_gradients, tile, mixed_gradient, .. } = scratch;
    head_gradients.keys[slice.floats(slice.size)].fill(0.0);
    tile.values_gradient[..slice.length * slice.size].fill(0.0);
    for block in slice.blocks() {
        scatter_block(slice, &block, (heads, kept, mixed_gradient), tile, head_gradients);
    }
    let rows = kept.projected.chunks_exact_mut(slice.projected).skip(slice.token);
    for (row, gradient) in rows.zip(tile.values_gradient.chunks_exact(slice.size)).take(slice.length) {
        row[slice.value..slice.value + slice.size].copy_from_slice(gradient);
    }
}

/// With `P` the attention of a block, `V` its values and `dO` the gradient of what it gathered: `dV += Pᵀ dO`,
/// `dP = dO Vᵀ`, `dS` through the softmax, `dQ = dS K / √size`, `dK += dSᵀ Q / √size`. The softmax wants `Σ p · dp` of each
/// row, which is `dO · O`.
fn scatter_block(
    slice: &Slice,
    block: &Block,
    (heads, kept, mixed_gradient): (&Heads, &Kept, &[f32]),
    tile: &mut Tile,
    gradients: &mut Heads,
) {
    let (rows, keys, size) = (block.rows, block.keys, slice.size);
    pack(slice, block, (&kept.mixed, mixed_gradient), tile);
    let (scores, scores_gradient) = (&mut tile.scores[..rows * keys], &mut tile.scores_gradient[..rows * keys]);
    let (given, values) = (View::new(&tile.mixed, rows, size), slice.values(&kept.projected, keys));
    slice.score(block, heads, scores);
    multiply(1.0, given, values.transposed(), ViewMut::new(scores_gradient, rows, keys));
    let log_sums = &kept.log_sums[slice.floats(slice.group)][block.tokens.start * slice.group..];
    causal_softmax_backward(block.causal, scores, log_sums, &tile.means, scores_gradient);
    let attention = View::new(scores, rows, keys);
    multiply_add(1.0, attention.transposed(), given, ViewMut::new(&mut tile.values_gradient, keys, size));

    let width = slice.group * size;
    let start = slice.floats(width).start + block.tokens.start * width;
    let queries = View::new(&heads.queries[start..], rows, size);
    let queries_gradient = ViewMut::new(&mut gradients.queries[start..], rows, size);
    let slopes = View::new(scores_gradient, rows, keys);
    let keys_gradient = ViewMut::new(&mut gradients.keys[slice.floats(size)], keys, size);
    multiply_add(slice.scale(), slopes.transposed(), queries, keys_gradient);
    let keys = View::new(&heads.keys[slice.floats(size)], keys, size);
    multiply(slice.scale(), slopes, keys, queries_gradient);
}

/// Packs the gradient of what a block gathered into the tile, with its dot product with what was gathered.
fn pack(slice: &Slice, block: &Block, (mixed, gradient): (&[f32], &[f32]), tile: &mut Tile) {
    let rows = slice.rows(block, mixed).zip(slice.rows(block, gradient));
    let (to, means) = (&mut tile.mixed, &mut tile.means);
    vectorised(
        #[inline(always)]
        || {
            let tile = to.chunks_exact_mut(slice.group * slice.size).zip(means.chunks_exact_mut(slice.group));
            for ((mixed, gradient), (to, means)) in rows.zip(tile) {
                to.copy_from_slice(gradient);
                let heads = mixed.chunks_exact(slice.size).zip(gradient.chunks_exact(slice.size));
                for ((mixed, gradient), mean) in heads.zip(means) {
                    *mean = dot_row(mixed, gradient);
                }
            }
        },
    );
}
