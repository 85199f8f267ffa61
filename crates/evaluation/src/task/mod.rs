//! Task files: read, included, grouped and resolved.
//!
//! The rules are those of lm-evaluation-harness 0.4.13 (`tasks/_yaml_loader.py`, `_index.py`, `_factory.py`,
//! `config/task.py`, `config/group.py`), against whose own task manager a test compares this module over the entire
//! tree. It differs on purpose in these places:
//!
//! - a file that is included twice by different ways is no cycle; only a file that includes itself is;
//! - a member `{task: NAME, …}` whose NAME is a group or a tag keeps the names of the tasks in it, where lm-eval
//!   gives all of them the one name, so that all but one are lost;
//! - a task that is asked for twice in the same form is taken once, with a warning; only two different forms of one
//!   name are a fault;
//! - a metric of a group that is a function goes by its name, as in the tasks; lm-eval looks for it under a name that
//!   no task has;
//! - a group may be given as a file.

mod build;
mod config;
mod group;
mod load;
mod pattern;
mod read;
mod resolve;
mod select;
mod tree;

#[cfg(test)]
mod tests;

pub use self::config::{
    DataConfig, FewshotConfig, Field, FilterConfig, FilterStep, Function, MetricConfig, OutputType, TaskConfig,
};
pub use self::group::{AggregateMetric, GroupConfig};
pub use self::load::LoadFault;
pub use self::read::At;
pub use self::resolve::ResolveFault;
pub use self::select::{SelectFault, Selection};
pub use self::tree::{Entry, Kind, ScanFault, TaskTree, Unusable};

pub(crate) use self::load::Raw;
