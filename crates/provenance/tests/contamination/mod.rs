//! Benchmark items in corpora, found.

mod folding;
mod hostile;
mod recall;
mod scanning;
