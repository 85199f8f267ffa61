//! The report card of a model: what it is, what it was made from, what it can do.
