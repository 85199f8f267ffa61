//! A model as names, shapes and floats.

use std::collections::BTreeMap;

use model::{Layout, Shape};
use serde_json::Value;

use crate::Fault;

/// A tensor: its shape and its values, the last index fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

impl Tensor {
    /// A matrix.
    #[must_use]
    pub fn matrix(rows: usize, columns: usize, values: Vec<f32>) -> Self {
        Self { shape: vec![rows, columns], values }
    }

    /// A vector.
    #[must_use]
    pub fn vector(values: Vec<f32>) -> Self {
        Self { shape: vec![values.len()], values }
    }

    /// The first index; 1 for a vector.
    #[must_use]
    pub fn rows(&self) -> usize {
        if self.shape.len() < 2 { 1 } else { self.shape[0] }
    }

    /// All indices but the first.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.values.len() / self.rows().max(1)
    }

    /// Rows, one after the other.
    pub fn each_row(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.columns().max(1))
    }

    /// The same matrix with these rows of it, in this order; of a vector, these entries.
    #[must_use]
    pub fn with_rows(&self, order: &[usize]) -> Self {
        if self.shape.len() < 2 {
            return Self::vector(order.iter().map(|entry| self.values[*entry]).collect());
        }
        let columns = self.columns();
        let row = |row: &usize| &self.values[row * columns..][..columns];
        let values: Vec<f32> = order.iter().flat_map(row).copied().collect();
        Self { shape: [&[order.len()], &self.shape[1..]].concat(), values }
    }

    /// The same matrix with these columns of it, in this order.
    #[must_use]
    pub fn with_columns(&self, order: &[usize]) -> Self {
        let values = self.each_row().flat_map(|row| order.iter().map(|column| row[*column])).collect();
        Self { shape: vec![self.rows(), order.len()], values }
    }

    /// Multiplies each row by its factor.
    pub fn scale_rows(&mut self, factors: &[f32]) {
        let columns = if self.shape.len() < 2 { 1 } else { self.columns() };
        for (row, factor) in self.values.chunks_exact_mut(columns.max(1)).zip(factors) {
            row.iter_mut().for_each(|value| *value *= factor);
        }
    }

    /// Multiplies each column by its factor.
    pub fn scale_columns(&mut self, factors: &[f32]) {
        for row in self.values.chunks_exact_mut(factors.len().max(1)) {
            row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
        }
    }
}

/// A model: what it is called, its sizes, its tensors by their names in a Hugging Face folder, its tokenizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    /// What it is called in reports.
    pub name: String,
    /// Sizes of its language model.
    pub shape: Shape,
    /// All tensors.
    pub tensors: BTreeMap<String, Tensor>,
    /// `tokenizer.json`.
    pub tokenizer: Value,
    /// Keys of `config.json` beyond those of the shape.
    pub config: BTreeMap<String, Value>,
}

impl Plain {
    /// A model of flat weights as the room `model` computes with them.
    #[must_use]
    pub fn from_flat(name: &str, shape: &Shape, weights: &[f32], tokenizer: &Value) -> Self {
        let layout = Layout::of(shape);
        let tensor = |place: &model::Place| {
            let values = weights[place.range()].to_vec();
            let tensor = if place.is_vector() {
                Tensor::vector(values)
            } else {
                Tensor::matrix(place.rows, place.columns, values)
            };
            (place.name.clone(), tensor)
        };
        Self {
            name: name.to_owned(),
            shape: shape.clone(),
            tensors: layout.places().iter().map(tensor).collect(),
            tokenizer: tokenizer.clone(),
            config: BTreeMap::new(),
        }
    }

    /// Its weights as the room `model` computes with them.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`], [`Fault::Unfit`] where it is no dense model of its shape.
    pub fn flat(&self) -> Result<Vec<f32>, Fault> {
        let layout = Layout::of(&self.shape);
        let mut weights = vec![0.0; layout.floats()];
        for place in layout.places() {
            let tensor = self.get(&place.name)?;
            if tensor.values.len() != place.range().len() {
                let what = format!("{} has {:?} weights where its shape says otherwise", place.name, tensor.shape);
                return Err(Fault::Unfit { model: self.name.clone(), what });
            }
            weights[place.range()].copy_from_slice(&tensor.values);
        }
        Ok(weights)
    }

    /// A tensor by name.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`].
    pub fn get(&self, tensor: &str) -> Result<&Tensor, Fault> {
        let missing = || Fault::Missing { model: self.name.clone(), tensor: tensor.to_owned() };
        self.tensors.get(tensor).ok_or_else(missing)
    }

    /// Puts something else in place of a tensor.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`].
    pub fn change(&mut self, tensor: &str, change: impl FnOnce(&Tensor) -> Tensor) -> Result<(), Fault> {
        let changed = change(self.get(tensor)?);
        self.tensors.insert(tensor.to_owned(), changed);
        Ok(())
    }

    /// The same under another name.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Weights in all.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.tensors.values().map(|tensor| tensor.values.len()).sum()
    }
}

/// The name of a tensor of a block, without its ending.
pub(crate) fn in_block(block: usize, tensor: &str) -> String {
    format!("model.layers.{block}.{tensor}")
}
