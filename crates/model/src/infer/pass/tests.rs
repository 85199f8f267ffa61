//! A sequence gets the same numbers alone, in company, and in pieces.

use std::sync::Arc;

use super::*;
use crate::RopeScaling;
use crate::infer::{Precision, small};

fn ids(count: usize) -> Vec<u32> {
    (0..count).map(|at| ((at * 37 + at * at * 11) % 259) as u32).collect()
}

fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|float| float.to_bits()).collect()
}

/// All logits of a sequence, read in pieces of the given lengths.
fn logits(weights: &Arc<Weights>, ids: &[u32], pieces: &[usize]) -> Vec<f32> {
    let mut pass = Pass::new(Arc::clone(weights));
    let mut cache = Cache::new(weights.shape(), ids.len());
    let (mut out, mut rest) = (Vec::new(), ids);
    for length in pieces {
        let (now, later) = rest.split_at(*length);
        out.extend_from_slice(pass.run(&mut [Segment { cache: &mut cache, ids: now, wanted: 0..now.len() }]));
        rest = later;
    }
    assert!(rest.is_empty() && cache.length() == ids.len());
    out
}

fn kinds() -> Vec<(Shape, Precision)> {
    let plain = small::shape();
    let llama = Shape {
        head_norms: false,
        tied: false,
        heads: 2,
        kv_heads: 2,
        head_size: 32,
        rope_scaling: Some(RopeScaling {
            factor: 8.0,
            low_frequency_factor: 1.0,
            high_frequency_factor: 4.0,
            original_context: 64,
        }),
        ..plain.clone()
    };
    let qwen2 = Shape { head_norms: false, attention_bias: true, ..plain.clone() };
    vec![
        (plain.clone(), Precision::Float),
        (plain, Precision::Int8),
        (llama, Precision::Float),
        (qwen2, Precision::Float),
    ]
}

#[test]
fn a_prompt_in_pieces_gives_the_bits_of_the_whole() {
    for (shape, precision) in kinds() {
        let weights = small::weights(&shape, precision);
        let ids = ids(61);
        let whole = bits(&logits(&weights, &ids, &[61]));
        assert_eq!(bits(&logits(&weights, &ids, &[1; 61])), whole, "token by token");
        assert_eq!(bits(&logits(&weights, &ids, &[7, 20, 1, 2, 31])), whole, "in pieces");
    }
}

#[test]
fn a_sequence_gives_the_same_bits_in_any_company() {
    for (shape, precision) in kinds() {
        let weights = small::weights(&shape, precision);
        let sequences: Vec<Vec<u32>> = (0..9).map(|at| ids(5 + 4 * at).into_iter().rev().collect()).collect();
        let mut caches: Vec<Cache> = sequences.iter().map(|ids| Cache::new(&shape, ids.len())).collect();
        let mut pass = Pass::new(Arc::clone(&weights));
        let mut segments: Vec<Segment<'_>> = caches
            .iter_mut()
            .zip(&sequences)
            .map(|(cache, ids)| Segment { cache, ids, wanted: 0..ids.len() })
            .collect();
        let together = bits(pass.run(&mut segments));
        let alone: Vec<u32> = sequences.iter().flat_map(|ids| bits(&logits(&weights, ids, &[ids.len()]))).collect();
        assert_eq!(together, alone);
    }
}

#[test]
fn logits_come_only_for_the_rows_that_want_them() {
    let weights = small::weights(&small::shape(), Precision::Float);
    let (first, second) = (ids(6), ids(9));
    let vocab = weights.shape().vocab;
    let mut pass = Pass::new(Arc::clone(&weights));
    let (mut one, mut two) = (Cache::new(weights.shape(), 6), Cache::new(weights.shape(), 9));
    let some = pass.run(&mut [
        Segment { cache: &mut one, ids: &first, wanted: 6..6 },
        Segment { cache: &mut two, ids: &second, wanted: 7..9 },
    ]);
    let all = logits(&weights, &second, &[9]);
    assert_eq!(bits(some), bits(&all[7 * vocab..]));
}

#[test]
fn every_token_changes_what_comes_after_and_nothing_before() {
    let weights = small::weights(&small::shape(), Precision::Float);
    let vocab = weights.shape().vocab;
    let plain = ids(20);
    let mut other = plain.clone();
    other[11] += 1;
    let (plain, other) = (logits(&weights, &plain, &[20]), logits(&weights, &other, &[20]));
    let is_same = |row: usize| plain[row * vocab..(row + 1) * vocab] == other[row * vocab..(row + 1) * vocab];
    assert!((0..11).all(is_same) && !(11..20).any(is_same));
}

#[test]
fn eight_bits_stay_close_to_floats() {
    let shape = small::shape();
    let ids = ids(40);
    let exact = logits(&small::weights(&shape, Precision::Float), &ids, &[40]);
    let close = logits(&small::weights(&shape, Precision::Int8), &ids, &[40]);
    let size = (exact.iter().map(|x| x * x).sum::<f32>() / exact.len() as f32).sqrt();
    let off = exact.iter().zip(&close).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / exact.len() as f32;
    assert!(off > 0.0 && off.sqrt() < 0.03 * size, "{} of {size}", off.sqrt());
}

#[test]
fn eight_bits_take_a_quarter_of_the_memory() {
    let shape = small::shape();
    let (floats, bytes) = (small::weights(&shape, Precision::Float), small::weights(&shape, Precision::Int8));
    assert!(bytes.bytes() * 7 < floats.bytes() * 2, "{} of {}", bytes.bytes(), floats.bytes());
}

#[test]
fn weights_of_another_size_are_refused() {
    let shape = small::shape();
    let refused = Weights::new(&shape, vec![0.0; 7], Precision::Float, None).expect_err("seven floats are no model");
    assert!(refused.to_string().contains("has 7 weights"), "{refused}");
    let odd = Shape { kv_heads: 3, ..shape };
    let flat = vec![0.0; crate::Layout::of(&odd).floats()];
    let refused = Weights::new(&odd, flat, Precision::Float, None).expect_err("3 does not divide 4");
    assert!(refused.to_string().contains("do not divide"), "{refused}");
}
