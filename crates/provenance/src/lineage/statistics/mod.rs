//! Null distributions in closed form, bounds that hold for any number of units, and many hypotheses at once.
//!
//! All p-values are natural logarithms: what is printed lies far beyond the range of a float.

pub mod bound;
pub mod holm;
pub mod log_p;
pub mod order;
pub mod relabel;
