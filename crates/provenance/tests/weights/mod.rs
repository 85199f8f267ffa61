//! Checkpoints opened, laid out and fingerprinted.

mod build;
mod pass;
