//! Checkpoints opened, laid out and fingerprinted.

mod build;
mod families;
mod hostile;
mod pass;
mod stored;
mod torch;
