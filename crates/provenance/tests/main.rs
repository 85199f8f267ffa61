//! The room as its users meet it.

mod evidence;
mod lineage;
