//! `daepyo eval`: a model is measured over tasks.

mod asked;
mod journal;
mod lint;
mod list;
mod merge;
mod progress;
mod run;
mod slurm;
mod table;
mod tree;

pub(crate) use self::asked::datasets;
pub(crate) use self::lint::{coverage, lint};
pub(crate) use self::list::list;
pub(crate) use self::merge::merge;
pub(crate) use self::run::run;
pub(crate) use self::tree::roots;
