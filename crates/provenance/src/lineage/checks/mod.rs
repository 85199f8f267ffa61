//! The tests, one a file: each takes what two models have of a component and says what it found.

pub(crate) mod aligned;
pub(crate) mod grid;
pub(crate) mod identical;
