//! The commands, each over one room.

pub(crate) mod contamination;
pub(crate) mod decide;
pub(crate) mod eval;
pub(crate) mod lineage;
pub(crate) mod model;
pub(crate) mod record;
pub(crate) mod rulebook;
pub(crate) mod simulate;
pub(crate) mod verdict;
pub(crate) mod verify;
