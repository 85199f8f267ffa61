//! Byte-level byte-pair encoding: trained, written, read and applied.

/// A tokenizer.
#[derive(Debug, Clone)]
pub struct Tokenizer {}
