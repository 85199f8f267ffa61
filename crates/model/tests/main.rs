//! The room `model` as its users see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where it fails and says what it skips"
)]

mod build;
mod cluster;
mod corpus;
mod folder;
mod gpu;
mod infer;
mod learning;
mod network;
mod serve;
mod tokenizer;
mod train;
mod tune;
mod world;
