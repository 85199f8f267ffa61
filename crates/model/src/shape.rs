//! The sizes of a decoder-only transformer.

use serde::{Deserialize, Serialize};

/// The sizes of a decoder-only transformer of the Qwen3 and Llama families: RMSNorm, grouped-query attention, rotary
/// positions by rotated halves, SwiGLU.
///
/// Source: Qwen3 Technical Report, arXiv 2505.09388, section 2; Llama 3, arXiv 2407.21783, section 3.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Rows of the embedding: token ids are below it.
    pub vocab: usize,
    /// Floats of a token between blocks (`hidden_size`).
    pub width: usize,
    /// Blocks (`num_hidden_layers`).
    pub layers: usize,
    /// Heads of queries (`num_attention_heads`).
    pub heads: usize,
    /// Heads of keys and values (`num_key_value_heads`); divides `heads`.
    pub kv_heads: usize,
    /// Floats of a head (`head_dim`); even.
    pub head_size: usize,
    /// Floats inside a feed-forward block (`intermediate_size`).
    pub hidden: usize,
    /// Longest sequence, in tokens (`max_position_embeddings`).
    pub context: usize,
    /// Base of the rotary angles (`rope_theta`).
    pub rope_theta: f64,
    /// How the angles are stretched for longer sequences than were trained, if they are.
    pub rope_scaling: Option<RopeScaling>,
    /// Added to the mean square before its root is taken (`rms_norm_eps`).
    pub norm_epsilon: f64,
    /// Whether queries and keys are normalised head by head: Qwen3 does, Llama does not.
    pub head_norms: bool,
    /// Whether the projections of queries, keys and values add a bias: Qwen2 does.
    pub attention_bias: bool,
    /// Whether the head is the embedding (`tie_word_embeddings`).
    pub tied: bool,
}

/// The stretch of Llama 3.1: slow angles are divided by `factor`, fast ones are kept, and between them it blends.
///
/// Source: `rope_type = "llama3"` of the format of Hugging Face `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RopeScaling {
    /// By what the slow angles are divided.
    pub factor: f64,
    /// Wavelengths above `original_context / low_frequency_factor` are slow.
    pub low_frequency_factor: f64,
    /// Wavelengths below `original_context / high_frequency_factor` are fast.
    pub high_frequency_factor: f64,
    /// The context before the stretch, in tokens.
    pub original_context: usize,
}

impl Shape {
    /// Floats of all queries of a token.
    #[must_use]
    pub fn query_width(&self) -> usize {
        self.heads * self.head_size
    }

    /// Floats of all keys of a token; as many as of its values.
    #[must_use]
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_size
    }

    /// Floating-point operations to train on one token at the given length of sequence, forward and backward: six a
    /// weight that takes part in a product, and twelve a layer, channel of queries and position for attention, halved
    /// because a token sees only what came before it.
    ///
    /// Source: PaLM, arXiv 2204.02311, appendix B; Kaplan et al., arXiv 2001.08361, section 2.1.
    #[must_use]
    pub fn training_flops_per_token(&self, length: usize) -> f64 {
        let block = self.width * (2 * self.query_width() + 2 * self.kv_width() + 3 * self.hidden);
        let products = self.layers * block + self.vocab * self.width;
        let attention = self.layers * self.query_width() * length;
        6.0 * (products + attention) as f64
    }
}
