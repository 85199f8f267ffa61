//! The transformer by hand: forward and backward.
