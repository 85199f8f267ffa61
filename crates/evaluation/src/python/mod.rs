//! The few corners of Python that task files rely on, done as CPython 3.11 does them.
//!
//! Prompts and hashes of lm-evaluation-harness come out of CPython: of its random numbers, its `repr`, its `json`, its
//! texts and its regular expressions. To give the same bytes, these are written anew here, each checked against values
//! that CPython gives.

pub mod json;
pub mod literal;
pub mod random;
pub mod regex;
mod repr;
pub mod text;

pub use self::repr::{repr, repr_into, str, str_into};
