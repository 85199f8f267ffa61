//! Fingerprints compared: cheap tests first, each with its null distribution and its controls.

mod audit;
mod checks;
pub mod explain;
pub mod html;
mod product;
mod report;
mod state;
pub mod statistics;
mod units;

pub use self::audit::{AuditFault, AuditOptions, Audited, audit, audit_with_weights};
pub use self::report::{
    Comparison, Control, Effect, Finding, Grid, Model, Report, Sensitivity, Test, Tier, TokenizerFinding,
    TokenizerRelation,
};
pub use self::state::{FromCheckpoint, RawWeights};
