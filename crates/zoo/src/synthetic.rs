//! Models that were never trained and look as if: for the thousands of independent pairs in which nothing may be found.
//!
//! What makes trained models alike without kinship is put in on purpose, and more of it than in the trained ones of this
//! crate: matrices of low effective rank, rows and columns of very different lengths, a common direction of all tokens, a
//! few loud channels, gains that drift with depth, and above all a shared meaning of tokens: the embedding of each model is
//! its own random view of the same vectors, as two models that learned one language have it. And some hidden units of each
//! model look for the same meanings, in an order of its own.

use std::collections::BTreeMap;

use model::math::View;
use model::{Kind, Layout, Shape};
use serde_json::Value;

use crate::matrix::product;
use crate::{Chance, Plain, Tensor};

/// Directions in which tokens differ.
const MEANINGS: usize = 24;
/// Share of the hidden units that look for a meaning that other models have units for as well.
const COMMON_UNITS: f64 = 0.25;
/// What all models share: the language.
const LANGUAGE: u64 = 20_260_115;

/// A matrix of low effective rank with rows of very different lengths: `U · diag(1/√k) · Vᵀ` of rank a quarter, half of the
/// energy in it, normal noise the other half; rows times a log-normal length, columns likewise but less.
#[must_use]
pub fn matrix_like_trained(rows: usize, columns: usize, chance: &mut Chance) -> Tensor {
    let rank = (rows.min(columns) / 4).max(1);
    let mut left = chance.normals(rows * rank, 1.0);
    let right = chance.normals(rank * columns, 1.0);
    let weights: Vec<f32> = (1..=rank).map(|place| 1.0 / (place as f32).sqrt()).collect();
    let energy = weights.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
    for row in left.chunks_exact_mut(rank) {
        row.iter_mut().zip(&weights).for_each(|(value, weight)| *value *= weight / energy);
    }
    let mut values = product(View::new(&left, rows, rank), View::new(&right, rank, columns), rows, columns);
    values.iter_mut().for_each(|value| *value = 0.02 * (*value + chance.normal()));
    let mut tensor = Tensor::matrix(rows, columns, values);
    let lengths = |count: usize, spread: f32, chance: &mut Chance| -> Vec<f32> {
        (0..count).map(|_| (spread * chance.normal()).exp()).collect()
    };
    tensor.scale_rows(&lengths(rows, 0.6, chance));
    tensor.scale_columns(&lengths(columns, 0.2, chance));
    tensor
}

/// A model of this shape that looks trained, of a seed of its own. Its tokens mean what they mean to all others.
#[must_use]
pub fn like_trained(name: &str, shape: &Shape, seed: u64, tokenizer: &Value) -> Plain {
    let mut view = Chance::new(seed, "view of the meanings");
    let projection = view.normals(MEANINGS * shape.width, 1.0 / (MEANINGS as f32).sqrt());
    let mut tensors = BTreeMap::new();
    for (number, place) in Layout::of(shape).places().iter().enumerate() {
        let mut chance = Chance::new(seed, &place.name);
        let tensor = match place.kind {
            Kind::Embedding | Kind::Head => embedding(shape, &projection, &mut chance),
            Kind::Matrix => {
                let mut tensor = matrix_like_trained(place.rows, place.columns, &mut chance);
                if place.name.ends_with("gate_proj.weight") {
                    put_common_units(&mut tensor, &projection, number, &mut chance);
                }
                tensor
            }
            Kind::Gain => {
                let depth = 0.5 + number as f32 / 40.0;
                Tensor::vector((0..place.columns).map(|_| depth * (1.0 + 0.1 * chance.normal())).collect())
            }
            Kind::Bias => Tensor::vector(chance.normals(place.columns, 0.1)),
        };
        tensors.insert(place.name.clone(), tensor);
    }
    Plain {
        name: name.to_owned(),
        shape: shape.clone(),
        tensors,
        tokenizer: tokenizer.clone(),
        config: BTreeMap::new(),
    }
}

/// Rows are the meanings of tokens, seen by the projection of this model, a common direction and noise.
fn embedding(shape: &Shape, projection: &[f32], chance: &mut Chance) -> Tensor {
    let mut language = Chance::new(LANGUAGE, "meanings of tokens");
    let meanings = language.normals(shape.vocab * MEANINGS, 1.0);
    let frequency: Vec<f32> = (0..shape.vocab).map(|_| (0.3 * language.normal()).exp()).collect();
    let (rows, columns) = (shape.vocab, shape.width);
    let meant = product(View::new(&meanings, rows, MEANINGS), View::new(projection, MEANINGS, columns), rows, columns);
    let common = chance.normals(columns, 0.5);
    let loud: Vec<f32> = (0..columns).map(|_| if chance.share() < 0.03 { 5.0 } else { 1.0 }).collect();
    let mut tensor = Tensor::matrix(rows, columns, meant);
    for row in tensor.values.chunks_exact_mut(columns) {
        for (place, value) in row.iter_mut().enumerate() {
            *value = 0.02 * loud[place] * (*value + common[place] + chance.normal());
        }
    }
    tensor.scale_rows(&frequency);
    tensor
}

/// Puts meanings that all models have units for into some rows, at places of this model's own.
fn put_common_units(gate: &mut Tensor, projection: &[f32], block: usize, chance: &mut Chance) {
    let (rows, columns) = (gate.rows(), gate.columns());
    let count = (COMMON_UNITS * rows as f64) as usize;
    let meanings = Chance::new(LANGUAGE, &format!("units of tensor {block}")).normals(count * MEANINGS, 1.0);
    let view = View::new(projection, MEANINGS, columns);
    let looked_for = product(View::new(&meanings, count, MEANINGS), view, count, columns);
    let places = chance.order(rows);
    for (row, place) in looked_for.chunks_exact(columns).zip(places) {
        let unit = &mut gate.values[place * columns..][..columns];
        unit.iter_mut().zip(row).for_each(|(value, meaning)| *value = 0.5 * *value + 0.02 * meaning);
    }
}
