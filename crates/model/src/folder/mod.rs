//! A model as a Hugging Face folder, written and read: `config.json`, safetensors, `tokenizer.json` and what stands
//! beside them, so that transformers, vLLM and others load it unchanged, and so that their folders load here.
//!
//! - [`save()`], [`save_as`]: Qwen3, Qwen2 or Llama by what the shape has; f32 to the bit, or bf16 rounded to nearest even;
//! - [`load()`]: any dense folder of the Qwen3, Qwen2, Llama and Mistral families; what cannot be computed here is refused
//!   by its name;
//! - [`safetensors`]: the strict reader and the writer of the weights alone.
//!
//! Memory while loading is the weights and about a mebibyte: tensors are read in runs, and nothing is allocated on the
//! word of a header that the length of the file does not bear out.

mod config;
mod fault;
mod load;
mod number;
pub mod safetensors;
mod save;
mod words;

pub use self::fault::{LoadFault, SaveFault};
pub use self::load::{end_tokens, load, load_weights};
pub use self::number::Precision;
pub use self::save::{SaveOptions, save, save_as, save_weights};

use crate::{Shape, Tokenizer};

/// A model whole: its sizes, its weights, its tokenizer.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its sizes.
    pub shape: Shape,
    /// Its weights, where [`Layout::of`](crate::Layout::of) puts them.
    pub weights: Vec<f32>,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// How a conversation is written as text: a Jinja template, where the model is tuned for conversations.
    pub chat_template: Option<String>,
}
