//! Benchmark items in corpora, found.

mod folding;
mod scanning;
