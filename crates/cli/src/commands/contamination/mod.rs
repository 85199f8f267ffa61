//! `daepyo contamination`: which benchmark items stand in a training corpus.

mod items;
mod merge;
mod progress;
mod scan;
mod table;
mod tell;

pub(crate) use self::{merge::merge, scan::scan};
