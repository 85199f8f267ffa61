//! Tokenizers held against Hugging Face `tokenizers`.

#![expect(clippy::unwrap_used, reason = "a helper of tests that fails fails the test")]

mod fixtures;
mod peer;
