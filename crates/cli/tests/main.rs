//! The binary, run as a user runs it.

#[path = "../../evaluation/tests/server/mod.rs"]
mod server;

mod audits;
mod decide;
mod eval;
mod eval_faults;
mod eval_peers;
mod house;
mod measured;
mod model;
mod receipts;
mod rehearsal;
mod rehearsal_models;
mod rulebooks;
mod slurm;
mod tampering;
mod verdict;
