//! The tests, one a file: each takes what two models have of a component and says what it found.

pub(crate) mod aligned;
pub(crate) mod channels;
pub(crate) mod grid;
pub(crate) mod heads;
pub(crate) mod identical;
pub(crate) mod matched;
pub(crate) mod regression;
pub(crate) mod tokenizer;

#[cfg(test)]
mod tests;
