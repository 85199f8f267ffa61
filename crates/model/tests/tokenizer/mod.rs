//! Tokenizers held against Hugging Face `tokenizers`.

mod fixtures;
mod peer;
