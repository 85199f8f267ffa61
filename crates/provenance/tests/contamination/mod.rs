//! Benchmark items in corpora, found.

mod folding;
mod recall;
mod scanning;
