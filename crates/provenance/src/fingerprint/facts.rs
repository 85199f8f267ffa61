//! What a fingerprint says of a model and of each of its parts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::anatomy::{Axis, Component, Expert, Role};

/// What is known of a model as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What it is called in reports.
    pub name: String,
    /// The folder or file its weights were read from, where they may still be.
    pub weights: Option<PathBuf>,
    /// SHA-256 over names, shapes and digests of all tensors, in hexadecimal.
    pub digest: String,
    /// What seeds the signs of the sketches. Fingerprints of different seeds cannot be compared.
    pub seed: u64,
    /// Weights in all.
    pub parameters: u64,
    /// What `config.json` calls `model_type`.
    pub family: Option<String>,
    /// Width of the language model's state.
    pub width: Option<u32>,
    /// Blocks of the language model.
    pub blocks: Option<u32>,
    /// Heads of its attention.
    pub heads: Option<u32>,
    /// Key-value heads of its attention.
    pub kv_heads: Option<u32>,
    /// Width of a head.
    pub head_width: Option<u32>,
    /// Whether the head is the embedding.
    pub tied: bool,
    /// Whom the model card names as its base: declared, not found.
    pub declared: Vec<String>,
}

/// A matrix or vector of the model, or the slice of one where several are stored as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Of which component.
    pub component: Component,
    /// What it does there.
    pub role: Role,
    /// Which expert's, in a mixture.
    pub expert: Option<Expert>,
    /// The tensor's name in the file.
    pub tensor: String,
    /// The tensor's type in the file, as safetensors writes it.
    pub dtype: String,
    /// Along which axis its units lie.
    pub axis: Axis,
    /// How many units.
    pub units: u64,
    /// Weights in a unit.
    pub width: u64,
    /// XXH3-128 over the hashes of its rows as they stand, stretch by stretch, in hexadecimal: the same digest, the same
    /// dequantised weights in the same shape.
    pub digest: String,
    /// Moments over all its weights.
    pub moments: Moments,
}

/// Moments over the weights of a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Finite weights.
    pub count: u64,
    /// NaN or infinite weights, left out of the rest.
    pub broken: u64,
    /// Weights that are zero.
    pub zeros: u64,
    /// Mean.
    pub mean: f64,
    /// Mean square.
    pub square: f64,
    /// Mean cube.
    pub cube: f64,
    /// Mean fourth power.
    pub fourth: f64,
}

/// A tokenizer: its tokens by id and its merges in order, each as the first 64 bits of the SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerPrint {
    /// By id; 0 where no token has the id.
    pub tokens: Vec<u64>,
    /// In order of rank; empty where the tokenizer has no merges.
    pub merges: Vec<u64>,
    /// Tokens declared as special, by id.
    pub special: Vec<u32>,
}
