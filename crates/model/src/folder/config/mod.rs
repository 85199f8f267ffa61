//! `config.json`: the sizes of a model, in the words of transformers.

mod read;
mod write;

pub(super) use self::read::{check_sizes, read};
pub(super) use self::write::{Tokens, write};

/// The base of the rotary angles where a file does not say it; transformers' own default.
const ROPE_THETA: f64 = 10_000.0;
