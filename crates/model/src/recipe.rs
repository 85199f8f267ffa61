//! One dial becomes every size and rate of a model and its training.

/// A recipe: everything that a training run is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {}
