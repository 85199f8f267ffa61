//! Lineage, on models made here.

mod audits;
mod synthetic;
