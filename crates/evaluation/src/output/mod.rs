//! Results as files that people and other tools read.

pub(crate) mod file;
pub mod html;
pub mod import;
pub mod inspect;
pub mod lm_eval;
mod spool;
