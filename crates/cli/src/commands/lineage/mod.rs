//! `daepyo lineage`: whether a model's weights depend on those of others, and the log a trainer keeps.

mod audit;
mod explain;
mod log;
mod table;
mod verify;
mod weights;

pub(crate) use self::{audit::audit, explain::explain, log::log, verify::verify_log, weights::fingerprint};
