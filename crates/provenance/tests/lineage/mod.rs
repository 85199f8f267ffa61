//! Lineage, on models made here.

mod audits;
mod january;
mod states;
mod synthetic;
