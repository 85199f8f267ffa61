//! The same recipe for many machines: a folder that torchtitan trains from, and Slurm runs.
//!
//! [`write()`] makes:
//!
//! | | |
//! |---|---|
//! | `daepyo_titan/` | an importable package: the model, the data, the configuration `train`, checkpoints on demand, parity, export |
//! | `plan.json` | the figures of the recipe for so many accelerators ([`Plan`]) |
//! | `recipe.toml` | the recipe, canonical |
//! | `hf_assets/` | tokenizer and `config.json`; the weights too where there are some to begin with |
//! | `data/` | the documents in shards of JSON lines |
//! | `parity.json` | losses that our own trainer computed, for the engine to be held against |
//! | `job.sbatch` | a job that checkpoints before its time is up and submits itself again |
//! | `requirements.txt`, `README.md` | the engine at a pinned commit, and how to run |
//!
//! Checkpoints come back through [`folder::load`](crate::folder::load()).
//!
//! Source of every name and field: torchtitan at [`TORCHTITAN`], `torchtitan/{trainer,config/configs}.py`,
//! `torchtitan/models/qwen3`, `torchtitan/components`. The habits of the job are those of Apertus
//! (`swiss-ai/pretrain-code`): a signal before the limit, trigger files, no requeue, the environment written down.

mod plan;
mod shards;
#[cfg(test)]
mod tests;
mod write;

pub use self::plan::{Batch, Plan, Steps};
pub use self::write::{ClusterFault, Job, Machines, Parity, Start, write};

/// The commit of `pytorch/torchtitan` that the package is written against (2026-08-21).
pub const TORCHTITAN: &str = "b5bcd76c66d0acb1a08b176d9639425bc55e0b2a";
