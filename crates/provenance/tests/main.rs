//! The room as its users meet it.

mod contamination;
